using System.Text.RegularExpressions;

namespace Encore.Data;

/// <summary>DuckDB's errors are long and end in advice on DuckDB's options: what was found, expected and where stays.</summary>
internal static partial class DuckDbErrors
{
    private const string InvalidState = "invalid state";

    /// <summary>Does some work; DuckDB's errors come out as <see cref="InvalidDataException"/>.</summary>
    /// <param name="where">The file or query.</param>
    /// <param name="work">The work.</param>
    /// <param name="columns">The names behind the columns c0, c1, … of a delimited file; null for other tables.</param>
    public static T Guard<T>(string where, Func<T> work, IReadOnlyList<string>? columns = null)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is DuckDB.NET.Data.DuckDBException
            || (error is InvalidDataException && Kind().IsMatch(error.Message)))
        {
            throw new InvalidDataException(Message(where, error.Message, columns), error);
        }
    }

    /// <inheritdoc cref="Guard{T}"/>
    public static void Guard(string where, Action work, IReadOnlyList<string>? columns = null) => Guard(
        where,
        () =>
        {
            work();
            return 0;
        },
        columns);

    /// <summary>Whether an error that came out of here is about a cell that has no number or date, without its
    /// line.</summary>
    public static bool IsOfACell(InvalidDataException error) =>
        error.InnerException?.Message is { } inner
        && (inner.StartsWith("Conversion Error", StringComparison.Ordinal) || inner.Contains("Could not parse string", StringComparison.Ordinal)) && !Csv().IsMatch(inner);

    /// <summary>Whether DuckDB failed while it made an error of its own, as of bytes that are no UTF-8 in the last of the
    /// columns that are read.</summary>
    public static bool IsInternal(InvalidDataException error) => error.InnerException?.Message.StartsWith("INTERNAL Error", StringComparison.Ordinal) ?? false;

    /// <summary>Whether an error that came out of here is about lines that end in different ways.</summary>
    public static bool IsOfLineEnds(InvalidDataException error) => error.InnerException?.Message.Contains(InvalidState, StringComparison.Ordinal) ?? false;

    private static string Message(string where, string error, IReadOnlyList<string>? columns)
    {
        var csv = Csv().Match(error);
        if (csv.Success)
        {
            return $"{where}:{csv.Groups["line"].Value}: {Found(csv.Groups["text"].Value, csv.Groups["what"].Value, columns)}";
        }

        var json = Json().Match(error);
        return json.Success
            ? $"{where}:{json.Groups["line"].Value}: found JSON that cannot be read ({json.Groups["what"].Value.Trim(' ', '.')}), expected an object with the columns as its names."
            : error.Contains(InvalidState, StringComparison.Ordinal)
            ? $"{where}: found lines that end in different ways, expected all to end in a line feed, or all in a carriage return and a line feed."
            : $"{where}: {Kind().Replace(error.Split("\n\n")[0], "").Trim()}";
    }

    private static string Found(string text, string what, IReadOnlyList<string>? columns)
    {
        string line = DelimitedLayout.Shortened(text.Trim());
        if (Conversion().Match(what) is { Success: true } conversion)
        {
            string name = conversion.Groups["column"].Value;
            string column = columns is not null && name[0] == 'c' && int.TryParse(name[1..], out int c) && c < columns.Count ? columns[c] : name;
            string expected = conversion.Groups["type"].Value switch
            {
                "FLOAT" or "DOUBLE" when Comma().IsMatch(conversion.Groups["value"].Value) => "a number. If the comma stands before decimals: --decimal ,",
                "FLOAT" or "DOUBLE" => "a number",
                "BIGINT" => "a whole number",
                var type => type,
            };
            return $"found '{DelimitedLayout.Shortened(conversion.Groups["value"].Value)}' in column {column}, expected {expected}{(expected.EndsWith(',') ? "" : ".")}";
        }

        if (Fields().Match(what) is { Success: true } fields)
        {
            return $"found {fields.Groups["found"].Value} fields in '{line}', expected {fields.Groups["expected"].Value} as on the first line.";
        }

        if (what.Contains("Maximum line size", StringComparison.Ordinal))
        {
            return FormattableString.Invariant($"found a line of more than {TextCopy.LongestLine:N0} bytes that begins '{line}', expected an interaction. To leave such lines out: --bad-lines skip.");
        }

        return what.Contains("quote", StringComparison.OrdinalIgnoreCase) ? $"found a quote that does not end in '{line}', expected \" around whole fields and \"\" within them. If \" is a character like any other: --quote none; if \\\" stands within fields: --escape \\; to leave such lines out: --bad-lines skip."
            : what.Contains("unicode", StringComparison.OrdinalIgnoreCase) ? NotUtf8(line)
            : $"found '{line}': {what.Trim()}";
    }

    /// <summary>What is said of a line whose bytes are no UTF-8.</summary>
    public static string NotUtf8(string line) => $"found bytes in '{line}' that are not UTF-8. Say the encoding, such as --encoding latin-1 or windows-1252.";

    [GeneratedRegex(@"^[A-Z][A-Za-z ]+ (Error|exception):")]
    private static partial Regex Kind();

    [GeneratedRegex(@"CSV Error on Line: (?<line>\d+)\s*\nOriginal Line: *(?<text>[^\0]*?)\n(?<what>(Error|Expected|Value|Invalid|Maximum|The )[^\n]*)")]
    private static partial Regex Csv();

    [GeneratedRegex(@"JSON[^\n]* in file .*in (line|record/value) (?<line>\d+): (?<what>[^\n]*)")]
    private static partial Regex Json();

    [GeneratedRegex("""converting column "(?<column>[^"]*)"\. Could not convert string "(?<value>.*)" to '(?<type>[^']*)'""")]
    private static partial Regex Conversion();

    [GeneratedRegex(@"^\s*[+-]?\d+,\d+\s*$")]
    private static partial Regex Comma();

    [GeneratedRegex(@"Expected Number of Columns: (?<expected>\d+) Found: (?<found>\d+)")]
    private static partial Regex Fields();
}
