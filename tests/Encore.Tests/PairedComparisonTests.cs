using Encore.Evaluation;
using Encore.Numerics;
using FsCheck.Xunit;

namespace Encore.Tests;

[Collection(WorkersCollection.Name)]
public sealed class PairedComparisonTests
{
    private static readonly double[] A = [.31, .42, .5, .11, .93, .27, .64, .08];
    private static readonly double[] B = [.25, .4, .55, .05, .8, .3, .5, .1];

    // SciPy 1.10.1: scipy.stats.ttest_rel(a, b).
    [Fact]
    public void Of_Reference_HasItsTAndP()
    {
        ShouldBe(PairedComparison.Of(A, B), 0.03875, 1.5307142230805866, 0.16969535537176253);
        ShouldBe(PairedComparison.Of(B, A), -0.03875, -1.5307142230805866, 0.16969535537176253);
        ShouldBe(PairedComparison.Of([3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8]), -0.8,
            -0.6469966392206306, 0.5337858366853894);
        ShouldBe(PairedComparison.Of([1, 2], [0.5, 1.75]), 0.375, 3.0, 0.20483276469913345); // one degree of freedom

        static void ShouldBe(PairedComparison found, double difference, double t, double p)
        {
            found.Difference.ShouldBe(difference, 1e-12);
            found.T.ShouldBe(t, 1e-12);
            found.PValue.ShouldBe(p, 1e-12);
        }
    }

    [Theory]
    [InlineData(0.1, 3)]
    [InlineData(0.1, 7)]
    [InlineData(-0.3, 11)]
    [InlineData(1e-9, 1000)]
    public void Of_EqualDifferences_AreCertain(double difference, int users)
    {
        // Sums of 0.1 round; that must not pass for a spread.
        var found = PairedComparison.Of([.. Enumerable.Repeat(difference, users)], new double[users]);
        (found.Difference, found.Low, found.High).ShouldBe((difference, difference, difference));
        found.T.ShouldBe(difference > 0 ? double.PositiveInfinity : double.NegativeInfinity);
        found.PValue.ShouldBe(0);
        found.Significant.ShouldBeTrue();
    }

    [Fact]
    public void Of_NoDifference_IsNotSignificant()
    {
        var found = PairedComparison.Of(A, A);
        (found.Difference, found.Low, found.High, found.T, found.PValue, found.Significant)
            .ShouldBe((0, 0, 0, 0, 1, false));
        found.Users.ShouldBe(A.Length);
    }

    [Fact]
    public void Of_ClearDifference_IsSignificantAndNoiseIsNot()
    {
        var rng = new Rng(4);
        double[] noise = [.. Enumerable.Range(0, 500).Select(_ => rng.NextGaussian())];
        PairedComparison.Of([.. noise.Select(x => x + 0.5)], new double[500]).Significant.ShouldBeTrue();
        double mean = noise.Average();
        PairedComparison.Of([.. noise.Select(x => x - mean + 0.01)], new double[500]).Significant.ShouldBeFalse();
    }

    [Property(MaxTest = 20)]
    public void Of_ManyUsers_IntervalIsCloseToTheNormalOne(ulong seed)
    {
        var rng = new Rng(seed);
        double[] a = [.. Enumerable.Range(0, 400).Select(_ => 0.3 + rng.NextGaussian())];
        var found = PairedComparison.Of(a, new double[400], seed, resamples: 4_000);
        double error = Encore.Metrics.MetricValue.Of(a).StandardError;

        // The bootstrap's own error of a 2.5 % quantile is 0.04 standard errors with 4,000 samples.
        ((found.Low - found.Difference) / error).ShouldBe(-1.96, 0.2);
        ((found.High - found.Difference) / error).ShouldBe(1.96, 0.2);
    }

    [Property(MaxTest = 20)]
    public void Of_Swapped_ChangesTheSign(ulong seed)
    {
        var rng = new Rng(seed);
        double[] a = [.. Enumerable.Range(0, 30).Select(_ => rng.NextDouble())],
            b = [.. a.Select(x => x * rng.NextDouble())];
        var (one, other) = (PairedComparison.Of(a, b, seed, 500), PairedComparison.Of(b, a, seed, 500));
        other.Difference.ShouldBe(-one.Difference);
        (other.T, other.PValue).ShouldBe((-one.T, one.PValue));
        other.Low.ShouldBe(-one.High, 1e-15);
        other.High.ShouldBe(-one.Low, 1e-15);
        one.Low.ShouldBeLessThanOrEqualTo(one.High);
        one.PValue.ShouldBeInRange(0, 1);
    }

    [Fact]
    public void Of_SameSeed_SameIntervalAndOthersDiffer()
    {
        PairedComparison.Of(A, B, 7).ShouldBeEquivalentTo(PairedComparison.Of(A, B, 7));
        double[] lows = [.. Enumerable.Range(1, 5)
            .Select(seed => PairedComparison.Of(Noise(200), new double[200], (ulong)seed, 200).Low)];
        lows.Distinct().Count().ShouldBe(5);
    }

    [Fact]
    public void Of_AnyThreadCount_SameBits() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var found = PairedComparison.Of(Noise(300), new double[300], 3, 1_000, compute);
        return [.. new[] { found.Low, found.High, found.Difference }.SelectMany(Halves)];
    });

    [Fact]
    public void Of_Wrong_SaysWhatWasFound()
    {
        Should.Throw<ArgumentException>(() => PairedComparison.Of([1], [2]))
            .Message.ShouldStartWith("Found 1 and 1 users, expected the same number, at least 2.");
        Should.Throw<ArgumentException>(() => PairedComparison.Of([1, 2], [2]))
            .Message.ShouldStartWith("Found 2 and 1 users");
        Should.Throw<ArgumentException>(() => PairedComparison.Of([1, double.NaN], [2, 3]))
            .Message.ShouldStartWith("User 1: found values NaN and 3");
        Should.Throw<ArgumentException>(() => PairedComparison.Of([double.PositiveInfinity, 1], [2, 3]))
            .Message.ShouldStartWith("User 0: ");
        Should.Throw<ArgumentOutOfRangeException>(() => PairedComparison.Of(A, B, resamples: 99));
    }

    // SciPy 1.10.1: scipy.stats.ttest_rel, and its interval by scipy.stats.t.ppf(.975, 3).
    [Fact]
    public void OfSeeds_Reference_Agrees()
    {
        var found = PairedComparison.OfSeeds([.40, .42, .41, .45], [.39, .40, .41, .41]);
        found.Users.ShouldBe(4);
        found.Difference.ShouldBe(0.0175, 1e-12);
        found.T.ShouldBe(2.0493901531919185, 1e-9);
        found.PValue.ShouldBe(0.13284184055977574, 1e-10);
        found.Low.ShouldBe(-0.00967530883796491, 1e-12);
        found.High.ShouldBe(0.04467530883796492, 1e-12);
        found.Significant.ShouldBeFalse();
    }

    [Fact]
    public void OfSeeds_TheSameDifferenceEachTime_IsCertain()
    {
        var found = PairedComparison.OfSeeds([0.5, 0.75], [0.25, 0.5]);
        (found.Difference, found.Low, found.High, found.PValue, found.Significant).ShouldBe((0.25, 0.25, 0.25, 0, true));
    }

    [Fact]
    public void OfSeeds_Wrong_SaysWhatWasFound()
    {
        Should.Throw<ArgumentException>(() => PairedComparison.OfSeeds([1], [2])).Message.ShouldStartWith("Found 1 and 1 seeds, expected the same number, at least 2.");
        Should.Throw<ArgumentException>(() => PairedComparison.OfSeeds([1, double.NaN], [2, 3])).Message.ShouldStartWith("Seed 1: found values NaN and 3");
    }

    private static double[] Noise(int n)
    {
        var rng = new Rng(11);
        return [.. Enumerable.Range(0, n).Select(_ => rng.NextGaussian())];
    }

    private static float[] Halves(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        return [BitConverter.Int32BitsToSingle((int)bits), BitConverter.Int32BitsToSingle((int)(bits >> 32))];
    }
}
