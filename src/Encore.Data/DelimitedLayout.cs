using System.Globalization;

namespace Encore.Data;

/// <summary>What the first lines of a delimited file tell: the delimiter, whether there is a header, which column holds
/// what.</summary>
internal sealed record DelimitedLayout(
    Dialect Dialect, bool Header, IReadOnlyList<string> Columns, FoundColumns Found)
{
    /// <summary>The first lines' fields, without the header.</summary>
    public IReadOnlyList<string[]> Rows { get; init; } = [];

    /// <summary>What the columns look like.</summary>
    public ColumnContent[] Contents { get; init; } = [];

    /// <summary>Whether the third column's numbers may be counts, as nothing names them.</summary>
    public bool MayBeCounts { get; init; }

    /// <summary>Whether the columns were told apart by what they hold.</summary>
    public bool IsGuessed { get; init; }

    /// <summary>Whether lines look like a user and its items: blanks between them, and no usual number of fields.</summary>
    public static bool IsAdjacency(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0 || DialectSniffer.HasDelimiter(lines[0]))
        {
            return false;
        }

        // A log has 2 to 4 fields on most lines, all but a damaged one as many.
        int[] counts = [.. lines.Select(line => line.TrimEnd().Split(' ').Length)];
        int different = counts.Distinct().Count();
        return (different > 1 && counts.CountBy(n => n).Max(g => g.Value) <= counts.Length / 2.0)
            || (different > 2 && counts.Max() > 4);
    }

    public static DelimitedLayout Sniff(IReadOnlyList<string> lines, ReadOptions options, string path)
    {
        var (dialect, header) = Shape(lines, options, path);
        string[][] rows = dialect.Records(lines);
        char point = options.DecimalMark ?? DecimalPoint.Sniff(rows, options.Notes, path);
        string[][] full = DecimalPoint.WithDots(Full(rows), point);
        string[] columns = header ? rows[0] : [.. Enumerable.Range(1, rows[0].Length).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        string[][] data = header ? full[1..] : full;
        var contents = ColumnSample.ContentsOf(data, columns.Length);
        bool isGuessed = !header && options.Columns.IsEmpty;
        var found = isGuessed ? HeaderlessColumns.Guess(data, path) : options.Columns.Find(columns, path + ":1", contents);
        return new DelimitedLayout(dialect, header, columns, found)
        {
            DecimalMark = point,
            Rows = data,
            Contents = contents,
            IsGuessed = isGuessed,
            MayBeCounts = isGuessed && found.Rating >= 0,
        };
    }

    /// <summary>What stands before the decimals of numbers, a dot or a comma.</summary>
    public char DecimalMark { get; init; } = '.';

    /// <summary>The dialect, and whether there is a header.</summary>
    public static (Dialect Dialect, bool Header) Shape(IReadOnlyList<string> lines, ReadOptions options, string path)
    {
        if (lines.Count == 0)
        {
            throw new InvalidDataException($"{path}:1: found an empty file, expected one interaction a line.");
        }

        var dialect = DialectSniffer.Sniff(lines, options, path);
        bool named = options.Query is null && IsNamed(options.Columns);
        return (dialect, options.Header ?? (named || LooksLikeHeader(Full(dialect.Records(lines)))));
    }

    // DuckDB names the lines with more or fewer fields than the first.
    private static string[][] Full(string[][] rows) => [.. rows.Where(row => row.Length == rows[0].Length)];

    private static bool IsNamed(ColumnNames columns) =>
        columns.Asked.Any(c => c is not null && !int.TryParse(c, out _));

    // Ids may be words, so words in the first line prove nothing by themselves.
    private static bool LooksLikeHeader(string[][] rows)
    {
        string[] first = rows[0];
        if (first.Any(field => field.Length > 1 && ColumnNames.IsUsual(field)))
        {
            return true;
        }

        // A single letter is as likely an id: it names a column where other lines follow, and no number stands beside.
        if (rows.Length > 1 && first.Any(ColumnNames.IsUsual) && !first.Any(field => IsNumber(field) || IsDate(field)))
        {
            return true;
        }

        bool Opens(int c) => !IsNumber(first[c]) && rows.Length > 1 && rows.Skip(1).All(row => IsNumber(row[c]));
        return Enumerable.Range(0, first.Length).All(Opens) || Enumerable.Range(0, first.Length).Skip(2).Any(Opens);
    }

    private static bool IsNumber(string field) =>
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static bool IsDate(string field) =>
        DateTimeOffset.TryParse(field, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    internal static string Shortened(string line) => line.Length <= 80 ? line : line[..77] + "...";
}
