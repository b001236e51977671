namespace Encore.Recommending;

/// <summary>Where a score comes from: what each item of the history adds to it.</summary>
public sealed class Explanation
{
    /// <summary>Whether the contributions, the user's attributes and the baseline add up to the score, as in linear models. Otherwise a
    /// contribution is how much the score falls when the item is left out of the history, and they need not add up.</summary>
    public required bool IsExact { get; init; }

    /// <summary>The score for an empty history; 0 where the contributions are not exact.</summary>
    public required double Baseline { get; init; }

    /// <summary>The items of the history that the model knows, the largest contribution first: all of them unless
    /// <see cref="RecommendOptions.Contributions"/> or <see cref="RecommendOptions.ExplainedHistory"/> set a limit.</summary>
    public required IReadOnlyList<Contribution> Contributions { get; init; }

    /// <summary>What the user's own attributes add to the score, the largest first; they are part of the sum. Empty where the
    /// model makes no use of them.</summary>
    public IReadOnlyList<AttributeContribution> UserAttributes { get; init; } = [];

    /// <summary>Attributes of the item that items of the history have too, the largest first: for each the sum of those items'
    /// contributions, where it is above 0. They say in other words what <see cref="Contributions"/> say, and an item with
    /// several of them counts for each. Empty where nothing is known of the items.</summary>
    public IReadOnlyList<AttributeContribution> SharedAttributes { get; init; } = [];

    /// <summary>How many items of the history that the model knows are not among <see cref="Contributions"/>.</summary>
    public int OmittedItems { get; init; }

    /// <summary>What the omitted items add up to: the baseline, the contributions and this are the score. 0 where the
    /// contributions are not exact.</summary>
    public double OmittedValue { get; init; }
}

/// <summary>What an item of a history adds to a score.</summary>
/// <param name="Item">Its original id.</param>
/// <param name="Value">How much it adds; below 0 it speaks against the recommendation.</param>
public readonly record struct Contribution(string Item, double Value)
{
    /// <summary>The item's title, where it is known.</summary>
    public string? Title { get; init; }
}

/// <summary>What an attribute adds to a score.</summary>
/// <param name="Name">The attribute with its value, such as <c>genres=Comedy</c>.</param>
/// <param name="Value">How much it adds.</param>
public readonly record struct AttributeContribution(string Name, double Value);
