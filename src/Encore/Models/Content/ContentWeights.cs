namespace Encore.Models;

/// <summary>What a model of content and interactions has learned.</summary>
internal sealed record ContentWeights
{
    /// <summary>The items that it has learned from.</summary>
    public required IdMap Known { get; init; }

    /// <summary>Features of all its items, those that were added too.</summary>
    public required Features Features { get; init; }

    /// <summary>Which known items somebody has met.</summary>
    public required bool[] Met { get; init; }

    /// <summary>What users are known by; null: their histories alone.</summary>
    public FeatureSpace? UserSpace { get; init; }

    /// <summary>W, [known items + user features, known items].</summary>
    public required WeightMatrix W { get; init; }

    /// <summary>P_jj, [known items], where P is W's: W_ij = −P_ij/P_jj.</summary>
    public double[] InverseDiagonal { get; init; } = [];

    /// <summary>A further matrix from which the weights of items come that are added.</summary>
    public WeightMatrix? Basis { get; init; }

    /// <summary>Numbers of a model's own.</summary>
    public double[] Own { get; init; } = [];

    /// <summary>Items that were added; null: none.</summary>
    public AddedItems? Added { get; init; }

    public IdMap Items => Features.Ids;
}

/// <summary>Items that were added to a fitted model.</summary>
/// <param name="KnownAt">Place of each known item among all.</param>
/// <param name="At">Place of each added item among all.</param>
/// <param name="Weights">Weights from the known items and the user features to each added item, [added, inputs].</param>
internal sealed record AddedItems(int[] KnownAt, int[] At, float[] Weights)
{
    /// <summary>Index among the known items of each item, −1 − k for the k-th added one.</summary>
    public int[] Source { get; } = SourceOf(KnownAt, At);

    private static int[] SourceOf(int[] knownAt, int[] at)
    {
        var source = new int[knownAt.Length + at.Length];
        for (int k = 0; k < knownAt.Length; k++)
        {
            source[knownAt[k]] = k;
        }

        for (int k = 0; k < at.Length; k++)
        {
            source[at[k]] = -1 - k;
        }

        return source;
    }
}
