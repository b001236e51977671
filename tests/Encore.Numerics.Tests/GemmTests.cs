using System.Globalization;
using System.Runtime.InteropServices;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics.Tests;

[Collection(WorkersCollection.Name)]
public sealed class GemmTests
{
    // Around the tiles (6 and 12 rows; 2 to 32 columns), and past the task, pass and packing borders.
    private static readonly int[] Small = [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 15, 16, 17, 24, 31, 32, 33];

    public static TheoryData<string> Paths => [.. Kernel.Available.Select(set => set.ToString())];

    public static TheoryData<string, int, int, int> LargeShapes
    {
        get
        {
            var data = new TheoryData<string, int, int, int>();
            foreach (var set in Kernel.Available)
            {
                foreach (var (m, n, k) in ((int, int, int)[])
                    [(1, 1, 1000), (385, 3, 7), (3, 4200, 5), (4200, 3, 5), (97, 130, 384), (97, 130, 385), (50, 70, 1201), (400, 420, 40)])
                {
                    data.Add(set.ToString(), m, n, k);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Gemm_AllSmallShapes_EqualTheReference(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        ulong seed = 0;
        foreach (int m in Small)
        {
            foreach (int n in Small)
            {
                foreach (int k in (int[])[0, 1, 2, 3, 4, 5, 9])
                {
                    seed++;
                    var (ta, tb) = ((Transpose)(seed & 1), (Transpose)((seed >> 1) & 1));
                    Check(m, n, k, ta, tb, (int)(seed % 3), Factor(seed / 3), Factor(seed / 5), seed);
                }
            }
        }
    });

    [Theory]
    [MemberData(nameof(LargeShapes))]
    public void Gemm_ShapesPastTheBlocks_EqualTheReference(string path, int m, int n, int k) =>
        Kernel.With(Enum.Parse<InstructionSet>(path), () =>
        {
            for (uint t = 0; t < 4; t++)
            {
                Check(m, n, k, (Transpose)(t & 1), (Transpose)(t >> 1), 1, 1, t < 2 ? 0 : 1, t);
            }
        });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Gemm_BetaZero_OverwritesNaN(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        var c = Enumerable.Repeat(float.NaN, 35 * 37).ToArray();
        Dense.Gemm(Transpose.No, Transpose.No, 35, 37, 3, 1, new float[35 * 3], 3, new float[3 * 37], 37, 0, c, 37);
        c.ShouldAllBe(x => x == 0);
        Dense.Gemm(Transpose.No, Transpose.No, 5, 7, 0, 1, [], 0, [], 7, 0, c, 7);
        c[..35].ShouldAllBe(x => x == 0);
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Gemm_NaNAndInfinity_SpreadAsTheSumSays(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        float[] a = [1, float.NaN, 1, 1, float.PositiveInfinity, 1], b = [1, 1, 1, 1], c = new float[6];
        Dense.Gemm(Transpose.No, Transpose.No, 3, 2, 2, 1, a, 2, b, 2, 0, c, 2);
        c.ShouldBe([float.NaN, float.NaN, 2, 2, float.PositiveInfinity, float.PositiveInfinity]);
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Gemm_AnyThreadCount_GivesTheSameBits(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        var a = Numbers(450 * 500, 1);
        var b = Numbers(500 * 430, 2);
        WorkersCollection.SameOnAnyThreadCount(compute =>
        {
            var c = new float[450 * 430];
            Dense.Gemm(Transpose.No, Transpose.No, 450, 430, 500, 1, a, 500, b, 430, 0, c, 430, compute);
            return MemoryMarshal.AsBytes<float>(c).ToArray();
        });
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Gemm_OneRowAlone_HasTheBitsOfTheBatch(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        const int M = 29, N = 45, K = 500;
        var a = Numbers(M * K, 1);
        var b = Numbers(K * N, 2);
        var all = Numbers(M * N, 3);
        var one = all.ToArray();
        Dense.Gemm(Transpose.No, Transpose.No, M, N, K, .5f, a, K, b, N, .25f, all, N);
        for (int i = 0; i < M; i++)
        {
            Dense.Gemm(Transpose.No, Transpose.No, 1, N, K, .5f, a.AsSpan(i * K), K, b, N, .25f, one.AsSpan(i * N), N);
        }

        one.ShouldBe(all);
    });

    [Fact]
    public void Gemm_WrongSizes_SayFoundAndExpected()
    {
        Should.Throw<ArgumentException>(() =>
            Dense.Gemm(Transpose.No, Transpose.No, 2, 3, 4, 1f, new float[7], 4, new float[12], 3, 0, new float[6], 3))
            .Message.ShouldBe("A: found 7 numbers, expected 8 for [2, 4] with rows 4 apart.");
        Should.Throw<ArgumentException>(() =>
            Dense.Gemm(Transpose.No, Transpose.Yes, 2, 3, 4, 1f, new float[8], 4, new float[12], 3, 0, new float[6], 3))
            .Message.ShouldBe("B: found rows 3 apart, expected at least 4, their length.");
        Should.Throw<ArgumentOutOfRangeException>(() =>
            Dense.Gemm(Transpose.No, Transpose.No, -1, 3, 4, 1f, [], 4, new float[12], 3, 0, [], 3));
    }

    [Fact]
    public void Choose_UnknownPath_NamesTheKnownOnes()
    {
        Should.Throw<NotSupportedException>(() => Kernel.Choose("sse9")).Message
            .ShouldStartWith("ENCORE_KERNEL: found 'sse9', expected one of scalar");
        Kernel.Choose("SCALAR").ShouldBe(InstructionSet.Scalar);
        Kernel.Choose(null).ShouldBe(Kernel.Available[^1]);
    }

    private static float Factor(ulong seed) => (seed % 4) switch { 0 => 0, 1 => 1, 2 => -1, _ => 0.5f };

    private static float[] Numbers(int count, ulong seed)
    {
        var rng = new Rng(seed);
        return [.. Enumerable.Range(0, count).Select(_ => rng.NextSingle() - 0.5f)];
    }

    // Operands lie against forbidden pages; C's gaps between rows must keep what they hold.
    private static void Check(
        int m, int n, int k, Transpose ta, Transpose tb, int gap, float alpha, float beta, ulong seed)
    {
        var (aRows, aColumns) = ta == Transpose.No ? (m, k) : (k, m);
        var (bRows, bColumns) = tb == Transpose.No ? (k, n) : (n, k);
        int lda = aColumns + gap, ldb = bColumns + gap, ldc = n + gap;
        bool before = seed % 2 == 0;
        using var a = Guarded(aRows, aColumns, lda, before, seed);
        using var b = Guarded(bRows, bColumns, ldb, before, seed + 1000);
        using var c = Guarded(m, n, ldc, before, seed + 2000);
        using var a64 = Widen(a, before);
        using var b64 = Widen(b, before);
        using var c64 = Widen(c, before);
        var start = c.Span.ToArray();
        Dense.Gemm(ta, tb, m, n, k, alpha, a.Span, lda, b.Span, ldb, beta, c.Span, ldc);
        Dense.Gemm(ta, tb, m, n, k, (double)alpha, a64.Span, lda, b64.Span, ldb, beta, c64.Span, ldc);
        for (int i = 0; i < c.Span.Length; i++)
        {
            int row = i / ldc, column = i % ldc;
            double expected = start[i];
            if (column < n)
            {
                double sum = 0;
                for (int p = 0; p < k; p++)
                {
                    sum += (double)a.Span[ta == Transpose.No ? (row * lda) + p : (p * lda) + row]
                        * b.Span[tb == Transpose.No ? (p * ldb) + column : (column * ldb) + p];
                }

                expected = (alpha * sum) + (beta * start[i]);
            }

            // |error| of a sum of k products of numbers below ½, each rounded once or twice.
            string where = string.Create(CultureInfo.InvariantCulture, $"{m}×{n}×{k} {ta} {tb} α={alpha} β={beta} at [{row}, {column}]");
            ((double)c.Span[i]).ShouldBe(expected, 1e-7 * (1 + k), where);
            c64.Span[i].ShouldBe(expected, 1e-15 * (1 + k), where);
        }
    }

    private static GuardedMemory<float> Guarded(int rows, int columns, int stride, bool before, ulong seed)
    {
        var memory = new GuardedMemory<float>(rows == 0 || columns == 0 ? 0 : ((rows - 1) * stride) + columns, before);
        Numbers(memory.Span.Length, seed).CopyTo(memory.Span);
        return memory;
    }

    private static GuardedMemory<double> Widen(GuardedMemory<float> source, bool before)
    {
        var memory = new GuardedMemory<double>(source.Span.Length, before);
        for (int i = 0; i < source.Span.Length; i++)
        {
            memory.Span[i] = source.Span[i];
        }

        return memory;
    }
}
