using System.Runtime.InteropServices;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics.Tests;

[Collection(WorkersCollection.Name)]
public sealed class SymmetricInverseTests
{
    public static TheoryData<string> Paths => [.. Kernel.Available.Select(set => set.ToString())];

    // A Gram matrix of skewed popularity, as EASE inverts: Xᵀ·X + λ·I, condition about 10⁴.
    private static double[] Positive(int n, double ridge = 1)
    {
        var rng = new Rng((ulong)n);
        int m = (2 * n) + 3;
        var x = new double[m, n];
        for (int u = 0; u < m; u++)
        {
            for (int i = 0; i < n; i++)
            {
                x[u, i] = rng.NextDouble() < 0.02 + (0.6 / (1 + i)) ? 1 : 0;
            }
        }

        var a = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int u = 0; u < m; u++)
                {
                    a[(i * n) + j] += x[u, i] * x[u, j];
                }
            }

            a[(i * n) + i] += ridge;
        }

        return a;
    }

    private static double Residual(double[] a, ReadOnlySpan<double> inverse, int n)
    {
        double worst = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = i == j ? -1 : 0;
                for (int p = 0; p < n; p++)
                {
                    sum += a[(i * n) + p] * inverse[(p * n) + j];
                }

                worst = Math.Max(worst, Math.Abs(sum));
            }
        }

        return worst;
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void SymmetricInverse_AnySize_TimesTheMatrixIsTheIdentity(string path) =>
        Kernel.With(Enum.Parse<InstructionSet>(path), () =>
        {
            foreach (int n in (int[])[0, 1, 2, 3, 5, 12, 31, 63, 64, 65, 127, 128, 129, 200, 300])
            {
                var a = Positive(n);
                var wide = a.ToArray();
                float[] single = [.. a.Select(v => (float)v)];
                for (int i = 0; i < n; i++)
                {
                    for (int j = i + 1; j < n; j++)
                    {
                        wide[(i * n) + j] = double.NaN; // above the diagonal nothing is read
                        single[(i * n) + j] = float.NaN;
                    }
                }

                Dense.SymmetricInverse(wide, n);
                Dense.SymmetricInverse(single, n);
                Residual(a, wide, n).ShouldBeLessThan(1e-11, $"n = {n}");
                Residual(a, single.Select(v => (double)v).ToArray(), n).ShouldBeLessThan(2e-4, $"n = {n}");
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < i; j++)
                    {
                        wide[(i * n) + j].ShouldBe(wide[(j * n) + i]);
                    }
                }
            }
        });

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(150)]
    public void Cholesky_TimesItsTranspose_IsTheMatrix(int n)
    {
        var a = Positive(n);
        var l = a.ToArray();
        Dense.Cholesky(l, n);
        float[] single = [.. a.Select(v => (float)v)];
        Dense.Cholesky(single, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int p = 0; p <= j; p++)
                {
                    sum += l[(i * n) + p] * l[(j * n) + p];
                }

                sum.ShouldBe(a[(i * n) + j], 1e-10);
                ((double)single[(i * n) + j]).ShouldBe(l[(i * n) + j], 1e-4);
            }
        }
    }

    [Fact]
    public void SymmetricInverse_AnyThreadCount_GivesTheSameBits()
    {
        float[] a = [.. Positive(333).Select(v => (float)v)];
        WorkersCollection.SameOnAnyThreadCount(compute =>
        {
            var inverse = a.ToArray();
            Dense.SymmetricInverse(inverse, 333, compute: compute);
            return MemoryMarshal.AsBytes<float>(inverse).ToArray();
        });
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(170)]
    public void SymmetricInverse_NotPositiveDefinite_NamesThePivot(int bad)
    {
        float[] a = [.. Positive(200).Select(v => (float)v)];
        a[(bad * 200) + bad] = -1;
        Should.Throw<ArithmeticException>(() => Dense.SymmetricInverse(a, 200)).Message.ShouldContain($"at row {bad}");
    }

    [Fact]
    public void SymmetricInverse_NaN_IsAnError()
    {
        float[] a = [float.NaN];
        Should.Throw<ArithmeticException>(() => Dense.SymmetricInverse(a, 1)).Message.ShouldContain("NaN at row 0");
    }

    [Fact]
    public void SymmetricInverse_Progress_RisesToOne()
    {
        var seen = new List<double>();
        var a = Positive(300);
        Dense.SymmetricInverse(a, 300, new Recorder(seen));
        seen.ShouldBe(seen.Order());
        seen[^1].ShouldBe(1);
        seen.Count.ShouldBeGreaterThan(5);
    }

    [Fact]
    public void SymmetricInverse_Cancelled_Throws() => Should.Throw<OperationCanceledException>(() =>
        Dense.SymmetricInverse(Positive(100), 100, cancellationToken: new CancellationToken(canceled: true)));

    [Fact]
    public void SymmetricInverse_SpanOfAnotherSize_Throws() =>
        Should.Throw<ArgumentException>(() => Dense.SymmetricInverse(new float[8], 3)).Message.ShouldContain("expected 9");

    private sealed class Recorder(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }
}
