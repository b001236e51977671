namespace Encore.Tracking;

/// <summary>
/// How runs are sorted: names (<see cref="RunField"/>) with commas between them, such as <c>-ndcg@100</c> or
/// <c>model,ndcg@100:desc</c>; each from the lowest up, behind a hyphen or before <c>:desc</c> from the highest down. Runs that have
/// not what they are sorted by come last either way; equals keep their order.
/// </summary>
public sealed class RunOrder
{
    private readonly IReadOnlyList<(RunField Field, bool Descending)> _keys;
    private readonly TimeProvider _time;

    private RunOrder(IReadOnlyList<(RunField Field, bool Descending)> keys, TimeProvider time) => (_keys, _time) = (keys, time);

    /// <summary>Reads an order.</summary>
    /// <param name="text">The order.</param>
    /// <param name="time">The clock, for how long runs have been running; null: the system's.</param>
    /// <exception cref="FormatException">The text is no order.</exception>
    public static RunOrder Parse(string text, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new RunOrder([.. text.Split(',').Select(Key)], time ?? TimeProvider.System);

        static (RunField Field, bool Descending) Key(string part)
        {
            string name = part.Trim();
            bool descending = name.StartsWith('-');
            name = descending || name.StartsWith('+') ? name[1..] : name;
            if (name.LastIndexOf(':') is >= 0 and var colon)
            {
                descending = name[(colon + 1)..].ToUpperInvariant() switch
                {
                    "ASC" => descending,
                    "DESC" => !descending,
                    _ => throw new FormatException($"{part.Trim()}: found {name[(colon + 1)..]}, expected asc or desc."),
                };
                name = name[..colon];
            }

            return (RunField.Of(name), descending);
        }
    }

    /// <summary>The runs in order.</summary>
    /// <exception cref="FormatException">A name is no field, and no run has it.</exception>
    public IReadOnlyList<Run> Sort(IReadOnlyList<Run> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var now = _time.GetUtcNow();
        IEnumerable<Run> sorted = runs;

        // Sorting keeps the order of equals: the last key first.
        foreach (var (field, descending) in _keys.Reverse())
        {
            field.Check(runs);
            var values = runs.ToDictionary(r => r.Id, r => field.ValuesOf(r, now) is [var first, ..] && first is not "" ? first : null);
            var comparer = Comparer<object?>.Create((a, b) => (a, b) switch
            {
                (null, null) => 0,
                (null, _) => 1,
                (_, null) => -1,
                _ => descending ? Compare(b, a) : Compare(a, b),
            });
            sorted = sorted.OrderBy(r => values[r.Id], comparer);
        }

        return [.. sorted];
    }

    // Numbers before text, so that an option that is a number here and a word there has one order.
    private static int Compare(object a, object b)
    {
        if (a is DateTimeOffset time)
        {
            return time.CompareTo((DateTimeOffset)b);
        }

        double? x = a as double? ?? RunComparison.Number((string)a), y = b as double? ?? RunComparison.Number((string)b);
        return (x, y) switch
        {
            ({ } one, { } other) => one.CompareTo(other),
            ({ }, null) => -1,
            (null, { }) => 1,
            _ => string.Compare((string)a, (string)b, StringComparison.OrdinalIgnoreCase),
        };
    }
}
