namespace Encore.Splitting;

/// <summary>Settings that replace a protocol's own; null keeps them.</summary>
public sealed record ProtocolOptions
{
    /// <summary>Ratings from this value on count as 1 (ranking protocols) or are used at all (<c>rating</c>).</summary>
    /// <exception cref="ArgumentException">The value is NaN.</exception>
    public float? MinimumRating
    {
        get;
        init => field = value is { } minimum && float.IsNaN(minimum)
            ? throw new ArgumentException("Found a minimum rating that is not a number.", nameof(value)) : value;
    }

    /// <summary>Users with fewer interactions are left out.</summary>
    public int? MinimumPerUser { get; init; }

    /// <summary>Items with fewer interactions are left out (with the users, to the k-core).</summary>
    public int? MinimumPerItem { get; init; }

    /// <summary>Users with more interactions are left out.</summary>
    public int? MaximumPerUser { get; init; }

    /// <summary>Number of validation users, and again of test users (<c>strong</c>, <c>temporal</c>,
    /// <c>cold-users</c>).</summary>
    /// <exception cref="ArgumentException">The value is below 1.</exception>
    public int? HeldOutUsers { get; init => field = AtLeastOne(value, "held-out users"); }

    /// <summary>Validation items, and as many test items (<c>cold-items</c>): below 1 their share of all items, from 1 on their
    /// number. Default 0.1.</summary>
    /// <exception cref="ArgumentException">The value is 0 or less, not finite, or above 1 and not whole.</exception>
    public double? HeldOutItems
    {
        get;
        init => field = value is null or (> 0 and < 1) || (value >= 1 && value <= int.MaxValue && double.IsInteger(value.Value)) ? value : throw new ArgumentException(
            FormattableString.Invariant($"Found {value} held-out items, expected a share above 0 and below 1, or a whole number from 1 on."), nameof(value));
    }

    /// <summary>How many of a held-out user's first interactions are known (<c>cold-users</c>). Default 0.</summary>
    /// <exception cref="ArgumentException">The value is below 0.</exception>
    public int? HistoryLength
    {
        get;
        init => field = value is null or >= 0 ? value : throw new ArgumentException($"Found a history length of {value}, expected at least 0.", nameof(value));
    }

    /// <summary>Number of splits (<c>rating</c>).</summary>
    /// <exception cref="ArgumentException">The value is below 1.</exception>
    public int? Repetitions { get; init => field = AtLeastOne(value, "repetitions"); }

    /// <summary>What every model learns from in the end. Default: training and validation under <c>rating</c>, as the
    /// papers' figures are of models that learned from all 90 %; the training part under all others. <c>strong</c>,
    /// <c>temporal</c> and <c>cold-users</c> have no other choice, as their validation users are no training users; nor has
    /// <c>cold-items</c>, whose validation items no model may know, or <c>global-time</c>, whose validation has users of its
    /// own.</summary>
    public FitOn? FitOn { get; init; }

    /// <summary>How much each interaction counts, by its value and age; ranking protocols only. Null: all count alike.</summary>
    public InteractionWeighting? Weighting { get; init => field = value is { IsNone: true } ? null : value; }

    private static int? AtLeastOne(int? value, string what) => value is null or >= 1
        ? value
        : throw new ArgumentException($"Found {value} {what}, expected at least 1.", nameof(value));
}
