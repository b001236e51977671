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
}
