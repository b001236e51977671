using System.CommandLine;
using Encore.Data;

namespace Encore.Cli;

/// <summary>The options that say how a log is read, shared by the commands that read one.</summary>
internal sealed class DataArguments
{
    private readonly Option<string?> _columns = new("--columns") { Description = "Which columns hold what, by name or position: user=…,item=…,rating=…,timestamp=…", HelpName = "LIST" };
    private readonly Option<string?> _query = new("--query") { Description = "SQL whose result is the log; the file is the table data", HelpName = "SQL" };
    private readonly Option<string?> _format = new("--format") { Description = "auto, delimited, parquet, jsonlines or adjacency", HelpName = "NAME" };
    private readonly Option<string?> _delimiter = new("--delimiter") { Description = "What separates the fields of a delimited file; \\t is a tab", HelpName = "TEXT" };
    private readonly Option<bool?> _header = new("--header") { Description = "Whether the first line names the columns (true or false)", HelpName = "BOOL" };
    private readonly Option<string?> _duplicates = new("--duplicates") { Description = "A repeated user and item: keep-last (default), sum, max or error", HelpName = "POLICY" };

    private Option[] All => [_columns, _query, _format, _delimiter, _header, _duplicates];

    /// <summary>Refuses options for a file where none is read, rather than ignore them.</summary>
    public void CheckUse(ParseResult result, string spec)
    {
        if (spec == DataSpec.Demo && !File.Exists(spec) && Array.Find(All, o => result.GetResult(o) is not null) is { } option)
        {
            throw new ArgumentException($"{option.Name}: the demo data is built in, so no file is read. Give one as data.");
        }
    }

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }
    }

    public ReadOptions Read(ParseResult result, IProgress<double>? progress, CancellationToken cancellationToken) => new()
    {
        Columns = result.GetValue(_columns) is { } columns ? ColumnNames.Parse(columns) : new ColumnNames(),
        Query = result.GetValue(_query),
        Format = Choice<DataFormat>(result.GetValue(_format), "--format"),
        Delimiter = result.GetValue(_delimiter)?.Replace("\\t", "\t", StringComparison.Ordinal),
        Header = result.GetValue(_header),
        Duplicates = Choice<DuplicatePolicy>(result.GetValue(_duplicates)?.Replace("-", "", StringComparison.Ordinal), "--duplicates"),
        Progress = progress,
        CancellationToken = cancellationToken,
    };

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
