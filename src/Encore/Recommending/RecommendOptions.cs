namespace Encore.Recommending;

/// <summary>What may be recommended, and how it is ordered. The default is the ten best items that the history
/// lacks.</summary>
public sealed record RecommendOptions
{
    /// <summary>How many items to recommend, 0 or more; there are fewer when fewer are left. Default 10.</summary>
    public int K { get; init; } = 10;

    /// <summary>Whether items of the history are left out. Default true.</summary>
    public bool ExcludeSeen { get; init; } = true;

    /// <summary>The only items that may be recommended, by original id; null: any. Ids that the model does not know are
    /// passed over.</summary>
    public IReadOnlyCollection<string>? Allow { get; init; }

    /// <summary>Items that may not be recommended, by original id.</summary>
    public IReadOnlyCollection<string>? Deny { get; init; }

    /// <summary>What an item's attributes must be; each of these must hold.</summary>
    public IReadOnlyList<AttributeFilter>? Where { get; init; }

    /// <summary>Items with fewer training users are left out. Default 0.</summary>
    public int MinimumUsers { get; init; }

    /// <summary>
    /// γ ≥ 0, how much popular items are held back: they are ordered by score − γ·σ·p, where σ is the standard deviation
    /// of the scores of what may be recommended, and p = ln(1 + users) over that of the most popular item. Default 0: by
    /// score. Reported scores are the model's.
    /// </summary>
    public double PopularityDiscount { get; init; }

    /// <summary>
    /// λ in [0, 1], how much a list avoids items that are alike (maximal marginal relevance, Carbonell &amp; Goldstein
    /// 1998): the next item is the one with the largest (1 − λ)·r − λ·s, where r is its rank value scaled to 0 … 1 among
    /// the <see cref="Candidates"/>, and s its greatest similarity to an item of the list, scaled likewise. Default 0:
    /// off.
    /// </summary>
    public double Diversity { get; init; }

    /// <summary>Items that diversity chooses from, the best ones by rank value; at least <see cref="K"/>. Default
    /// 100.</summary>
    public int Candidates { get; init; } = 100;

    /// <summary>Whether each recommendation says where its score comes from. Default false.</summary>
    public bool Explain { get; init; }

    /// <summary>How many contributions an explanation lists, 0 or more: those that add or take away most;
    /// <see cref="Explanation.OmittedItems"/> counts the others. Null: all. Default null.</summary>
    public int? Contributions { get; init; }

    /// <summary>How many items of a history are explained, 0 or more, where the model is not linear and each of them is
    /// left out in turn: the latest ones; <see cref="Explanation.OmittedItems"/> counts the others. Null: all. Default
    /// null.</summary>
    public int? ExplainedHistory { get; init; }

    /// <exception cref="ArgumentException">A value is out of range.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(K);
        ArgumentOutOfRangeException.ThrowIfNegative(MinimumUsers);
        ArgumentOutOfRangeException.ThrowIfNegative(Contributions ?? 0);
        ArgumentOutOfRangeException.ThrowIfNegative(ExplainedHistory ?? 0);
        if (!(PopularityDiscount >= 0) || !double.IsFinite(PopularityDiscount))
        {
            throw new ArgumentException(FormattableString.Invariant($"Popularity discount: found {PopularityDiscount}, expected a number ≥ 0."));
        }

        if (!(Diversity is >= 0 and <= 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"Diversity: found {Diversity}, expected a number in 0 … 1."));
        }
    }
}

/// <summary>An item of a history.</summary>
/// <param name="Item">Its original id.</param>
/// <param name="Value">Its value, such as a rating; null: 1, or the highest rating where the model learns from
/// ratings.</param>
public readonly record struct HistoryItem(string Item, float? Value = null);

/// <summary>One of many users to recommend to.</summary>
public sealed record RecommendRequest
{
    /// <summary>The items met, oldest first.</summary>
    public required IReadOnlyList<HistoryItem> History { get; init; }

    /// <summary>The user's id, for models that know their training users; null: nobody in particular.</summary>
    public string? User { get; init; }

    /// <summary>What is known of the user beside the history, such as age or country: values by column, as the model's features
    /// of users were written; null: nothing. A model that learned without such features takes no notice, and the answer says
    /// so.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Attributes { get; init; }

    /// <summary>What may be recommended.</summary>
    public RecommendOptions Options { get; init; } = new();
}
