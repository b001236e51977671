using Encore.Numerics.Dispatch;

namespace Encore.Numerics.Tests;

[Collection(WorkersCollection.Name)]
public sealed class PackedMatrixTests
{
    public static TheoryData<string> Paths => [.. Kernel.Available.Select(set => set.ToString())];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_AnyShape_EqualsTheReference(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        // Around the tiles (1, 2, 4 and 12 rows; 2 to 32 columns).
        var (single, wide) = (new PackedMatrix<float>(), new PackedMatrix<double>());
        foreach (int m in (int[])[0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 31])
        {
            foreach (int n in (int[])[0, 1, 2, 5, 15, 16, 17, 31, 32, 33, 70])
            {
                foreach (int k in (int[])[0, 1, 2, 17])
                {
                    foreach (var transpose in (Transpose[])[Transpose.No, Transpose.Yes])
                    {
                        Check(single, transpose, m, n, k, 1e-5, x => (float)x);
                        Check(wide, transpose, m, n, k, 1e-13, x => x);
                    }
                }
            }
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_RowAlone_HasTheBitsOfTheBatch(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        // More steps than one pass takes.
        const int Rows = 31, Columns = 45, Depth = 1_400;
        var packed = new PackedMatrix<float>();
        packed.Pack(Transpose.No, Depth, Columns, Numbers(Depth * Columns, 1, x => (float)x));
        var a = Numbers(Rows * Depth, 2, x => (float)x);
        float[] all = new float[Rows * Columns], one = new float[Columns];
        packed.Multiply(Rows, a, Depth, all, Columns);
        all[^1].ShouldNotBe(0);
        for (int r = 0; r < Rows; r++)
        {
            packed.Multiply(1, a.AsSpan(r * Depth), Depth, one, Columns);
            one.ShouldBe(all[(r * Columns)..((r + 1) * Columns)]);
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_Bias_BeginsEverySum(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        const int Rows = 14, Columns = 37, Depth = 9;
        float[] b = Numbers(Depth * Columns, 1, x => (float)x), a = Numbers(Rows * Depth, 2, x => (float)x);
        float[] bias = Numbers(Columns, 3, x => (float)x), plain = new float[Rows * Columns], c = new float[Rows * Columns];
        var packed = new PackedMatrix<float>();
        packed.Pack(Transpose.No, Depth, Columns, b);
        packed.Multiply(Rows, a, Depth, plain, Columns);
        packed.Multiply(Rows, a, Depth, bias, c, Columns);
        for (int e = 0; e < c.Length; e++)
        {
            ((double)c[e]).ShouldBe((double)plain[e] + bias[e % Columns], 1e-6);
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void MultiplyTransposed_AnyShape_EqualsTheReference(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        var packed = new PackedMatrix<float>();
        foreach (var (m, n, k) in ((int, int, int)[])[(0, 3, 2), (1, 1, 1), (5, 33, 7), (12, 32, 0), (26, 45, 40), (13, 20, 1_400)])
        {
            foreach (bool add in (bool[])[false, true])
            {
                int lda = m + 2, ldc = n + 1;
                float[] b = Numbers(k * n, 1, x => (float)x);
                using var a = new GuardedMemory<float>(k == 0 ? 0 : ((k - 1) * lda) + m);
                using var c = new GuardedMemory<float>(m == 0 ? 0 : ((m - 1) * ldc) + n);
                Numbers(a.Span.Length, 2, x => (float)x).CopyTo(a.Span);
                c.Span.Fill(add ? 0.5f : float.NaN);
                packed.Pack(Transpose.No, k, n, b);
                packed.MultiplyTransposed(m, a.Span, lda, add, c.Span, ldc);
                for (int i = 0; i < m; i++)
                {
                    for (int j = 0; j < n; j++)
                    {
                        double sum = add ? 0.5 : 0;
                        for (int p = 0; p < k; p++)
                        {
                            sum += (double)a.Span[(p * lda) + i] * b[(p * n) + j];
                        }

                        ((double)c.Span[(i * ldc) + j]).ShouldBe(sum, 2e-5, $"[{m}, {n}, {k}] at {i}, {j}");
                    }
                }
            }
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void SetRows_AnyOrder_HasTheBitsOfPack(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        var (whole, parts) = (new PackedMatrix<float>(), new PackedMatrix<float>());
        foreach (int columns in (int[])[1, 7, 16, 32, 33, 70])
        {
            const int Rows = 29, M = 13;
            float[] b = Numbers(Rows * columns, 1, x => (float)x), a = Numbers(M * Rows, 2, x => (float)x);
            whole.Pack(Transpose.No, Rows, columns, b);

            // Into memory that held other numbers.
            parts.Pack(Transpose.No, Rows, columns, Numbers(Rows * columns, 3, _ => float.NaN));
            parts.Reserve(Rows, columns);
            foreach (var (first, count) in ((int, int)[])[(12, 17), (0, 5), (5, 0), (5, 7)])
            {
                parts.SetRows(first, count, b.AsSpan(first * columns, count * columns));
            }

            float[] expected = new float[M * columns], found = new float[M * columns];
            whole.Multiply(M, a, Rows, expected, columns);
            parts.Multiply(M, a, Rows, found, columns);
            found.ShouldBe(expected, $"{columns} columns");
            Should.Throw<ArgumentOutOfRangeException>(() => parts.SetRows(Rows, 1, b));
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void MultiplyTransposed_SomeRows_EqualsTheReference(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        // More rows than one pass takes, wherever they begin.
        const int Rows = 1_500, Columns = 35, M = 14;
        var packed = new PackedMatrix<double>();
        double[] b = Numbers(Rows * Columns, 1, x => x), a = Numbers(Rows * M, 2, x => x);
        packed.Pack(Transpose.No, Rows, Columns, b);
        foreach (var (first, rows) in ((int, int)[])[(0, 0), (0, 1), (17, 40), (100, 1_400), (1_499, 1), (1_500, 0)])
        {
            foreach (bool add in (bool[])[false, true])
            {
                var c = new double[M * Columns];
                c.AsSpan().Fill(add ? 0.5 : double.NaN);
                packed.MultiplyTransposed(first, rows, M, a, M, add, c, Columns);
                for (int at = 0; at < c.Length; at++)
                {
                    double sum = add ? 0.5 : 0;
                    for (int p = 0; p < rows; p++)
                    {
                        sum += a[(p * M) + (at / Columns)] * b[((first + p) * Columns) + (at % Columns)];
                    }

                    c[at].ShouldBe(sum, 1e-12, $"rows {first} and {rows} more, at {at}");
                }
            }
        }

        Should.Throw<ArgumentOutOfRangeException>(() => packed.MultiplyTransposed(1_499, 2, M, a, M, false, new double[M * Columns], Columns));
    });

    [Fact]
    public void Multiply_SpansTooShort_Throws()
    {
        var packed = new PackedMatrix<float>();
        Should.Throw<ArgumentException>(() => packed.Pack(Transpose.No, 2, 3, new float[5])).Message.ShouldContain("found 5 numbers, expected 6", Case.Insensitive);
        packed.Pack(Transpose.No, 2, 3, new float[6]);
        Should.Throw<ArgumentException>(() => packed.Multiply(2, new float[3], 2, new float[6], 3)).Message.ShouldContain("A: found 3");
        Should.Throw<ArgumentException>(() => packed.Multiply(2, new float[4], 2, new float[5], 3)).Message.ShouldContain("C: found 5");
        Should.Throw<ArgumentException>(() => packed.Multiply(1, new float[4], 1, new float[6], 3)).Message.ShouldContain("A: ");
        Should.Throw<ArgumentException>(() => packed.Multiply(1, new float[2], 2, new float[2], new float[3], 3)).Message.ShouldContain("bias: found 2 numbers, expected 3");
        Should.Throw<ArgumentException>(() => packed.MultiplyTransposed(4, new float[7], 4, false, new float[12], 3)).Message.ShouldContain("A: found 7");
    }

    private static void Check<T>(PackedMatrix<T> packed, Transpose transpose, int m, int n, int k, double tolerance, Func<double, T> of)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        var b = Numbers(k * n, 1, of);
        packed.Pack(transpose, k, n, b);
        int lda = k + 3, ldc = n + 2;
        using var a = new GuardedMemory<T>(m == 0 ? 0 : ((m - 1) * lda) + k);
        using var c = new GuardedMemory<T>(m == 0 ? 0 : ((m - 1) * ldc) + n);
        Numbers(a.Span.Length, 2, of).CopyTo(a.Span);
        c.Span.Fill(of(double.NaN));
        packed.Multiply(m, a.Span, lda, c.Span, ldc);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int p = 0; p < k; p++)
                {
                    sum += double.CreateTruncating(a.Span[(i * lda) + p])
                        * double.CreateTruncating(transpose == Transpose.No ? b[(p * n) + j] : b[(j * k) + p]);
                }

                double.CreateTruncating(c.Span[(i * ldc) + j]).ShouldBe(sum, tolerance, $"[{m}, {n}, {k}] at {i}, {j}");
            }

            for (int j = n; j < ldc && i < m - 1; j++)
            {
                T.IsNaN(c.Span[(i * ldc) + j]).ShouldBeTrue("between rows");
            }
        }
    }

    private static T[] Numbers<T>(int count, ulong seed, Func<double, T> of)
    {
        var rng = new Rng(seed);
        return [.. Enumerable.Range(0, count).Select(_ => of(rng.NextDouble() - 0.5))];
    }
}
