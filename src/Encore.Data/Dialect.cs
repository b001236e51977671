namespace Encore.Data;

/// <summary>How the fields of a delimited file are told apart.</summary>
/// <param name="Delimiter">What stands between fields.</param>
/// <param name="Quote">What may stand around a field; null: nothing, and a quote is a character like any other.</param>
/// <param name="Escape">What stands before a quote within quotes; the quote itself where quotes are doubled. Null without
/// quotes.</param>
internal sealed record Dialect(string Delimiter, char? Quote, char? Escape)
{
    // Lines that a record of a sample may go on for: a quote that does not end must not take all of them.
    private const int MostLines = 20;

    /// <summary>Fields between quotes, quotes within them doubled (RFC 4180).</summary>
    public static Dialect Quoted(string delimiter) => new(delimiter, '"', '"');

    /// <summary>Fields without quotes.</summary>
    public static Dialect Plain(string delimiter) => new(delimiter, null, null);

    /// <summary>The same as arguments of DuckDB's <c>read_csv</c>.</summary>
    public string Sql => $"delim = {Text.Literal(Delimiter)}, quote = {Text.Literal(Quote?.ToString() ?? "")}, escape = {Text.Literal(Escape?.ToString() ?? "")}";

    /// <summary>The fields of one record, without quotes.</summary>
    /// <param name="record">A line, or several where a line break stands between quotes.</param>
    /// <param name="sound">Whether every quote that opens a field ends it.</param>
    public string[] Split(string record, out bool sound)
    {
        if (Quote is not { } quote || !record.Contains(quote, StringComparison.Ordinal))
        {
            sound = true;
            return record.Split(Delimiter);
        }

        var fields = new List<string>();
        sound = true;
        for (int start = 0; start <= record.Length;)
        {
            int end = record[start..] is [var first, ..] && first == quote ? EndOfQuoted(record, start, quote) : start;
            bool isQuoted = end > start;
            int next = record.IndexOf(Delimiter, Math.Max(0, end), StringComparison.Ordinal);
            if (end < 0 || (isQuoted && (next < 0 ? record.Length : next) != end))
            {
                sound = false; // text behind the closing quote, or none that closes
                next = record.IndexOf(Delimiter, start, StringComparison.Ordinal);
                isQuoted = false;
            }

            string field = record[start..(next < 0 ? record.Length : next)];
            fields.Add(isQuoted ? Unquoted(field, quote) : field);
            start = next < 0 ? record.Length + 1 : next + Delimiter.Length;
        }

        return [.. fields];
    }

    /// <summary>The fields of one record, without quotes.</summary>
    public string[] Split(string record) => Split(record, out _);

    /// <summary>The fields of the records that some lines make; a line break between quotes does not end a record.</summary>
    /// <param name="lines">The lines.</param>
    public string[][] Records(IReadOnlyList<string> lines)
    {
        var records = new List<string[]>();
        for (int i = 0; i < lines.Count; i++)
        {
            string[] fields = Split(lines[i], out bool sound);
            string record = lines[i];
            for (int next = i + 1; !sound && next < lines.Count && next <= i + MostLines; next++)
            {
                record += "\n" + lines[next];
                string[] joined = Split(record, out sound);
                (fields, i) = sound ? (joined, next) : (fields, i);
            }

            records.Add(fields);
        }

        return [.. records];
    }

    // Behind the quote that closes the field, or −1.
    private int EndOfQuoted(string record, int start, char quote)
    {
        for (int i = start + 1; i < record.Length; i++)
        {
            if (record[i] == Escape && i + 1 < record.Length && (record[i + 1] == quote || (Escape != quote && record[i + 1] == Escape)))
            {
                i++;
            }
            else if (record[i] == quote)
            {
                return i + 1;
            }
        }

        return -1;
    }

    private string Unquoted(string field, char quote)
    {
        string text = field[1..^1];
        return Escape is not { } escape || !text.Contains(escape, StringComparison.Ordinal) ? text
            : escape == quote ? text.Replace($"{quote}{quote}", $"{quote}", StringComparison.Ordinal)
            : text.Replace($"{escape}{quote}", $"{quote}", StringComparison.Ordinal).Replace($"{escape}{escape}", $"{escape}", StringComparison.Ordinal);
    }
}
