using System.Globalization;

namespace Encore.Data;

/// <summary>
/// Reads interaction logs from files: CSV, TSV, <c>::</c>-separated, Parquet, JSON lines, adjacency lists, each also
/// with gzip or zstd, or the result of an SQL query over them.
/// </summary>
public static class InteractionReader
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
        var whole = path is null ? Task.CompletedTask : CompressedFile.CheckAsync(path, options.CancellationToken);
        using var db = new DuckDb();
        var log = new LogColumns(path ?? "query");
        try
        {
            if (options.Query is not null)
            {
                ReadQuery(db, path, options, log);
            }
            else
            {
                ReadFile(db, path!, options, log);
            }
        }
        catch (InvalidDataException)
        {
            whole.GetAwaiter().GetResult(); // that a file was cut off says more than what the cut broke
            throw;
        }

        whole.GetAwaiter().GetResult();
        var interactions = log.Finish(options.Duplicates);
        return path is not null && ItemTitles.Find(db, path) is { } titles ? interactions.WithTitles(titles) : interactions;
    }

    private static void ReadFile(DuckDb db, string path, ReadOptions options, LogColumns log)
    {
        var format = options.Format == DataFormat.Auto ? Sources.FormatOf(path) : options.Format;
        if (format == DataFormat.Parquet)
        {
            ReadTable(db, Sources.Typed(path, format), path, options, log);
            return;
        }

        if (format == DataFormat.JsonLines)
        {
            ReadJson(db, path, options, log);
            return;
        }

        var lines = FirstLines(db, path);
        if (format == DataFormat.Adjacency || (options.Format == DataFormat.Auto && options.Delimiter is null && DelimitedLayout.IsAdjacency(lines)))
        {
            DuckDbErrors.Guard(path, () => Adjacency.Read(db, Sources.LinesOf(path), options, log));
            options.Progress?.Report(1);
            return;
        }

        var layout = DelimitedLayout.Sniff(lines, options, path);
        log.Line = row => RecordLocator.Line(path, row, layout.Header, quoted: true);
        Stream(db, Sources.Log(path, layout), options, log, layout.Rating >= 0, layout.Timestamp >= 0, layout.Columns);
    }

    // Read again with types given: found types make dates of ids that look like dates, and keep quotes on mixed ids.
    private static void ReadJson(DuckDb db, string path, ReadOptions options, LogColumns log)
    {
        var (names, types) = Describe(db, Sources.Typed(path, DataFormat.JsonLines), path);
        var (user, item, rating, timestamp) = options.Columns.Find(names, path);
        (int Column, string Type)[] wanted =
        [
            (user, IdType(types[user])), (item, IdType(types[item])),
            .. rating < 0 ? [] : ((int, string)[])[(rating, "FLOAT")],
            .. timestamp < 0 ? [] : ((int, string)[])[(timestamp, types[timestamp] is "BIGINT" or "DOUBLE" ? types[timestamp] : "VARCHAR")],
        ];
        string source = Sources.Json(path, wanted.DistinctBy(w => w.Column).Select(w => (names[w.Column], w.Type)));
        if (FirstLines(db, path) is [var first, ..] && first.StartsWith('{') && first.EndsWith('}'))
        {
            log.Line = row => RecordLocator.Line(path, row, header: false, quoted: false);
        }

        ReadTable(db, source, path, options, log);
    }

    private static void ReadQuery(DuckDb db, string? path, ReadOptions options, LogColumns log)
    {
        if (path is not null)
        {
            DuckDbErrors.Guard(path, () => Attach(db, path, options));
        }

        // The line break ends a comment at the end of the query.
        ReadTable(db, $"({options.Query!.TrimEnd(';', ' ', '\n', '\r')}\n)", "query", options, log);
    }

    private static void Attach(DuckDb db, string path, ReadOptions options)
    {
        if (Path.GetExtension(path) is ".duckdb" or ".ddb" or ".db")
        {
            db.Execute($"ATTACH {Text.Literal(path)} AS log (READ_ONLY); USE log");
            return;
        }

        var format = options.Format == DataFormat.Auto ? Sources.FormatOf(path) : options.Format;
        string table = Sources.Typed(path, format);
        if (format is not (DataFormat.Parquet or DataFormat.JsonLines))
        {
            var (delimiter, header) = DelimitedLayout.Shape(FirstLines(db, path), options, path);
            table = Sources.ForQuery(db, path, delimiter, header);
        }

        db.Execute($"CREATE TEMP VIEW data AS SELECT * FROM {table}");
    }

    // A table whose columns have names and types: Parquet, JSON, the result of a query.
    private static void ReadTable(DuckDb db, string table, string where, ReadOptions options, LogColumns log)
    {
        var (names, types) = Describe(db, table, where);
        var (user, item, rating, timestamp) = options.Columns.Find(names, where);
        string? value = rating < 0 ? null : $"CAST({Text.Name(names[rating])} AS FLOAT)";
        string? time = timestamp < 0 ? null : Sources.Time(Text.Name(names[timestamp]), types[timestamp]);
        string sql = $"SELECT {Id(user)}, {Id(item)}{(value is null ? "" : ", " + value)}{(time is null ? "" : ", " + time)} FROM {table}";
        log.NumericUsers = Sources.IsWhole(types[user]);
        log.NumericItems = Sources.IsWhole(types[item]);
        try
        {
            Stream(db, sql, options, log, rating >= 0, timestamp >= 0, columns: null);
        }
        catch (InvalidDataException error) when (error.InnerException is not null)
        {
            ThrowAtCell(value, rating, "a number");
            ThrowAtCell(time, timestamp, "a time: a number or a date");
            throw;

            // DuckDB says which text is no number but not where it is.
            void ThrowAtCell(string? cast, int column, string expected)
            {
                if (cast is null || !error.InnerException.Message.StartsWith("Conversion Error", StringComparison.Ordinal))
                {
                    return;
                }

                string name = Text.Name(names[column]);
                var bad = db.Rows(
                    $"SELECT row, cell FROM (SELECT row_number() OVER () - 1 AS row, CAST({name} AS VARCHAR) AS cell, TRY({cast}) AS number FROM {table}) WHERE cell IS NOT NULL AND number IS NULL LIMIT 1");
                if (bad is [[{ } row, { } cell]])
                {
                    throw log.Error(long.Parse(row, CultureInfo.InvariantCulture), $"found '{DelimitedLayout.Shortened(cell)}' in column {names[column]}, expected {expected}");
                }
            }
        }

        string Id(int column) => types[column] == "JSON"
            ? $"{Text.Name(names[column])} ->> '$'"
            : $"CAST({Text.Name(names[column])} AS {IdType(types[column])})";
    }

    private static (string[] Names, string[] Types) Describe(DuckDb db, string table, string where)
    {
        var described = DuckDbErrors.Guard(where, () => db.Rows($"DESCRIBE SELECT * FROM {table}"));
        return ([.. described.Select(row => row[0]!)], [.. described.Select(row => row[1]!)]);
    }

    private static string IdType(string type) => Sources.IsWhole(type) ? "BIGINT" : "VARCHAR";

    private static void Stream(
        DuckDb db, string sql, ReadOptions options, LogColumns log, bool hasRating, bool hasTime, IReadOnlyList<string>? columns)
    {
        (log.HasRatings, log.HasTimes) = (hasRating, hasTime);
        int chunks = 0;
        DuckDbErrors.Guard(
            log.Where,
            () => db.Stream(
                sql,
                chunk =>
                {
                    log.Add(chunk);
                    if (++chunks % 64 == 0)
                    {
                        options.Progress?.Report(db.Progress);
                    }
                },
                options.CancellationToken),
            columns);
        options.Progress?.Report(1);
    }

    private static List<string> FirstLines(DuckDb db, string path) => DuckDbErrors.Guard(path, () =>
        db.Rows($"SELECT line FROM {Sources.LinesOf(path)} LIMIT 64").Select(row => row[0]).OfType<string>()
            .Select((line, i) => i == 0 ? line.TrimStart('\uFEFF') : line).Where(line => line.Length > 0).ToList());

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
}
