namespace Encore.Metrics;

/// <summary>novelty@k: the mean over the list of −log2(share of training users who have the item), in bits; an item without
/// training users counts as having one (Zhou et al. 2010, mean self-information). A list without items has nothing new in
/// it: 0.</summary>
/// <param name="k">Length of the lists, at least 1.</param>
public sealed class NoveltyMetric(int k) : RankingMetric("novelty", k)
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The context has no training data.</exception>
    /// <exception cref="InvalidDataException">The training data has other items.</exception>
    public override IMetricPass Begin(MetricContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var train = context.Train ?? throw new ArgumentException(
            "novelty needs the training data's popularity: set EvaluationOptions.Train.", nameof(context));
        return train.Items.HasSameIds(context.Items) ? new Pass(train) : throw new InvalidDataException(
            $"novelty: the training data has {train.Items.Count} items, the histories have {context.Items.Count} with other ids; expected the same items in the same order.");
    }

    private sealed class Pass : IUserPass
    {
        private readonly double[] _bits;
        private readonly double _rarest; // of an item that one user has

        public Pass(InteractionMatrix train)
        {
            var counts = new int[train.Items.Count];
            for (int u = 0; u < train.Users.Count; u++)
            {
                foreach (int item in train.Csr.RowIndices(u))
                {
                    counts[item]++;
                }
            }

            _bits = [.. counts.Select(c => -Math.Log2((double)Math.Max(1, c) / train.Users.Count))];
            _rarest = Math.Log2(train.Users.Count);
        }

        public double OfUser(in RankedList list)
        {
            double sum = 0;
            foreach (int item in list.Items)
            {
                sum += item >= 0 ? _bits[item] : _rarest;
            }

            return list.Items.Length == 0 ? 0 : sum / list.Items.Length;
        }
    }
}
