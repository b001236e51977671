using DuckDB.NET.Native;

namespace Encore.Data;

/// <summary>The columns of a log while it is read.</summary>
internal sealed class LogColumns(string where)
{
    private readonly IdColumn _users = new();
    private readonly IdColumn _items = new();
    private readonly ColumnBuffer<float> _values = new();
    private readonly ColumnBuffer<long> _times = new();

    /// <summary>The file or query, for errors.</summary>
    public string Where { get; } = where;

    /// <summary>The line of a row (from 0) in the file; null where rows are not lines.</summary>
    public Func<long, long?>? Line { get; set; }

    public bool NumericUsers { get; set; }

    public bool NumericItems { get; set; }

    public bool HasRatings { get; set; }

    public bool HasTimes { get; set; }

    /// <summary>Takes a chunk of user, item, rating where there is one, time where there is one.</summary>
    public void Add(DuckDb.Chunk chunk)
    {
        Require(chunk, 0, "a user");
        Require(chunk, 1, "an item");
        AddIds(chunk, 0, NumericUsers, _users, "user");
        AddIds(chunk, 1, NumericItems, _items, "item");
        if (HasRatings)
        {
            Require(chunk, 2, "a rating");
            var values = chunk.Column<float>(2);
            for (int row = 0; row < values.Length; row++)
            {
                if (!float.IsFinite(values[row]))
                {
                    throw Error(_values.Count + row, FormattableString.Invariant($"found rating {values[row]}, expected a finite number"));
                }
            }

            _values.Add(values);
        }

        if (HasTimes)
        {
            Require(chunk, HasRatings ? 3 : 2, "a time");
            _times.Add(chunk.Column<long>(HasRatings ? 3 : 2));
        }
    }

    /// <summary>Takes one interaction of an adjacency list.</summary>
    public void Add(ReadOnlySpan<byte> user, ReadOnlySpan<byte> item)
    {
        _users.Add(user);
        _items.Add(item);
    }

    public Interactions Finish(DuplicatePolicy duplicates)
    {
        if (_users.Codes.Count == 0)
        {
            throw new InvalidDataException($"{Where}: found no interaction, expected at least one.");
        }

        var (users, userIndices) = _users.Finish();
        var (items, itemIndices) = _items.Finish();
        return Interactions.FromIndices(
            users, items, userIndices, itemIndices, HasRatings ? _values.Take() : null, HasTimes ? _times.Take() : null, HasRatings, duplicates);
    }

    private void AddIds(DuckDb.Chunk chunk, int column, bool numeric, IdColumn ids, string what)
    {
        if (numeric)
        {
            foreach (long id in chunk.Column<long>(column))
            {
                ids.Add(id);
            }
        }
        else
        {
            foreach (ref readonly var id in chunk.Column<DuckDBString>(column))
            {
                var bytes = Text.Bytes(id);
                if (bytes.IsEmpty)
                {
                    throw Error(ids.Codes.Count, $"found an empty {what}, expected an id");
                }

                ids.Add(bytes);
            }
        }
    }

    private void Require(DuckDb.Chunk chunk, int column, string what)
    {
        int row = chunk.FirstNull(column);
        if (row >= 0)
        {
            // The ids of a chunk are taken together, before its ratings and times.
            throw Error(_users.Codes.Count - (column < 2 ? 0 : chunk.Rows) + row, $"found nothing, expected {what}");
        }
    }

    /// <summary>The error of a row, from 0.</summary>
    public InvalidDataException Error(long row, string what) =>
        new(Line?.Invoke(row) is { } line ? $"{Where}:{line}: {what}." : $"{Where}: row {row + 1}: {what}.");
}
