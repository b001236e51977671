namespace Encore.Metrics;

/// <summary>coverage@k: the share of the items that are ranked that stand in some user's list, in [0, 1]. No per-user
/// value.</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class CoverageMetric(int k) : RankingMetric("coverage", k)
{
    /// <inheritdoc/>
    public override bool IsPerUser => false;

    /// <inheritdoc/>
    public override IMetricPass Begin(MetricContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new ListCounts(context, counts => (double)counts.Count(c => c > 0) / counts.Length);
    }
}
