namespace Encore.Metrics;

/// <summary>precision@k = Σ rel(r) / k, in [0, 1]. A list that is shorter than k still divides by k.</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class PrecisionMetric(int k) : HitMetric("precision", k)
{
    /// <inheritdoc/>
    protected internal override double OfHits(ReadOnlySpan<bool> relevant, int heldOut) =>
        (double)relevant.Count(true) / K;
}
