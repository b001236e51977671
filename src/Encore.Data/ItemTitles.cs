namespace Encore.Data;

/// <summary>Titles of items from the file beside the interactions, for MovieLens and files written like it.</summary>
internal static class ItemTitles
{
    private static readonly (string File, string Source)[] Known =
    [
        ("movies.csv", "header = true, delim = ',', quote = '\"', escape = '\"'"),
        ("movies.dat", "header = false, delim = '::', quote = '', escape = '', encoding = 'latin-1'"),
        ("u.item", "header = false, delim = '|', quote = '', escape = '', encoding = 'latin-1'"),
    ];

    /// <summary>The titles by item id, from a file beside the log; null without one.</summary>
    public static IReadOnlyDictionary<string, string>? Find(DuckDb db, string log)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(log))!;
        foreach (var (file, source) in Known)
        {
            string path = Path.Combine(folder, file);
            if (File.Exists(path) && path != Path.GetFullPath(log))
            {
                var titles = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (string?[] row in db.Rows(
                    $"SELECT id, title FROM read_csv({Text.File(path)}, auto_detect = false, {source}, columns = {{{Columns(file)}}})"))
                {
                    if (row is [{ } id, { } title])
                    {
                        titles[id] = title;
                    }
                }

                return titles;
            }
        }

        return null;
    }

    // u.item goes on with the dates, an address and 19 genres.
    private static string Columns(string file) =>
        "'id': 'VARCHAR', 'title': 'VARCHAR'" +
        string.Concat(Enumerable.Range(0, file == "u.item" ? 22 : 1).Select(i => $", 'x{i}': 'VARCHAR'"));
}
