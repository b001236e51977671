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

    /// <summary>Number of validation users, and again of test users (<c>strong</c>, <c>temporal</c>).</summary>
    /// <exception cref="ArgumentException">The value is below 1.</exception>
    public int? HeldOutUsers { get; init => field = AtLeastOne(value, "held-out users"); }

    /// <summary>Number of splits (<c>rating</c>).</summary>
    /// <exception cref="ArgumentException">The value is below 1.</exception>
    public int? Repetitions { get; init => field = AtLeastOne(value, "repetitions"); }

    /// <summary>What every model learns from in the end. Default: training and validation under <c>rating</c>, as the
    /// papers' figures are of models that learned from all 90 %; the training part under all others. <c>strong</c> and
    /// <c>temporal</c> have no other choice, as their validation users are no training users.</summary>
    public FitOn? FitOn { get; init; }

    private static int? AtLeastOne(int? value, string what) => value is null or >= 1
        ? value
        : throw new ArgumentException($"Found {value} {what}, expected at least 1.", nameof(value));
}
