using System.Text.RegularExpressions;

namespace Encore.Data;

/// <summary>
/// Reads interaction logs from files: CSV, TSV, <c>::</c>-separated, Parquet, JSON lines, adjacency lists, each also
/// with gzip or zstd, or the result of an SQL query over them.
/// </summary>
public static partial class InteractionReader
{
    // What a folder of a known data set calls its interactions.
    private static readonly string[] KnownFiles = ["ratings.dat", "ratings.csv", "u.data"];

    /// <summary>Reads a log. Ids are kept as they are written ("007" is not "7"); without a rating column every
    /// interaction has value 1; without a time column the order of the file is the order of time.</summary>
    /// <param name="path">A file, a folder of a MovieLens data set, or with a query over other files null.</param>
    /// <param name="options">How it is written. Default: found out.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not what it should be; the message says what was found, what
    /// was expected, and the line.</exception>
    public static Interactions Read(string? path, ReadOptions? options = null)
    {
        options ??= new ReadOptions();
        if (path is null && options.Query is null)
        {
            throw new ArgumentNullException(nameof(path));
        }

        path = path is null ? null : Resolve(path);
        using var db = new DuckDb();
        var log = new LogColumns(path ?? "query");
        if (options.Query is not null)
        {
            ReadQuery(db, path, options, log);
        }
        else
        {
            ReadFile(db, path!, options, log);
        }

        var interactions = log.Finish(options.Duplicates);
        return path is not null && ItemTitles.Find(db, path) is { } titles ? interactions.WithTitles(titles) : interactions;
    }

    private static void ReadFile(DuckDb db, string path, ReadOptions options, LogColumns log)
    {
        var format = options.Format == DataFormat.Auto ? FormatOf(path) : options.Format;
        if (format is DataFormat.Parquet or DataFormat.JsonLines)
        {
            ReadTable(db, Scan(path, format), path, options, log);
            return;
        }

        var lines = FirstLines(db, path);
        if (format == DataFormat.Adjacency || (options.Format == DataFormat.Auto && options.Delimiter is null && DelimitedLayout.IsAdjacency(lines)))
        {
            Adjacency.Read(db, LinesOf(path), options, log);
            return;
        }

        var layout = DelimitedLayout.Sniff(lines, options, path);
        log.Line = row => RecordLocator.Line(path, row, layout.Header);
        Stream(db, Delimited(path, layout), options, log, hasRating: layout.Rating >= 0, hasTime: layout.Timestamp >= 0);
    }

    private static void ReadQuery(DuckDb db, string? path, ReadOptions options, LogColumns log)
    {
        if (path is not null && Path.GetExtension(path) is ".duckdb" or ".ddb" or ".db")
        {
            db.Execute($"ATTACH {Text.Literal(path!)} AS log (READ_ONLY); USE log");
        }
        else if (path is not null)
        {
            var format = options.Format == DataFormat.Auto ? FormatOf(path) : options.Format;
            db.Execute($"CREATE TEMP VIEW data AS SELECT * FROM {Scan(path, format)}");
        }

        ReadTable(db, $"({options.Query!.TrimEnd(';', ' ', '\n', '\r')})", "query", options, log);
    }

    // A table whose columns have names and types: Parquet, JSON, the result of a query.
    private static void ReadTable(DuckDb db, string table, string where, ReadOptions options, LogColumns log)
    {
        var described = Guarded(where, () => db.Rows($"DESCRIBE SELECT * FROM {table}"));
        string[] names = [.. described.Select(row => row[0]!)];
        string[] types = [.. described.Select(row => row[1]!)];
        var (user, item, rating, timestamp) = options.Columns.Find(names, where);
        string sql = $"SELECT {Id(user)}, {Id(item)}" +
            (rating < 0 ? "" : $", CAST({Text.Name(names[rating])} AS FLOAT)") +
            (timestamp < 0 ? "" : $", {Time(Text.Name(names[timestamp]), types[timestamp])}") + $" FROM {table}";
        log.NumericUsers = IsWhole(types[user]);
        log.NumericItems = IsWhole(types[item]);
        Stream(db, sql, options, log, rating >= 0, timestamp >= 0);

        string Id(int column) => $"CAST({Text.Name(names[column])} AS {(IsWhole(types[column]) ? "BIGINT" : "VARCHAR")})";
    }

    private static void Stream(DuckDb db, string sql, ReadOptions options, LogColumns log, bool hasRating, bool hasTime)
    {
        (log.HasRatings, log.HasTimes) = (hasRating, hasTime);
        int chunks = 0;
        Guarded(log.Where, () =>
        {
            db.Stream(
                sql,
                chunk =>
                {
                    log.Add(chunk);
                    if (++chunks % 64 == 0)
                    {
                        options.Progress?.Report(db.Progress);
                    }
                },
                options.CancellationToken);
            return 0;
        });
        options.Progress?.Report(1);
    }

    private static string Delimited(string path, DelimitedLayout layout)
    {
        var columns = Enumerable.Range(0, layout.Columns.Count).Select(c =>
            $"'c{c}': '{(c == layout.Rating ? "FLOAT" : c == layout.Timestamp ? layout.TimestampType : "VARCHAR")}'");
        return $"SELECT c{layout.User}, c{layout.Item}" +
            (layout.Rating < 0 ? "" : $", c{layout.Rating}") +
            (layout.Timestamp < 0 ? "" : $", {Time($"c{layout.Timestamp}", layout.TimestampType)}") +
            $" FROM read_csv({Text.Literal(path)}, auto_detect = false, header = {(layout.Header ? "true" : "false")}, " +
            $"delim = {Text.Literal(layout.Delimiter)}, quote = '\"', escape = '\"', columns = {{{string.Join(", ", columns)}}})";
    }

    private static string Scan(string path, DataFormat format) => format switch
    {
        DataFormat.Parquet => $"read_parquet({Text.Literal(path)})",
        DataFormat.JsonLines => $"read_json({Text.Literal(path)})",
        _ => $"read_csv({Text.Literal(path)})",
    };

    /// <summary>A file's lines as a table of one column, <c>line</c>: no byte of real text is its delimiter.</summary>
    private static string LinesOf(string path) =>
        $"read_csv({Text.Literal(path)}, auto_detect = false, header = false, delim = '\u0001', quote = '', escape = '', max_line_size = 67108864, columns = {{'line': 'VARCHAR'}})";

    private static List<string> FirstLines(DuckDb db, string path) => Guarded(path, () =>
        db.Rows($"SELECT line FROM {LinesOf(path)} LIMIT 64").Select(row => row[0]).OfType<string>()
            .Select((line, i) => i == 0 ? line.TrimStart('\uFEFF') : line).Where(line => line.Length > 0).ToList());

    // Seconds stay seconds; what carries fractions becomes milliseconds, so that no order is lost.
    private static string Time(string column, string type) =>
        IsWhole(type) ? $"CAST({column} AS BIGINT)"
        : type is "DOUBLE" or "FLOAT" || type.StartsWith("DECIMAL", StringComparison.Ordinal) ? $"CAST(round({column} * 1000) AS BIGINT)"
        : $"epoch_ms(CAST({column} AS TIMESTAMP))";

    private static bool IsWhole(string type) =>
        type is "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER";

    private static DataFormat FormatOf(string path)
    {
        string name = Path.GetFileName(path).ToLowerInvariant();
        foreach (string packed in (string[])[".gz", ".zst"])
        {
            name = name.EndsWith(packed, StringComparison.Ordinal) ? name[..^packed.Length] : name;
        }

        return Path.GetExtension(name) switch
        {
            ".parquet" or ".pq" => DataFormat.Parquet,
            ".jsonl" or ".ndjson" or ".json" => DataFormat.JsonLines,
            _ => DataFormat.Delimited,
        };
    }

    private static string Resolve(string path)
    {
        if (Directory.Exists(path))
        {
            return KnownFiles.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
                ?? throw new FileNotFoundException(
                    $"{path} is a folder without {string.Join(", ", KnownFiles)}; expected a file of interactions.");
        }

        if (File.Exists(path))
        {
            return path;
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string? close = Directory.Exists(folder)
            ? Suggestion.Closest(Path.GetFileName(path), Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)))
            : null;
        throw new FileNotFoundException(
            $"Found no file {path}.{(close is null ? "" : $" Did you mean {Path.Combine(Path.GetDirectoryName(path) ?? "", close)}?")}", path);
    }

    // DuckDB's errors are long and end in advice on DuckDB's options: keep what was found and where.
    private static T Guarded<T>(string where, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is DuckDB.NET.Data.DuckDBException or InvalidDataException && DuckDbError().IsMatch(error.Message))
        {
            var csv = CsvError().Match(error.Message);
            string message = csv.Success
                ? $"{where}:{csv.Groups["line"].Value}: found '{DelimitedLayout.Shortened(csv.Groups["text"].Value.Trim())}': {csv.Groups["what"].Value.Trim()}"
                : $"{where}: {error.Message.Split("\n\n")[0].Trim()}";
            throw new InvalidDataException(message, error);
        }
    }

    [GeneratedRegex(@"^[A-Z][A-Za-z ]+ (Error|exception):")]
    private static partial Regex DuckDbError();

    [GeneratedRegex(@"CSV Error on Line: (?<line>\d+)\s*\nOriginal Line: *(?<text>[^\0]*?)\n(?<what>(Error|Expected|Value|Invalid|Maximum|The )[^\n]*)")]
    private static partial Regex CsvError();
}
