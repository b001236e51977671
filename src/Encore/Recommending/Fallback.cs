namespace Encore.Recommending;

/// <summary>What stands in for a model that cannot tell the items apart for a history.</summary>
/// <remarks>That is so where the model gives the same score to all items that are not left out as seen (to all items,
/// where fewer than two are not): the history is empty, unknown to the model or rated below its threshold, or the model
/// has learned nothing about what is in it. Filters have no part in the decision.</remarks>
public enum Fallback
{
    /// <summary>Nothing: the list is the model's.</summary>
    None,

    /// <summary>Popularity: the scores are the items' numbers of training users.</summary>
    Popularity,

    /// <summary>The order of the items' ids, for training users are not known (<see cref="ItemTable.Users"/>).</summary>
    ItemOrder,
}
