namespace Encore;

/// <summary>
/// Which columns of a log hold what: names, or positions from 1. What is null is found by its usual names.
/// </summary>
public sealed record ColumnNames
{
    // In the order of ColumnVocabulary's numbers.
    private static readonly string[] Roles = ["user", "item", "rating", "timestamp", "count"];

    /// <summary>The column of users' ids.</summary>
    public string? User { get; init; }

    /// <summary>The column of items' ids.</summary>
    public string? Item { get; init; }

    /// <summary>The column of ratings; without one every interaction has value 1.</summary>
    public string? Rating { get; init; }

    /// <summary>The column of times; without one the order of the log is the order of time.</summary>
    public string? Timestamp { get; init; }

    /// <summary>The column of counts, such as plays or a quantity: implicit feedback with a weight, so that no threshold for
    /// ratings applies. A log has ratings or counts; null where it has neither.</summary>
    public string? Count { get; init; }

    /// <summary>Whether nothing is named, so that all columns are found by their usual names.</summary>
    public bool IsEmpty => User is null && Item is null && Rating is null && Timestamp is null && Count is null;

    /// <summary>What was asked for, by role.</summary>
    public IReadOnlyList<string?> Asked => [User, Item, Rating, Timestamp, Count];

    /// <summary>Reads <c>user=…,item=…,rating=…,timestamp=…</c>, any of them; <c>count=…</c> instead of a rating, and
    /// <c>time</c> for <c>timestamp</c>.</summary>
    /// <exception cref="FormatException">A part is no such pair, a role comes twice, or there are ratings and
    /// counts.</exception>
    public static ColumnNames Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var names = new string?[Roles.Length];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string role = equals < 0 ? part : part[..equals].Trim();
            role = role.Equals("time", StringComparison.OrdinalIgnoreCase) ? Roles[ColumnVocabulary.Timestamp] : role;
            int at = Array.FindIndex(Roles, r => r.Equals(role, StringComparison.OrdinalIgnoreCase));
            if (at < 0 || equals < 0 || equals == part.Length - 1 || names[at] is not null)
            {
                throw new FormatException(
                    $"Columns '{text}': found '{part}', expected each of user=…, item=…, rating=…, timestamp=… at most once (or count=… for rating=…).{Suggestion.DidYouMean(role, Roles)}");
            }

            names[at] = part[(equals + 1)..].Trim();
        }

        return names[ColumnVocabulary.Rating] is not null && names[ColumnVocabulary.Count] is not null
            ? throw new FormatException($"Columns '{text}': found rating=… and count=…, expected one of them.")
            : new ColumnNames { User = names[0], Item = names[1], Rating = names[2], Timestamp = names[3], Count = names[4] };
    }

    /// <summary>Whether a header's field is a usual name of a user or item column.</summary>
    public static bool IsUsual(string field) => ColumnVocabulary.NamesAnId(field);

    /// <summary>Finds the columns among a header's fields.</summary>
    /// <param name="header">The fields, or for a log without a header their positions.</param>
    /// <param name="where">The log, for errors.</param>
    /// <param name="contents">What the columns look like, beside the header; null: unknown.</param>
    /// <exception cref="InvalidDataException">A column is missing, or named and missing, or several columns may be
    /// it.</exception>
    public FoundColumns Find(IReadOnlyList<string> header, string where, IReadOnlyList<ColumnContent>? contents = null)
    {
        var asked = Asked;
        var found = new int[Roles.Length];
        for (int role = 0; role < Roles.Length; role++)
        {
            found[role] = asked[role] is { } name ? Named(header, Roles[role], name, where) : -1;
        }

        if (asked[0] is not null && found[0] == found[1])
        {
            throw new InvalidDataException($"{where}: found column {header[found[0]]} for the user and the item, expected one for each.");
        }

        var open = new List<string>();
        for (int role = 0; role < Roles.Length; role++)
        {
            // Who names a rating has no count, and the other way round; ratings come before counts.
            bool settled = (role == ColumnVocabulary.Rating && asked[ColumnVocabulary.Count] is not null)
                || (role == ColumnVocabulary.Count && found[ColumnVocabulary.Rating] >= 0);
            if (asked[role] is null && !settled)
            {
                (found[role], int[] others) = Likeliest(header, role, found, contents);
                if (found[role] < 0 && others.Length > 0)
                {
                    open.Add($"columns {string.Join(" and ", others.Select(o => header[o]))} may each be the {Roles[role]}");
                }
            }

            if (found[role] < 0 && role < 2)
            {
                string why = open.Count > 0 ? $"; {open[^1]}" : $"; expected one for the {Roles[role]}, such as {ColumnVocabulary.Examples(role)}";
                throw new InvalidDataException($"{where}: found columns {string.Join(", ", header)}{why}. Say which it is: columns user=NAME,item=NAME.");
            }
        }

        bool counts = found[ColumnVocabulary.Rating] < 0 && found[ColumnVocabulary.Count] >= 0;
        return new FoundColumns(found[0], found[1], counts ? found[ColumnVocabulary.Count] : found[2], found[3]) { HasCounts = counts, Open = open };
    }

    // The name as it is written goes before one that differs in case, and that before a position.
    private static int Named(IReadOnlyList<string> header, string role, string name, string where)
    {
        foreach (var comparison in (StringComparison[])[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            for (int i = 0; i < header.Count; i++)
            {
                if (header[i].Equals(name, comparison) || ColumnVocabulary.Bare(header[i]).Equals(name, comparison))
                {
                    return i;
                }
            }
        }

        return int.TryParse(name, out int position) && position >= 1 && position <= header.Count
            ? position - 1
            : throw new InvalidDataException(
                $"{where}: found no column '{name}' for the {role}; its columns are {string.Join(", ", header)}.{Suggestion.DidYouMean(name, header)}");
    }

    // The column whose name fits best. Of several that fit equally well by their words alone none is taken: they are
    // returned beside.
    private static (int Column, int[] Others) Likeliest(IReadOnlyList<string> header, int role, int[] taken, IReadOnlyList<ColumnContent>? contents)
    {
        // A column that was named for another role is not this one as well.
        var ranked = Enumerable.Range(0, header.Count).Where(c => !taken.Contains(c))
            .Select(c => (Column: c, Rank: ColumnVocabulary.Rank(header[c], role, contents?[c] ?? ColumnContent.Unknown)))
            .Where(c => c.Rank != ColumnVocabulary.NoMatch).ToArray();
        if (ranked.Length == 0)
        {
            return (-1, []);
        }

        int best = ranked.Min(c => c.Rank);
        int[] columns = [.. ranked.Where(c => c.Rank == best).Select(c => c.Column)];
        return columns.Length == 1 || ColumnVocabulary.IsKnown(best) ? (columns[0], []) : (-1, columns);
    }
}

/// <summary>The columns of a log that are used: positions from 0, −1 where there is none.</summary>
/// <param name="User">The users' ids.</param>
/// <param name="Item">The items' ids.</param>
/// <param name="Rating">Ratings or counts.</param>
/// <param name="Timestamp">Times.</param>
public sealed record FoundColumns(int User, int Item, int Rating, int Timestamp)
{
    /// <summary>Whether <see cref="Rating"/> holds counts.</summary>
    public bool HasCounts { get; init; }

    /// <summary>What was left open, in words.</summary>
    public IReadOnlyList<string> Open { get; init; } = [];
}
