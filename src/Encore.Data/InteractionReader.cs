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
        Stream(db, Sources.Log(path, layout), options, log, layout.Columns);
    }

    // Read with types given: found types make dates of ids that look like dates, and keep quotes on mixed ids.
    private static void ReadJson(DuckDb db, string path, ReadOptions options, LogColumns log)
    {
        if (FirstLines(db, path) is not [var first, ..])
        {
            throw new InvalidDataException($"{path}:1: found an empty file, expected one JSON object a line.");
        }

        bool byLine = first.StartsWith('{') && first.EndsWith('}');
        log.Line = byLine ? row => RecordLocator.Line(path, row, header: false, quoted: false) : null;
        try
        {
            var (names, types) = Describe(db, Sources.Typed(path, DataFormat.JsonLines), path);
            var (user, item, rating, timestamp) = options.Columns.Find(names, path);
            (int Column, string Type)[] wanted =
            [
                (user, IdType(types[user])), (item, IdType(types[item])),
                .. rating < 0 ? [] : ((int, string)[])[(rating, "VARCHAR")],
                .. timestamp < 0 ? [] : ((int, string)[])[(timestamp, types[timestamp] is "BIGINT" or "DOUBLE" ? types[timestamp] : "VARCHAR")],
            ];
            ReadTable(db, Sources.Json(path, wanted.DistinctBy(w => w.Column).Select(w => (names[w.Column], w.Type))), path, options, log);
        }
        catch (InvalidDataException) when (byLine && RecordLocator.FirstMalformed(path) is { } malformed)
        {
            throw new InvalidDataException(FormattableString.Invariant(
                $"{path}:{malformed.Line}: found '{DelimitedLayout.Shortened(malformed.Text)}', expected a JSON object."));
        }
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
            var (dialect, header) = DelimitedLayout.Shape(FirstLines(db, path), options, path);
            table = Sources.ForQuery(db, path, dialect, header, options.DecimalMark ?? '.');
        }

        db.Execute($"CREATE TEMP VIEW data AS SELECT * FROM {table}");
    }

    // A table whose columns have names and types: Parquet, JSON, the result of a query.
    private static void ReadTable(DuckDb db, string table, string where, ReadOptions options, LogColumns log)
    {
        var (names, types) = Describe(db, table, where);
        var (user, item, rating, timestamp) = options.Columns.Find(names, where);
        log.NumericUsers = Sources.IsWhole(types[user]);
        log.NumericItems = Sources.IsWhole(types[item]);
        var query = new LogQuery(
            table,
            Id(user),
            Id(item),
            rating < 0 ? null : new LogCell(Cell(rating), $"CAST({Cell(rating)} AS FLOAT)", names[rating], "a number"),
            timestamp < 0 ? null : new LogCell(
                Cell(timestamp), Sources.Time(Cell(timestamp), types[timestamp]), names[timestamp], "a time: a number or a date"));
        Stream(db, query, options, log, columns: null);

        string Cell(int column) => Text.Name(names[column]);

        string Id(int column) => types[column] == "JSON" ? $"{Cell(column)} ->> '$'" : $"CAST({Cell(column)} AS {IdType(types[column])})";
    }

    private static (string[] Names, string[] Types) Describe(DuckDb db, string table, string where)
    {
        var described = DuckDbErrors.Guard(where, () => db.Rows($"DESCRIBE SELECT * FROM {table}"));
        return ([.. described.Select(row => row[0]!)], [.. described.Select(row => row[1]!)]);
    }

    private static string IdType(string type) => Sources.IsWhole(type) ? "BIGINT" : "VARCHAR";

    private static void Stream(DuckDb db, LogQuery query, ReadOptions options, LogColumns log, IReadOnlyList<string>? columns)
    {
        (log.HasRatings, log.HasTimes) = (query.Rating is not null, query.Time is not null);
        int chunks = 0;
        try
        {
            DuckDbErrors.Guard(
                log.Where,
                () => db.Stream(
                    query.Sql,
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
        }
        catch (InvalidDataException error) when (DuckDbErrors.IsOfACell(error))
        {
            ThrowAtCell(db, query, log);
            throw;
        }

        options.Progress?.Report(1);
    }

    // DuckDB says which text is no number or date but not where it is.
    private static void ThrowAtCell(DuckDb db, LogQuery query, LogColumns log)
    {
        foreach (var cell in new[] { query.Rating, query.Time }.OfType<LogCell>())
        {
            if (db.Rows(query.FirstBad(cell)) is [[{ } row, { } text]])
            {
                throw log.Error(
                    long.Parse(row, CultureInfo.InvariantCulture),
                    $"found '{DelimitedLayout.Shortened(text)}' in column {cell.Name}, expected {cell.Expected}");
            }
        }
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
