namespace Encore.Metrics;

/// <summary>mrr@k = 1 / rank of the first hit in the list, 0 without one; in [0, 1].</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class ReciprocalRankMetric(int k) : HitMetric("mrr", k)
{
    /// <inheritdoc/>
    protected internal override double OfHits(ReadOnlySpan<bool> relevant, int heldOut) =>
        relevant.IndexOf(true) is var first and >= 0 ? 1.0 / (first + 1) : 0;
}
