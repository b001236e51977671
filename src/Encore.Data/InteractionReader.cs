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
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not what it should be; the message says what was found, what
    /// was expected, and the line.</exception>
    public static Interactions Read(string? path, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ReadOptions();
        if (path is null && options.Query is null)
        {
            throw new ArgumentNullException(nameof(path));
        }

        path = path is null ? null : Resolve(path);
        var file = path is null ? null : DataFile.Open(path, options.Notes);
        using var text = file is null ? null : new TextFile(file, options, cancellationToken);
        using var db = new DuckDb(options.Threads);
        var interactions = Read(db, text, options, cancellationToken);
        return path is not null && ItemTitles.Find(db, path) is { } titles ? interactions.WithTitles(titles) : interactions;
    }

    private static Interactions Read(DuckDb db, TextFile? text, ReadOptions options, CancellationToken cancellationToken)
    {
        var log = new LogColumns(text?.Name ?? "query");
        log.Times.Said = options.TimeUnit;
        bool isLast = true;
        try
        {
            return Read(db, text, options, log, cancellationToken);
        }
        catch (InvalidDataException error) when (text is { MustCopy: false } && DuckDbErrors.IsOfLineEnds(error))
        {
            (text.MustCopy, isLast) = (true, false); // a copy has lines that end in one way
            return Read(db, text, options, cancellationToken);
        }
        finally
        {
            if (isLast && log.Report.IsKnown)
            {
                options.Understood?.Invoke(log.Report.ToReading());
            }
        }
    }

    private static Interactions Read(DuckDb db, TextFile? text, ReadOptions options, LogColumns log, CancellationToken cancellationToken)
    {
        var whole = text is null ? Task.CompletedTask : CompressedFile.CheckAsync(text.File, cancellationToken);
        try
        {
            if (options.Query is not null)
            {
                ReadQuery(db, text, options, log, cancellationToken);
            }
            else
            {
                ReadFile(db, text!, options, log, cancellationToken);
            }
        }
        catch (InvalidDataException)
        {
            whole.GetAwaiter().GetResult(); // that a file was cut off says more than what the cut broke
            throw;
        }

        whole.GetAwaiter().GetResult();
        if (text?.Bad.Note(text.Name) is { } note)
        {
            options.Notes?.Report(note);
        }

        return log.Finish(options.Duplicates);
    }

    private static void ReadFile(DuckDb db, TextFile text, ReadOptions options, LogColumns log, CancellationToken cancellationToken)
    {
        string path = text.Name;
        if (text.File.Content is FileKind.Sqlite or FileKind.DuckDb or FileKind.Workbook)
        {
            ReadTable(db, DatabaseTables.Open(db, text.ForBytes(), path, options), path, options, log, look: true, cancellationToken);
            return;
        }

        RefuseTable(path, options);
        var format = options.Format == DataFormat.Auto ? text.File.Format : options.Format;
        if (format == DataFormat.Parquet)
        {
            ReadTable(db, Sources.Typed(text.ForBytes(), format), path, options, log, look: true, cancellationToken);
            return;
        }

        if (format == DataFormat.JsonLines)
        {
            ReadJson(db, text, options, log, cancellationToken);
            return;
        }

        var lines = text.Head.Lines;
        bool unsaid = options is { Format: DataFormat.Auto, Delimiter: null } && options.Columns.IsEmpty;
        bool equal = unsaid && options.Header is not true && HeaderlessColumns.AreLists(lines);
        if (format == DataFormat.Adjacency || equal || (unsaid && DelimitedLayout.IsAdjacency(lines)))
        {
            if (!options.Columns.IsEmpty)
            {
                throw new InvalidDataException($"{path}: found columns for adjacency lists, which have none: each line is a user and the user's items. Leave the columns out, or give another format.");
            }

            log.Report.Lists();
            if (format != DataFormat.Adjacency)
            {
                log.Report.Note($"Each line is read as a user and the user's items{(equal ? ", though all lines have as many fields: no user has two lines, and no line has an item twice" : "")}. If not, name the columns: --columns user=N,item=N.");
            }

            DuckDbErrors.Guard(path, () => Adjacency.Read(db, Sources.LinesOf(text.ForLines()), options, log, cancellationToken));
            options.Progress?.Report(1);
            return;
        }

        var layout = DelimitedLayout.Sniff(lines, options, path);
        log.Report.Columns(layout.Columns, layout.Found, options.Columns, layout.Contents, layout.Rows, layout.Header);
        log.Report.IsGuessed = layout.IsGuessed;
        log.Times.DecimalMark = layout.DecimalMark;
        (log.HasCounts, log.MayBeCounts) = (layout.Found.HasCounts, layout.MayBeCounts);
        var readable = text.ForFields(layout.Dialect, new BadRecords(layout, options).Wrong);
        log.Line = row => RecordLocator.Line(readable, row, layout.Header, layout.Dialect);
        var query = Sources.Log(readable, layout, options.DateFormat);
        try
        {
            Stream(db, options is { BadLines: BadLinePolicy.Skip, DateFormat: not null } ? LeaveOut(db, query, log, options) : query, options, log, layout.Columns, cancellationToken);
        }
        catch (InvalidDataException error) when (DuckDbErrors.IsInternal(error) && RecordLocator.FirstNotUtf8(readable) is { } bad)
        {
            throw new InvalidDataException(FormattableString.Invariant($"{path}:{bad.Line}: {DuckDbErrors.NotUtf8(DelimitedLayout.Shortened(bad.Text))}"), error);
        }

        RefuseHeaders(db, query, layout, log);
    }

    private static void RefuseTable(string path, ReadOptions options)
    {
        if (options.Table is { } table)
        {
            throw new InvalidDataException($"{path}: found no database or workbook, expected one with the table {table}. Leave out --table.");
        }
    }

    // Files that were joined have a header in the middle, which is a user and an item like any other.
    private static void RefuseHeaders(DuckDb db, LogQuery query, DelimitedLayout layout, LogColumns log)
    {
        foreach (var (user, item) in LogColumns.UsualHeaders.Prepend((layout.Columns[layout.Found.User], layout.Columns[layout.Found.Item])))
        {
            if (log.Has(user, item) && db.Rows(query.FirstOf(user, item)) is [[{ } row]])
            {
                throw log.Error(
                    long.Parse(row, CultureInfo.InvariantCulture),
                    $"found a header, '{user}' and '{item}', among the interactions; files may have been joined with their headers. Remove the line, or leave such lines out with --bad-lines skip");
            }
        }
    }

    // Read with types given: found types make dates of ids that look like dates, and keep quotes on mixed ids.
    private static void ReadJson(DuckDb db, TextFile text, ReadOptions options, LogColumns log, CancellationToken cancellationToken)
    {
        string path = text.Name;
        if (text.Head.Lines is not [var first, ..])
        {
            throw new InvalidDataException($"{path}:1: found an empty file, expected one JSON object a line.");
        }

        bool byLine = first.StartsWith('{') && first.EndsWith('}');
        var file = text.ForJson(byLine);
        log.Line = byLine ? row => RecordLocator.Line(file, row, header: false) : null;
        try
        {
            string typed = Sources.Typed(file, DataFormat.JsonLines);
            var (names, types) = Describe(db, typed, path);
            var (rows, contents) = Sample(db, typed, names, types);
            var found = Find(names, types, contents, rows, path, options, log);
            (int Column, string Type)[] wanted =
            [
                (found.User, IdType(types[found.User])), (found.Item, IdType(types[found.Item])),
                .. ((int[])[found.Rating, found.Timestamp]).Where(c => c >= 0).Select(c => (c, "VARCHAR")),
            ];
            log.MayNest = true;
            wanted = [.. wanted.DistinctBy(w => w.Column)];
            string table = Sources.Json(file, wanted.Select(w => (names[w.Column], w.Type)));
            int Place(int column) => Array.FindIndex(wanted, w => w.Column == column);
            ReadTable(
                db, table, [.. wanted.Select(w => names[w.Column])], [.. wanted.Select(w => w.Type)],
                new FoundColumns(Place(found.User), Place(found.Item), Place(found.Rating), Place(found.Timestamp)), options, log, cancellationToken);
        }
        catch (InvalidDataException) when (byLine && RecordLocator.FirstMalformed(file) is { } malformed)
        {
            throw new InvalidDataException(FormattableString.Invariant(
                $"{path}:{malformed.Line}: found '{DelimitedLayout.Shortened(malformed.Text)}', expected a JSON object."));
        }
    }

    private static void ReadQuery(DuckDb db, TextFile? text, ReadOptions options, LogColumns log, CancellationToken cancellationToken) =>
        ReadTable(db, QueryOf(db, text, options), "query", options, log, look: text?.File.Content == FileKind.Sqlite, cancellationToken);

    /// <summary>The result of the options' query as a table of SQL.</summary>
    internal static string QueryOf(DuckDb db, TextFile? text, ReadOptions options)
    {
        if (text?.File.Content == FileKind.Sqlite)
        {
            return DatabaseTables.Open(db, text.ForBytes(), text.Name, options);
        }

        if (text is not null)
        {
            DuckDbErrors.Guard(text.Name, () => Attach(db, text, options));
        }

        if (options.QueryFolder is { } folder)
        {
            db.Execute($"SET file_search_path = {Text.Literal(folder)}");
        }

        // The line break ends a comment at the end of the query.
        return $"({options.Query!.TrimEnd(';', ' ', '\n', '\r')}\n)";
    }

    private static void Attach(DuckDb db, TextFile text, ReadOptions options)
    {
        if (text.File.Content is FileKind.DuckDb or FileKind.Workbook)
        {
            DatabaseTables.Open(db, text.ForBytes(), text.Name, options);
            return;
        }

        RefuseTable(text.Name, options);
        var format = options.Format == DataFormat.Auto ? text.File.Format : options.Format;
        db.Execute($"CREATE OR REPLACE TEMP VIEW data AS SELECT * FROM {View(db, text, format, options)}");
    }

    private static string View(DuckDb db, TextFile text, DataFormat format, ReadOptions options)
    {
        if (format is DataFormat.Parquet or DataFormat.JsonLines)
        {
            return Sources.Typed(format == DataFormat.Parquet ? text.ForBytes() : text.ForJson(text.Head.Lines is [['{', .., '}'], ..]), format);
        }

        var (dialect, header) = DelimitedLayout.Shape(text.Head.Lines, options, text.Name);
        int fields = dialect.Split(text.Head.Lines[0]).Length;
        var readable = text.ForFields(dialect, (record, _) => record.Length == fields ? null : BadRecords.Fields(record.Length, fields));
        return Sources.ForQuery(db, readable, dialect, header, options.DecimalMark ?? '.');
    }

    // A table whose columns have names and types: Parquet, JSON, the result of a query. A query is not run twice for a look.
    private static void ReadTable(DuckDb db, string table, string where, ReadOptions options, LogColumns log, bool look, CancellationToken cancellationToken)
    {
        var (names, types) = Describe(db, table, where);
        var (rows, contents) = look ? Sample(db, table, names, types) : ([], [.. types.Select(ColumnSample.ContentOf)]);
        ReadTable(db, table, names, types, Find(names, types, contents, rows, where, options, log), options, log, cancellationToken);
    }

    private static FoundColumns Find(
        string[] names, string[] types, ColumnContent[] contents, List<string?[]> rows, string where, ReadOptions options, LogColumns log)
    {
        var found = options.Columns.Find(names, where, contents);
        foreach (int column in ((int[])[found.User, found.Item, found.Rating, found.Timestamp]).Where(c => c >= 0 && Sources.IsNested(types[c])))
        {
            throw new InvalidDataException(
                $"{where}: found {(types[column].EndsWith(']') ? "lists" : "objects")} in column {names[column]} ({types[column]}), expected one value in each row. Take them apart with a query, such as SELECT … unnest({names[column]}) … FROM data, or name another column.");
        }

        log.Report.Columns(names, found, options.Columns, contents, rows, header: true);
        log.HasCounts = found.HasCounts;
        return found;
    }

    private static void ReadTable(DuckDb db, string table, string[] names, string[] types, FoundColumns found, ReadOptions options, LogColumns log, CancellationToken cancellationToken)
    {
        var (user, item, rating, timestamp) = found;
        log.NumericUsers = Sources.IsWhole(types[user]);
        log.NumericItems = Sources.IsWhole(types[item]);
        log.MayNest |= types[user] == "JSON" || types[item] == "JSON";
        var (time, source) = timestamp < 0 ? ("", TimeSource.Text) : Sources.Time(Cell(timestamp), types[timestamp]);
        string? dateFormat = timestamp >= 0 && types[timestamp] == "VARCHAR" ? options.DateFormat : null;
        var query = new LogQuery(
            table,
            Id(user),
            Id(item),
            rating < 0 ? null : new LogCell(Cell(rating), $"CAST({Cell(rating)} AS FLOAT)", names[rating], "a number"),
            timestamp < 0 ? null : Sources.TimeCell(Cell(timestamp), time, names[timestamp], dateFormat),
            dateFormat is null ? source : TimeSource.Microseconds);
        query = options.BadLines == BadLinePolicy.Skip ? LeaveOut(db, query, log, options) : query;
        Stream(db, query, options, log, columns: null, cancellationToken);

        string Cell(int column) => Text.Name(names[column]);

        string Id(int column) => types[column] == "JSON" ? $"{Cell(column)} ->> '$'" : $"CAST({Cell(column)} AS {IdType(types[column])})";
    }

    // The first rows as text, and what the columns look like. A file that cannot be read says so when it is read.
    private static (List<string?[]> Rows, ColumnContent[] Contents) Sample(DuckDb db, string table, string[] names, string[] types)
    {
        List<string?[]> rows;
        try
        {
            rows = db.Rows($"SELECT {string.Join(", ", names.Select(n => $"CAST({Text.Name(n)} AS VARCHAR)"))} FROM {table} LIMIT 64");
        }
        catch (DuckDB.NET.Data.DuckDBException)
        {
            rows = [];
        }

        return (rows, [.. names.Select((_, c) => Look(c))]);

        // What is nested looks like text, and numbers of a sample may be times.
        ColumnContent Look(int c) => Sources.IsNested(types[c]) ? ColumnContent.Text
            : ColumnSample.ContentOf(types[c]) == ColumnContent.Date ? ColumnContent.Date
            : rows.Count > 0 ? ColumnSample.ContentOf(rows.Select(row => row[c])) : ColumnSample.ContentOf(types[c]);
    }

    // Rows without an id, or whose rating or time cannot be read.
    private static LogQuery LeaveOut(DuckDb db, LogQuery query, LogColumns log, ReadOptions options)
    {
        var bad = new BadLines();
        foreach (string?[] row in DuckDbErrors.Guard(log.Where, () => db.Rows(query.Bad)))
        {
            long number = long.Parse(row[0]!, CultureInfo.InvariantCulture);
            bad.Total = long.Parse(row[1]!, CultureInfo.InvariantCulture);
            bad.Add(log.Line?.Invoke(number) is { } line ? FormattableString.Invariant($"line {line}") : FormattableString.Invariant($"row {number + 1}"), "found no user, item, rating or time that can be read");
        }

        if (bad.Note(log.Where) is { } note)
        {
            options.Notes?.Report(note);
        }

        log.Line = null; // rows are no longer lines
        return query with { Table = $"(SELECT * FROM {query.Table} WHERE {query.IsGood})" };
    }

    private static (string[] Names, string[] Types) Describe(DuckDb db, string table, string where)
    {
        var described = DuckDbErrors.Guard(where, () => db.Rows($"DESCRIBE SELECT * FROM {table}"));
        return ([.. described.Select(row => row[0]!)], [.. described.Select(row => row[1]!)]);
    }

    private static string IdType(string type) => Sources.IsWhole(type) ? "BIGINT" : "VARCHAR";

    private static void Stream(DuckDb db, LogQuery query, ReadOptions options, LogColumns log, IReadOnlyList<string>? columns, CancellationToken cancellationToken)
    {
        (log.HasRatings, log.HasTimes, log.TimeSource) = (query.Rating is not null, query.Time is not null, query.TimeSource);
        log.Times.Name = query.Time?.Name ?? "";
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
                    cancellationToken),
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

    private static string Resolve(string path)
    {
        if (Directory.Exists(path))
        {
            return KnownFiles.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
                ?? throw new FileNotFoundException(
                    $"{path} is a folder without {string.Join(", ", KnownFiles)}; expected a file of interactions.");
        }

        if (DataFile.Exists(path))
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
