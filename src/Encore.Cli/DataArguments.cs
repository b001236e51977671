using System.CommandLine;
using Encore.Data;
using Encore.Runs;

namespace Encore.Cli;

/// <summary>The options that say how a log is read, shared by the commands that read one.</summary>
internal sealed class DataArguments
{
    private readonly Option<string?> _columns = new("--columns") { Description = "Which columns hold what, by name or position: user=…,item=…,rating=… (or count=…),timestamp=…", HelpName = "LIST" };
    private readonly Option<string?> _query = new("--query") { Description = "SQL whose result is the log; the file is the table data", HelpName = "SQL" };
    private readonly Option<string?> _format = new("--format") { Description = "auto, delimited, parquet, jsonlines or adjacency", HelpName = "NAME" };
    private readonly Option<string?> _delimiter = new("--delimiter") { Description = "What separates the fields of a delimited file; \\t is a tab", HelpName = "TEXT" };
    private readonly Option<string?> _quote = new("--quote") { Description = "What stands around fields of a delimited file: one character, or none", HelpName = "CHAR" };
    private readonly Option<string?> _escape = new("--escape") { Description = "What stands before a quote within quotes, such as \\; default: quotes are doubled", HelpName = "CHAR" };
    private readonly Option<string?> _decimal = new("--decimal") { Description = "What stands before decimals in a delimited file: . or ,", HelpName = "CHAR" };
    private readonly Option<string?> _encoding = new("--encoding") { Description = "Encoding of a text file, such as latin-1, windows-1252 or utf-16. Default: by its byte order mark, else utf-8", HelpName = "NAME" };
    private readonly Option<string?> _dateFormat = new("--date-format") { Description = "How dates are written, such as %d.%m.%Y (strptime)", HelpName = "FORMAT" };
    private readonly Option<string?> _badLines = new("--bad-lines") { Description = "A line that cannot be read: error (default) or skip", HelpName = "POLICY" };
    private readonly Option<string?> _table = new("--table") { Description = "Table of a database, or sheet of a workbook", HelpName = "NAME" };
    private readonly Option<bool?> _header = new("--header") { Description = "Whether the first line names the columns (true or false)", HelpName = "BOOL" };
    private readonly Option<string?> _duplicates = new("--duplicates") { Description = "A repeated user and item: keep-last (default), sum, max or error", HelpName = "POLICY" };

    private readonly Option<string?> _timeUnit = new("--time-unit") { Description = "What numbers of a time column count since 1970: s, ms, us or ns. Default: their size tells", HelpName = "UNIT" };

    private Option[] All => [_columns, _query, _table, _format, _encoding, _delimiter, _quote, _escape, _decimal, _dateFormat, _timeUnit, _header, _badLines, _duplicates];

    /// <summary>Refuses options for a file where none is read, rather than ignore them.</summary>
    public void CheckUse(ParseResult result, string spec)
    {
        if (spec == DataSpec.Demo && !File.Exists(spec) && Array.Find(All, o => result.GetResult(o) is not null) is { } option)
        {
            throw new ArgumentException($"{option.Name}: the demo data is built in, so no file is read. Give one as data.");
        }
    }

    /// <summary>The encoding of text files; null: found out.</summary>
    public string? Encoding(ParseResult result) => result.GetValue(_encoding);

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>What the options say.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="note">Takes what was assumed about the file.</param>
    /// <param name="understood">Told how the log was understood.</param>
    /// <param name="progress">Told the share that is read.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public ReadOptions Read(ParseResult result, Action<string> note, Action<LogReading> understood, IProgress<double>? progress, CancellationToken cancellationToken) => new()
    {
        Columns = result.GetValue(_columns) is { } columns ? ColumnNames.Parse(columns) : new ColumnNames(),
        Query = result.GetValue(_query),
        Format = Choice<DataFormat>(result.GetValue(_format), "--format"),
        Delimiter = result.GetValue(_delimiter)?.Replace("\\t", "\t", StringComparison.Ordinal),
        Quote = result.GetValue(_quote) is { } quote ? quote == "none" ? "" : Single(quote, "--quote", "one character, or none") : null,
        Escape = result.GetValue(_escape) is { } escape ? Single(escape, "--escape", "one character") : null,
        DecimalMark = result.GetValue(_decimal) is { } point ? point is "." or "," ? point[0] : throw new ArgumentException($"--decimal: found {point}, expected . or ,.") : null,
        Encoding = Encoding(result),
        DateFormat = result.GetValue(_dateFormat),
        BadLines = Choice<BadLinePolicy>(result.GetValue(_badLines), "--bad-lines"),
        Table = result.GetValue(_table),
        Header = result.GetValue(_header),
        Duplicates = Choice<DuplicatePolicy>(result.GetValue(_duplicates)?.Replace("-", "", StringComparison.Ordinal), "--duplicates"),
        Notes = new Relay<string>(note),
        TimeUnit = Unit(result.GetValue(_timeUnit)),
        Understood = understood,
        Progress = progress,
        CancellationToken = cancellationToken,
    };

    private static string Single(string text, string option, string expected) =>
        text.Length == 1 && text[0] is > ' ' and < '\x7F' ? text : throw new ArgumentException($"{option}: found {text}, expected {expected}.");

    private static TimeUnit Unit(string? text) => Choice<TimeUnit>(
        text switch { "s" => "seconds", "ms" => "milliseconds", "us" or "µs" => "microseconds", "ns" => "nanoseconds", _ => text }, "--time-unit");

    /// <summary>A value of an enumeration by its name in any case; the first one where nothing is said.</summary>
    public static T Choice<T>(string? text, string option)
        where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(Words)];
        if (text is null)
        {
            return default;
        }

        return Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !int.TryParse(text, out _)
            ? value
            : throw new ArgumentException($"{option}: found {text}, expected one of {string.Join(", ", names)}.{Suggestion.DidYouMean(text, names)}");
    }

    private static string Words(string name) => name switch
    {
        nameof(DuplicatePolicy.KeepLast) => "keep-last",
        _ => name.ToLowerInvariant(),
    };
}
