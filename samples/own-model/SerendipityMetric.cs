using Encore.Metrics;

namespace OwnModel;

/// <summary>
/// serendipity@k (Ge, Delgado-Battenfeld &amp; Jannach 2010, "Beyond accuracy"): the share of the k places with an item that was
/// held out and that nobody needs a model to find, for it is none of the k items with most training users (of equal ones the
/// first). In [0, 1].
/// </summary>
internal sealed class SerendipityMetric(int k) : RankingMetric("serendipity", k)
{
    public override bool LowerIsBetter => false;

    public override IMetricPass Begin(MetricContext context)
    {
        var train = context.Train ?? throw new ArgumentException($"{Name} needs the training data's popularity, and found none: set EvaluationOptions.Train.", nameof(context));
        if (train.Items.Count != context.Items.Count)
        {
            throw new ArgumentException($"{Name}: found training data of {train.Items.Count} items, expected those that are ranked: {context.Items.Count}.", nameof(context));
        }

        int[] users = train.Csr.ColumnCounts();
        return new Pass(K, [.. Enumerable.Range(0, users.Length).OrderByDescending(i => users[i]).Take(K)]);
    }

    private sealed class Pass(int k, HashSet<int> obvious) : IUserPass
    {
        public double OfUser(in RankedList list)
        {
            double found = 0;
            for (int r = 0; r < list.Items.Length; r++)
            {
                found += list.Relevant[r] && !obvious.Contains(list.Items[r]) ? 1 : 0;
            }

            return found / k;
        }
    }
}
