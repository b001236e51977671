using System.Collections;

namespace Encore.Recommending;

/// <summary>Predicted ratings in the order in which they were asked for: null for items that the model does not
/// know.</summary>
public sealed class PredictedRatings : IReadOnlyList<float?>
{
    private readonly float?[] _ratings;

    internal PredictedRatings(float?[] ratings, IReadOnlyList<string> unknownItems) => (_ratings, UnknownItems) = (ratings, unknownItems);

    /// <summary>Number of items.</summary>
    public int Count => _ratings.Length;

    /// <summary>Items of the history that the model never saw; it predicted as if they were not there. Each id once, in the
    /// order of the history.</summary>
    public IReadOnlyList<string> UnknownItems { get; }

    /// <summary>What the predictions come from, where that is not the history; null otherwise.</summary>
    public string? Note { get; internal init; }

    /// <summary>The rating of an item, from 0, in the range of the training ratings.</summary>
    public float? this[int index] => _ratings[index];

    /// <inheritdoc/>
    public IEnumerator<float?> GetEnumerator() => ((IEnumerable<float?>)_ratings).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
