namespace Encore.Metrics;

/// <summary>gini@k: the Gini coefficient of how often each item that is ranked stands in the lists; 0 when all stand
/// equally often, towards 1 when few take all. No per-user value.</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class GiniMetric(int k) : RankingMetric("gini", k)
{
    /// <inheritdoc/>
    public override bool LowerIsBetter => true;

    /// <inheritdoc/>
    public override bool IsPerUser => false;

    /// <inheritdoc/>
    public override IMetricPass Begin(MetricContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new ListCounts(context, Gini);
    }

    // Σ (2i − n − 1)·c_i / (n·Σ c) over the counts in ascending order, i from 1.
    private static double Gini(int[] counts)
    {
        int[] sorted = [.. counts.Order()];
        double n = sorted.Length, weighted = 0, total = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            weighted += ((2 * (i + 1)) - n - 1) * sorted[i];
            total += sorted[i];
        }

        return total == 0 ? 0 : weighted / (n * total);
    }
}
