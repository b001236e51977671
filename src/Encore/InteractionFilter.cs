namespace Encore;

/// <summary>Which interactions a model gets to see. The default keeps everything.</summary>
public sealed record InteractionFilter
{
    /// <summary>Interactions with a value below this are dropped first. Null keeps all. Without ratings or
    /// counts it has nothing to act on and is ignored.</summary>
    public float? MinimumRating { get; init; }

    /// <summary>Users with fewer interactions are dropped. Default 0.</summary>
    public int MinimumPerUser { get; init; }

    /// <summary>Items with fewer interactions are dropped; with <see cref="MinimumPerUser"/> repeated until both hold
    /// (the k-core). Default 0.</summary>
    public int MinimumPerItem { get; init; }

    /// <summary>Users with more interactions than this are dropped, once, before the two minima. Null keeps all.</summary>
    public int? MaximumPerUser { get; init; }

    /// <summary>Whether every kept value becomes 1, as the top-N protocols want it. Default false.</summary>
    public bool Binarize { get; init; }

    /// <summary>How much each kept interaction counts, by the value that it had before <see cref="Binarize"/> and by its time.
    /// Null: the weights that the log has, if any.</summary>
    public InteractionWeighting? Weighting { get; init; }
}
