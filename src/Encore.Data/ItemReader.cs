namespace Encore.Data;

/// <summary>Reads what is known of items: titles, and attributes such as genres.</summary>
public static class ItemReader
{
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

        if (MovieLensFiles.Open(path, FeatureSubject.Items) is { } known)
        {
            using (known.Rows)
            {
                return MovieLens(known);
            }
        }

        var options = new ReadOptions { Encoding = encoding, Notes = notes };
        using var rows = KeyedRows.Open(path, options, null, CancellationToken.None);
        return Table(rows, options);
    }

    /// <summary>The file of items beside a log, for MovieLens and folders like it; null where there is none or it cannot be
    /// read: it is an extra.</summary>
    /// <param name="spec">What <c>--data</c> takes.</param>
    public static ItemDetails? FindFor(string spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        try
        {
            return FeatureReader.FileFor(spec, FeatureSubject.Items) is { } file && MovieLensFiles.Open(file, FeatureSubject.Items) is { } known ? Read(known) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }

        static ItemDetails Read(KnownFile known)
        {
            using (known.Rows)
            {
                return MovieLens(known);
            }
        }
    }

    // Years are an attribute of those titles that have one.
    private static ItemDetails MovieLens(KnownFile known)
    {
        var titles = new Dictionary<string, string>(StringComparer.Ordinal);
        var (genres, years) = (new Dictionary<string, string[]>(StringComparer.Ordinal), new Dictionary<string, string[]>(StringComparer.Ordinal));
        known.Rows.Read(
            [0, known.Title, known.Rows.Find(MovieLensFiles.Genres), known.Rows.Find(MovieLensFiles.Year)],
            (_, row) =>
            {
                if (row is [{ } id, { } title, var list, var year])
                {
                    titles[id] = title;
                    genres[id] = Cells.Values(list);
                    if (year is not null)
                    {
                        years[id] = [year];
                    }
                }

                return true;
            },
            CancellationToken.None);
        return new ItemDetails(titles, new Dictionary<string, IReadOnlyDictionary<string, string[]>> { [MovieLensFiles.Genres] = genres, [MovieLensFiles.Year] = years });
    }

    private static ItemDetails Table(KeyedRows rows, ReadOptions options)
    {
        int id = FeatureReader.IdOf(rows, FeatureSubject.Items, options), title = FeatureReader.TitleOf(rows, id);
        int[] attributes = [.. Enumerable.Range(0, rows.Columns.Count).Where(c => c != id && c != title)];
        var titles = new Dictionary<string, string>(StringComparer.Ordinal);
        Dictionary<string, string[]>[] values = [.. attributes.Select(_ => new Dictionary<string, string[]>(StringComparer.Ordinal))];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        rows.Read(
            title < 0 ? [id, .. attributes] : [id, .. attributes, title],
            (row, cells) =>
            {
                if (cells[0] is not { Length: > 0 } item)
                {
                    return true;
                }

                if (!seen.Add(item))
                {
                    throw rows.Error(row, $"item {item} stands in two lines; expected one for each item. Several values of an attribute stand in one line, with | between them");
                }

                if (title >= 0 && cells[^1] is { } name)
                {
                    titles[item] = name;
                }

                for (int c = 0; c < attributes.Length; c++)
                {
                    values[c][item] = Cells.Values(cells[c + 1], rows.Columns[attributes[c]].Separator);
                }

                return true;
            },
            CancellationToken.None);
        return new ItemDetails(titles, attributes.Select((a, c) => (rows.Columns[a].Name, Values: (IReadOnlyDictionary<string, string[]>)values[c])).ToDictionary(a => a.Name, a => a.Values))
        {
            IdColumn = rows.Columns[id].Name,
            Ids = seen,
        };
    }
}
