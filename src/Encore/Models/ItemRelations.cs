using Encore.Training;

namespace Encore.Models;

/// <summary>A model whose scores may be sums over the history: score_j = baseline_j + Σ_i x_i·w_ij.</summary>
internal interface ILinearModel
{
    /// <summary>Whether they are, with the model's options.</summary>
    bool IsLinear { get; }

    /// <summary>w, what the item <paramref name="from"/> of a history adds to the score of <paramref name="to"/>.</summary>
    double Weight(int from, int to);

    /// <summary>The score for an empty history.</summary>
    double Baseline(int item);
}

/// <summary>A model that says itself how alike items are.</summary>
internal interface IItemSimilarity
{
    /// <summary>How alike each item is to one, [items].</summary>
    void Similarities(int item, Span<float> similarities);
}

/// <summary>A model that has learnt something about each training user that no history says.</summary>
internal interface IKnowsUsers
{
    /// <summary>What the model does for a user whom it does not know; null where it knows the user.</summary>
    /// <param name="user">The user's id; null or empty: nobody in particular.</param>
    string? NoteFor(string? user);
}

/// <summary>A model with a vector for each item; items are as alike as the directions of their vectors.</summary>
internal interface IItemVectors
{
    /// <summary>[items, width]; null where there is none.</summary>
    Parameter<float>? ItemVectors { get; }
}
