namespace Encore;

/// <summary>A model whose scores may be sums over the history: score_j = baseline_j + Σ_i x_i·w_ij.</summary>
public interface ILinearModel
{
    /// <summary>Whether they are, with the model's options.</summary>
    bool IsLinear { get; }

    /// <summary>w, what the item <paramref name="from"/> of a history adds to the score of <paramref name="target"/>.</summary>
    double Weight(int from, int target);

    /// <summary>The score for an empty history.</summary>
    double Baseline(int item);
}

/// <summary>A model that says itself how alike items are.</summary>
public interface IItemSimilarity
{
    /// <summary>How alike each item is to one, [items].</summary>
    void Similarities(int item, Span<float> similarities);
}

/// <summary>A model that has learnt something about each training user that no history says.</summary>
public interface IKnowsUsers
{
    /// <summary>Whether the model has learnt something about a user.</summary>
    /// <param name="user">The user's id; null or empty: nobody in particular.</param>
    bool Knows(string? user);

    /// <summary>Whether it has, with the model's options.</summary>
    bool KnowsAny { get; }

    /// <summary>Whether scores come from what was learnt about the user alone, whatever the history.</summary>
    bool IgnoresHistory { get; }

    /// <summary>What the model does for a user, where that is not what the history suggests; null otherwise.</summary>
    /// <param name="user">The user's id; null or empty: nobody in particular.</param>
    /// <param name="hasHistory">Whether the request has a history.</param>
    string? NoteFor(string? user, bool hasHistory);
}

/// <summary>A model with a vector for each item; items are as alike as the directions of their vectors.</summary>
public interface IItemVectors
{
    /// <summary>The vectors, [items, width] row-major, and their width; null where there is none.</summary>
    (ReadOnlyMemory<float> Values, int Width)? ItemVectors { get; }
}

/// <summary>A rating predictor with something to say about where its predictions come from.</summary>
public interface IPredictionNotes
{
    /// <summary>What is said beside predictions; null: nothing.</summary>
    /// <param name="user">The user's id; null or empty: nobody in particular.</param>
    /// <param name="hasKnown">Whether the model knows an item of the history.</param>
    /// <param name="hasHistory">Whether there is a history at all.</param>
    string? NoteFor(string? user, bool hasKnown, bool hasHistory);
}

/// <summary>A model that can learn on from a file (<see cref="FitContext.WarmStart"/>), and remembers whom it has learned from.</summary>
public interface ILearnsOn
{
    /// <summary>The users; null: not known.</summary>
    LearnedUsers? LearnedUsers { get; }
}

/// <summary>A model that says what scoring costs, so that a server can admit requests by their cost; of others it is
/// estimated.</summary>
public interface IScoringCost
{
    /// <summary>Multiply-adds that scoring takes: once a history, and for each of its items.</summary>
    (double Once, double PerItem) MultiplyAdds { get; }
}

/// <summary>A model that cannot learn without <see cref="TrainingData.ItemFeatures"/>.</summary>
public interface INeedsItemFeatures : IModel
{
    /// <summary>What is known of its items, in the order of <see cref="IModel.Items"/>.</summary>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    Features ItemFeatures { get; }
}

/// <summary>A model that makes use of <see cref="Histories.UserFeatures"/> where it learned with
/// <see cref="TrainingData.UserFeatures"/>, so that a user without a history is answered by what is known of them.</summary>
public interface IUsesUserFeatures : IModel
{
    /// <summary>What it knows users by; null: it learned without.</summary>
    FeatureSpace? UserSpace { get; }
}

/// <summary>A fitted model that takes items which nobody has met, from their features, without learning anew.</summary>
public interface IAddsItems : INeedsItemFeatures
{
    /// <summary>Adds items; the scores of those it has keep their bits.</summary>
    /// <param name="items">Their features as they are written; columns and values that the model does not know are passed
    /// over.</param>
    /// <returns>The ids of those without any feature that the model knows: they score 0 for everyone.</returns>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    /// <exception cref="ArgumentException">The model has one of the items already, or there is none.</exception>
    IReadOnlyList<string> AddItems(FeatureTable items);
}

/// <summary>A model whose scores have a part that comes from what is known of the user.</summary>
public interface IExplainsUserFeatures : IUsesUserFeatures
{
    /// <summary>What each of a user's features adds to an item's score.</summary>
    /// <param name="features">The user's features, by index in <see cref="IUsesUserFeatures.UserSpace"/>, with their values.</param>
    /// <param name="values">The values, beside them.</param>
    /// <param name="item">The item.</param>
    double[] Contributions(ReadOnlySpan<int> features, ReadOnlySpan<float> values, int item);
}

/// <summary>What a model does with the weights of interactions (<see cref="InteractionMatrix.Weights"/>).</summary>
[Flags]
public enum WeightUse
{
    /// <summary>Nothing: it refuses weighted data.</summary>
    None = 0,

    /// <summary>Each observed interaction counts its weight in the loss; what was not observed counts 1.</summary>
    Loss = 1,

    /// <summary>A user counts the mean weight of the user's interactions over that of all: what a Gram matrix can hold
    /// exactly.</summary>
    Users = 2,

    /// <summary>The weights take the place of the values 1 that are summed and multiplied.</summary>
    Values = 4,

    /// <summary>Old interactions of a row that it is given as input, in training and for scores, count less
    /// (<see cref="InteractionMatrix.Inputs"/>).</summary>
    Inputs = 8,

    /// <summary>There is nothing for them to change: it learns from no interaction.</summary>
    Unaffected = 16,
}

/// <summary>A model that learns from weighted interactions. Any other refuses them: it would answer as if there were
/// none.</summary>
public interface IUsesWeights
{
    /// <summary>What it does with them, with the model's options; where that is nothing it refuses them.</summary>
    WeightUse WeightUse { get; }
}
