using Encore.Metrics;

namespace Encore.Testing;

/// <summary>
/// Ranking metrics by their definitions, a user and an item at a time, without a thought for speed: what
/// <see cref="Evaluation.Evaluator"/> is compared with. Metrics that it does not know are asked themselves, about the lists made
/// here. A set's candidates are honoured, and metrics among all items (<see cref="AmongAllMetric"/>) are of lists of their
/// own.
/// </summary>
public static class PlainEvaluator
{
    /// <summary>Measures a model on some users.</summary>
    /// <param name="model">The model.</param>
    /// <param name="set">The users; those of whom nothing is held out are left out.</param>
    /// <param name="metrics">The metrics.</param>
    /// <param name="train">The training data, for metrics that look at it; null: none.</param>
    /// <param name="excludeSeen">Whether a user's history is taken out of the ranking.</param>
    /// <returns>The mean over users, or the value of all lists together, by metric name.</returns>
    /// <exception cref="ArgumentException">Nothing is held out of any user, or a metric lacks the training data.</exception>
    public static IReadOnlyDictionary<string, double> Evaluate(
        IRecommender model, EvaluationSet set, IReadOnlyList<RankingMetric> metrics, InteractionMatrix? train = null, bool excludeSeen = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(metrics);
        int[] users = [.. Enumerable.Range(0, set.Users).Where(u => set.HeldOut.Csr.RowLength(u) > 0)];
        if (users.Length == 0)
        {
            throw new ArgumentException("Found no user of whom something is held out, expected one.", nameof(set));
        }

        return metrics.ToDictionary(m => m.Name, metric =>
        {
            int[]? candidates = metric is AmongAllMetric ? null : set.Candidates;
            var plain = metric is AmongAllMetric all ? all.Metric : metric;
            (int[] Items, int[] HeldOut)[] lists = [.. users.Select(u => (List(model, set, u, metric.K, excludeSeen, candidates), set.HeldOut.Csr.RowIndices(u).ToArray()))];
            return Value(plain, lists, set.History.Items, candidates, train);
        });
    }

    /// <summary>A user's list of at most k items, by score, then index; −∞ is never listed.</summary>
    internal static int[] List(Func<int, float> score, int items, ICollection<int> seen, int k, ICollection<int>? candidates = null) =>
        [.. Enumerable.Range(0, items).Where(i => candidates?.Contains(i) != false && !seen.Contains(i) && !float.IsNegativeInfinity(score(i)))
            .OrderByDescending(score).ThenBy(i => i).Take(k)];

    private static int[] List(IRecommender model, EvaluationSet set, int user, int k, bool excludeSeen, int[]? candidates)
    {
        var scores = new float[set.History.Items.Count];
        model.Score(new Histories(set.History, user, 1) { UserFeatures = set.UserFeatures }, scores);
        return List(i => scores[i], scores.Length, excludeSeen ? set.History.Csr.RowIndices(user).ToArray() : [], k, candidates);
    }

    private static double Value(RankingMetric metric, (int[] Items, int[] HeldOut)[] lists, IdMap items, int[]? candidates, InteractionMatrix? train) => metric.Kind switch
    {
        "coverage" => Coverage(lists.Select(l => l.Items), candidates?.Length ?? items.Count),
        "gini" => Gini(lists.Select(l => Places(l.Items, candidates)), candidates?.Length ?? items.Count),
        "precision" or "recall" or "recall_capped" or "ndcg" or "hit_rate" or "mrr" or "map" or "novelty" => lists.Average(l => OfUser(metric, l.Items, l.HeldOut, train)),
        _ => Asked(metric, lists, items, candidates, train),
    };

    // Items by their place among the candidates.
    private static int[] Places(int[] list, int[]? candidates) => candidates is null ? list : [.. list.Select(i => Array.IndexOf(candidates, i))];

    /// <summary>A metric of one user's list.</summary>
    internal static double OfUser(RankingMetric metric, int[] list, ICollection<int> held, InteractionMatrix? train)
    {
        int k = metric.K, h = held.Count;
        int[] hitRanks = [.. Enumerable.Range(1, list.Length).Where(rank => held.Contains(list[rank - 1]))];
        return metric.Kind switch
        {
            "precision" => hitRanks.Length / (double)k,
            "recall" => hitRanks.Length / (double)h,
            "recall_capped" => hitRanks.Length / (double)Math.Min(k, h),
            "ndcg" => hitRanks.Sum(Discount) / Enumerable.Range(1, Math.Min(k, h)).Sum(Discount),
            "hit_rate" => hitRanks.Length > 0 ? 1 : 0,
            "mrr" => hitRanks.Length > 0 ? 1.0 / hitRanks[0] : 0,
            "map" => hitRanks.Sum(rank => hitRanks.Count(other => other <= rank) / (double)rank) / Math.Min(k, h),
            "novelty" => Novelty(list, train),
            _ => throw new ArgumentOutOfRangeException(nameof(metric)),
        };
    }

    private static double Discount(int rank) => 1 / Math.Log2(rank + 1);

    /// <summary>The share of the items that are in any list.</summary>
    internal static double Coverage(IEnumerable<int[]> lists, int items) => lists.SelectMany(l => l).Distinct().Count() / (double)items;

    /// <summary>Half the relative mean difference, from all pairs.</summary>
    internal static double Gini(IEnumerable<int[]> lists, int items)
    {
        var counts = new double[items];
        foreach (int item in lists.SelectMany(l => l))
        {
            counts[item]++;
        }

        double differences = counts.Sum(a => counts.Sum(b => Math.Abs(a - b)));
        return counts.Sum() == 0 ? 0 : differences / (2.0 * items * counts.Sum());
    }

    private static double Novelty(int[] list, InteractionMatrix? train)
    {
        if (train is null)
        {
            throw new ArgumentException("novelty needs the training data, and found none.", nameof(train));
        }

        return list.Length == 0 ? 0 : list.Average(i => -Math.Log2(
            Math.Max(1, Enumerable.Range(0, train.Users.Count).Count(u => train.Csr.RowIndices(u).Contains(i))) / (double)train.Users.Count));
    }

    private static double Asked(RankingMetric metric, (int[] Items, int[] HeldOut)[] lists, IdMap items, int[]? candidates, InteractionMatrix? train)
    {
        var pass = metric.Begin(new MetricContext { Items = items, Candidates = candidates, Train = train });
        double sum = 0;
        foreach (var (list, held) in lists)
        {
            var ranked = new RankedList(list, [.. list.Select(i => held.Contains(i))], held);
            if (pass is IUserPass user)
            {
                sum += user.OfUser(ranked);
            }
            else
            {
                ((IListsPass)pass).Take(ranked);
            }
        }

        return pass is IListsPass all ? all.Value : sum / lists.Length;
    }
}
