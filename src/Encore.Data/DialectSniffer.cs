using System.Text.RegularExpressions;

namespace Encore.Data;

/// <summary>Finds the dialect of a delimited file from its first lines: the one that cuts most lines into as many fields,
/// and into fields that look like cells.</summary>
internal static partial class DialectSniffer
{
    // Of equals, the first. Blanks come last: they stand in titles and times.
    private static readonly string[] Delimiters = ["::", "\t", ",", ";", "|", " "];

    // What people write by hand and by spreadsheets has quotes; dumps of databases with these have none.
    private static readonly string[] WithoutQuotes = ["::", "\t", "|"];

    /// <summary>Whether a text has one of the usual delimiters but blanks.</summary>
    public static bool HasDelimiter(string line) => Delimiters.Any(d => d != " " && line.Contains(d, StringComparison.Ordinal));

    /// <summary>The dialect of some lines.</summary>
    /// <param name="lines">The first lines, none of them empty.</param>
    /// <param name="options">What was said.</param>
    /// <param name="path">The file, for errors and notes.</param>
    /// <exception cref="InvalidDataException">Nothing cuts the lines into fields.</exception>
    public static Dialect Sniff(IReadOnlyList<string> lines, ReadOptions options, string path) => Find(lines, options, path)
        ?? throw new InvalidDataException(
            $"{path}:1: found '{DelimitedLayout.Shortened(lines[0])}', expected at least a user and an item with a comma, tab, ::, semicolon, bar or blank between them.");

    /// <summary>The dialect of some lines; null where nothing cuts them into fields.</summary>
    public static Dialect? Find(IReadOnlyList<string> lines, ReadOptions options, string path)
    {
        string[] candidates = options.Delimiter is { } given ? [given] : Delimiters;
        var best = candidates.Select(d => WithQuotes(lines, d, options)).Select(dialect => (dialect, Score: Score(lines, dialect)))
            .Aggregate((a, b) => b.Score.CompareTo(a.Score) > 0 ? b : a);
        if (best.Score.Share <= 0 && options.Delimiter is null)
        {
            return null;
        }

        Tell(lines, best.dialect, options, path);
        return best.dialect;
    }

    // The share of lines with the most usual number of fields, times how many of those fields look like cells. Of equals the
    // one with more fields: what it cuts off are decimals, or blanks between cells.
    private static (double Share, int Fields) Score(IReadOnlyList<string> lines, Dialect dialect)
    {
        string[][] rows = dialect.Records(lines);
        var (fields, count) = rows.CountBy(row => row.Length).Where(g => g.Key > 1).OrderByDescending(g => g.Value).FirstOrDefault();
        if (count == 0)
        {
            return (0, 0);
        }

        double cells = rows.Where(row => row.Length == fields).SelectMany(row => row).Average(field => LooksLikeCell(field) ? 1.0 : 0);
        return ((double)count / rows.Length * (0.25 + (0.75 * cells)), fields);
    }

    // A cell that holds another delimiter is either text or several cells; a decimal comma is neither.
    private static bool LooksLikeCell(string field) => DecimalComma().IsMatch(field)
        || !(field.AsSpan().ContainsAny(",;|\t") || field.Contains("::", StringComparison.Ordinal) || SeveralNumbers().IsMatch(field));

    private static Dialect WithQuotes(IReadOnlyList<string> lines, string delimiter, ReadOptions options)
    {
        if (options.Quote is { } said)
        {
            return said.Length == 0 ? Dialect.Plain(delimiter) : new Dialect(delimiter, said[0], options.Escape?[0] ?? EscapeOf(lines, delimiter, said[0]));
        }

        var quoted = new Dialect(delimiter, '"', options.Escape?[0] ?? EscapeOf(lines, delimiter, '"'));
        return options.Escape is null && WithoutQuotes.Contains(delimiter) && !NeedsQuotes(lines, quoted) ? Dialect.Plain(delimiter) : quoted;
    }

    // A backslash before quotes, where doubled quotes would leave some open.
    private static char EscapeOf(IReadOnlyList<string> lines, string delimiter, char quote)
    {
        string[] doubtful = [.. lines.Where(line => line.Contains($"\\{quote}", StringComparison.Ordinal))];
        return doubtful.Length > 0 && !doubtful.All(line => IsSound(line, new Dialect(delimiter, quote, quote)))
            && doubtful.All(line => IsSound(line, new Dialect(delimiter, quote, '\\'))) ? '\\' : quote;
    }

    // Quotes are quotes where all are sound, and some column has nothing else or some field could not be written without.
    private static bool NeedsQuotes(IReadOnlyList<string> lines, Dialect quoted)
    {
        string[] withQuotes = [.. lines.Where(line => line.Contains('"', StringComparison.Ordinal))];
        if (withQuotes.Length == 0 || !withQuotes.All(line => IsSound(line, quoted)))
        {
            return false;
        }

        if (withQuotes.Any(line => quoted.Split(line).Length < line.Split(quoted.Delimiter).Length))
        {
            return true;
        }

        string[][] raw = [.. lines.Skip(lines.Count > 1 ? 1 : 0).Select(line => line.Split(quoted.Delimiter))];
        return Enumerable.Range(0, raw[0].Length).Any(c => raw.All(row => c < row.Length && row[c] is ['"', _, .., '"'] or ['"', '"']));
    }

    private static bool IsSound(string line, Dialect dialect)
    {
        dialect.Split(line, out bool sound);
        return sound;
    }

    private static void Tell(IReadOnlyList<string> lines, Dialect dialect, ReadOptions options, string path)
    {
        if (options.Quote is null && dialect.Quote is null && lines.Any(line => line.Contains('"', StringComparison.Ordinal)))
        {
            options.Notes?.Report($"{path}: read \" as a character like any other (--quote none); if it stands around fields, use --quote '\"'.");
        }

        if (options.Escape is null && dialect is { Quote: { } quote, Escape: '\\' })
        {
            options.Notes?.Report($"{path}: read \\{quote} as {quote} within quotes (--escape \\).");
        }
    }

    [GeneratedRegex(@"^\s*[+-]?\d+,\d+\s*$")]
    private static partial Regex DecimalComma();

    [GeneratedRegex(@"^\s*[+-]?[\d.]+( +[+-]?[\d.,]+)+\s*$")]
    private static partial Regex SeveralNumbers();
}
