using Encore.Benchmarks;

namespace Encore.Numerics.Tests;

/// <summary>A second opinion on the dense kernels, where OpenBLAS is installed; skipped where it is not.</summary>
[Collection(WorkersCollection.Name)]
public sealed class OpenBlasTests
{
    private const int Cases = 12, LargestSide = 700;

    [Fact]
    public void Gemm_RandomShapes_AgreesWithOpenBlas()
    {
        var blas = Load();
        var rng = new Rng(28);
        for (int i = 0; i < Cases; i++)
        {
            int m = 1 + rng.NextInt32(LargestSide), n = 1 + rng.NextInt32(LargestSide), k = 1 + rng.NextInt32(LargestSide);
            var shape = new GemmShape(m, n, k, (Transpose)(i & 1), (Transpose)((i >> 1) & 1));
            float[] a = GemmShape.Numbers(m * k, (ulong)i), b = GemmShape.Numbers(k * n, (ulong)i + 100);
            float[] ours = new float[m * n], theirs = new float[m * n];
            shape.Run(a, b, ours);
            blas.Gemm(shape.TransposeA, shape.TransposeB, m, n, k, a, b, theirs);

            // Two sums of k products below ¼, in different orders.
            Largest(ours, theirs, n, lowerOnly: false).ShouldBeLessThan(1e-7 * (1 + k), shape.ToString());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(130)]
    [InlineData(517)]
    public void SymmetricInverse_AgreesWithOpenBlas(int n)
    {
        var blas = Load();
        var ours = GemmShape.PositiveDefinite(n);
        var theirs = ours.ToArray();
        Dense.SymmetricInverse(ours, n);
        blas.SymmetricInverse(theirs, n);
        Largest(ours, theirs, n, lowerOnly: true).ShouldBeLessThan(2e-6);
    }

    private static OpenBlas Load()
    {
        var blas = OpenBlas.Load();
        Assert.SkipWhen(blas is null, OpenBlas.Missing);
        return blas!;
    }

    private static double Largest(float[] x, float[] y, int n, bool lowerOnly)
    {
        double largest = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double difference = lowerOnly && i % n > i / n ? 0 : Math.Abs((double)x[i] - y[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest;
    }
}
