using System.Numerics;

namespace Encore.Numerics;

/// <summary>
/// Sparse rows in the making: a mini-batch [rows, columns] in compressed sparse row form, single or double precision,
/// filled row by row and used again for the next batch without new memory.
/// </summary>
/// <remarks>Columns of a row may come in any order; each at most once.</remarks>
public sealed class SparseBatch<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private int[] _offsets = new int[65];
    private int[] _indices = new int[1024];
    private T[] _values = new T[1024];
    private int[] _columnOffsets = [];
    private int[] _rowsByColumn = [];
    private int[] _order = [];
    private bool _transposed;

    /// <summary>An empty batch.</summary>
    /// <param name="columns">Number of columns.</param>
    public SparseBatch(int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        Columns = columns;
    }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Number of rows that have ended.</summary>
    public int Rows { get; private set; }

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>Start of each row, and the end of the last: rows + 1 numbers.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, Rows + 1);

    /// <summary>Column of each entry.</summary>
    public ReadOnlySpan<int> Indices => _indices.AsSpan(0, Count);

    /// <summary>Value of each entry, to be changed at will.</summary>
    public Span<T> Values => _values.AsSpan(0, Count);

    internal int[] OffsetArray => _offsets;

    internal int[] IndexArray => _indices;

    internal T[] ValueArray => _values;

    /// <summary>Columns of a row.</summary>
    public ReadOnlySpan<int> RowIndices(int row) => _indices.AsSpan(_offsets[row].._offsets[row + 1]);

    /// <summary>Values of a row, beside <see cref="RowIndices"/>.</summary>
    public Span<T> RowValues(int row) => _values.AsSpan(_offsets[row].._offsets[row + 1]);

    /// <summary>Values of the row that is open.</summary>
    internal Span<T> OpenValues => _values.AsSpan(_offsets[Rows]..Count);

    /// <summary>Takes all rows out.</summary>
    public void Clear()
    {
        (Rows, Count, _transposed) = (0, 0, false);
    }

    /// <summary>Adds an entry to the row that is open.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column.</exception>
    public void Add(int column, T value)
    {
        if ((uint)column >= (uint)Columns)
        {
            throw new ArgumentOutOfRangeException(nameof(column), column, $"Expected a column below {Columns}.");
        }

        if (Count == _indices.Length)
        {
            Array.Resize(ref _indices, 2 * Count);
            Array.Resize(ref _values, 2 * Count);
        }

        _indices[Count] = column;
        _values[Count++] = value;
    }

    /// <summary>Adds a whole row.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column.</exception>
    public void AddRow(ReadOnlySpan<int> columns, ReadOnlySpan<T> values)
    {
        if (columns.Length != values.Length)
        {
            throw new ArgumentException($"Found {columns.Length} columns and {values.Length} values, expected as many of both.", nameof(values));
        }

        for (int k = 0; k < columns.Length; k++)
        {
            Add(columns[k], values[k]);
        }

        EndRow();
    }

    /// <summary>Ends the row that is open, empty or not; the next entry begins another.</summary>
    public void EndRow()
    {
        if (Rows + 2 > _offsets.Length)
        {
            Array.Resize(ref _offsets, 2 * _offsets.Length);
        }

        _offsets[++Rows] = Count;
        _transposed = false;
    }

    /// <summary>Rows of these lengths in place of what was there, for threads to fill with
    /// <see cref="RowColumns"/> and <see cref="RowValues"/>.</summary>
    internal void Reshape(ReadOnlySpan<int> lengths)
    {
        Clear();
        while (_offsets.Length < lengths.Length + 1)
        {
            Array.Resize(ref _offsets, 2 * _offsets.Length);
        }

        foreach (int length in lengths)
        {
            Count = checked(Count + length);
            _offsets[++Rows] = Count;
        }

        if (_indices.Length < Count)
        {
            (_indices, _values) = (new int[2 * Count], new T[2 * Count]);
        }
    }

    /// <summary>Columns of a row, to be set after <see cref="Reshape"/>; whoever sets them answers for their range.</summary>
    internal Span<int> RowColumns(int row) => _indices.AsSpan(_offsets[row].._offsets[row + 1]);

    /// <summary>
    /// The entries by column: their rows ascending, and for each its place among <see cref="Values"/>. Made at first
    /// use; time O(entries + columns).
    /// </summary>
    public (int[] Offsets, int[] Rows, int[] Order) ByColumn()
    {
        if (_transposed)
        {
            return (_columnOffsets, _rowsByColumn, _order);
        }

        if (_columnOffsets.Length < Columns + 1)
        {
            _columnOffsets = new int[Columns + 1];
        }

        if (_rowsByColumn.Length < Count)
        {
            (_rowsByColumn, _order) = (new int[_indices.Length], new int[_indices.Length]);
        }

        // Counted one place late, so that after the fill each offset has moved to the start of the next column.
        var offsets = _columnOffsets.AsSpan(0, Columns + 1);
        offsets.Clear();
        for (int e = 0; e < Count; e++)
        {
            if (_indices[e] + 2 <= Columns)
            {
                offsets[_indices[e] + 2]++;
            }
        }

        for (int c = 2; c <= Columns; c++)
        {
            offsets[c] += offsets[c - 1];
        }

        for (int r = 0; r < Rows; r++)
        {
            for (int e = _offsets[r]; e < _offsets[r + 1]; e++)
            {
                int at = offsets[_indices[e] + 1]++;
                (_rowsByColumn[at], _order[at]) = (r, e);
            }
        }

        _transposed = true;
        return (_columnOffsets, _rowsByColumn, _order);
    }
}
