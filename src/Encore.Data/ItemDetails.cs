namespace Encore.Data;

/// <summary>What a file says of items beside who met them.</summary>
/// <param name="Titles">Titles by original id.</param>
/// <param name="Attributes">For each attribute the values of items by original id.</param>
public sealed record ItemDetails(
    IReadOnlyDictionary<string, string> Titles,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string[]>> Attributes)
{
    /// <summary>The column that was read as the items' ids.</summary>
    public string IdColumn { get; init; } = "item";

    /// <summary>All items that the file has.</summary>
    public IReadOnlySet<string> Ids { get; init; } = Titles.Keys.Concat(Attributes.Values.SelectMany(a => a.Keys)).ToHashSet(StringComparer.Ordinal);

    /// <summary>A table of some items with what is known of them.</summary>
    /// <param name="ids">The items.</param>
    /// <param name="users">Training users of each item, [items]; null: unknown.</param>
    public ItemTable Table(IdMap ids, int[]? users = null) => new(ids, users, Titles.Count == 0 ? null : Titles, Attributes);

    /// <summary>The same as a table of features: titles, where there are any, as column <c>title</c>, without a year in brackets
    /// at the end that is the item's <c>year</c>; and the attributes.</summary>
    public FeatureTable ToFeatureTable()
    {
        var ids = IdMap.From(Ids);
        var columns = Attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => Column(a.Key, id => a.Value.GetValueOrDefault(id) ?? []));
        return new FeatureTable(ids, Titles.Count == 0 ? [.. columns] : [Column(MovieLensFiles.Title, Words), .. columns]);

        FeatureValues Column(string name, Func<string, string[]> values) => new(name, [.. Enumerable.Range(0, ids.Count).Select(i => values(ids[i]))]);
    }

    private string[] Words(string id)
    {
        if (!Titles.TryGetValue(id, out string? title))
        {
            return [];
        }

        string[] years = Attributes.TryGetValue(MovieLensFiles.Year, out var of) ? of.GetValueOrDefault(id) ?? [] : [];
        string bare = title.TrimEnd();
        return [years is [var year] && bare.EndsWith($"({year})", StringComparison.Ordinal) ? bare[..^(year.Length + 2)].TrimEnd() : title];
    }
}
