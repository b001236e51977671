using Encore.Metrics;
using Encore.Numerics;

namespace Encore;

/// <summary>
/// Two models on the same users: the mean difference of a per-user metric, a 95 % bootstrap interval and a paired
/// t-test.
/// </summary>
public sealed record PairedComparison
{
    private const double Level = 0.05;

    /// <summary>Number of users compared, or of seeds (<see cref="OfSeeds"/>).</summary>
    public required int Users { get; init; }

    /// <summary>Mean of a − b over users.</summary>
    public required double Difference { get; init; }

    /// <summary>Lower end of the 95 % percentile bootstrap interval of the difference.</summary>
    public required double Low { get; init; }

    /// <summary>Upper end of it.</summary>
    public required double High { get; init; }

    /// <summary>Student's t of the difference, n − 1 degrees of freedom; 0 when all differences are 0, infinite when
    /// they are all the same other number.</summary>
    public required double T { get; init; }

    /// <summary>Two-sided p-value of <see cref="T"/>, in [0, 1].</summary>
    public required double PValue { get; init; }

    /// <summary>Whether p is below .05 and the interval leaves out 0.</summary>
    public bool Significant => PValue < Level && (Low > 0 || High < 0);

    /// <summary>Compares per-user values of two models; the same users in the same order.</summary>
    /// <param name="a">Values of the first model.</param>
    /// <param name="b">Values of the second.</param>
    /// <param name="seed">Seed of the bootstrap.</param>
    /// <param name="resamples">Bootstrap samples, at least 100.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are fewer than 2 users, or a value is not
    /// finite.</exception>
    public static PairedComparison Of(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, ulong seed = 1, int resamples = 10_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        return Of(a, b, "user", differences => Bootstrap(differences, seed, resamples));
    }

    /// <summary>Compares two models by one value a seed: of a few seeds nothing is left to resample, so that the interval is
    /// Student's t too.</summary>
    /// <param name="a">Values of the first model, one for each seed.</param>
    /// <param name="b">Values of the second, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are fewer than 2 seeds, or a value is not
    /// finite.</exception>
    public static PairedComparison OfSeeds(ReadOnlySpan<double> a, ReadOnlySpan<double> b) =>
        Of(a, b, "seed", differences =>
        {
            var spread = MetricSpread.Of(differences);
            return (spread.Low, spread.High);
        });

    private static PairedComparison Of(ReadOnlySpan<double> a, ReadOnlySpan<double> b, string unit, Func<double[], (double Low, double High)> interval)
    {
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
            Users = n,
            Difference = mean,
            Low = low,
            High = high,
            T = t,
            PValue = StudentT.TwoSided(t, n - 1),
        };
    }

    private static (double Low, double High) Bootstrap(double[] differences, ulong seed, int resamples)
    {
        var means = new double[resamples];
        Workers.For(resamples, sample =>
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
