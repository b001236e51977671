namespace Encore.Metrics;

/// <summary>ndcg@k = Σ rel(r) / log2(r + 1), divided by its value for the best list: min(k, h) hits in front. In [0, 1]
/// (Järvelin and Kekäläinen 2002, binary gains).</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class NdcgMetric(int k) : HitMetric("ndcg", k)
{
    /// <inheritdoc/>
    protected internal override double OfHits(ReadOnlySpan<bool> relevant, int heldOut)
    {
        double gain = 0;
        for (int r = 0; r < relevant.Length; r++)
        {
            if (relevant[r])
            {
                gain += Discounts.At(r);
            }
        }

        return gain / Discounts.Ideal(Math.Min(K, heldOut));
    }

    // 1/log2(rank + 1) and its running sums; computed once for the ranks that are ever asked for.
    private static class Discounts
    {
        private static double[] _discounts = [];
        private static double[] _sums = [];

        public static double At(int index)
        {
            var discounts = Volatile.Read(ref _discounts);
            return index < discounts.Length ? discounts[index] : Grow(index + 1).Discounts[index];
        }

        public static double Ideal(int hits)
        {
            var sums = Volatile.Read(ref _sums);
            return hits <= sums.Length ? sums[hits - 1] : Grow(hits).Sums[hits - 1];
        }

        private static (double[] Discounts, double[] Sums) Grow(int length)
        {
            var discounts = new double[Math.Max(128, 2 * length)];
            var sums = new double[discounts.Length];
            double sum = 0;
            for (int r = 0; r < discounts.Length; r++)
            {
                discounts[r] = 1 / Math.Log2(r + 2);
                sums[r] = sum += discounts[r];
            }

            Volatile.Write(ref _discounts, discounts);
            Volatile.Write(ref _sums, sums);
            return (discounts, sums);
        }
    }
}
