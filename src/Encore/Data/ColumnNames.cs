namespace Encore.Data;

/// <summary>
/// Which columns of a log hold what: names, or positions from 1. What is null is found by its usual names.
/// </summary>
public sealed record ColumnNames
{
    private static readonly string[] Roles = ["user", "item", "rating", "timestamp"];

    // The first that a log has is taken. Compared without case, blanks, hyphens and underscores.
    private static readonly string[][] Usual =
    [
        ["user", "userid", "uid", "u", "username", "customer", "customerid", "visitorid", "reviewerid", "profileid", "sessionid"],
        ["item", "itemid", "iid", "i", "movie", "movieid", "product", "productid", "parentasin", "asin", "sku", "bookid", "book",
            "isbn", "track", "trackid", "song", "songid", "artist", "artistid", "businessid", "gameid", "animeid", "articleid",
            "newsid", "videoid", "poiid", "venueid"],
        ["rating", "score", "stars", "overall", "value", "preference", "weight", "playcount", "plays", "count"],
        ["timestamp", "time", "ts", "date", "datetime", "unixreviewtime", "eventtime", "createdat", "unixtime"],
    ];

    /// <summary>The column of users' ids.</summary>
    public string? User { get; init; }

    /// <summary>The column of items' ids.</summary>
    public string? Item { get; init; }

    /// <summary>The column of ratings; without one every interaction has value 1.</summary>
    public string? Rating { get; init; }

    /// <summary>The column of times; without one the order of the log is the order of time.</summary>
    public string? Timestamp { get; init; }

    /// <summary>Whether nothing is named, so that all columns are found by their usual names.</summary>
    public bool IsEmpty => User is null && Item is null && Rating is null && Timestamp is null;

    /// <summary>Reads <c>user=…,item=…,rating=…,timestamp=…</c>, any of them.</summary>
    /// <exception cref="FormatException">A part is no such pair, or a role comes twice.</exception>
    public static ColumnNames Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var names = new string?[Roles.Length];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string role = equals < 0 ? part : part[..equals].Trim();
            int at = Array.FindIndex(Roles, r => r.Equals(role, StringComparison.OrdinalIgnoreCase));
            if (at < 0 || equals < 0 || equals == part.Length - 1 || names[at] is not null)
            {
                throw new FormatException(
                    $"Columns '{text}': found '{part}', expected each of user=…, item=…, rating=…, timestamp=… at most once.{Suggestion.DidYouMean(role, Roles)}");
            }

            names[at] = part[(equals + 1)..].Trim();
        }

        return new ColumnNames { User = names[0], Item = names[1], Rating = names[2], Timestamp = names[3] };
    }

    /// <summary>Whether a header's field is a usual name of a user or item column.</summary>
    internal static bool IsUsual(string field) =>
        Usual[0].Concat(Usual[1]).Contains(Normal(field), StringComparer.Ordinal);

    /// <summary>Finds the columns among a header's fields.</summary>
    /// <param name="header">The fields, or for a log without a header null names.</param>
    /// <param name="where">The log, for errors.</param>
    /// <returns>Positions from 0 of user, item, rating and timestamp; −1 where there is no rating or timestamp.</returns>
    /// <exception cref="InvalidDataException">A column is missing, or named and missing.</exception>
    internal (int User, int Item, int Rating, int Timestamp) Find(IReadOnlyList<string> header, string where)
    {
        string?[] asked = [User, Item, Rating, Timestamp];
        var found = new int[Roles.Length];
        for (int role = 0; role < Roles.Length; role++)
        {
            found[role] = asked[role] is { } name ? Named(header, Roles[role], name, where) : -1;
        }

        for (int role = 0; role < Roles.Length; role++)
        {
            found[role] = asked[role] is null ? UsualPlace(header, role, found) : found[role];
            if (found[role] < 0 && role < 2)
            {
                throw new InvalidDataException(
                    $"{where}: found columns {string.Join(", ", header)}; expected one for the {Roles[role]}, such as {string.Join(", ", Usual[role].Take(3))}. Say which it is: columns user=NAME,item=NAME.");
            }
        }

        return (found[0], found[1], found[2], found[3]);
    }

    private static int Named(IReadOnlyList<string> header, string role, string name, string where)
    {
        for (int i = 0; i < header.Count; i++)
        {
            if (header[i].Equals(name, StringComparison.OrdinalIgnoreCase) || Bare(header[i]).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return int.TryParse(name, out int position) && position >= 1 && position <= header.Count
            ? position - 1
            : throw new InvalidDataException(
                $"{where}: found no column '{name}' for the {role}; its columns are {string.Join(", ", header)}.{Suggestion.DidYouMean(name, header)}");
    }

    private static int UsualPlace(IReadOnlyList<string> header, int role, int[] taken)
    {
        string[] fields = [.. header.Select(Normal)];
        foreach (string name in Usual[role])
        {
            int at = Array.IndexOf(fields, name);

            // A column that was named for another role is not this one as well.
            if (at >= 0 && !taken.Contains(at))
            {
                return at;
            }
        }

        return -1;
    }

    // RecBole's atomic files write the type behind a colon: user_id:token.
    private static string Bare(string field) =>
        field.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? field[..colon] : field;

    private static string Normal(string field) => string.Concat(
        Bare(field).Where(c => c is not ('_' or '-' or ' ' or '\uFEFF'))).ToLowerInvariant();
}
