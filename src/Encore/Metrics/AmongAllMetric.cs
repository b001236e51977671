namespace Encore.Metrics;

/// <summary>
/// all_METRIC@k: a ranking metric of the list among all items, where the evaluation set has candidates
/// (<see cref="EvaluationSet.Candidates"/>) and the metric itself is of the list among those. Without candidates both are
/// equal.
/// </summary>
/// <param name="metric">The metric, such as <c>ndcg@10</c>; this one's name is then <c>all_ndcg@10</c>.</param>
/// <exception cref="ArgumentException">The metric is among all items already.</exception>
public sealed class AmongAllMetric(RankingMetric metric) : RankingMetric(Prefix + Plain(metric).Kind, metric.K)
{
    /// <summary>What stands before the metric's name.</summary>
    public const string Prefix = "all_";

    /// <summary>The metric.</summary>
    public RankingMetric Metric { get; } = metric;

    /// <inheritdoc/>
    public override bool IsAmongAll => true;

    /// <inheritdoc/>
    public override bool LowerIsBetter => Metric.LowerIsBetter;

    /// <inheritdoc/>
    public override bool IsPerUser => Metric.IsPerUser;

    /// <inheritdoc/>
    public override IMetricPass Begin(MetricContext context) => Metric.Begin(context);

    private static RankingMetric Plain(RankingMetric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return metric.IsAmongAll ? throw new ArgumentException($"{metric.Name} is measured among all items already.", nameof(metric)) : metric;
    }
}
