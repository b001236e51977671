using System.Collections;

namespace Encore;

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

    /// <summary>Distinct items of the history that the model knows. At 0 the answer is the one for a stranger.</summary>
    public int KnownItems { get; }

    /// <summary>What the model did because it does not know the user; null where that does not matter.</summary>
    public string? Note { get; internal init; }

    /// <summary>The recommendation at a rank, from 0.</summary>
    public Recommendation this[int index] => _items[index];

    /// <inheritdoc/>
    public IEnumerator<Recommendation> GetEnumerator() => ((IEnumerable<Recommendation>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
