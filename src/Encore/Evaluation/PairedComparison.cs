using Encore.Metrics;
using Encore.Numerics;

namespace Encore.Evaluation;

/// <summary>How two models were compared.</summary>
public enum PairedTest
{
    /// <summary>Of a mean over users: a paired t-test over users, and a bootstrap interval of resampled users.</summary>
    TTestOverUsers,

    /// <summary>Of a mean over seeds: a paired t-test over seeds, and its interval.</summary>
    TTestOverSeeds,

    /// <summary>Of a figure that is no mean over users, such as the RMSE over all ratings: p-value and interval come from
    /// resampled users, each with all ratings, for which the figure is computed again.</summary>
    BootstrapOverUsers,
}

/// <summary>
/// Two models on the same users: the difference of a figure, a 95 % interval and a p-value. What is tested is the figure
/// itself: a mean over users, a mean over seeds, or one that pools the users' ratings.
/// </summary>
public sealed class PairedComparison
{
    private const double Level = 0.05;

    /// <summary>What was tested, and how.</summary>
    public PairedTest Test { get; private init; }

    /// <summary>Number of users compared, or of seeds (<see cref="OfSeeds"/>).</summary>
    public int Users { get; private init; }

    /// <summary>The figure of a minus that of b: the mean of a − b over users or seeds, or the difference of two pooled
    /// figures. Below 0 where a has the smaller figure, which is the better one of errors.</summary>
    public double Difference { get; private init; }

    /// <summary>Lower end of the 95 % percentile bootstrap interval of the difference.</summary>
    public double Low { get; private init; }

    /// <summary>Upper end of it.</summary>
    public double High { get; private init; }

    /// <summary>Student's t of the difference, n − 1 degrees of freedom; 0 when all differences are 0, infinite when
    /// they are all the same other number; NaN for <see cref="PairedTest.BootstrapOverUsers"/>, which has none.</summary>
    public double T { get; private init; }

    /// <summary>Two-sided p-value, in [0, 1]: of <see cref="T"/>, or of the bootstrap: twice the smaller share of resampled
    /// differences on one side of 0, and never below 2 / (resamples + 1).</summary>
    public double PValue { get; private init; }

    /// <summary>Whether p is below .05 and the interval leaves out 0.</summary>
    public bool Significant => PValue < Level && (Low > 0 || High < 0);

    /// <summary>Compares per-user values of two models; the same users in the same order.</summary>
    /// <param name="a">Values of the first model.</param>
    /// <param name="b">Values of the second.</param>
    /// <param name="seed">Seed of the bootstrap.</param>
    /// <param name="resamples">Bootstrap samples, at least 100.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are fewer than 2 users, or a value is not
    /// finite.</exception>
    public static PairedComparison Of(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, ulong seed = 1, int resamples = 10_000, Compute? compute = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        return Of(a, b, PairedTest.TTestOverUsers, differences => Bootstrap(differences, seed, resamples, compute));
    }

    /// <summary>Compares two models by one value a seed: of a few seeds nothing is left to resample, so that the interval is
    /// Student's t too.</summary>
    /// <param name="a">Values of the first model, one for each seed.</param>
    /// <param name="b">Values of the second, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are fewer than 2 seeds, or a value is not
    /// finite.</exception>
    public static PairedComparison OfSeeds(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        return Of(a, b, PairedTest.TTestOverSeeds, differences =>
        {
            var spread = MetricSpread.Of(differences);
            return (spread.Low, spread.High);
        });
    }

    /// <summary>Compares two models by a figure that pools what users bring, such as the RMSE over all ratings: users are
    /// drawn with replacement, each with all it has in every repetition, and the figure is computed again for each draw. A
    /// user's ratings err alike, so they are never drawn apart.</summary>
    /// <param name="a">The first model's figure, one for each repetition; the figure compared is the mean over them.</param>
    /// <param name="b">The second's, of the same repetitions and users.</param>
    /// <param name="seed">Seed of the bootstrap; the bits do not depend on the number of threads.</param>
    /// <param name="resamples">Bootstrap samples, at least 100.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <exception cref="ArgumentException">Repetitions or users differ, there are fewer than 2 users, or a value is not
    /// finite.</exception>
    internal static PairedComparison OfPooled(
        IReadOnlyList<PooledFigure> a, IReadOnlyList<PooledFigure> b, ulong seed = 1, int resamples = 10_000, Compute? compute = null)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        var pairs = PooledPairs.Of(a, b);
        var differences = new double[resamples];
        (compute ?? Compute.Default).For(resamples, sample =>
        {
            var rng = new Rng(seed, (ulong)sample); // a sample has a stream of its own, so threads do not change it
            var draws = new int[pairs.Users];
            for (int u = 0; u < draws.Length; u++)
            {
                draws[rng.NextInt32(draws.Length)]++;
            }

            differences[sample] = pairs.Difference(draws);
        });
        Array.Sort(differences);
        int notAbove = differences.Count(d => d <= 0), notBelow = differences.Count(d => d >= 0);
        return new PairedComparison
        {
            Test = PairedTest.BootstrapOverUsers,
            Users = pairs.Users,
            Difference = pairs.Difference([.. Enumerable.Repeat(1, pairs.Users)]),
            Low = Quantile(differences, Level / 2),
            High = Quantile(differences, 1 - (Level / 2)),
            T = double.NaN,
            PValue = Math.Min(1, 2.0 * (Math.Min(notAbove, notBelow) + 1) / (resamples + 1)),
        };
    }

    private static PairedComparison Of(ReadOnlySpan<double> a, ReadOnlySpan<double> b, PairedTest test, Func<double[], (double Low, double High)> interval)
    {
        string unit = test == PairedTest.TTestOverSeeds ? "seed" : "user";
        if (a.Length != b.Length || a.Length < 2)
        {
            throw new ArgumentException($"Found {a.Length} and {b.Length} {unit}s, expected the same number, at least 2.", nameof(b));
        }

        var differences = new double[a.Length];
        double mean = 0;
        for (int u = 0; u < differences.Length; u++)
        {
            differences[u] = a[u] - b[u];
            if (!double.IsFinite(differences[u]))
            {
                throw new ArgumentException($"{char.ToUpperInvariant(unit[0])}{unit[1..]} {u}: found values {a[u]} and {b[u]}, expected finite numbers.", nameof(a));
            }

            mean += differences[u];
        }

        mean /= differences.Length;
        int n = differences.Length;
        if (!differences.AsSpan().ContainsAnyExcept(differences[0]))
        {
            // Sums of equal numbers round, and a spread of rounding errors is none: nothing is left to resample either.
            double same = differences[0], infinite = double.CopySign(double.PositiveInfinity, same);
            return new PairedComparison
            {
                Test = test,
                Users = n,
                Difference = same,
                Low = same,
                High = same,
                T = same == 0 ? 0 : infinite,
                PValue = same == 0 ? 1 : 0,
            };
        }

        double squares = 0;
        foreach (double d in differences)
        {
            squares += (d - mean) * (d - mean);
        }

        double error = Math.Sqrt(squares / (n - 1) / n);
        double t = mean == 0 ? 0 : mean / error;
        var (low, high) = interval(differences);
        return new PairedComparison
        {
            Test = test,
            Users = n,
            Difference = mean,
            Low = low,
            High = high,
            T = t,
            PValue = StudentT.TwoSided(t, n - 1),
        };
    }

    private static (double Low, double High) Bootstrap(double[] differences, ulong seed, int resamples, Compute? compute)
    {
        var means = new double[resamples];
        (compute ?? Compute.Default).For(resamples, sample =>
        {
            // A sample has a stream of its own, so threads do not change it.
            var rng = new Rng(seed, (ulong)sample);
            double sum = 0;
            for (int u = 0; u < differences.Length; u++)
            {
                sum += differences[rng.NextInt32(differences.Length)];
            }

            means[sample] = sum / differences.Length;
        });
        Array.Sort(means);
        return (Quantile(means, Level / 2), Quantile(means, 1 - (Level / 2)));
    }

    private static double Quantile(double[] sorted, double q)
    {
        double place = q * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length
            ? sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]))
            : sorted[below];
    }
}
