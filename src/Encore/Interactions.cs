using System.Data.Common;
using System.Globalization;

namespace Encore;

/// <summary>
/// An interaction log in columns: for each user the items in the order of time (then of the log), with their values
/// and times. At most one interaction for a user and an item.
/// </summary>
public sealed class Interactions
{
    private readonly int[] _offsets;
    private readonly int[] _items;
    private readonly float[] _values;
    private readonly long[]? _times;
    private readonly float[]? _confidences;

    private Interactions(
        IdMap users, IdMap items, int[] offsets, int[] itemIndices, float[] values, long[]? times, float[]? confidences = null)
    {
        (Users, Items) = (users, items);
        (_offsets, _items, _values, _times, _confidences) = (offsets, itemIndices, values, times, confidences);
    }

    /// <summary>The users' ids.</summary>
    public IdMap Users { get; }

    /// <summary>The items' ids.</summary>
    public IdMap Items { get; }

    /// <summary>Number of interactions.</summary>
    public int Count => _items.Length;

    /// <summary>Whether the log had a rating column; without one all values are 1 (implicit feedback).</summary>
    public bool HasRatings { get; private init; }

    /// <summary>Whether the log had a column of counts, such as plays: implicit feedback whose values are weights. Then
    /// <see cref="HasRatings"/> is false.</summary>
    public bool HasCounts { get; private init; }

    /// <summary>What <see cref="Times"/> count since 1970; <see cref="TimeUnit.Auto"/>: the size of the numbers
    /// tells.</summary>
    public TimeUnit TimeUnit { get; private init; }

    /// <summary>Whether the log had a time column; without one the order of the log is the order of time.</summary>
    public bool HasTimes => _times is not null;

    /// <summary>Lines that were read to make this, before duplicates and filters.</summary>
    public long RowsRead { get; private init; }

    /// <summary>Lines that another line of the same user and item replaced or took in.</summary>
    public long Duplicates { get; private init; }

    /// <summary>Titles of items by original id, where the data set has them.</summary>
    public IReadOnlyDictionary<string, string>? ItemTitles { get; private init; }

    /// <summary>How much the interactions count, once a filter has weighted them (<see cref="InteractionFilter.Weighting"/>);
    /// null: all count alike. Matrices of the log have <see cref="InteractionMatrix.Weights"/> then.</summary>
    public InteractionWeighting? Weighting { get; private init; }

    /// <summary>The weight that each interaction's value gave, beside <see cref="ItemIndices"/>; empty where all are 1. Ages are
    /// not in it: they count from the last moment of the part that an interaction comes to.</summary>
    public ReadOnlySpan<float> Confidences => _confidences;

    /// <summary>Start of each user's interactions in the columns, and the end of the last: users + 1 numbers.</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    /// <summary>Item index of each interaction, by user, in the order of time.</summary>
    public ReadOnlySpan<int> ItemIndices => _items;

    /// <summary>Value of each interaction, beside <see cref="ItemIndices"/>.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Time of each interaction, beside <see cref="ItemIndices"/>; empty without a time column.</summary>
    public ReadOnlySpan<long> Times => _times;

    /// <summary>Item indices of a user, in the order of time.</summary>
    public ReadOnlySpan<int> UserItems(int user) => _items.AsSpan(_offsets[user].._offsets[user + 1]);

    /// <summary>Values of a user's interactions, beside <see cref="UserItems"/>.</summary>
    public ReadOnlySpan<float> UserValues(int user) => _values.AsSpan(_offsets[user].._offsets[user + 1]);

    /// <summary>An interaction log from objects.</summary>
    /// <exception cref="InvalidDataException">A value is not finite, some lines have a time and others none, an id is
    /// empty, or duplicates were declared an error.</exception>
    public static Interactions From(
        IEnumerable<Interaction> log, DuplicatePolicy duplicates = DuplicatePolicy.KeepLast, bool hasRatings = true)
    {
        ArgumentNullException.ThrowIfNull(log);
        var users = new Dictionary<string, int>(StringComparer.Ordinal);
        var items = new Dictionary<string, int>(StringComparer.Ordinal);
        var (u, i, v, t) = (new List<int>(), new List<int>(), new List<float>(), new List<long>());
        foreach (var (user, item, value, time) in log)
        {
            if (string.IsNullOrEmpty(user) || string.IsNullOrEmpty(item))
            {
                throw new InvalidDataException($"Interaction {v.Count + 1}: found an empty {(string.IsNullOrEmpty(user) ? "user" : "item")} id.");
            }

            if (time.HasValue != (t.Count == v.Count) && v.Count > 0)
            {
                throw new InvalidDataException(
                    $"Interaction {v.Count + 1} (user {user}, item {item}) has {(time.HasValue ? "a" : "no")} time, unlike those before it; expected a time on all or on none.");
            }

            u.Add(Number(users, user));
            i.Add(Number(items, item));
            v.Add(value);
            if (time.HasValue)
            {
                t.Add(time.Value);
            }
        }

        var userMap = Canonical(users, u);
        var itemMap = Canonical(items, i);
        return FromIndices(userMap, itemMap, [.. u], [.. i], [.. v], t.Count == v.Count && t.Count > 0 ? [.. t] : null,
            hasRatings, duplicates);

        static int Number(Dictionary<string, int> ids, string id)
        {
            if (!ids.TryGetValue(id, out int index))
            {
                ids.Add(id, index = ids.Count);
            }

            return index;
        }

        static IdMap Canonical(Dictionary<string, int> ids, List<int> column)
        {
            var map = IdMap.From(ids.Keys);
            var rank = new int[ids.Count];
            foreach (var (id, index) in ids)
            {
                map.TryGetIndex(id, out rank[index]);
            }

            for (int k = 0; k < column.Count; k++)
            {
                column[k] = rank[column[k]];
            }

            return map;
        }
    }

    /// <summary>An interaction log from the rows of any database's reader, to the end of the result.</summary>
    /// <param name="reader">Rows with a user, an item and, if there are such columns, a rating and a time. Times are
    /// whole numbers, dates (kept in milliseconds since 1970) or fractional seconds (likewise).</param>
    /// <param name="columns">Which columns hold what. Default: by their usual names.</param>
    /// <param name="duplicates">What becomes of a repeated user and item.</param>
    /// <exception cref="InvalidDataException">A column is missing, or a row has nothing or no number in one; the message
    /// names the row and the column.</exception>
    public static Interactions From(
        DbDataReader reader, ColumnNames? columns = null, DuplicatePolicy duplicates = DuplicatePolicy.KeepLast)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var rows = new DataReaderRows(reader, columns ?? new ColumnNames());
        return From(rows.Read(), duplicates, rows.HasRatings).WithUnits(TimeUnit.Auto, rows.HasCounts);
    }

    /// <summary>
    /// An interaction log from columns of dense indices in the order of the log. Time O(rows log(rows of a user)).
    /// </summary>
    /// <param name="users">The ids behind <paramref name="userIndices"/>.</param>
    /// <param name="items">The ids behind <paramref name="itemIndices"/>.</param>
    /// <param name="userIndices">User of each row.</param>
    /// <param name="itemIndices">Item of each row.</param>
    /// <param name="values">Value of each row, finite; null: implicit feedback, all 1.</param>
    /// <param name="times">Time of each row; null: the order of the rows.</param>
    /// <param name="hasRatings">Whether the values are ratings.</param>
    /// <param name="duplicates">What becomes of a repeated user and item.</param>
    /// <exception cref="InvalidDataException">A value is not finite, or duplicates were declared an error.</exception>
    public static Interactions FromIndices(
        IdMap users, IdMap items, int[] userIndices, int[] itemIndices, float[]? values, long[]? times,
        bool hasRatings, DuplicatePolicy duplicates = DuplicatePolicy.KeepLast)
    {
        ArgumentNullException.ThrowIfNull(users);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(userIndices);
        ArgumentNullException.ThrowIfNull(itemIndices);
        int n = userIndices.Length;
        if (itemIndices.Length != n || (values is not null && values.Length != n) || (times is not null && times.Length != n))
        {
            throw new ArgumentException(
                $"Columns differ in length: {n} users, {itemIndices.Length} items, {values?.Length} values, {times?.Length} times.");
        }

        // Stable counting sort by user: a user's rows come together in the order of the log.
        var offsets = new int[users.Count + 1];
        foreach (int user in userIndices)
        {
            offsets[user + 1]++;
        }

        for (int user = 0; user < users.Count; user++)
        {
            offsets[user + 1] += offsets[user];
        }

        var next = offsets.AsSpan(0, users.Count).ToArray();
        var item = new int[n];
        var value = new float[n];
        var time = times is null ? null : new long[n];
        for (int row = 0; row < n; row++)
        {
            float x = values is null ? 1f : values[row];
            if (!float.IsFinite(x))
            {
                throw new InvalidDataException(
                    $"Row {row + 1} (user {users[userIndices[row]]}, item {items[itemIndices[row]]}): found value {x.ToString(CultureInfo.InvariantCulture)}, expected a finite number.");
            }

            int at = next[userIndices[row]]++;
            item[at] = itemIndices[row];
            value[at] = x;
            if (time is not null)
            {
                time[at] = times![row];
            }
        }

        var order = new UserOrder(users, items, item, value, time, duplicates);
        int write = 0;
        var newOffsets = new int[offsets.Length];
        for (int user = 0; user < users.Count; user++)
        {
            write = order.Arrange(user, offsets[user], offsets[user + 1], write);
            newOffsets[user + 1] = write;
        }

        if (write < n)
        {
            Array.Resize(ref item, write);
            Array.Resize(ref value, write);
            if (time is not null)
            {
                Array.Resize(ref time, write);
            }
        }

        return new Interactions(users, items, newOffsets, item, value, time)
        {
            HasRatings = hasRatings && values is not null,
            RowsRead = n,
            Duplicates = n - write,
        };
    }

    /// <summary>
    /// The interactions that pass a filter; users and items with none left go from the id maps. Time O(count × rounds
    /// of the k-core).
    /// </summary>
    /// <exception cref="InvalidDataException">Interactions are to be weighted by values or times that the log lacks, or by a
    /// negative value.</exception>
    public Interactions Filter(InteractionFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var keep = new bool[Count];
        for (int k = 0; k < keep.Length; k++)
        {
            keep[k] = !(HasRatings || HasCounts) || filter.MinimumRating is not { } minimum || _values[k] >= minimum;
        }

        var perUser = new int[Users.Count];
        var perItem = new int[Items.Count];
        CountKept(keep, perUser, perItem);
        if (filter.MaximumPerUser is { } maximum)
        {
            DropUsers(keep, perUser, perItem, count => count > maximum);
        }

        for (bool changed = true; changed;)
        {
            changed = DropUsers(keep, perUser, perItem, count => count < filter.MinimumPerUser);
            changed |= DropItems(keep, perUser, perItem, filter.MinimumPerItem);
        }

        return filter.Weighting is { IsNone: false } weighting
            ? Weighted(weighting, keep).Where(keep, filter.Binarize)
            : Where(keep, filter.Binarize);
    }

    /// <summary>The interactions marked in <paramref name="keep"/> (beside <see cref="ItemIndices"/>), with id maps of
    /// just the users and items that are left.</summary>
    public Interactions Where(ReadOnlySpan<bool> keep, bool binarize = false)
    {
        if (keep.Length != Count)
        {
            throw new ArgumentException($"Found {keep.Length} marks, expected {Count}.", nameof(keep));
        }

        var perUser = new int[Users.Count];
        var perItem = new int[Items.Count];
        int kept = CountKept(keep, perUser, perItem);
        var (users, _) = Compact(Users, perUser);
        var (items, itemRank) = Compact(Items, perItem);
        var offsets = new int[users.Count + 1];
        var (item, value, time) = (new int[kept], new float[kept], _times is null ? null : new long[kept]);
        var confidence = _confidences is null ? null : new float[kept];
        int write = 0, newUser = 0;
        for (int user = 0; user < Users.Count; user++)
        {
            for (int k = _offsets[user]; k < _offsets[user + 1]; k++)
            {
                if (keep[k])
                {
                    item[write] = itemRank[_items[k]];
                    value[write] = binarize ? 1f : _values[k];
                    if (time is not null)
                    {
                        time[write] = _times![k];
                    }

                    if (confidence is not null)
                    {
                        confidence[write] = _confidences![k];
                    }

                    write++;
                }
            }

            if (perUser[user] > 0)
            {
                offsets[++newUser] = write;
            }
        }

        return new Interactions(users, items, offsets, item, value, time, confidence)
        {
            HasRatings = HasRatings && !binarize,
            HasCounts = HasCounts && !binarize,
            TimeUnit = TimeUnit,
            RowsRead = RowsRead,
            Duplicates = Duplicates,
            ItemTitles = ItemTitles,
            Weighting = Weighting,
        };
    }

    /// <summary>The same log with titles for its items, by original id.</summary>
    public Interactions WithTitles(IReadOnlyDictionary<string, string> titles) =>
        new(Users, Items, _offsets, _items, _values, _times, _confidences)
        {
            HasRatings = HasRatings,
            HasCounts = HasCounts,
            TimeUnit = TimeUnit,
            RowsRead = RowsRead,
            Duplicates = Duplicates,
            ItemTitles = titles,
            Weighting = Weighting,
        };

    /// <summary>The same log with what its numbers are. A count of 0 or less is no interaction, so those go.</summary>
    /// <param name="unit">What its times count since 1970.</param>
    /// <param name="hasCounts">Whether its values are counts rather than ratings.</param>
    public Interactions WithUnits(TimeUnit unit, bool hasCounts)
    {
        var log = new Interactions(Users, Items, _offsets, _items, _values, _times, _confidences)
        {
            HasRatings = HasRatings && !hasCounts,
            HasCounts = hasCounts,
            TimeUnit = unit,
            RowsRead = RowsRead,
            Duplicates = Duplicates,
            ItemTitles = ItemTitles,
            Weighting = Weighting,
        };
        bool[] positive = hasCounts ? [.. _values.Select(v => v > 0)] : [];
        return positive.Contains(false) ? log.Where(positive) : log;
    }

    /// <summary>All interactions as a users × items matrix.</summary>
    public InteractionMatrix ToMatrix()
    {
        var weights = RowWeights.For(this);
        for (int k = 0; weights is not null && k < Count; k++)
        {
            weights.Add(this, k);
        }

        return InteractionMatrix.FromRows(Users, Items, _offsets, _items, [.. _values], weights);
    }

    // The same log with the weights that the marked values give.
    private Interactions Weighted(InteractionWeighting weighting, bool[] keep)
    {
        bool byValue = weighting.Confidence != Confidence.None;
        if (byValue && !HasRatings && !HasCounts)
        {
            throw new InvalidDataException("Interactions are to be weighted by their values, and the data has none: expected a column of counts, such as plays, or of ratings. Name it: columns count=NAME.");
        }

        if (weighting.HalfLife is not null && !HasTimes)
        {
            throw new InvalidDataException("Interactions are to be weighted by their age, and the data has no time column. Name it: columns timestamp=NAME.");
        }

        var confidences = byValue ? new float[Count] : null;
        for (int user = 0; byValue && user < Users.Count; user++)
        {
            for (int k = _offsets[user]; k < _offsets[user + 1]; k++)
            {
                if (keep[k])
                {
                    float weight = _values[k] >= 0 ? weighting.Of(_values[k]) : float.NaN;
                    confidences![k] = float.IsFinite(weight) ? weight : throw new InvalidDataException(FormattableString.Invariant(
                        $"User {Users[user]}, item {Items[_items[k]]}: found value {_values[k]}, expected 0 or more of a value that weighs, and a weight that is finite."));
                }
            }
        }

        return new Interactions(Users, Items, _offsets, _items, _values, _times, confidences)
        {
            HasRatings = HasRatings,
            HasCounts = HasCounts,
            TimeUnit = _times is null or [] ? TimeUnit : DatasetSummary.UnitOf(TimeUnit, _times.Max()), // a part may have other sizes
            RowsRead = RowsRead,
            Duplicates = Duplicates,
            ItemTitles = ItemTitles,
            Weighting = weighting,
        };
    }

    private int CountKept(ReadOnlySpan<bool> keep, int[] perUser, int[] perItem)
    {
        int kept = 0;
        for (int user = 0; user < Users.Count; user++)
        {
            for (int k = _offsets[user]; k < _offsets[user + 1]; k++)
            {
                if (keep[k])
                {
                    kept++;
                    perUser[user]++;
                    perItem[_items[k]]++;
                }
            }
        }

        return kept;
    }

    private bool DropUsers(bool[] keep, int[] perUser, int[] perItem, Func<int, bool> drop)
    {
        bool changed = false;
        for (int user = 0; user < Users.Count; user++)
        {
            if (perUser[user] == 0 || !drop(perUser[user]))
            {
                continue;
            }

            for (int k = _offsets[user]; k < _offsets[user + 1]; k++)
            {
                if (keep[k])
                {
                    keep[k] = false;
                    perItem[_items[k]]--;
                }
            }

            perUser[user] = 0;
            changed = true;
        }

        return changed;
    }

    private bool DropItems(bool[] keep, int[] perUser, int[] perItem, int minimum)
    {
        if (minimum <= 1 || !perItem.AsSpan().ContainsAnyInRange(1, minimum - 1))
        {
            return false;
        }

        var dropped = perItem.Select(count => count > 0 && count < minimum).ToArray();
        for (int user = 0; user < Users.Count; user++)
        {
            for (int k = _offsets[user]; k < _offsets[user + 1]; k++)
            {
                if (keep[k] && dropped[_items[k]])
                {
                    keep[k] = false;
                    perUser[user]--;
                    perItem[_items[k]]--;
                }
            }
        }

        return true;
    }

    private static (IdMap Map, int[] Rank) Compact(IdMap map, int[] counts)
    {
        var indices = new List<int>();
        var rank = new int[counts.Length];
        for (int k = 0; k < counts.Length; k++)
        {
            rank[k] = counts[k] > 0 ? indices.Count : -1;
            if (counts[k] > 0)
            {
                indices.Add(k);
            }
        }

        return (map.Select([.. indices]), rank);
    }

    /// <summary>Puts one user's rows into the order of time and makes one of its duplicates, in place.</summary>
    private sealed class UserOrder(
        IdMap users, IdMap items, int[] item, float[] value, long[]? time, DuplicatePolicy duplicates)
    {
        private readonly int[] _latest = Enumerable.Repeat(-1, items.Count).ToArray();
        private int[] _order = [];
        private long[] _keys = [];
        private int[] _item = [];
        private float[] _value = [];

        /// <returns>Where the next user's rows are to be written.</returns>
        public int Arrange(int user, int start, int end, int write)
        {
            int n = end - start;
            if (_order.Length < n)
            {
                (_order, _keys, _item, _value) = (new int[2 * n], new long[2 * n], new int[2 * n], new float[2 * n]);
            }

            var order = _order.AsSpan(0, n);
            var keys = _keys.AsSpan(0, n);
            for (int k = 0; k < n; k++)
            {
                order[k] = k;
            }

            if (time is not null)
            {
                time.AsSpan(start, n).CopyTo(keys);
                if (!IsAscending(keys))
                {
                    SortStably(keys, order);
                }
            }

            item.AsSpan(start, n).CopyTo(_item);
            value.AsSpan(start, n).CopyTo(_value);
            for (int k = 0; k < n; k++)
            {
                _latest[_item[order[k]]] = k;
            }

            for (int k = 0; k < n; k++)
            {
                int i = _item[order[k]];
                int last = _latest[i];
                if (last != k)
                {
                    Merge(user, i, from: order[k], into: order[last]);
                    continue;
                }

                item[write] = i;
                value[write] = _value[order[k]];
                if (time is not null)
                {
                    time[write] = keys[k];
                }

                write++;
            }

            return write;
        }

        private void Merge(int user, int i, int from, int into)
        {
            switch (duplicates)
            {
                case DuplicatePolicy.Sum:
                    _value[into] += _value[from];
                    break;
                case DuplicatePolicy.Max:
                    _value[into] = Math.Max(_value[into], _value[from]);
                    break;
                case DuplicatePolicy.Error:
                    throw new InvalidDataException(
                        $"User {users[user]} has item {items[i]} more than once; expected it once (or choose keep-last, sum or max).");
                case DuplicatePolicy.KeepLast:
                default:
                    break;
            }
        }

        // Equal times keep the order of the log. The sort of the library is not stable, so runs of equal times are put
        // right after it; that is several times faster than a comparison of (time, place).
        private static void SortStably(Span<long> keys, Span<int> order)
        {
            keys.Sort(order);
            for (int start = 0; start < keys.Length;)
            {
                int end = start + 1;
                while (end < keys.Length && keys[end] == keys[start])
                {
                    end++;
                }

                if (end - start > 1)
                {
                    order[start..end].Sort();
                }

                start = end;
            }
        }

        private static bool IsAscending(ReadOnlySpan<long> keys)
        {
            for (int k = 1; k < keys.Length; k++)
            {
                if (keys[k] < keys[k - 1])
                {
                    return false;
                }
            }

            return true;
        }
    }
}
