using System.Numerics;
using System.Runtime.InteropServices;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics.Tests;

/// <summary>Mini-batches and their kernels: on every path, in both precisions, against plain sums, beside forbidden
/// pages.</summary>
[Collection(WorkersCollection.Name)]
public sealed class SparseBatchTests
{
    // Around one to eight registers of every width, and the paper's layers.
    private static readonly int[] Widths =
        [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 31, 32, 33, 47, 63, 64, 65, 100, 127, 128, 129, 150, 200, 255, 500];

    public static TheoryData<string> Paths => [.. Kernel.Available.Select(set => set.ToString())];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_AnyWidth_EqualsTheReference(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        foreach (int n in Widths)
        {
            CheckMultiply<float>(19, 11, n, 1e-5);
            CheckMultiply<double>(19, 11, n, 1e-13);
        }

        CheckMultiply<float>(1, 1, 20, 1e-5);
        CheckMultiply<float>(0, 5, 20, 1e-5);
        CheckMultiply<float>(100, 3, 36, 1e-5);
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void TransposeMultiply_AnyWidth_EqualsTheReference(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        foreach (int n in Widths)
        {
            CheckTranspose<float>(17, 23, n, 1e-5);
            CheckTranspose<double>(17, 23, n, 1e-13);
        }

        CheckTranspose<float>(1, 1, 20, 1e-5);
        CheckTranspose<float>(0, 5, 20, 1e-5);
        CheckTranspose<float>(3, 100, 36, 1e-5);
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void SampledProduct_AnyWidth_EqualsTheReference(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        foreach (int n in Widths)
        {
            CheckSampled<float>(19, 11, n, 1e-5);
            CheckSampled<double>(19, 11, n, 1e-13);
        }
    });

    [Fact]
    public void Kernels_AnyThreadCount_GiveTheSameBits() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var x = Batch<float>(70, 90, 0.3, 1);
        var (b, h) = (Numbers<float>(90 * 50, 2), Numbers<float>(70 * 50, 3));
        var (c, g, s) = (new float[70 * 50], new float[90 * 50], new float[x.Count]);
        Sparse.Multiply(x, b, 50, c.AsSpan(), compute);
        Sparse.TransposeMultiply<float>(x, null, h, 50, g, compute);
        Sparse.SampledProduct<float>(x, h, b, 50, [], s, compute);
        return MemoryMarshal.AsBytes<float>([.. c, .. g, .. s]).ToArray();
    });

    [Fact]
    public void Multiply_RowInAnotherBatch_HasTheSameBits()
    {
        var (all, alone) = (Batch<float>(30, 40, 0.3, 4), new SparseBatch<float>(40));
        var b = Numbers<float>(40 * 37, 5);
        var (c, row) = (new float[30 * 37], new float[37]);
        Sparse.Multiply(all, b, 37, c.AsSpan());
        for (int r = 0; r < 30; r++)
        {
            alone.Clear();
            alone.AddRow(all.RowIndices(r), all.RowValues(r));
            Sparse.Multiply(alone, b, 37, row.AsSpan());
            row.ShouldBe(c[(r * 37)..((r + 1) * 37)]);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Kernels_RangeOfRows_HasTheBitsOfTheWholeAndLeavesTheRest(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        const int Rows = 30, Columns = 40, N = 37;
        var x = Batch<float>(Rows, Columns, 0.3, 4);
        var (b, h, bias) = (Numbers<float>(Columns * N, 5), Numbers<float>(Rows * N, 6), Numbers<float>(Columns, 7));
        var (c, s) = (new float[Rows * N], new float[x.Count]);
        Sparse.Multiply(x, b, N, c.AsSpan());
        Sparse.SampledProduct(x, h, b, N, bias, s);
        foreach (var (first, last) in ((int, int)[])[(0, 0), (0, Rows), (3, 4), (7, 22)])
        {
            var (some, places) = (new float[Rows * N], new float[x.Count]);
            some.AsSpan().Fill(float.NaN);
            places.AsSpan().Fill(float.NaN);
            Sparse.Multiply(x, first, last, [.. x.Values], b, N, some);
            Sparse.SampledProduct(x, first, last, h, b, N, bias, places);
            var (start, end) = (x.Offsets[first], x.Offsets[last]);
            some[(first * N)..(last * N)].ShouldBe(c[(first * N)..(last * N)]);
            places[start..end].ShouldBe(s[start..end]);
            ((float[])[.. some[..(first * N)], .. some[(last * N)..], .. places[..start], .. places[end..]]).ShouldAllBe(v => float.IsNaN(v));
        }
    });

    [Fact]
    public void Reshape_ThenRows_IsTheBatchThatAddMakes()
    {
        // Longer than what a new batch has room for, in rows and in entries.
        const int Rows = 150, Columns = 60;
        var expected = Batch<float>(Rows, Columns, 0.5, 8);
        var batch = new SparseBatch<float>(Columns);
        batch.AddRow([1, 4], [2f, 3f]);
        batch.ByColumn();
        batch.Reshape([.. Enumerable.Range(0, Rows).Select(r => expected.RowIndices(r).Length)]);
        for (int r = Rows - 1; r >= 0; r--)
        {
            expected.RowIndices(r).CopyTo(batch.RowColumns(r));
            expected.RowValues(r).CopyTo(batch.RowValues(r));
        }

        (batch.Rows, batch.Count).ShouldBe((Rows, expected.Count));
        batch.Offsets.ToArray().ShouldBe(expected.Offsets.ToArray());
        batch.Indices.ToArray().ShouldBe(expected.Indices.ToArray());
        batch.Values.ToArray().ShouldBe(expected.Values.ToArray());
        var ((offsets, rows, order), by) = (batch.ByColumn(), expected.ByColumn());
        offsets[..(Columns + 1)].ShouldBe(by.Offsets[..(Columns + 1)]);
        rows[..batch.Count].ShouldBe(by.Rows[..batch.Count]);
        order[..batch.Count].ShouldBe(by.Order[..batch.Count]);

        // Smaller than before, then nothing.
        batch.Reshape([0, 1]);
        batch.RowColumns(1)[0] = 5;
        batch.Offsets.ToArray().ShouldBe([0, 0, 1]);
        (batch.ByColumn().Offsets[5], batch.ByColumn().Offsets[6], batch.ByColumn().Rows[0]).ShouldBe((0, 1, 1));
        batch.Reshape([]);
        (batch.Rows, batch.Count).ShouldBe((0, 0));
        batch.ByColumn().Offsets[Columns].ShouldBe(0);
    }

    [Fact]
    public void Clear_ThenFill_ForgetsTheOldRows()
    {
        var batch = new SparseBatch<float>(5);
        batch.AddRow([1, 4], [2f, 3f]);
        batch.EndRow();
        batch.ByColumn().Offsets[..6].ShouldBe([0, 0, 1, 1, 1, 2]);
        batch.Clear();
        batch.AddRow([0], [7f]);
        batch.AddRow([0, 3], [8f, 9f]);
        (batch.Rows, batch.Count).ShouldBe((2, 3));
        var (offsets, rows, order) = batch.ByColumn();
        offsets[..6].ShouldBe([0, 2, 2, 2, 3, 3]);
        rows[..3].ShouldBe([0, 1, 1]);
        order[..3].ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void Add_ColumnBeyondTheShape_Throws()
    {
        var batch = new SparseBatch<float>(3);
        Should.Throw<ArgumentOutOfRangeException>(() => batch.Add(3, 1)).Message.ShouldContain("below 3");
        Should.Throw<ArgumentOutOfRangeException>(() => batch.Add(-1, 1));
        Should.Throw<ArgumentException>(() => batch.AddRow([1], [1f, 2f]));
    }

    [Fact]
    public void Kernels_SpansTooShort_Throw()
    {
        var x = Batch<float>(4, 6, 1, 1);
        Should.Throw<ArgumentException>(() => Sparse.Multiply(x, new float[11], 2, new float[8].AsSpan()));
        Should.Throw<ArgumentException>(() => Sparse.Multiply(x, new float[12], 2, new float[7].AsSpan()));
        Should.Throw<ArgumentException>(() => Sparse.Multiply(x, new float[x.Count - 1], new float[12], 2, new float[8].AsSpan()));
        Should.Throw<ArgumentException>(() => Sparse.TransposeMultiply<float>(x, null, new float[8], 2, new float[11]));
        Should.Throw<ArgumentException>(() => Sparse.SampledProduct<float>(x, new float[8], new float[12], 2, [], new float[x.Count - 1]));
        Should.Throw<ArgumentException>(() => Sparse.SampledProduct<float>(x, new float[8], new float[12], 2, new float[5], new float[x.Count]));
    }

    private static void CheckMultiply<T>(int m, int p, int n, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var x = Batch<T>(m, p, 0.4, (ulong)n);
        using var b = Guarded(Numbers<T>(p * n, 7));
        using var c = Guarded(new T[m * n]);
        c.Span.Fill(T.NaN);
        Sparse.Multiply(x, b.Span, n, c.Span);
        for (int r = 0; r < m; r++)
        {
            for (int j = 0; j < n; j++)
            {
                double expected = 0;
                for (int e = x.Offsets[r]; e < x.Offsets[r + 1]; e++)
                {
                    expected += Wide(x.Values[e]) * Wide(b.Span[(x.Indices[e] * n) + j]);
                }

                Wide(c.Span[(r * n) + j]).ShouldBe(expected, tolerance, $"[{r}, {j}] of width {n}");
            }
        }
    }

    private static void CheckTranspose<T>(int m, int p, int n, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var x = Batch<T>(m, p, 0.4, (ulong)n);
        var values = Numbers<T>(x.Count, 8);
        using var b = Guarded(Numbers<T>(m * n, 9));
        using var c = Guarded(new T[p * n]);
        c.Span.Fill(T.NaN);
        Sparse.TransposeMultiply(x, values, b.Span, n, c.Span);
        var expected = new double[p * n];
        for (int r = 0; r < m; r++)
        {
            for (int e = x.Offsets[r]; e < x.Offsets[r + 1]; e++)
            {
                for (int j = 0; j < n; j++)
                {
                    expected[(x.Indices[e] * n) + j] += Wide(values[e]) * Wide(b.Span[(r * n) + j]);
                }
            }
        }

        for (int k = 0; k < expected.Length; k++)
        {
            Wide(c.Span[k]).ShouldBe(expected[k], tolerance, $"{k} of width {n}");
        }
    }

    private static void CheckSampled<T>(int m, int p, int n, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var places = Batch<T>(m, p, 0.4, (ulong)n);
        using var a = Guarded(Numbers<T>(m * n, 10));
        using var b = Guarded(Numbers<T>(p * n, 11));
        using var bias = Guarded(Numbers<T>(p, 12));
        var values = new T[places.Count];
        Sparse.SampledProduct(places, a.Span, b.Span, n, bias.Span, values);
        for (int r = 0; r < m; r++)
        {
            for (int e = places.Offsets[r]; e < places.Offsets[r + 1]; e++)
            {
                int i = places.Indices[e];
                double expected = Wide(bias.Span[i]);
                for (int j = 0; j < n; j++)
                {
                    expected += Wide(a.Span[(r * n) + j]) * Wide(b.Span[(i * n) + j]);
                }

                Wide(values[e]).ShouldBe(expected, tolerance * Math.Max(1, n / 16), $"place {e} of width {n}");
            }
        }
    }

    // Every fifth row is empty, and the last column.
    private static SparseBatch<T> Batch<T>(int rows, int columns, double density, ulong seed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var batch = new SparseBatch<T>(columns);
        var rng = new Rng(seed, 99);
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns - (columns > 1 ? 1 : 0); c++)
            {
                if (rng.NextDouble() < density && r % 5 != 3)
                {
                    batch.Add(c, T.CreateTruncating(rng.NextDouble() - 0.5));
                }
            }

            batch.EndRow();
        }

        return batch;
    }

    private static T[] Numbers<T>(int count, ulong seed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var rng = new Rng(seed, 7);
        var numbers = new T[count];
        for (int k = 0; k < count; k++)
        {
            numbers[k] = T.CreateTruncating(rng.NextDouble() - 0.5);
        }

        return numbers;
    }

    private static GuardedMemory<T> Guarded<T>(T[] values)
        where T : unmanaged
    {
        var memory = new GuardedMemory<T>(values.Length);
        values.CopyTo(memory.Span);
        return memory;
    }

    private static double Wide<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T> => double.CreateTruncating(x);
}
