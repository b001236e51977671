using System.Collections;

namespace Encore.Recommending;

/// <summary>A recommended item.</summary>
/// <param name="Item">Its original id.</param>
/// <param name="Score">Its score by the model; only the order means something across models.</param>
public readonly record struct Recommendation(string Item, float Score)
{
    /// <summary>The item's title, where it is known.</summary>
    public string? Title { get; init; }

    /// <summary>Where the score comes from; null unless it was asked for.</summary>
    public Explanation? Explanation { get; init; }
}

/// <summary>Recommended items, best first, and what became of the history they were asked for.</summary>
public sealed class Recommendations : IReadOnlyList<Recommendation>
{
    private readonly Recommendation[] _items;

    internal Recommendations(Recommendation[] items, IReadOnlyList<string> unknownItems, int knownItems) =>
        (_items, UnknownItems, KnownItems) = (items, unknownItems, knownItems);

    /// <summary>Number of items recommended.</summary>
    public int Count => _items.Length;

    /// <summary>Items of the history that the model never saw; it answered as if they were not there. Each id once, in
    /// the order of the history.</summary>
    public IReadOnlyList<string> UnknownItems { get; }

    /// <summary>Distinct items of the history that the scores come from: known to the model, and not among the
    /// <see cref="DislikedItems"/>. At 0 the answer is the one for a user of whom nothing is known.</summary>
    public int KnownItems { get; }

    /// <summary>Items of the history that the user rated below the model's threshold, oldest first: the scores do not come
    /// from them, and they are left out of the list like all that was seen. Empty where values are taken as they
    /// are.</summary>
    public IReadOnlyList<string> DislikedItems { get; internal init; } = [];

    /// <summary>What stood in for the model because it could not tell the items apart.</summary>
    public Fallback Fallback { get; internal init; }

    /// <summary>What somebody should know who reads the list, in whole sentences: that it is a fallback, that the model
    /// does not know the user, why it is empty. Null where there is nothing to say.</summary>
    public string? Note { get; internal init; }

    /// <summary>The recommendation at a rank, from 0.</summary>
    public Recommendation this[int index] => _items[index];

    /// <inheritdoc/>
    public IEnumerator<Recommendation> GetEnumerator() => ((IEnumerable<Recommendation>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
