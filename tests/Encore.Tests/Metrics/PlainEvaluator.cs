using Encore.Metrics;

namespace Encore.Tests.Metrics;

/// <summary>The metrics by their definitions, a user and an item at a time, without a thought for speed.</summary>
internal static class PlainEvaluator
{
    /// <summary>A user's list of at most k items, by score, then index; −∞ is never listed.</summary>
    public static int[] List(Func<int, float> score, int items, ICollection<int> seen, int k) =>
        [.. Enumerable.Range(0, items).Where(i => !seen.Contains(i) && !float.IsNegativeInfinity(score(i)))
            .OrderByDescending(score).ThenBy(i => i).Take(k)];

    public static double OfUser(RankingMetric metric, int[] list, ICollection<int> held, InteractionMatrix train)
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
            "map" =>
                hitRanks.Sum(rank => hitRanks.Count(other => other <= rank) / (double)rank) / Math.Min(k, h),
            "novelty" => list.Length == 0 ? 0 : list.Average(i => -Math.Log2(Share(i, train))),
            _ => throw new ArgumentOutOfRangeException(nameof(metric)),
        };
    }

    public static double Coverage(IEnumerable<int[]> lists, int items) =>
        lists.SelectMany(l => l).Distinct().Count() / (double)items;

    /// <summary>Half the relative mean difference, from all pairs.</summary>
    public static double Gini(IEnumerable<int[]> lists, int items)
    {
        var counts = new double[items];
        foreach (int item in lists.SelectMany(l => l))
        {
            counts[item]++;
        }

        double differences = counts.Sum(a => counts.Sum(b => Math.Abs(a - b)));
        return counts.Sum() == 0 ? 0 : differences / (2.0 * items * counts.Sum());
    }

    private static double Discount(int rank) => 1 / Math.Log2(rank + 1);

    private static double Share(int item, InteractionMatrix train) =>
        Math.Max(1, Enumerable.Range(0, train.Users.Count).Count(u =>
            train.Csr.RowIndices(u).Contains(item))) / (double)train.Users.Count;
}
