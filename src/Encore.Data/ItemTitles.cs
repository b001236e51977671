namespace Encore.Data;

/// <summary>Titles of items from the file beside the interactions, for MovieLens and files written like it.</summary>
internal static class ItemTitles
{
    private static readonly (string File, string Shape, int Columns)[] Known =
    [
        ("movies.csv", "header = true, delim = ',', quote = '\"', escape = '\"'", 3),
        ("movies.dat", "header = false, delim = '::', quote = '', escape = '', encoding = 'latin-1'", 3),
        ("u.item", "header = false, delim = '|', quote = '', escape = '', encoding = 'latin-1'", 24),
    ];

    /// <summary>The titles by item id, from a file beside the log; null without one.</summary>
    public static IReadOnlyDictionary<string, string>? Find(DuckDb db, string log)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(log))!;
        foreach (var (file, shape, columns) in Known)
        {
            string path = Path.Combine(folder, file);
            if (File.Exists(path) && path != Path.GetFullPath(log) && Read(db, path, shape, columns) is { } titles)
            {
                return titles;
            }
        }

        return null;
    }

    // Titles are an extra: a file that only has the name of one of these does not keep the log from being read.
    private static Dictionary<string, string>? Read(DuckDb db, string path, string shape, int columns)
    {
        string names = string.Join(", ", Enumerable.Range(0, columns).Select(c => $"'c{c}': 'VARCHAR'"));
        try
        {
            var titles = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string?[] row in db.Rows(
                $"SELECT c0, c1 FROM read_csv({Text.File(path)}, auto_detect = false, {shape}, columns = {{{names}}})"))
            {
                if (row is [{ } id, { } title])
                {
                    titles[id] = title;
                }
            }

            return titles;
        }
        catch (DuckDB.NET.Data.DuckDBException)
        {
            return null;
        }
    }
}
