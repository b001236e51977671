using System.Globalization;
using System.Text.RegularExpressions;

namespace Encore.Data;

/// <summary>A column of a file of rows.</summary>
/// <param name="Name">Its name, without the type that RecBole writes behind a colon.</param>
/// <param name="Sql">SQL that gives a cell as text, and a list as its values, each with <see cref="Cells.ListSeparator"/> behind it.</param>
internal sealed record RowColumn(string Name, string Sql)
{
    /// <summary>Whether cells may turn out to be lists of numbers: they are text, or lists of numbers with decimals.</summary>
    public bool MayBeVectors { get; init; }

    /// <summary>What stands between several values in a cell, where its name says so; null: a bar, or a list.</summary>
    public char? Separator { get; init; }

    /// <summary>What a cell's value means; null: itself.</summary>
    public Func<string, string>? Meaning { get; init; }

    /// <summary>Its type in DuckDB.</summary>
    public string Type { get; init; } = "VARCHAR";
}

/// <summary>A file of any kind that logs come in as rows of text.</summary>
internal sealed partial class KeyedRows : IDisposable
{
    private readonly DuckDb _db;
    private readonly TextFile? _text;
    private readonly string _source;
    private Func<long, long?>? _line;
    private DataFile? _json;

    private KeyedRows(DuckDb db, TextFile? text, string name, string source, IReadOnlyList<RowColumn> columns)
    {
        (_db, _text, Name, _source, Columns) = (db, text, name, source, columns);
    }

    /// <summary>The file as errors name it.</summary>
    public string Name { get; }

    /// <summary>Its columns.</summary>
    public IReadOnlyList<RowColumn> Columns { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="isHeader">Whether the first line of a delimited file names the columns; null: it does unless it has a number
    /// and no usual name of a column with ids.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static KeyedRows Open(string path, ReadOptions options, Func<string[], bool>? isHeader, CancellationToken cancellationToken)
    {
        var text = new TextFile(DataFile.Open(path, options.Notes), options, cancellationToken) { MustCopy = true };
        DuckDb? db = null;
        try
        {
            db = new DuckDb(options.Threads);
            var rows = Open(db, text, options, isHeader);
            db = null;
            return rows;
        }
        catch
        {
            text.Dispose();
            throw;
        }
        finally
        {
            db?.Dispose();
        }
    }

    /// <summary>A delimited file without a header, whose columns are known.</summary>
    /// <param name="path">The file; it is in Latin-1.</param>
    /// <param name="delimiter">What stands between its fields.</param>
    /// <param name="fields">Number of its fields: c0, c1, …</param>
    /// <param name="columns">Its columns, made of those.</param>
    public static KeyedRows Plain(string path, string delimiter, int fields, IReadOnlyList<RowColumn> columns)
    {
        string names = string.Join(", ", Enumerable.Range(0, fields).Select(c => $"'c{c}': 'VARCHAR'"));
        var dialect = Dialect.Plain(delimiter);
        string source = $"read_csv({Text.File(path)}, auto_detect = false, header = false, encoding = 'latin-1', {dialect.Sql}, columns = {{{names}}})";
        return new KeyedRows(new DuckDb(), null, path, source, columns) { _line = row => RecordLocator.Line(DataFile.Plain(path), row, header: false) };
    }

    /// <summary>A comma-separated file with a header, whose columns are known.</summary>
    /// <inheritdoc cref="Plain"/>
    public static KeyedRows Csv(string path, IReadOnlyList<RowColumn> columns) =>
        new(new DuckDb(), null, path, $"read_csv({Text.File(path)}, all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')", columns)
        {
            _line = row => RecordLocator.Line(DataFile.Plain(path), row, header: true, Dialect.Quoted(",")),
        };

    /// <summary>Reads rows in their order.</summary>
    /// <param name="columns">The columns that are read.</param>
    /// <param name="take">Takes a row, its number from 0 and the cells of the columns, in an array that the next row overwrites;
    /// returns whether to go on.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public void Read(IReadOnlyList<int> columns, Func<long, string?[], bool> take, CancellationToken cancellationToken)
    {
        string sql = $"SELECT {string.Join(", ", columns.Select(c => Columns[c].Sql))} FROM {_source}";
        Guard(() =>
        {
            long row = 0;
            foreach (string?[] cells in _db.Each(sql))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!take(row++, cells))
                {
                    break;
                }
            }
        });
    }

    /// <summary>The column of a name, or of a position from 1; −1 where there is none.</summary>
    public int Find(string name)
    {
        foreach (var comparison in (StringComparison[])[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            for (int c = 0; c < Columns.Count; c++)
            {
                if (Columns[c].Name.Equals(name, comparison) || ColumnVocabulary.Bare(name).Equals(Columns[c].Name, comparison))
                {
                    return c;
                }
            }
        }

        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int position) && position >= 1 && position <= Columns.Count ? position - 1 : -1;
    }

    /// <summary>The column of a name, or of a position from 1.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public int Named(string name) => Find(name) is >= 0 and var column ? column : throw new InvalidDataException(
        $"{Name}: found no column '{name}'; its columns are {string.Join(", ", Columns.Select(c => c.Name))}.{Suggestion.DidYouMean(name, [.. Columns.Select(c => c.Name)])}");

    /// <summary>The column with the ids: as in logs; a table of its own may call its key id alone; else the first.</summary>
    /// <param name="role">A role of <see cref="ColumnVocabulary"/>.</param>
    public int IdColumn(int role)
    {
        var best = Columns.Select((c, column) => (Column: column, Rank: ColumnVocabulary.Rank(c.Name, role, ColumnContent.Unknown))).MinBy(c => c.Rank);
        return ColumnVocabulary.IsKnown(best.Rank) ? best.Column
            : Columns.Select(c => ColumnVocabulary.Normal(c.Name)).ToList().IndexOf("id") is >= 0 and var id ? id
            : ColumnVocabulary.IsId(best.Rank) ? best.Column
            : 0;
    }

    /// <summary>The error of a row, from 0.</summary>
    public InvalidDataException Error(long row, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{Name}{(_line?.Invoke(row) is { } line ? $":{line}" : $": row {row + 1}")}: {what}."));

    public void Dispose()
    {
        _db.Dispose();
        _text?.Dispose();
    }

    private static KeyedRows Open(DuckDb db, TextFile text, ReadOptions options, Func<string[], bool>? isHeader)
    {
        if (options.Query is not null)
        {
            return new KeyedRows(db, text, "query", InteractionReader.QueryOf(db, text, options), []).Described(null);
        }

        if (text.File.Content is FileKind.Sqlite or FileKind.DuckDb or FileKind.Workbook)
        {
            return new KeyedRows(db, text, text.Name, DatabaseTables.Open(db, text.ForBytes(), text.Name, options), []).Described(null);
        }

        var format = options.Format == DataFormat.Auto ? text.File.Format : options.Format;
        if (format == DataFormat.Parquet)
        {
            return new KeyedRows(db, text, text.Name, Sources.Typed(text.ForBytes(), format), []).Described(null);
        }

        if (text.Head.Lines.Count == 0)
        {
            throw new InvalidDataException($"{text.Name}:1: found an empty file, expected a header and a row a line.");
        }

        return format == DataFormat.JsonLines ? Json(db, text) : Delimited(db, text, options, isHeader);
    }

    // The ids' types are found anew where they are read: DuckDB makes dates of ids that look like dates.
    private static KeyedRows Json(DuckDb db, TextFile text)
    {
        bool byLine = text.Head.Lines[0] is ['{', .., '}'];
        var file = text.ForJson(byLine);
        return new KeyedRows(db, text, text.Name, Sources.Typed(file, DataFormat.JsonLines), [])
        {
            _json = byLine ? file : null,
            _line = byLine ? row => RecordLocator.Line(file, row, header: false) : null,
        }.Described(file);
    }

    private static KeyedRows Delimited(DuckDb db, TextFile text, ReadOptions options, Func<string[], bool>? isHeader)
    {
        // A file of ids alone has no delimiter.
        var dialect = DialectSniffer.Find(text.Head.Lines, options, text.Name) ?? Dialect.Quoted(",");
        string[] first = dialect.Records(text.Head.Lines)[0];
        bool header = options.Header ?? isHeader?.Invoke(first) ?? LooksLikeHeader(first);
        if (!header && options.Header is null && isHeader is null)
        {
            options.Notes?.Report($"{text.Name}: the first line has numbers, so it is read as a row: there is no header, and columns are called 1, 2, …");
        }

        string[] names = [.. first.Select((name, c) => header && name.Trim().Length > 0 ? name.Trim() : FormattableString.Invariant($"{(header ? "column" : "")}{c + 1}"))];
        if (names.CountBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(n => n.Value > 1).Key is { } twice)
        {
            throw new InvalidDataException($"{text.Name}:1: found the column {twice} more than once, expected names that differ.");
        }

        string types = string.Join(", ", names.Select((_, c) => $"'c{c}': 'VARCHAR'"));
        var file = text.ForFields(dialect, (record, _) => record.Length == first.Length ? null : BadRecords.Fields(record.Length, first.Length));
        string source = $"read_csv({file.Sql}, auto_detect = false, header = {(header ? "true" : "false")}, {dialect.Sql}, columns = {{{types}}})";
        return new KeyedRows(db, text, text.Name, source, [.. names.Select((name, c) => Column(name, $"c{c}", "VARCHAR"))])
        {
            _line = row => RecordLocator.Line(file, row, header, dialect),
        };
    }

    // Column names are rarely numbers, and ids often are.
    private static bool LooksLikeHeader(string[] first) =>
        first.Any(field => ColumnVocabulary.NamesAnId(field) || ColumnVocabulary.Normal(field) == "id")
        || !first.Any(field => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _));

    private KeyedRows Described(DataFile? json)
    {
        var described = Guard(() => _db.Rows($"DESCRIBE SELECT * FROM {_source}"));
        var columns = described.ConvertAll(row => (Name: row[0]!, Type: row[1]!));
        if (json is null)
        {
            return With(_source, [.. columns.Select(c => Column(c.Name, Text.Name(c.Name), c.Type))]);
        }

        // What is no list and no number is text as it was written.
        columns = columns.ConvertAll(c => (c.Name, Sources.IsWhole(c.Type) || c.Type is "DOUBLE" or "BOOLEAN" || Sources.IsNested(c.Type) ? c.Type : "JSON"));
        return With(Sources.Json(json, columns), [.. columns.Select(c => Column(c.Name, Text.Name(c.Name), c.Type))]);
    }

    private KeyedRows With(string source, IReadOnlyList<RowColumn> columns) => new(_db, _text, Name, source, columns) { _line = _line, _json = _json };

    private static RowColumn Column(string name, string sql, string type)
    {
        string bare = ColumnVocabulary.Bare(name), kind = name[bare.Length..];
        if (kind is not (":token" or ":token_seq" or ":float" or ":float_seq"))
        {
            (bare, kind) = (name, "");
        }

        return new RowColumn(bare, Cell(sql, type))
        {
            Separator = kind.EndsWith("_seq", StringComparison.Ordinal) ? ' ' : null,
            MayBeVectors = type is "VARCHAR" or "JSON" || (ListOf().Match(type) is { Success: true } list && IsReal(list.Groups["of"].Value)),
            Type = type,
        };
    }

    private static string Cell(string name, string type)
    {
        if (ListOf().Match(type) is { Success: true } list)
        {
            string of = list.Groups["of"].Value, separator = Text.Literal(Cells.ListSeparator.ToString());
            string value = IsReal(of) ? "CAST(CAST(x AS FLOAT) AS VARCHAR)" : of == "JSON" ? "x ->> '$'" : "CAST(x AS VARCHAR)";
            return $"array_to_string(list_transform(CAST({name} AS {of}[]), x -> {value}), {separator}) || {separator}";
        }

        // Whole numbers come as doubles where a cell of the column is empty.
        return type switch
        {
            "JSON" => $"{name} ->> '$'",
            "FLOAT" or "DOUBLE" =>
                $"CASE WHEN isnan({name}) THEN NULL WHEN {name} = floor({name}) AND abs({name}) < 1e15 THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) ELSE CAST({name} AS VARCHAR) END",
            _ => $"CAST({name} AS VARCHAR)",
        };
    }

    private static bool IsReal(string type) => type is "FLOAT" or "DOUBLE" || type.StartsWith("DECIMAL", StringComparison.Ordinal);

    private void Guard(Action work) => Guard(() =>
    {
        work();
        return 0;
    });

    private T Guard<T>(Func<T> work)
    {
        try
        {
            return DuckDbErrors.Guard(Name, work, [.. Columns.Select(c => c.Name)]);
        }
        catch (InvalidDataException error) when (error.InnerException is DuckDB.NET.Data.DuckDBException && _json is not null && RecordLocator.FirstMalformed(_json) is { } malformed)
        {
            throw new InvalidDataException(FormattableString.Invariant(
                $"{Name}:{malformed.Line}: found '{DelimitedLayout.Shortened(malformed.Text)}', expected a JSON object."));
        }
    }

    [GeneratedRegex(@"^(?<of>.+)\[\d*\]$")]
    private static partial Regex ListOf();
}
