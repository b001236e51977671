using Encore.Numerics;

namespace Encore;

/// <summary>What is known of items or users beside who met whom, as numbers: a sparse row for each id, [ids, features]; the
/// columns' meanings are in <see cref="Space"/>. Vectors (embeddings) stand in it with all their numbers.</summary>
public sealed class Features
{
    /// <summary>Features of some ids.</summary>
    /// <param name="ids">The rows.</param>
    /// <param name="space">What the columns mean.</param>
    /// <param name="matrix">The numbers, [ids, features].</param>
    /// <exception cref="ArgumentException">The matrix has another shape, or a number is not finite.</exception>
    public Features(IdMap ids, FeatureSpace space, CsrMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.Rows != ids.Count || matrix.Columns != space.Count || !Array.TrueForAll(matrix.Values, float.IsFinite))
        {
            throw new ArgumentException(matrix.Rows != ids.Count || matrix.Columns != space.Count
                ? $"Found a matrix [{matrix.Rows}, {matrix.Columns}], expected [{ids.Count}, {space.Count}]."
                : "Found a number that is not finite among the features.", nameof(matrix));
        }

        (Ids, Space, Matrix) = (ids, space, matrix);
    }

    /// <summary>The rows' ids.</summary>
    public IdMap Ids { get; }

    /// <summary>What the columns mean.</summary>
    public FeatureSpace Space { get; }

    /// <summary>The numbers, [ids, features].</summary>
    public CsrMatrix Matrix { get; }

    /// <summary>Number of features.</summary>
    public int Count => Space.Count;

    /// <summary>How many ids have at least one feature.</summary>
    public int Known => Enumerable.Range(0, Ids.Count).Count(row => Matrix.RowLength(row) > 0);

    /// <summary>Features made of a table: <see cref="FeatureSpace.Learn"/>, then <see cref="FeatureSpace.Encode(FeatureTable)"/>.</summary>
    /// <inheritdoc cref="FeatureSpace.Learn"/>
    public static Features Of(FeatureTable table, IReadOnlyList<FeatureRecipe>? recipes = null, IProgress<string>? notes = null) =>
        FeatureSpace.Learn(table, recipes, notes).Encode(table);

    /// <summary>The rows of some ids, empty for those that are not here.</summary>
    public Features For(IdMap ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ReferenceEquals(Ids, ids) ? this : new Features(ids, Space, Rows(ids.MapTo(Ids)));
    }

    // The rows of two with the same space, empty for ids that neither has.
    internal static Features Union(Features first, Features second, IdMap ids)
    {
        int[] from = ids.MapTo(first.Ids), or = ids.MapTo(second.Ids);
        var offsets = new int[ids.Count + 1];
        var (columns, values) = (new List<int>(), new List<float>());
        for (int row = 0; row < ids.Count; row++)
        {
            var (matrix, at) = from[row] >= 0 ? (first.Matrix, from[row]) : (second.Matrix, or[row]);
            if (at >= 0)
            {
                columns.AddRange(matrix.RowIndices(at));
                values.AddRange(matrix.RowValues(at));
            }

            offsets[row + 1] = columns.Count;
        }

        return new Features(ids, first.Space, new CsrMatrix(ids.Count, first.Count, offsets, [.. columns], [.. values]));
    }

    // A row several times, for histories that differ while the user does not.
    internal Features Repeat(int row, int times) => new(IdMap.OfRequests([.. Enumerable.Repeat("", times)]), Space, Rows([.. Enumerable.Repeat(row, times)]));

    // Rows by index, in any order; −1 is empty.
    private CsrMatrix Rows(int[] from)
    {
        var offsets = new int[from.Length + 1];
        for (int row = 0; row < from.Length; row++)
        {
            offsets[row + 1] = offsets[row] + (from[row] < 0 ? 0 : Matrix.RowLength(from[row]));
        }

        var (columns, values) = (new int[offsets[^1]], new float[offsets[^1]]);
        for (int row = 0; row < from.Length; row++)
        {
            if (from[row] >= 0)
            {
                Matrix.RowIndices(from[row]).CopyTo(columns.AsSpan(offsets[row]));
                Matrix.RowValues(from[row]).CopyTo(values.AsSpan(offsets[row]));
            }
        }

        return new CsrMatrix(from.Length, Matrix.Columns, offsets, columns, values);
    }
}
