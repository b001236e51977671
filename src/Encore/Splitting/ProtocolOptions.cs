namespace Encore.Splitting;

/// <summary>Settings that replace a protocol's own; null keeps them.</summary>
public sealed record ProtocolOptions
{
    /// <summary>Ratings from this value on count as 1 (ranking protocols).</summary>
    public float? MinimumRating { get; init; }

    /// <summary>Users with fewer interactions are left out.</summary>
    public int? MinimumPerUser { get; init; }

    /// <summary>Items with fewer interactions are left out (with the users, to the k-core).</summary>
    public int? MinimumPerItem { get; init; }

    /// <summary>Users with more interactions are left out.</summary>
    public int? MaximumPerUser { get; init; }

    /// <summary>Number of validation users, and again of test users (<c>strong</c>, <c>temporal</c>).</summary>
    public int? HeldOutUsers { get; init; }

    /// <summary>Number of splits (<c>rating</c>).</summary>
    public int? Repetitions { get; init; }
}
