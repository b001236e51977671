using System.Text.RegularExpressions;

namespace Encore.Data;

/// <summary>Reads what is known of items: titles, and attributes such as genres.</summary>
public static partial class ItemReader
{
    private const char Separator = '|';

    // Between the values of a list that DuckDB writes as text; no text has it.
    private const char ListSeparator = '\u001F';

    // Compared as the columns of logs are.
    private static readonly string[] TitleNames = ["title", "name", "itemname", "productname", "movietitle", "booktitle", "itemtitle", "producttitle", "trackname", "tracktitle", "songtitle", "originaltitle"];

    // MovieLens 100K has a column of 0 and 1 for each genre.
    private static readonly string[] Genres100K =
    [
        "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
        "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
    ];

    /// <summary>Reads a file of items. MovieLens files are known by their names; any other has a header, an id column
    /// (one that a log may have as its item column, or id, or else the first one), perhaps a title column (title, name), and
    /// all else is an attribute; several values have <c>|</c> between them, or are a list of Parquet or JSON.</summary>
    /// <param name="path">The file, of any kind that <see cref="InteractionReader"/> reads.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read, or two lines are of one item.</exception>
    public static ItemDetails Read(string path) => Read(path, null);

    /// <summary>Reads a file of items in an encoding of its own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding, such as <c>latin-1</c>; null: by its byte order mark, else UTF-8.</param>
    /// <param name="notes">Told what was assumed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read, or two lines are of one item.</exception>
    /// <exception cref="ArgumentException">There is no such encoding.</exception>
    public static ItemDetails Read(string path, string? encoding, IProgress<string>? notes = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!DataFile.Exists(path))
        {
            throw new FileNotFoundException($"Found no file of items {path}.", path);
        }

        using var db = new DuckDb();
        try
        {
            return Path.GetFileName(path) switch
            {
                "movies.dat" => MovieLens(db.Rows(
                    $"SELECT c0, c1, c2 FROM read_csv({Text.File(path)}, auto_detect = false, header = false, delim = '::', quote = '', escape = '', encoding = 'latin-1', columns = {{'c0': 'VARCHAR', 'c1': 'VARCHAR', 'c2': 'VARCHAR'}})")),
                "u.item" => MovieLens(Rows100K(db, path)),
                "movies.csv" => MovieLens(db.Rows($"SELECT movieId, title, replace(genres, '(no genres listed)', '') FROM read_csv({Text.File(path)}, all_varchar = true, header = true, quote = '\"', escape = '\"')")),
                _ => DuckDbErrors.Guard(path, () => Table(db, path, new ReadOptions { Encoding = encoding, Notes = notes })),
            };
        }
        catch (DuckDB.NET.Data.DuckDBException error)
        {
            throw new InvalidDataException($"{path}: found no table of items: {error.Message}", error);
        }
    }

    /// <summary>The file of items beside a log, for MovieLens and folders like it; null where there is none or it cannot be
    /// read: it is an extra.</summary>
    /// <param name="spec">What <c>--data</c> takes.</param>
    public static ItemDetails? FindFor(string spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        string? log = File.Exists(spec) || Directory.Exists(spec) ? spec
            : DatasetCatalog.All.FirstOrDefault(d => d.Name.Equals(spec, StringComparison.OrdinalIgnoreCase)) is { } dataset ? DatasetCatalog.Locate(dataset)
            : null;
        string? folder = log is null ? null : Directory.Exists(log) ? log : Path.GetDirectoryName(Path.GetFullPath(log));
        string? file = ((string[])["movies.csv", "movies.dat", "u.item"]).Select(name => Path.Combine(folder ?? "", name)).FirstOrDefault(File.Exists);
        try
        {
            return folder is null || file is null ? null : Read(file);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static List<string?[]> Rows100K(DuckDb db, string path)
    {
        string names = string.Join(", ", Enumerable.Range(0, 24).Select(c => $"'c{c}': 'VARCHAR'"));
        var rows = db.Rows($"SELECT * FROM read_csv({Text.File(path)}, auto_detect = false, header = false, delim = '|', quote = '', escape = '', encoding = 'latin-1', columns = {{{names}}})");
        return [.. rows.Select(row => new[] { row[0], row[1], string.Join(Separator, Genres100K.Where((_, g) => row[5 + g] == "1")) })];
    }

    // Id, title with the year in brackets, genres.
    private static ItemDetails MovieLens(List<string?[]> rows)
    {
        var titles = new Dictionary<string, string>(StringComparer.Ordinal);
        var (genres, years) = (new Dictionary<string, string[]>(StringComparer.Ordinal), new Dictionary<string, string[]>(StringComparer.Ordinal));
        foreach (string?[] row in rows)
        {
            if (row is [{ } id, { } title, var list])
            {
                titles[id] = title;
                genres[id] = Values(list);
                if (Year().Match(title) is { Success: true } year)
                {
                    years[id] = [year.Groups[1].Value];
                }
            }
        }

        return new ItemDetails(titles, new Dictionary<string, IReadOnlyDictionary<string, string[]>> { ["genres"] = genres, ["year"] = years });
    }

    private static ItemDetails Table(DuckDb db, string path, ReadOptions options)
    {
        using var text = new TextFile(DataFile.Open(path, options.Notes), options, CancellationToken.None) { MustCopy = true };
        string source = Source(db, text, options);
        var described = db.Rows($"DESCRIBE SELECT * FROM {source}");
        string[] columns = [.. described.Select(row => row[0]!)], types = [.. described.Select(row => row[1]!)];
        int id = IdColumn(columns);
        if (Sources.IsNested(types[id]))
        {
            throw new InvalidDataException($"{path}: found lists or objects in column {columns[id]} ({types[id]}), expected the items' ids. Name the column with the ids item.");
        }

        int title = TitleNames.Select(name => Array.FindIndex(columns, c => ColumnVocabulary.Normal(c) == name)).FirstOrDefault(c => c >= 0 && c != id, -1);
        var titles = new Dictionary<string, string>(StringComparer.Ordinal);
        var attributes = columns.Where((_, c) => c != id && c != title)
            .ToDictionary(c => c, _ => new Dictionary<string, string[]>(StringComparer.Ordinal));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string?[] row in db.Rows($"SELECT {string.Join(", ", columns.Select((c, i) => Cell(c, types[i])))} FROM {source}"))
        {
            if (row[id] is not { Length: > 0 } item)
            {
                continue;
            }

            if (!seen.Add(item))
            {
                throw new InvalidDataException($"{path}: item {item} stands in two lines; expected one for each item. Several values of an attribute stand in one line, with | between them.");
            }

            for (int c = 0; c < columns.Length; c++)
            {
                if (c == title && row[c] is { } name)
                {
                    titles[item] = name;
                }
                else if (c != id && c != title)
                {
                    attributes[columns[c]][item] = Values(row[c]);
                }
            }
        }

        return new ItemDetails(titles, attributes.ToDictionary(a => a.Key, a => (IReadOnlyDictionary<string, string[]>)a.Value))
        {
            IdColumn = columns[id],
            Ids = seen,
        };
    }

    private static string Source(DuckDb db, TextFile text, ReadOptions options)
    {
        if (text.File.Content is FileKind.Sqlite or FileKind.DuckDb or FileKind.Workbook)
        {
            return DatabaseTables.Open(db, text.ForBytes(), text.Name, options);
        }

        if (text.File.Format is DataFormat.Parquet or DataFormat.JsonLines)
        {
            return Sources.Typed(text.File.Format == DataFormat.Parquet ? text.ForBytes() : text.ForJson(byLine: false), text.File.Format);
        }

        if (text.Head.Lines.Count == 0)
        {
            throw new InvalidDataException($"{text.Name}:1: found an empty file, expected a header and one item a line.");
        }

        // A file of ids alone has no delimiter.
        var dialect = DialectSniffer.Find(text.Head.Lines, options, text.Name) ?? Dialect.Quoted(",");
        var names = dialect.Records(text.Head.Lines)[0].Select((name, c) => $"{Text.Literal(name.Length > 0 ? name : FormattableString.Invariant($"column{c + 1}"))}: 'VARCHAR'");
        return $"read_csv({text.ForFields(dialect, null).Sql}, auto_detect = false, header = true, {dialect.Sql}, columns = {{{string.Join(", ", names)}}})";
    }

    // As in logs; a table of items may call its key id alone.
    private static int IdColumn(string[] columns)
    {
        var best = columns.Select((name, column) => (Column: column, Rank: ColumnVocabulary.Rank(name, ColumnVocabulary.Item, ColumnContent.Unknown))).MinBy(c => c.Rank);
        return ColumnVocabulary.IsKnown(best.Rank) ? best.Column
            : Array.FindIndex(columns, c => ColumnVocabulary.Normal(c) == "id") is >= 0 and var id ? id
            : ColumnVocabulary.IsId(best.Rank) ? best.Column
            : 0;
    }

    private static string Cell(string name, string type) => type.EndsWith("[]", StringComparison.Ordinal)
        ? $"array_to_string(list_transform({Text.Name(name)}, x -> CAST(x AS VARCHAR)), {Text.Literal(ListSeparator.ToString())}) || {Text.Literal(ListSeparator.ToString())}"
        : $"CAST({Text.Name(name)} AS VARCHAR)";

    private static string[] Values(string? text)
    {
        const StringSplitOptions Options = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        return text is null ? []
            : text.EndsWith(ListSeparator) ? text.Split(ListSeparator, Options)
            : TextList.TryParse(text) ?? text.Split(Separator, Options);
    }

    [GeneratedRegex(@"\((\d{4})\)\s*$")]
    private static partial Regex Year();
}
