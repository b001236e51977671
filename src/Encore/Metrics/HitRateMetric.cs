namespace Encore.Metrics;

/// <summary>hit_rate@k = 1 with a hit in the list, else 0.</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class HitRateMetric(int k) : HitMetric("hit_rate", k)
{
    /// <inheritdoc/>
    protected internal override double OfHits(ReadOnlySpan<bool> relevant, int heldOut) =>
        relevant.Contains(true) ? 1 : 0;
}
