namespace Encore.Metrics;

/// <summary>recall_capped@k = Σ rel(r) / min(k, h), in [0, 1] (Liang et al. 2018, eq. 9 and text).</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class CappedRecallMetric(int k) : HitMetric("recall_capped", k)
{
    /// <inheritdoc/>
    protected internal override double OfHits(ReadOnlySpan<bool> relevant, int heldOut) =>
        (double)relevant.Count(true) / Math.Min(K, heldOut);
}
