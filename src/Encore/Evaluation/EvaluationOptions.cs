using Encore.Metrics;
using Encore.Numerics;

namespace Encore.Evaluation;

/// <summary>What an evaluation measures, and how.</summary>
public sealed record EvaluationOptions
{
    private static readonly RankingMetric[] DefaultRanking = [new CappedRecallMetric(20), new CappedRecallMetric(50), new NdcgMetric(100)];

    private static readonly RatingMetric[] DefaultRating = [new RmseMetric(), new MaeMetric(), new UserRmseMetric()];

    /// <summary>The metrics, all of the kind that is evaluated; null: recall_capped@20, recall_capped@50 and ndcg@100 (Liang
    /// et al. 2018) of ranked lists, and rmse, mae and rmse_per_user of predicted ratings.</summary>
    public IReadOnlyList<Metric>? Metrics { get; init; }

    /// <summary>Whether a user's history is taken out of the ranking. Default true; false measures how well a model
    /// repeats what it was given.</summary>
    public bool ExcludeSeen { get; init; } = true;

    /// <summary>The training data, whose popularity novelty needs. Null: novelty is an error.</summary>
    public InteractionMatrix? Train { get; init; }

    /// <summary>Length of the lists for which <see cref="EvaluationReport.Items"/> counts how often each item is listed and
    /// found; 0: nothing is counted. Default 0.</summary>
    public int CountItemsAt { get; init; }

    /// <summary>Given every evaluated user's ranked list, as long as the longest list that a metric looks at, or every user's
    /// predicted ratings; null: nobody is. Users come in ascending rows, one call at a time.</summary>
    public ScoredItems? Lists { get; init; }

    /// <summary>What the ranking and the metrics run on; the model's scores run on the model's own. Default
    /// <see cref="Compute.Default"/>.</summary>
    public Compute Compute { get; init; } = Compute.Default;

    /// <summary>Told the share of users that are done, in [0, 1].</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>The metrics of ranked lists.</summary>
    /// <exception cref="ArgumentException">There is none, or one of the other kind.</exception>
    internal IReadOnlyList<RankingMetric> RankingMetrics() => OfKind(DefaultRanking, "ranked lists");

    /// <summary>The metrics of predicted ratings.</summary>
    /// <exception cref="ArgumentException">There is none, or one of the other kind.</exception>
    internal IReadOnlyList<RatingMetric> RatingMetrics() => OfKind(DefaultRating, "predicted ratings");

    private IReadOnlyList<T> OfKind<T>(IReadOnlyList<T> defaults, string kind)
        where T : Metric =>
        Metrics is null ? defaults
        : Metrics.Count == 0 ? throw new ArgumentException("Found no metric, expected at least one.")
        : [.. Metrics.Select(m => m as T ?? throw new ArgumentException($"Found the metric {m.Name}, expected metrics of {kind}."))];
}

/// <summary>Takes what a model said of a user.</summary>
/// <param name="user">The user's row in the evaluation set.</param>
/// <param name="items">Items by column: where items are ranked the list, best first; where ratings are predicted the held-out
/// items, ascending. Valid during the call.</param>
/// <param name="scores">Each one's score or predicted rating, beside <paramref name="items"/>. Valid during the call.</param>
public delegate void ScoredItems(int user, ReadOnlySpan<int> items, ReadOnlySpan<float> scores);
