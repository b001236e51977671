namespace Encore.Metrics;

/// <summary>recall@k = Σ rel(r) / h, in [0, 1]. It cannot reach 1 for a user with more than k held-out items.</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class RecallMetric(int k) : HitMetric("recall", k)
{
    /// <inheritdoc/>
    protected internal override double OfHits(ReadOnlySpan<bool> relevant, int heldOut) =>
        (double)relevant.Count(true) / heldOut;
}
