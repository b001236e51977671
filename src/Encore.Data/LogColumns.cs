using DuckDB.NET.Native;

namespace Encore.Data;

/// <summary>The columns of a log while it is read.</summary>
internal sealed class LogColumns(string where)
{
    private readonly IdColumn _users = new();
    private readonly IdColumn _items = new();
    private readonly ColumnBuffer<float> _values = new();

    /// <summary>The file or query, for errors.</summary>
    public string Where { get; } = where;

    /// <summary>The line of a row (from 0) in the file; null where rows are not lines.</summary>
    public Func<long, long?>? Line { get; set; }

    public bool NumericUsers { get; set; }

    public bool NumericItems { get; set; }

    public bool HasRatings { get; set; }

    public bool HasTimes { get; set; }

    /// <summary>The column of times.</summary>
    public TimeColumn Times { get; } = new();

    /// <summary>How the times come.</summary>
    public TimeSource TimeSource { get; set; }

    /// <summary>Whether the values are counts.</summary>
    public bool HasCounts { get; set; }

    /// <summary>Whether the values may turn out to be counts, as nothing names them.</summary>
    public bool MayBeCounts { get; set; }

    /// <summary>Whether an id may be a JSON object or list, which is none.</summary>
    public bool MayNest { get; set; }

    /// <summary>What is told of the columns.</summary>
    public ColumnReport Report { get; } = new(where);

    /// <summary>Headers that a file without one may have in its middle.</summary>
    public static (string User, string Item)[] UsualHeaders { get; } =
        [("user", "item"), ("userId", "movieId"), ("userId", "itemId"), ("user_id", "item_id"), ("user_id", "movie_id"), ("user", "movie"), ("uid", "iid")];

    /// <summary>Whether both ids were met.</summary>
    public bool Has(string user, string item) => _users.Has(user) && _items.Has(item);

    /// <summary>Takes a chunk of user, item, rating where there is one, time where there is one.</summary>
    public void Add(DuckDb.Chunk chunk)
    {
        Require(chunk, 0, "a user");
        Require(chunk, 1, "an item");
        AddIds(chunk, 0, NumericUsers, _users, "user");
        AddIds(chunk, 1, NumericItems, _items, "item");
        RefuseZeros(_users, "user");
        RefuseZeros(_items, "item");
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
            AddTimes(chunk, HasRatings ? 3 : 2);
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
        float[]? values = HasRatings ? _values.Take() : null;
        HasCounts |= MayBeCounts && values is not null && AreCounts(values);
        var (times, unit) = HasTimes ? Times.Finish(Error) : (null, TimeUnit.Auto);
        var log = Interactions.FromIndices(users, items, userIndices, itemIndices, values, times, HasRatings, duplicates);
        return HasCounts || unit != TimeUnit.Auto ? Counted(log, log.WithUnits(unit, HasCounts)) : log;
    }

    private Interactions Counted(Interactions all, Interactions log)
    {
        if (HasCounts)
        {
            Report.HasCounts();
            Report.Note("The values are counts, not ratings: every count above 0 is an interaction. If they are ratings, say so with --columns rating=…");
        }

        if (log.Count == 0)
        {
            throw new InvalidDataException($"{Where}: found no count above 0, expected at least one.");
        }

        if (log.Count < all.Count)
        {
            Report.Note(FormattableString.Invariant($"{all.Count - log.Count:N0} pairs of a user and an item have a count of 0 or less and are left out."));
        }

        return log;
    }

    // No scale of ratings that starts above 0 goes on beyond 100.
    private static bool AreCounts(float[] values) =>
        values.AsSpan().IndexOfAnyExceptInRange(1, float.MaxValue) < 0 && Array.Exists(values, v => v > 100) && Array.TrueForAll(values, v => v == MathF.Floor(v));

    private void AddTimes(DuckDb.Chunk chunk, int column)
    {
        switch (TimeSource)
        {
            case TimeSource.Text:
                foreach (ref readonly var text in chunk.Column<DuckDBString>(column))
                {
                    var bytes = Text.Bytes(text);
                    if (!Times.Add(bytes))
                    {
                        throw Error(Times.Count, bytes.IsEmpty ? "found nothing, expected a time"
                            : $"found '{DelimitedLayout.Shortened(System.Text.Encoding.UTF8.GetString(bytes))}' in column {Times.Name}, expected {Sources.ExpectedTime}");
                    }
                }

                break;
            case TimeSource.Real:
                foreach (double time in chunk.Column<double>(column))
                {
                    if (!Times.Add(time))
                    {
                        throw Error(Times.Count, FormattableString.Invariant($"found '{time}' in column {Times.Name}, expected {Sources.ExpectedTime}"));
                    }
                }

                break;
            default:
                foreach (long time in chunk.Column<long>(column))
                {
                    if (TimeSource == TimeSource.Whole)
                    {
                        Times.Add(time);
                    }
                    else
                    {
                        Times.AddInstant(time, TimeSource == TimeSource.Microseconds ? 1_000_000 : 1_000_000_000);
                    }
                }

                break;
        }
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

                if (MayNest && bytes[0] is (byte)'{' or (byte)'[' && RecordLocator.IsJson(bytes))
                {
                    throw Error(ids.Codes.Count, $"found '{DelimitedLayout.Shortened(System.Text.Encoding.UTF8.GetString(bytes))}' for the {what}, expected an id: text or a number, not a list or an object");
                }

                ids.Add(bytes);
            }
        }
    }

    private void RefuseZeros(IdColumn ids, string what)
    {
        if (ids.ZeroAt >= 0)
        {
            throw Error(ids.ZeroAt, $"found a byte 0 in an id of a {what}, expected text");
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
