using System.Globalization;
using Encore.Numerics;

namespace Encore.Benchmarks;

/// <summary>C [m, n] = op(A)·op(B) over k, written <c>500x20108x600</c>, with <c>:ta</c>, <c>:tb</c> behind it for a
/// transposed A or B.</summary>
internal readonly record struct GemmShape(int M, int N, int K, Transpose TransposeA, Transpose TransposeB)
{
    /// <summary>A large square; Mult-VAE's hidden → items layer on MovieLens 20M; its weights' gradient.</summary>
    public static readonly string[] Default = ["4096x4096x4096", "500x20108x600", "20108x600x500:ta"];

    /// <summary>Operations: a multiplication and an addition for each of m·n·k products.</summary>
    public double Operations => 2.0 * M * N * K;

    public static GemmShape Parse(string text)
    {
        string[] parts = text.Split(':');
        int[] sizes = [.. parts[0].Split('x').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        return sizes is [var m, var n, var k]
            ? new GemmShape(m, n, k, parts.Contains("ta") ? Transpose.Yes : Transpose.No,
                parts.Contains("tb") ? Transpose.Yes : Transpose.No)
            : throw new FormatException($"Found shape '{text}', expected MxNxK, MxNxK:ta, MxNxK:tb or MxNxK:ta:tb.");
    }

    /// <summary>C by Encore.</summary>
    public void Run(float[] a, float[] b, float[] c) => Dense.Gemm(
        TransposeA, TransposeB, M, N, K, 1, a, TransposeA == Transpose.No ? K : M, b,
        TransposeB == Transpose.No ? N : K, 0, c, N);

    /// <summary>Numbers in [−½, ½), the same for the same seed.</summary>
    public static float[] Numbers(int count, ulong seed)
    {
        var rng = new Rng(seed);
        var numbers = new float[count];
        foreach (ref float number in numbers.AsSpan())
        {
            number = rng.NextSingle() - 0.5f;
        }

        return numbers;
    }

    /// <summary>Symmetric noise, whose eigenvalues lie within ±0.58·√n (Wigner), with a diagonal that makes all of them
    /// positive.</summary>
    public static float[] PositiveDefinite(int n)
    {
        var a = Numbers(n * n, 1);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                a[(j * n) + i] = a[(i * n) + j];
            }

            a[(i * n) + i] = MathF.Sqrt(n);
        }

        return a;
    }
}
