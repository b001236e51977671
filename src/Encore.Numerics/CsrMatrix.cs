namespace Encore.Numerics;

/// <summary>
/// A sparse matrix in compressed sparse row form, float32: each row has its columns (<see cref="RowIndices"/>), ascending
/// and each at most once, and beside them its values (<see cref="RowValues"/>). How the rows lie in memory is not part of
/// the contract.
/// </summary>
public sealed class CsrMatrix
{
    /// <summary>Wraps the arrays, without a copy, after checking that they form a CSR matrix.</summary>
    /// <exception cref="ArgumentException">The arrays contradict each other or the shape.</exception>
    public CsrMatrix(int rows, int columns, int[] rowOffsets, int[] columnIndices, float[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentNullException.ThrowIfNull(rowOffsets);
        ArgumentNullException.ThrowIfNull(columnIndices);
        ArgumentNullException.ThrowIfNull(values);
        if (rowOffsets.Length != rows + 1 || rowOffsets[0] != 0 || rowOffsets[^1] != columnIndices.Length)
        {
            throw new ArgumentException(
                $"Row offsets: found {rowOffsets.Length} ending at {(rowOffsets.Length > 0 ? rowOffsets[^1] : 0)}, " +
                $"expected {rows + 1} from 0 to {columnIndices.Length}.", nameof(rowOffsets));
        }

        if (values.Length != columnIndices.Length)
        {
            throw new ArgumentException(
                $"Found {values.Length} values for {columnIndices.Length} column indices.", nameof(values));
        }

        for (int r = 0; r < rows; r++)
        {
            if (rowOffsets[r + 1] < rowOffsets[r])
            {
                throw new ArgumentException($"Row {r} ends before it starts.", nameof(rowOffsets));
            }

            int previous = -1;
            foreach (int c in columnIndices.AsSpan(rowOffsets[r]..rowOffsets[r + 1]))
            {
                if (c <= previous || c >= columns)
                {
                    throw new ArgumentException(
                        $"Row {r} holds column {c} after {previous}; expected ascending columns below {columns}.",
                        nameof(columnIndices));
                }

                previous = c;
            }
        }

        (Rows, Columns, RowOffsets, ColumnIndices, Values) = (rows, columns, rowOffsets, columnIndices, values);
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Number of stored entries.</summary>
    public long NonZeros => ColumnIndices.Length;

    /// <summary>Start of each row, and the end of the last: <see cref="Rows"/> + 1 numbers. Row r's entries lie at
    /// <c>RowOffsets[r] … RowOffsets[r + 1] − 1</c> of <see cref="ColumnIndices"/> and <see cref="Values"/>.</summary>
    internal int[] RowOffsets { get; }

    /// <summary>Column of each entry.</summary>
    internal int[] ColumnIndices { get; }

    /// <summary>Value of each entry.</summary>
    internal float[] Values { get; }

    /// <summary>Columns of a row, ascending.</summary>
    public ReadOnlySpan<int> RowIndices(int row) => ColumnIndices.AsSpan(RowOffsets[row]..RowOffsets[row + 1]);

    /// <summary>Values of a row, beside <see cref="RowIndices"/>.</summary>
    public ReadOnlySpan<float> RowValues(int row) => Values.AsSpan(RowOffsets[row]..RowOffsets[row + 1]);

    /// <summary>Number of entries in a row.</summary>
    public int RowLength(int row) => RowOffsets[row + 1] - RowOffsets[row];

    /// <summary>Number of entries in each column, <see cref="Columns"/> numbers. Time O(entries).</summary>
    public int[] ColumnCounts()
    {
        var counts = new int[Columns];
        foreach (int column in ColumnIndices)
        {
            counts[column]++;
        }

        return counts;
    }

    /// <summary>Whether every stored value is exactly 1.</summary>
    public bool IsBinary() => !Values.AsSpan().ContainsAnyExcept(1f);

    /// <summary>
    /// The matrix from entries in any order. Entries of one cell must not repeat.
    /// Time O(entries + rows + columns), memory two copies of the entries.
    /// </summary>
    /// <exception cref="ArgumentException">A repeated cell, or spans of different lengths.</exception>
    public static CsrMatrix FromEntries(
        int rows, int columns, ReadOnlySpan<int> rowIndices, ReadOnlySpan<int> columnIndices, ReadOnlySpan<float> values)
    {
        if (rowIndices.Length != columnIndices.Length || rowIndices.Length != values.Length)
        {
            throw new ArgumentException(
                $"Found {rowIndices.Length} rows, {columnIndices.Length} columns and {values.Length} values; expected as many of each.");
        }

        // Sorting by column, then stably by row, is two transposes: the first by hand from the loose entries.
        var offsets = new int[columns + 1];
        foreach (int c in columnIndices)
        {
            offsets[c + 1]++;
        }

        for (int c = 0; c < columns; c++)
        {
            offsets[c + 1] += offsets[c];
        }

        var next = offsets.AsSpan(0, columns).ToArray();
        var r = new int[rowIndices.Length];
        var v = new float[rowIndices.Length];
        for (int i = 0; i < rowIndices.Length; i++)
        {
            int at = next[columnIndices[i]]++;
            r[at] = rowIndices[i];
            v[at] = values[i];
        }

        var (rowOffsets, transposedColumns, transposedValues) = TransposeArrays(columns, rows, offsets, r, v);
        return new CsrMatrix(rows, columns, rowOffsets, transposedColumns, transposedValues);
    }

    /// <summary>The transpose, a new matrix. Time O(entries + rows + columns).</summary>
    public CsrMatrix Transpose()
    {
        var (offsets, indices, values) = TransposeArrays(Rows, Columns, RowOffsets, ColumnIndices, Values);
        return new CsrMatrix(Columns, Rows, offsets, indices, values);
    }

    private static (int[] Offsets, int[] Indices, float[] Values) TransposeArrays(
        int rows, int columns, int[] rowOffsets, int[] columnIndices, float[] values)
    {
        var offsets = new int[columns + 1];
        foreach (int c in columnIndices)
        {
            offsets[c + 1]++;
        }

        for (int c = 0; c < columns; c++)
        {
            offsets[c + 1] += offsets[c];
        }

        var next = offsets.AsSpan(0, columns).ToArray();
        var indices = new int[columnIndices.Length];
        var transposed = new float[columnIndices.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int i = rowOffsets[r]; i < rowOffsets[r + 1]; i++)
            {
                int at = next[columnIndices[i]]++;
                indices[at] = r;
                transposed[at] = values[i];
            }
        }

        return (offsets, indices, transposed);
    }
}
