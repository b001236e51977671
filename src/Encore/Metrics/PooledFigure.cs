namespace Encore.Metrics;

/// <summary>
/// A figure over all users' parts, user by user: Σ sums / Σ counts, or a function of it. The RMSE over all ratings has a
/// user's squared errors as sum and the user's ratings as count; a mean over users has the value as sum and 1 as count.
/// </summary>
/// <param name="Sums">What each user adds above the line.</param>
/// <param name="Counts">What each user adds below it, at least 0; 0 of a user who has nothing here.</param>
/// <param name="Metric">The metric of predicted ratings whose figure it is; null: the quotient itself is the figure.</param>
internal sealed record PooledFigure(double[] Sums, double[] Counts, RatingMetric? Metric = null)
{
    /// <summary>The figure.</summary>
    public double Value => Drawn(null);

    /// <summary>The figure of users who were drawn so often each; NaN where none of them has a count.</summary>
    internal double Drawn(int[]? draws)
    {
        double sum = 0, count = 0;
        for (int u = 0; u < Sums.Length; u++)
        {
            double times = draws is null ? 1 : draws[u];
            sum += times * Sums[u];
            count += times * Counts[u];
        }

        return Metric is null ? sum / count : Metric.FigureOf(sum / count);
    }
}

/// <summary>Two models' figures of the same repetitions and users.</summary>
internal sealed class PooledPairs
{
    private readonly IReadOnlyList<PooledFigure> _a;
    private readonly IReadOnlyList<PooledFigure> _b;

    private PooledPairs(IReadOnlyList<PooledFigure> a, IReadOnlyList<PooledFigure> b) => (_a, _b) = (a, b);

    public int Users => _a[0].Sums.Length;

    public static PooledPairs Of(IReadOnlyList<PooledFigure> a, IReadOnlyList<PooledFigure> b)
    {
        if (a.Count != b.Count || a.Count == 0)
        {
            throw new ArgumentException($"Found {a.Count} and {b.Count} repetitions, expected the same number, at least 1.", nameof(b));
        }

        int users = a[0].Sums.Length;
        foreach (var (r, (first, second)) in a.Zip(b).Index())
        {
            if (users < 2 || ((int[])[first.Sums.Length, first.Counts.Length, second.Sums.Length, second.Counts.Length]).Any(n => n != users))
            {
                throw new ArgumentException(
                    $"Repetition {r}: found {first.Sums.Length} and {second.Sums.Length} users, expected the same number as in the first ({users}), at least 2.", nameof(b));
            }

            for (int u = 0; u < users; u++)
            {
                if (!double.IsFinite(first.Sums[u]) || !double.IsFinite(second.Sums[u]) || first.Counts[u] != second.Counts[u] || !(first.Counts[u] >= 0))
                {
                    throw new ArgumentException(
                        $"User {u}: found {first.Sums[u]} of {first.Counts[u]} and {second.Sums[u]} of {second.Counts[u]}, expected finite sums of the same count.", nameof(b));
                }
            }
        }

        return new PooledPairs(a, b);
    }

    /// <summary>a − b, the mean over repetitions. One in which none of the drawn users has anything does not count.</summary>
    public double Difference(int[] draws)
    {
        double sum = 0;
        int repetitions = 0;
        for (int r = 0; r < _a.Count; r++)
        {
            double difference = _a[r].Drawn(draws) - _b[r].Drawn(draws);
            if (!double.IsNaN(difference))
            {
                (sum, repetitions) = (sum + difference, repetitions + 1);
            }
        }

        return repetitions == 0 ? 0 : sum / repetitions;
    }
}
