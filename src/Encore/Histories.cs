namespace Encore;

/// <summary>
/// A block of users as a model sees them when it scores: the histories that come with the request. The users need not
/// be known to the model; their <see cref="InteractionMatrix.Items"/> must be the model's.
/// </summary>
public readonly struct Histories(InteractionMatrix matrix, int start, int count)
{
    /// <summary>All histories, [users, items].</summary>
    public InteractionMatrix Matrix { get; } = matrix;

    /// <summary>First row of the block.</summary>
    public int Start { get; } = start;

    /// <summary>Number of rows in the block.</summary>
    public int Count { get; } = count;

    /// <summary>What is known of the users beside their histories, a row for each row of <see cref="Matrix"/>; null:
    /// nothing.</summary>
    public Features? UserFeatures { get; init; }

    /// <summary>Items of the block's r-th user, ascending.</summary>
    public ReadOnlySpan<int> Items(int r) => Matrix.Csr.RowIndices(Start + r);

    /// <summary>What stands for each item in a model's input, beside <see cref="Items"/>: its value, or less where it is old and
    /// the matrix says so (<see cref="InteractionMatrix.Inputs"/>).</summary>
    public ReadOnlySpan<float> Values(int r) => Matrix.Inputs.RowValues(Start + r);

    /// <summary>Items of the block's r-th user, in the order of time.</summary>
    public ReadOnlySpan<int> Sequence(int r) => Matrix.Sequence(Start + r);

    /// <summary>Original id of the block's r-th user.</summary>
    public string User(int r) => Matrix.Users[Start + r];
}
