using System.Globalization;

namespace Encore.Data;

/// <summary>What <c>--item-features</c> and <c>--user-features</c> take:
/// <c>FILE[:COLUMN[=KIND[(SIZE)]],…]</c>, where a data set's name, its folder or <c>demo</c> stands for the features that
/// come with it, and <c>DATABASE/TABLE</c> for a table of a database or a sheet of a workbook.</summary>
/// <param name="Path">The file, data set or folder.</param>
public sealed record FeatureSpec(string Path)
{
    /// <summary>The columns to read, in their order; null: all.</summary>
    public IReadOnlyList<FeatureRecipe>? Columns { get; init; }

    /// <summary>The column with the ids, which <c>COLUMN=id</c> names; null: found out.</summary>
    public string? IdColumn { get; init; }

    /// <summary>The table of a database or the sheet of a workbook; null: the only one.</summary>
    public string? Table { get; init; }

    /// <summary>Reads a spec. A colon ends the path where what stands before it is a file, a folder or a data set; where nothing
    /// is, the last one.</summary>
    /// <param name="text">The spec.</param>
    /// <param name="folder">The folder, absolute, where a relative path starts; null: the process's.</param>
    /// <exception cref="FormatException">The columns are not what they should be.</exception>
    public static FeatureSpec Parse(string text, string? folder = null)
    {
        var (path, columns) = Split(text, folder);
        var (file, table) = TableOf(path, folder);
        var spec = new FeatureSpec(file) { Table = table };
        if (columns is null)
        {
            return spec;
        }

        var recipes = new List<FeatureRecipe>();
        string? id = null;
        foreach (string part in columns.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.EndsWith("=id", StringComparison.OrdinalIgnoreCase) && part.Length > 3)
            {
                id = id is null ? part[..^3].Trim() : throw new FormatException($"{text}: found {part} and {id}=id, expected one column of ids.");
            }
            else
            {
                recipes.Add(Recipe(part, text));
            }
        }

        if (recipes.CountBy(r => r.Column, StringComparer.OrdinalIgnoreCase).FirstOrDefault(r => r.Value > 1).Key is { } twice)
        {
            throw new FormatException($"{text}: found column {twice} twice, expected it once.");
        }

        return spec with { Columns = recipes.Count > 0 ? recipes : null, IdColumn = id };
    }

    /// <summary>The same text with an absolute path; the name of a data set stays.</summary>
    /// <param name="text">The spec.</param>
    /// <param name="folder">The folder, absolute, where a relative path starts.</param>
    public static string Absolute(string text, string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var (path, rest) = Split(text, folder);
        return (IsName(path, folder) ? path : System.IO.Path.GetFullPath(path, folder)) + (rest is null ? "" : ":" + rest);
    }

    /// <summary>The same text with its path as a function gives it.</summary>
    /// <param name="text">The spec.</param>
    /// <param name="place">Gives the path another form.</param>
    public static string With(string text, Func<string, string> place)
    {
        ArgumentNullException.ThrowIfNull(place);
        var (path, rest) = Split(text, null);
        return place(path) + (rest is null ? "" : ":" + rest);
    }

    // What does not exist is cut at its last colon, but not at that of a drive.
    internal static (string Path, string? Behind) Split(string text, string? folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        if (!Exists(text, folder))
        {
            int last = -1;
            for (int colon = text.LastIndexOf(':'); colon > 0; colon = text.LastIndexOf(':', colon - 1))
            {
                if (Exists(text[..colon], folder))
                {
                    return (text[..colon], text[(colon + 1)..]);
                }

                last = last < 0 && !(colon + 1 < text.Length && text[colon + 1] is '/' or '\\') ? colon : last;
            }

            return last < 0 ? (text, null) : (text[..last], text[(last + 1)..]);
        }

        return (text, null);
    }

    /// <summary>Whether a path is the name of something that no file is needed for.</summary>
    internal static bool IsName(string path, string? folder) => !System.IO.Path.Exists(Full(path, folder))
        && (path == DataSpec.Demo || DatasetCatalog.All.Any(d => d.Name.Equals(path, StringComparison.OrdinalIgnoreCase)));

    private static bool Exists(string path, string? folder) =>
        Directory.Exists(Full(path, folder)) || IsName(path, folder) || DataFile.Exists(Full(path, folder))
        || (TableOf(path, folder).Table is { } table && !table.Contains(':', StringComparison.Ordinal));

    // shop.db/items, as log.zip/ratings.csv.
    private static (string File, string? Table) TableOf(string path, string? folder)
    {
        if (DataFile.Exists(Full(path, folder)) || Directory.Exists(Full(path, folder)))
        {
            return (path, null);
        }

        int slash = path.LastIndexOfAny(['/', '\\']);
        return slash > 0 && slash + 1 < path.Length && File.Exists(Full(path[..slash], folder)) ? (path[..slash], path[(slash + 1)..]) : (path, null);
    }

    private static string Full(string path, string? folder) => folder is null ? path : System.IO.Path.GetFullPath(path, folder);

    private static FeatureRecipe Recipe(string part, string text)
    {
        try
        {
            return FeatureRecipe.Parse(part);
        }
        catch (FormatException error)
        {
            throw new FormatException($"{text}: {error.Message}", error);
        }
    }
}

/// <summary>What <c>--item-knowledge</c> takes: <c>FILE[:hops=1|2,min-items=N]</c>, a file of triples.</summary>
/// <param name="Path">The file.</param>
public sealed record KnowledgeSpec(string Path)
{
    /// <summary>How far from an item its entities may be, 1 or 2. Default 1.</summary>
    public int Hops { get; init; } = 1;

    /// <summary>Entities that fewer items meet are left out, at least 1. Default 2.</summary>
    public int MinimumItems { get; init; } = 2;

    /// <summary>Reads a spec; a colon ends the path as in <see cref="FeatureSpec.Parse"/>.</summary>
    /// <param name="text">The spec.</param>
    /// <param name="folder">The folder, absolute, where a relative path starts; null: the process's.</param>
    /// <exception cref="FormatException">What stands behind the path is not what it should be.</exception>
    public static KnowledgeSpec Parse(string text, string? folder = null)
    {
        var (path, rest) = FeatureSpec.Split(text, folder);
        var spec = new KnowledgeSpec(path);
        foreach (string part in rest?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            string[] pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            int number = pair.Length == 2 && int.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : -1;
            spec = (pair[0].ToLowerInvariant(), number) switch
            {
                ("hops", 1 or 2) => spec with { Hops = number },
                ("min-items", >= 1) => spec with { MinimumItems = number },
                _ => throw new FormatException(
                    $"{text}: found '{part}', expected hops=1 or hops=2, and min-items=N with a whole number, at least 1.{Suggestion.DidYouMean(pair[0], ["hops", "min-items"])}"),
            };
        }

        return spec;
    }
}
