using System.Globalization;

namespace Encore.Data;

/// <summary>Which column is what where no header says so: guessed from what the columns hold, refused where that is not
/// certain.</summary>
internal static class HeaderlessColumns
{
    /// <summary>The columns.</summary>
    /// <param name="rows">The first lines, each with as many fields.</param>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="InvalidDataException">The columns cannot be told apart.</exception>
    public static FoundColumns Guess(string[][] rows, string path)
    {
        int columns = rows[0].Length;
        if (columns < 2)
        {
            throw new InvalidDataException($"{path}:1: found one field, expected at least a user and an item.");
        }

        var contents = ColumnSample.ContentsOf(rows, columns);
        int[] dates = [.. Enumerable.Range(0, columns).Where(c => contents[c] == ColumnContent.Date)];
        return columns <= 4 && !dates.Contains(0) && !dates.Contains(1) ? InOrder(rows, contents) : AroundTheDate(rows, contents, dates, path);
    }

    /// <summary>Whether lines of equal length are lists all the same: blanks between more than four whole numbers, each line
    /// of a user of its own, no item twice in a line.</summary>
    public static bool AreLists(IReadOnlyList<string> lines)
    {
        string[][] rows = [.. lines.Select(line => line.TrimEnd().Split(' '))];
        return rows.Length > 1
            && rows.All(row => row.Length > 4 && row.All(IsWhole) && row.Skip(1).Distinct(StringComparer.Ordinal).Count() == row.Length - 1)
            && rows.Select(row => row[0]).Distinct(StringComparer.Ordinal).Count() == rows.Length;
    }

    // User, item, then what the third and fourth columns hold.
    private static FoundColumns InOrder(string[][] rows, ColumnContent[] contents)
    {
        // No stars are as large as even the times of 1973.
        bool IsTime(int c) => contents[c] is ColumnContent.Date or ColumnContent.Moment
            || (contents[c] == ColumnContent.Number && rows.Count(row => long.TryParse(row[c], NumberStyles.None, CultureInfo.InvariantCulture, out long x) && x >= 100_000_000) * 2 > rows.Length);
        if (contents.Length == 2 || contents[2] == ColumnContent.Text)
        {
            return new FoundColumns(0, 1, -1, contents.Length > 3 && IsTime(3) ? 3 : -1);
        }

        return IsTime(2)
            ? new FoundColumns(0, 1, contents.Length > 3 && contents[3] == ColumnContent.Number ? 3 : -1, 2)
            : new FoundColumns(0, 1, 2, contents.Length > 3 && contents[3] is not ColumnContent.Text and not ColumnContent.Unknown ? 3 : -1);
    }

    // A date where an item is expected, or more columns than a log has: the one date is the time, the first other column the
    // user, and the item the one column of ids that is left.
    private static FoundColumns AroundTheDate(string[][] rows, ColumnContent[] contents, int[] dates, string path)
    {
        if (dates.Length != 1)
        {
            throw Refused(rows, path, dates.Length == 0 ? "no header" : "no header and several columns of dates");
        }

        int user = dates[0] == 0 ? 1 : 0;
        int[] ids = [.. Enumerable.Range(0, contents.Length).Where(c => c != user && c != dates[0] && IsIdColumn(rows, contents[c], c))];

        // An id column has many values; a column of few may be a kind or a flag.
        int[] varied = [.. ids.Where(c => rows.Select(row => row[c]).Distinct(StringComparer.Ordinal).Count() > Math.Max(1, rows.Length / 8))];
        ids = varied.Length > 0 ? varied : ids;
        return ids.Length == 1 ? new FoundColumns(user, ids[0], -1, dates[0])
            : throw Refused(rows, path, ids.Length == 0 ? "no header and no second column of ids" : $"no header, and columns {string.Join(", ", ids.Select(c => c + 1))} may each be the item");
    }

    // Ids are whole numbers or words without blanks, in every line. Numbers with a point are measures or coordinates.
    private static bool IsIdColumn(string[][] rows, ColumnContent content, int column) =>
        content is ColumnContent.Number or ColumnContent.Moment ? rows.All(row => IsWhole(row[column]))
        : content == ColumnContent.Text && rows.All(row => row[column].Length > 0 && !row[column].Contains(' ', StringComparison.Ordinal));

    private static bool IsWhole(string field) => field.Length > 0 && field.All(char.IsAsciiDigit);

    private static InvalidDataException Refused(string[][] rows, string path, string why)
    {
        const int Most = 8;
        string shown = string.Join(" | ", rows[0].Take(Most).Select(field => DelimitedLayout.Shortened(field))) + (rows[0].Length > Most ? " | …" : "");
        return new InvalidDataException(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}:1: found {rows[0].Length} columns ({shown}) and {why}; expected a log of user, item and perhaps a rating and a time. Say which columns are what: --columns user=N,item=N,rating=N,timestamp=N, or --format adjacency where each line is a user and the user's items."));
    }
}
