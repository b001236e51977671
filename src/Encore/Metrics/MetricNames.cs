namespace Encore.Metrics;

/// <summary>The metrics by name, of both kinds.</summary>
public static class MetricNames
{
    /// <summary>The metrics of rating prediction.</summary>
    public static IReadOnlyList<string> Rating { get; } = ["rmse", "mae", "rmse_per_user"];

    /// <summary>Checks that metrics fit the kind of a protocol.</summary>
    /// <param name="metrics">The names.</param>
    /// <param name="isRating">Whether ratings are predicted rather than items ranked.</param>
    /// <returns>The ranking metrics; none where ratings are predicted.</returns>
    /// <exception cref="FormatException">A name is unknown or of the other kind.</exception>
    public static IReadOnlyList<RankingMetric> Check(IReadOnlyList<string> metrics, bool isRating)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        foreach (string metric in metrics)
        {
            if (isRating && !Rating.Contains(metric))
            {
                throw new FormatException(
                    $"Metric '{metric}': expected one of {string.Join(", ", Rating)}, as the protocol predicts ratings.{Suggestion.DidYouMean(metric, Rating)}");
            }

            if (!isRating && Rating.Contains(metric))
            {
                throw new FormatException(
                    $"Metric '{metric}' measures predicted ratings, and the protocol ranks items; expected a metric such as ndcg@100, or the protocol rating.");
            }
        }

        return isRating ? [] : [.. metrics.Select(RankingMetric.Parse)];
    }
}
