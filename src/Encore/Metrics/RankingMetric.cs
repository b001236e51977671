using System.Globalization;

namespace Encore.Metrics;

/// <summary>
/// What a ranking metric measures. Notation: a user's list holds the k best items that the user has not seen, rel(r) is
/// 1 where the item at rank r (from 1) was held out, h is the number of held-out items.
/// </summary>
public enum RankingMetricKind
{
    /// <summary>precision@k = Σ rel(r) / k, in [0, 1].</summary>
    Precision,

    /// <summary>recall@k = Σ rel(r) / h, in [0, 1]. It cannot reach 1 for a user with more than k held-out items.</summary>
    Recall,

    /// <summary>recall_capped@k = Σ rel(r) / min(k, h), in [0, 1] (Liang et al. 2018, eq. 9 and text).</summary>
    RecallCapped,

    /// <summary>ndcg@k = Σ rel(r) / log2(r + 1), divided by its value for the best list: min(k, h) hits in front. In
    /// [0, 1] (Järvelin and Kekäläinen 2002, binary gains).</summary>
    Ndcg,

    /// <summary>hit_rate@k = 1 with a hit in the list, else 0.</summary>
    HitRate,

    /// <summary>mrr@k = 1 / rank of the first hit in the list, 0 without one; in [0, 1].</summary>
    Mrr,

    /// <summary>map@k: the mean over users of Σ_r rel(r) · precision@r / min(k, h), in [0, 1].</summary>
    Map,

    /// <summary>coverage@k: the share of all items that stand in some user's list, in [0, 1]. No per-user value.</summary>
    Coverage,

    /// <summary>gini@k: the Gini coefficient of how often each item of the catalogue stands in the lists; 0 when all
    /// stand equally often, towards 1 when few take all. No per-user value.</summary>
    Gini,

    /// <summary>novelty@k: the mean over the list of −log2(share of training users who have the item), in bits; an item
    /// without training users counts as having one (Zhou et al. 2010, mean self-information).</summary>
    Novelty,
}

/// <summary>A ranking metric with its cut-off, written as in <c>ndcg@100</c>.</summary>
/// <param name="Kind">What is measured.</param>
/// <param name="K">Length of the lists, at least 1. Lists are shorter where fewer unseen items exist; precision still
/// divides by k.</param>
/// <exception cref="ArgumentException">k is below 1.</exception>
public sealed record RankingMetric(RankingMetricKind Kind, int K)
{
    private static readonly (string Name, RankingMetricKind Kind)[] Names =
    [
        ("precision", RankingMetricKind.Precision), ("recall", RankingMetricKind.Recall),
        ("recall_capped", RankingMetricKind.RecallCapped), ("ndcg", RankingMetricKind.Ndcg),
        ("hit_rate", RankingMetricKind.HitRate), ("mrr", RankingMetricKind.Mrr), ("map", RankingMetricKind.Map),
        ("coverage", RankingMetricKind.Coverage), ("gini", RankingMetricKind.Gini), ("novelty", RankingMetricKind.Novelty),
    ];

    /// <summary>Length of the lists, at least 1.</summary>
    public int K { get; init => field = AtLeastOne(value); } = AtLeastOne(K);

    /// <summary>The names of all kinds, as they stand before the @.</summary>
    public static IReadOnlyList<string> KindNames { get; } = [.. Names.Select(n => n.Name)];

    /// <summary>Whether each user has a value of its own, or only all lists together have one.</summary>
    public bool IsPerUser => Kind is not (RankingMetricKind.Coverage or RankingMetricKind.Gini);

    /// <summary>Reads a metric such as <c>ndcg@100</c>.</summary>
    /// <exception cref="FormatException">The name is unknown or k is not a whole number above 0.</exception>
    public static RankingMetric Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Trim().Split('@');
        int found = Array.FindIndex(Names, n => n.Name == parts[0]);
        if (found < 0)
        {
            throw new FormatException(
                $"Metric '{text}': found '{parts[0]}', expected one of {string.Join(", ", KindNames)}" +
                $"{(Suggestion.Closest(parts[0], KindNames) is { } close ? $"; did you mean '{close}'?" : ".")}");
        }

        return parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int k) && k > 0
            ? new RankingMetric(Names[found].Kind, k)
            : throw new FormatException(
                $"Metric '{text}': expected a whole number above 0 behind an @, as in '{parts[0]}@20'.");
    }

    /// <summary>The metric's name, such as <c>ndcg@100</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Array.Find(Names, n => n.Kind == Kind).Name}@{K}");

    /// <summary>The value for one user.</summary>
    /// <param name="relevant">rel(r) of the list, best first; it may be longer than k.</param>
    /// <param name="heldOut">Number of held-out items, at least 1.</param>
    /// <returns>The value as <see cref="RankingMetricKind"/> defines it, for the kinds that look at hits.</returns>
    internal double OfUser(ReadOnlySpan<bool> relevant, int heldOut)
    {
        if (relevant.Length > K)
        {
            relevant = relevant[..K];
        }

        int capped = Math.Min(K, heldOut);
        return Kind switch
        {
            RankingMetricKind.Precision => (double)relevant.Count(true) / K,
            RankingMetricKind.Recall => (double)relevant.Count(true) / heldOut,
            RankingMetricKind.RecallCapped => (double)relevant.Count(true) / capped,
            RankingMetricKind.HitRate => relevant.Contains(true) ? 1 : 0,
            RankingMetricKind.Mrr => relevant.IndexOf(true) is var first and >= 0 ? 1.0 / (first + 1) : 0,
            RankingMetricKind.Ndcg => Gain(relevant) / Discounts.Ideal(capped),
            RankingMetricKind.Map => PrecisionAtHits(relevant) / capped,
            _ => throw new InvalidOperationException($"{this} has no value for one user's hits."),
        };
    }

    private static int AtLeastOne(int k) =>
        k >= 1 ? k : throw new ArgumentException($"Found k = {k}, expected at least 1.", nameof(k));

    private static double Gain(ReadOnlySpan<bool> relevant)
    {
        double gain = 0;
        for (int r = 0; r < relevant.Length; r++)
        {
            if (relevant[r])
            {
                gain += Discounts.At(r);
            }
        }

        return gain;
    }

    private static double PrecisionAtHits(ReadOnlySpan<bool> relevant)
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

        return sum;
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
