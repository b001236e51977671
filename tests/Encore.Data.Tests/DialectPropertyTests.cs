using System.Text;
using Encore.Numerics;
using FsCheck.Xunit;

namespace Encore.Data.Tests;

/// <summary>Random tables, written in every dialect and read again.</summary>
public sealed class DialectPropertyTests : IDisposable
{
    private static readonly (string Delimiter, char? Quote, char? Escape)[] Dialects =
    [
        (",", '"', '"'), (";", '"', '"'), ("|", null, null), ("\t", null, null), ("::", null, null), (",", '"', '\\'), (";", '"', '\\'),
    ];

    private static readonly string[] Ends = ["\n", "\r\n", "\r"];

    // Of each cell a few letters, and what is hard in some dialect.
    private static readonly string[] Pieces = ["a", "b", "Zoë", "日本", "x-1", "7", " ", ",", ";", "\"", "'", "\\", "|", "\t", "::", "#", "é"];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 200)]
    public void Read_RandomTableInAnyDialect_ComesBackAsItWas(ulong seed, bool header, bool quoteAll)
    {
        var rng = new Rng(seed);
        var (delimiter, quote, escape) = Dialects[rng.NextInt32(Dialects.Length)];
        string end = Ends[rng.NextInt32(Ends.Length)];
        (string User, string Item, int Rating)[] rows = [.. Enumerable.Range(0, 1 + rng.NextInt32(30))
            .Select(k => (Id(rng, $"u{k}", delimiter, quote), Id(rng, $"i{k}", delimiter, quote), 1 + rng.NextInt32(5)))];
        string Cell(string text) => quote is null ? text
            : quoteAll || text.AsSpan().IndexOfAny(delimiter + "\"\\") >= 0
                ? $"\"{(escape == '\\' ? text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) : text.Replace("\"", "\"\"", StringComparison.Ordinal))}\""
            : text;
        var text = new StringBuilder(header ? string.Join(delimiter, "user", "item", "rating") + end : "");
        foreach (var (user, item, rating) in rows)
        {
            text.Append(string.Join(delimiter, Cell(user), Cell(item), Cell($"{rating}"))).Append(end);
        }

        // What the content cannot tell is said: the dialect of one column that is hard in all of them.
        var options = new ReadOptions { Delimiter = delimiter, Quote = quote?.ToString() ?? "", Escape = escape?.ToString(), Header = header };
        string path = _folder.Write("a.csv", text.ToString());
        string[] expected = [.. rows.Select(r => $"{r.User} {r.Item} {r.Rating}")];
        InteractionReader.Read(path, options).Lines().ShouldBe(expected, ignoreOrder: true, customMessage: text.ToString());
        InteractionReader.Read(path, options with { BadLines = BadLinePolicy.Skip }).Lines().ShouldBe(expected, ignoreOrder: true, customMessage: text.ToString());
    }

    [Property(MaxTest = 200)]
    public void Read_PlainTableInAnyDialect_NeedsNoOption(ulong seed, bool header, bool decimals)
    {
        var rng = new Rng(seed);
        string delimiter = ((string[])[",", ";", "|", "\t", "::", " "])[rng.NextInt32(6)];
        char point = decimals && delimiter != "," ? ',' : '.';
        var text = new StringBuilder(header ? string.Join(delimiter, "user", "item", "rating") + "\n" : "");
        var expected = new List<string>();
        for (int k = 0; k < 2 + rng.NextInt32(40); k++)
        {
            string user = $"u{rng.NextInt32(9)}", item = $"i{k}", rating = $"{1 + rng.NextInt32(4)}.{1 + rng.NextInt32(8)}";
            string shown = delimiter == " " ? item : rng.NextInt32(2) == 0 ? $"{item}, or {item}".Replace(",", delimiter == "," ? "" : ",", StringComparison.Ordinal) : item;
            text.Append(string.Join(delimiter, user, shown, rating.Replace('.', point))).Append('\n');
            expected.Add($"{user} {shown} {rating}");
        }

        InteractionReader.Read(_folder.Write("a.csv", text.ToString())).Lines().ShouldBe(expected, ignoreOrder: true, customMessage: text.ToString());
    }

    [Property(MaxTest = 300)]
    public void Split_RecordsOfAnyText_AreWhatTheReaderCuts(ulong seed)
    {
        var rng = new Rng(seed);
        string text = string.Concat(Enumerable.Range(0, rng.NextInt32(60)).Select(_ => ((string[])["a", "\"", ",", "\n", "\r\n", "\r", "\\", "é", "bc"])[rng.NextInt32(9)]));
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var reader = new RecordReader(bytes, '"', ",", '"', 20);
        long line = 1;
        var all = new StringBuilder();
        while (reader.Read())
        {
            reader.Line.ShouldBe(line, text);
            line += reader.LineCount;
            if (!reader.IsTooLong)
            {
                string record = Encoding.UTF8.GetString(reader.Record);
                Dialect.Quoted(",").Split(record, out bool sound);
                sound.ShouldBe(reader.IsSound, $"{record} of {text}");
                all.Append(record);
            }
        }

        int lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Count(c => c is '\n' or '\r');
        (line - 1).ShouldBe(lines + (text.Length > 0 && text[^1] is not ('\n' or '\r') ? 1 : 0), text);
    }

    private static string Id(Rng rng, string start, string delimiter, char? quote)
    {
        string id = start + string.Concat(Enumerable.Range(0, rng.NextInt32(4)).Select(_ => Pieces[rng.NextInt32(Pieces.Length)]));
        return quote is null ? id.Replace(delimiter, "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal) : id;
    }
}
