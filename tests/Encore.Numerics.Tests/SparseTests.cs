using System.Runtime.InteropServices;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics.Tests;

[Collection(WorkersCollection.Name)]
public sealed class SparseTests
{
    public static TheoryData<int, int, double> Shapes => new()
    {
        { 0, 0, 0 }, { 0, 3, 0 }, { 3, 0, 0 }, { 1, 1, 1 }, { 7, 1, .5 }, { 1, 7, .5 }, { 40, 8, .5 }, { 40, 9, .2 },
        { 30, 63, .3 }, { 30, 64, .3 }, { 30, 65, .3 }, { 20, 129, .1 }, { 9, 200, 1 }, { 9, 200, 0 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gram_Counts_AreExact(int rows, int columns, double density)
    {
        var x = Reference.RandomCsr(rows, columns, density, 3, binary: true);
        var expected = Reference.Gram(x);
        var single = Enumerable.Repeat(float.NaN, columns * columns).ToArray();
        var wide = Enumerable.Repeat(double.NaN, columns * columns).ToArray();
        Sparse.Gram(x, single);
        Sparse.Gram(x, wide);
        wide.ShouldBe(expected);
        single.Select(v => (double)v).ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gram_Values_EqualTheReference(int rows, int columns, double density)
    {
        var x = Reference.RandomCsr(rows, columns, density, 4, binary: false);
        var expected = Reference.Gram(x);
        var single = new float[columns * columns];
        var wide = new double[columns * columns];
        Sparse.Gram(x, single);
        Sparse.Gram(x, wide);
        for (int k = 0; k < expected.Length; k++)
        {
            wide[k].ShouldBe(expected[k], 1e-12);
            single[k].ShouldBe((float)wide[k]);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gram_AnyThreadCount_GivesTheSameBits(bool binary)
    {
        var x = Reference.RandomCsr(100, 150, 0.2, 5, binary);
        WorkersCollection.SameOnAnyThreadCount(compute =>
        {
            var gram = new float[150 * 150];
            Sparse.Gram(x, gram, compute);
            return MemoryMarshal.AsBytes<float>(gram).ToArray();
        });
    }

    [Fact]
    public void Gram_SpanOfAnotherSize_Throws() =>
        Should.Throw<ArgumentException>(() => Sparse.Gram(Reference.RandomCsr(2, 3, 1, 1, true), new float[8]))
            .Message.ShouldContain("expected 9");

    [Fact]
    public void Gram_Cancelled_Throws() =>
        Should.Throw<OperationCanceledException>(() =>
            Sparse.Gram(Reference.RandomCsr(2, 3, 1, 1, true), new float[9], cancellationToken: new CancellationToken(canceled: true)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(200)]
    [InlineData(391)]
    public void Multiply_AnyWidth_HasTheBitsOfOneFusedChain(int n)
    {
        var x = Reference.RandomCsr(70, 40, 0.3, 6, binary: false);
        var rng = new Rng(8);
        var b = new float[40 * n];
        var wide = new double[b.Length];
        for (int k = 0; k < b.Length; k++)
        {
            wide[k] = b[k] = rng.NextSingle() - 0.5f;
        }

        const int Start = 2, Rows = 67;
        foreach (var set in Kernel.Available)
        {
            Kernel.With(set, Check);
        }

        void Check()
        {
            var c = Enumerable.Repeat(float.NaN, (Rows * n) + 1).ToArray();
            var fromWide = c.ToArray();
            Sparse.Multiply(x, Start, Rows, b, n, c.AsSpan(0, Rows * n));
            Sparse.Multiply(x, Start, Rows, wide, n, fromWide.AsSpan(0, Rows * n));
            for (int r = 0; r < Rows; r++)
            {
                for (int j = 0; j < n; j++)
                {
                    float sum = 0;
                    double sumWide = 0;
                    for (int k = 0; k < x.RowLength(Start + r); k++)
                    {
                        int column = x.RowIndices(Start + r)[k];
                        sum = MathF.FusedMultiplyAdd(b[(column * n) + j], x.RowValues(Start + r)[k], sum);
                        sumWide = Math.FusedMultiplyAdd(wide[(column * n) + j], x.RowValues(Start + r)[k], sumWide);
                    }

                    c[(r * n) + j].ShouldBe(sum);
                    fromWide[(r * n) + j].ShouldBe((float)sumWide);
                }
            }

            c[^1].ShouldBe(float.NaN);
            fromWide[^1].ShouldBe(float.NaN);
        }
    }

    [Fact]
    public void Multiply_OneRowAlone_HasTheBitsOfTheBatch()
    {
        var x = Reference.RandomCsr(130, 40, 0.3, 6, binary: false);
        var b = Enumerable.Range(0, 40 * 150).Select(k => MathF.Sin(k)).ToArray();
        var all = new float[130 * 150];
        Sparse.Multiply(x, 0, 130, b, 150, all);
        var one = new float[150];
        for (int r = 0; r < 130; r++)
        {
            Sparse.Multiply(x, r, 1, b, 150, one);
            one.ShouldBe(all[(r * 150)..((r + 1) * 150)]);
        }
    }

    [Fact]
    public void Multiply_AnyThreadCount_GivesTheSameBits()
    {
        var x = Reference.RandomCsr(200, 40, 0.3, 6, binary: false);
        var b = Enumerable.Range(0, 40 * 300).Select(k => MathF.Sin(k)).ToArray();
        WorkersCollection.SameOnAnyThreadCount(compute =>
        {
            var c = new float[200 * 300];
            Sparse.Multiply(x, 0, 200, b, 300, c, compute);
            return MemoryMarshal.AsBytes<float>(c).ToArray();
        });
    }

    [Fact]
    public void Multiply_NaNInAColumn_ReachesOnlyRowsThatHoldIt()
    {
        var x = new CsrMatrix(2, 2, [0, 1, 2], [0, 1], [1f, 1f]);
        var c = new float[2];
        Sparse.Multiply(x, 0, 2, (float[])[float.NaN, 3f], 1, c);
        c.ShouldBe([float.NaN, 3f]);
    }

    [Fact]
    public void Multiply_RowsOutsideTheMatrix_Throws()
    {
        var x = Reference.RandomCsr(3, 2, 1, 1, true);
        Should.Throw<ArgumentException>(() => Sparse.Multiply(x, 2, 2, new float[2], 1, new float[2]))
            .Message.ShouldContain("rows 2 … 3 of a matrix of 3");
        Should.Throw<ArgumentException>(() => Sparse.Multiply(x, 0, 2, new float[1], 1, new float[2]))
            .Message.ShouldContain("expected 2");
    }
}
