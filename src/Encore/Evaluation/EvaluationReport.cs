using Encore.Metrics;

namespace Encore.Evaluation;

/// <summary>What an evaluation found.</summary>
public sealed class EvaluationReport
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Each metric's mean and standard error by name, such as <c>ndcg@100</c> or <c>rmse</c>.</summary>
    public required IReadOnlyDictionary<string, MetricValue> Metrics { get; init; }

    /// <summary>Whether smaller values are better, by metric name; empty where an earlier release wrote the report.</summary>
    public IReadOnlyDictionary<string, bool> LowerIsBetter { get; init; } = new Dictionary<string, bool>();

    /// <summary>Per-user values by metric name, beside <see cref="UserRows"/>; metrics without them are absent.</summary>
    public required IReadOnlyDictionary<string, double[]> PerUser { get; init; }

    /// <summary>Row of each evaluated user in the evaluation set, ascending.</summary>
    public required int[] UserRows { get; init; }

    /// <summary>Number of evaluated users.</summary>
    public int Users => UserRows.Length;

    /// <summary>Users left out because nothing of them was held out.</summary>
    public required int UsersWithoutHeldOut { get; init; }

    /// <summary>Evaluated users for whom the model gave all items that could be listed one score, so that ties made the list:
    /// items by ascending index. Their figures say nothing of the model.</summary>
    public int UsersWithEqualScores { get; init; }

    /// <summary>Evaluated users for whom the last item of the shortest list that a metric looks at has the score of the first
    /// item behind it, so that the order of the items decided which of them is listed; those of
    /// <see cref="UsersWithEqualScores"/> among them where there are more items than places.</summary>
    public int UsersWithTies { get; init; }

    /// <summary>How often each item was listed and found; null unless <see cref="EvaluationOptions.CountItemsAt"/> asked for
    /// it.</summary>
    public ItemCounts? Items { get; init; }

    /// <summary>The errors of predicted ratings by the true rating, ascending: a group for each of up to 20 distinct
    /// ratings; where there are more, a group for each range between powers of two (<see cref="RatingError.IsRange"/>). Empty
    /// where items are ranked.</summary>
    public IReadOnlyList<RatingError> ByRating { get; init; } = [];
}

/// <summary>What became of each item in the users' lists.</summary>
public sealed class ItemCounts(int k, int[] listed, int[] found, int[] heldOut)
{
    /// <summary>Length of the lists.</summary>
    public int K { get; } = k;

    /// <summary>In how many users' lists each item stood.</summary>
    public int[] Listed { get; } = listed;

    /// <summary>In how many of those it was a hit.</summary>
    public int[] Found { get; } = found;

    /// <summary>Of how many users it was held out.</summary>
    public int[] HeldOut { get; } = heldOut;
}

/// <summary>The errors of the predictions of one rating value, or of a range of values.</summary>
public sealed class RatingError(float rating, int count, double squareSum, double sum)
{
    /// <summary>The true rating; of a range the end nearer zero.</summary>
    public float Rating { get; } = rating;

    /// <summary>How many test ratings have it.</summary>
    public int Count { get; } = count;

    /// <summary>Σ (prediction − rating)².</summary>
    public double SquareSum { get; } = squareSum;

    /// <summary>Σ (prediction − rating).</summary>
    public double Sum { get; } = sum;

    /// <summary>Whether the group holds all ratings from <see cref="Rating"/> up to, but not including, twice that, or
    /// those between −1 and 1 where it is 0.</summary>
    public bool IsRange { get; init; }

    /// <summary>Root of the mean squared error.</summary>
    public double Rmse => Math.Sqrt(SquareSum / Count);

    /// <summary>Mean of prediction − rating: above 0 where predictions are too high.</summary>
    public double Bias => Sum / Count;
}
