namespace Encore.Metrics;

/// <summary>map@k: the mean over users of Σ_r rel(r) · precision@r / min(k, h), in [0, 1].</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class AveragePrecisionMetric(int k) : HitMetric("map", k)
{
    /// <inheritdoc/>
    protected internal override double OfHits(ReadOnlySpan<bool> relevant, int heldOut)
    {
        double sum = 0;
        int hits = 0;
        for (int r = 0; r < relevant.Length; r++)
        {
            if (relevant[r])
            {
                hits++;
                sum += (double)hits / (r + 1);
            }
        }

        return sum / Math.Min(K, heldOut);
    }
}
