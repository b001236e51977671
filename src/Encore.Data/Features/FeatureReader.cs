using System.Globalization;

namespace Encore.Data;

/// <summary>
/// Reads what is known of items or users from any file that logs come in: a column with their ids (as in logs, or <c>id</c>, or
/// else the first), and further columns. Several values stand in one cell with <c>|</c> between them, as a list of Parquet or
/// JSON, or as a list in text; lists of numbers that all have one length, with a number somewhere that is not whole, are
/// vectors. Several lines of one id are gathered.
/// </summary>
public static class FeatureReader
{
    // Compared as the columns of logs are.
    private static readonly string[] TitleNames = ["title", "name", "itemname", "productname", "movietitle", "booktitle", "itemtitle", "producttitle", "trackname", "tracktitle", "songtitle", "originaltitle"];

    /// <summary>Reads what a spec names: a file, or what comes with a data set.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="subject">Of whom it tells.</param>
    /// <param name="options">How the file is written. Default: found out.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the data set brings nothing.</exception>
    /// <exception cref="InvalidDataException">The file is not what it should be.</exception>
    public static FeatureFile Load(FeatureSpec spec, FeatureSubject subject, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        options ??= new ReadOptions();
        options = options with { Table = spec.Table ?? options.Table };
        options = spec.IdColumn is not { } id ? options
            : options with { Columns = subject == FeatureSubject.Items ? new ColumnNames { Item = id } : new ColumnNames { User = id } };
        if (DataFile.Exists(spec.Path))
        {
            return Read(spec.Path, subject, spec.Columns, options, cancellationToken);
        }

        if (spec.Path == DataSpec.Demo)
        {
            return Demo(subject, spec.Columns);
        }

        if (FileFor(spec.Path, subject) is { } file)
        {
            return Read(file, subject, spec.Columns, options, cancellationToken);
        }

        throw Directory.Exists(spec.Path) ? new FileNotFoundException($"{spec.Path} is a folder without {string.Join(", ", MovieLensFiles.Names(subject))}; expected a file of {Word(subject)}.")
            : FeatureSpec.IsName(spec.Path, null) ? new FileNotFoundException($"The data set {spec.Path} brings nothing that is known of {Word(subject)}, or is not on this machine (encore data get {spec.Path}).")
            : NotFound(spec.Path, subject);
    }

    /// <summary>Reads a file. Those of MovieLens are known by their names: of items genres, years and the words of titles, of
    /// users sex, age, occupation, and of zip codes the first three characters.</summary>
    /// <param name="path">The file, of any kind that <see cref="InteractionReader"/> reads.</param>
    /// <param name="subject">Of whom it tells.</param>
    /// <param name="columns">The columns to read, by name or position from 1, and what to make of them; null: all but those that
    /// only a log has (the other id, the time), by what they look like.</param>
    /// <param name="options">How it is written; of the columns, the one of the items' or users' ids counts. Default: found
    /// out.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not what it should be: the message says what was found, what was
    /// expected, and the line or row.</exception>
    public static FeatureFile Read(
        string path, FeatureSubject subject, IReadOnlyList<FeatureRecipe>? columns = null, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ReadOptions();
        if (!DataFile.Exists(path))
        {
            throw NotFound(path, subject);
        }

        var known = options.Query is null ? MovieLensFiles.Open(path, subject) : null;
        using var rows = known?.Rows ?? KeyedRows.Open(path, options, null, cancellationToken);
        if (known?.Note is { } note)
        {
            options.Notes?.Report(note);
        }

        int id = IdOf(rows, subject, options);
        int title = known?.Title ?? (subject == FeatureSubject.Items ? TitleOf(rows, id) : -1);
        var recipes = columns is null ? known?.Recipes ?? Usual(rows, subject, id, title, options) : Asked(rows, columns, known, id);
        return Read(rows, subject, id, title, recipes, options, cancellationToken);
    }

    /// <summary>What comes with a data set: MovieLens and folders written like it, and the demo data; null where nothing does or
    /// it cannot be read: it is an extra.</summary>
    /// <param name="spec">What <c>--data</c> takes.</param>
    /// <param name="subject">Of whom it tells.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static FeatureFile? FindFor(string spec, FeatureSubject subject, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec == DataSpec.Demo && !Path.Exists(spec))
        {
            return Demo(subject, null);
        }

        try
        {
            // A file of that name alone that is none of MovieLens's is not what was meant.
            return FileFor(spec, subject) is { } file && MovieLensFiles.Open(file, subject) is { } known
                ? Read(known, file, subject, cancellationToken)
                : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }

        static FeatureFile Read(KnownFile known, string file, FeatureSubject subject, CancellationToken cancellationToken)
        {
            using (known.Rows)
            {
                return FeatureReader.Read(known.Rows, subject, 0, known.Title, known.Recipes, new ReadOptions(), cancellationToken);
            }
        }
    }

    /// <summary>The file of items or users beside a log; null without one.</summary>
    internal static string? FileFor(string spec, FeatureSubject subject)
    {
        string? log = File.Exists(spec) || Directory.Exists(spec) ? spec
            : DatasetCatalog.All.FirstOrDefault(d => d.Name.Equals(spec, StringComparison.OrdinalIgnoreCase)) is { } dataset ? DatasetCatalog.Locate(dataset)
            : null;
        string? folder = log is null ? null : Directory.Exists(log) ? log : Path.GetDirectoryName(Path.GetFullPath(log));
        return folder is null ? null : MovieLensFiles.Names(subject).Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>The column with titles; −1: none.</summary>
    internal static int TitleOf(KeyedRows rows, int id) => TitleNames
        .Select(name => rows.Columns.Select((c, i) => (c, i)).FirstOrDefault(c => c.i != id && ColumnVocabulary.Normal(c.c.Name) == name, (null!, -1)).Item2)
        .FirstOrDefault(c => c >= 0, -1);

    /// <summary>The column with the ids.</summary>
    /// <exception cref="InvalidDataException">It holds lists or objects, or there is none of the name that was given.</exception>
    internal static int IdOf(KeyedRows rows, FeatureSubject subject, ReadOptions options)
    {
        string? asked = subject == FeatureSubject.Items ? options.Columns.Item : options.Columns.User;
        int id = asked is null ? rows.IdColumn(subject == FeatureSubject.Items ? ColumnVocabulary.Item : ColumnVocabulary.User) : rows.Named(asked);
        var column = rows.Columns[id];
        return !Sources.IsNested(column.Type) ? id : throw new InvalidDataException(
            $"{rows.Name}: found lists or objects in column {column.Name} ({column.Type}), expected the {Word(subject)}' ids. Name the column with the ids {Word(subject)[..^1]}.");
    }

    internal static string Word(FeatureSubject subject) => subject == FeatureSubject.Items ? "items" : "users";

    internal static FileNotFoundException NotFound(string path, FeatureSubject subject)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string? close = Directory.Exists(folder) ? Suggestion.Closest(Path.GetFileName(path), Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f))) : null;
        return new FileNotFoundException(
            $"Found no file of {Word(subject)} {path}.{(close is null ? "" : $" Did you mean {Path.Combine(Path.GetDirectoryName(path) ?? "", close)}?")}", path);
    }

    private static FeatureFile Demo(FeatureSubject subject, IReadOnlyList<FeatureRecipe>? columns)
    {
        var (items, users) = DemoData.Features();
        var table = subject == FeatureSubject.Items ? items : users;
        try
        {
            return new FeatureFile(DataSpec.Demo, subject, Word(subject)[..^1], table, columns is null
                ? [.. table.Columns.Select(c => new FeatureRecipe(c.Name) { Kind = FeatureKind.Category })]
                : [.. columns.Select(c => c with { Column = table[c.Column].Name })]);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{DataSpec.Demo}: {MatchedFeatures.Plain(error)}", error);
        }
    }

    // All columns but the ids; of a file that is a log rather than a table, not the other ids and the time.
    private static FeatureRecipe[] Usual(KeyedRows rows, FeatureSubject subject, int id, int title, ReadOptions options)
    {
        int other = subject == FeatureSubject.Items ? ColumnVocabulary.User : ColumnVocabulary.Item;
        bool IsOther(int c) => c != id && ColumnVocabulary.IsKnown(ColumnVocabulary.Rank(rows.Columns[c].Name, other, ColumnContent.Unknown)) && ColumnVocabulary.IsMeasure(rows.Columns[c].Name);
        int[] all = [.. Enumerable.Range(0, rows.Columns.Count).Where(c => c != id)];
        int[] ofLogs = all.Any(IsOther)
            ? [.. all.Where(c => IsOther(c) || ColumnVocabulary.IsKnown(ColumnVocabulary.Rank(rows.Columns[c].Name, ColumnVocabulary.Timestamp, ColumnContent.Unknown)))]
            : [];
        if (ofLogs.Length > 0)
        {
            options.Notes?.Report($"{rows.Name}: {string.Join(" and ", ofLogs.Select(c => rows.Columns[c].Name))} {(ofLogs.Length == 1 ? "is" : "are")} left out, as in a log; name the columns to read others.");
        }

        FeatureRecipe[] recipes = [.. all.Except(ofLogs).Select(c => new FeatureRecipe(rows.Columns[c].Name) { Kind = c == title ? FeatureKind.Text : null, IsOptional = true })];
        return recipes.Length > 0 ? recipes : throw new InvalidDataException(
            $"{rows.Name}: found {(rows.Columns.Count == 1 ? $"one column ({rows.Columns[0].Name})" : $"the columns {string.Join(", ", rows.Columns.Select(c => c.Name))}")}, expected a column of ids and at least one that says something.");
    }

    private static FeatureRecipe[] Asked(KeyedRows rows, IReadOnlyList<FeatureRecipe> columns, KnownFile? known, int id) => [.. columns.Select(recipe =>
    {
        int column = rows.Named(recipe.Column);
        string name = rows.Columns[column].Name;
        return column == id ? throw new InvalidDataException($"{rows.Name}: column {name} holds the ids, expected one that says something of them. Another column of ids is named with NAME=id.")
            : recipe with { Column = name, Kind = recipe.Kind ?? known?.Recipes.FirstOrDefault(r => r.Column == name)?.Kind };
    })];

    private static FeatureFile Read(
        KeyedRows rows, FeatureSubject subject, int id, int title, IReadOnlyList<FeatureRecipe> recipes, ReadOptions options, CancellationToken cancellationToken)
    {
        int[] columns = [.. recipes.Select(r => rows.Named(r.Column))];
        bool[] vectors = VectorColumns.Find(rows, columns, recipes, options.Notes, cancellationToken);
        var gathered = new GatheredRows(rows, columns);
        var titles = new Dictionary<string, string>(StringComparer.Ordinal);
        int[] read = title < 0 ? [id, .. columns] : [id, .. columns, title];
        rows.Read(
            read,
            (row, cells) =>
            {
                string of = cells[0] is { Length: > 0 } found ? found
                    : throw rows.Error(row, $"found nothing in column {rows.Columns[id].Name}, expected the id of {(subject == FeatureSubject.Items ? "an item" : "a user")}");
                if (title >= 0 && cells[^1] is { Length: > 0 } shown)
                {
                    titles.TryAdd(of, shown);
                }

                gathered.Begin(of, row);
                for (int c = 0; c < columns.Length; c++)
                {
                    if (vectors[c])
                    {
                        gathered.AddVector(c, cells[c + 1]);
                    }
                    else
                    {
                        gathered.AddTexts(c, cells[c + 1]);
                    }
                }

                return true;
            },
            cancellationToken);
        var table = gathered.ToTable(vectors);
        if (table.Ids.Count == 0)
        {
            throw new InvalidDataException($"{rows.Name}: found no row, expected one for each of the {Word(subject)}.");
        }

        if (gathered.Repeated > 0)
        {
            options.Notes?.Report(string.Create(CultureInfo.InvariantCulture,
                $"{rows.Name}: {gathered.Repeated:N0} of {table.Ids.Count:N0} {Word(subject)} have several lines; their values are gathered."));
        }

        return new FeatureFile(rows.Name, subject, rows.Columns[id].Name, table, recipes) { Titles = titles };
    }
}
