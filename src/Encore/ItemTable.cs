using System.Collections.Frozen;

namespace Encore;

/// <summary>What is known about items beside who met them: titles, attributes such as genres, and popularity. Indices
/// are those of <see cref="Ids"/>.</summary>
public sealed class ItemTable
{
    // Values of an attribute that an error lists.
    private const int ValuesShown = 20;

    private readonly string[]? _titles;
    private readonly int[] _users;
    private readonly Lazy<int[]?> _byPopularity;
    private readonly FrozenDictionary<string, string[][]> _attributes;
    private readonly Dictionary<string, Dictionary<string, int[]>> _byValue = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A table of items.</summary>
    /// <param name="ids">The items.</param>
    /// <param name="users">Training users of each item, [items]; null: unknown, and counted as 0.</param>
    /// <param name="titles">Titles by original id; items may lack one.</param>
    /// <param name="attributes">For each attribute the values of items by original id; items may lack them.</param>
    /// <exception cref="ArgumentException">The users are not as many as the items.</exception>
    public ItemTable(
        IdMap ids, int[]? users = null, IReadOnlyDictionary<string, string>? titles = null,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string[]>>? attributes = null)
        : this(
            ids, users,
            titles is null ? null : [.. Enumerable.Range(0, Counted(ids)).Select(i => titles.GetValueOrDefault(ids[i]) ?? "")],
            (attributes ?? new Dictionary<string, IReadOnlyDictionary<string, string[]>>()).ToDictionary(
                a => a.Key, a => Enumerable.Range(0, ids.Count).Select(i => a.Value.GetValueOrDefault(ids[i]) ?? []).ToArray()))
    {
    }

    internal ItemTable(IdMap ids, int[]? users, string[]? titles, Dictionary<string, string[][]> attributes)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (users is not null && users.Length != ids.Count)
        {
            throw new ArgumentException($"Found {users.Length} counts of users for {ids.Count} items.", nameof(users));
        }

        (Ids, _users, _titles) = (ids, users ?? new int[ids.Count], titles);
        _attributes = attributes.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in _attributes)
        {
            _byValue[name] = values.SelectMany((list, item) => list.Select(value => (value, item)))
                .GroupBy(pair => pair.value, StringComparer.OrdinalIgnoreCase)
                .ToDictionary(group => group.Key, group => group.Select(pair => pair.item).Distinct().ToArray(), StringComparer.OrdinalIgnoreCase);
        }

        MostUsers = _users.Length == 0 ? 0 : _users.Max();
        _byPopularity = new Lazy<int[]?>(() => MostUsers == 0 ? null : [.. Enumerable.Range(0, _users.Length).OrderByDescending(i => _users[i])]);
    }

    /// <summary>The items' ids.</summary>
    public IdMap Ids { get; }

    /// <summary>Whether there are titles at all.</summary>
    public bool HasTitles => _titles is not null;

    /// <summary>The names of the attributes.</summary>
    public IReadOnlyList<string> Attributes => [.. _attributes.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Training users of the most popular item; 0: no counts are known.</summary>
    public int MostUsers { get; }

    /// <summary>Training users of each item, [items].</summary>
    public ReadOnlySpan<int> Users => _users;

    /// <summary>All items, those with most training users first, then by id; null where training users are not
    /// known.</summary>
    internal int[]? ByPopularity => _byPopularity.Value;

    /// <summary>An item's title; null where it has none.</summary>
    public string? Title(int item) => _titles?[item] is { Length: > 0 } title ? title : null;

    /// <summary>An item's title by original id; null where it has none or is not known.</summary>
    public string? Title(string id) => Ids.TryGetIndex(id, out int item) ? Title(item) : null;

    /// <summary>An item's values of an attribute; empty where it has none.</summary>
    public IReadOnlyList<string> Values(string attribute, int item) =>
        _attributes.TryGetValue(attribute, out string[][]? values) ? values[item] : [];

    /// <summary>All values of an attribute, the most frequent first.</summary>
    public IReadOnlyList<string> Values(string attribute) => _byValue.TryGetValue(attribute, out var values)
        ? [.. values.OrderByDescending(v => v.Value.Length).ThenBy(v => v.Key, StringComparer.Ordinal).Select(v => v.Key)]
        : [];

    /// <summary>Items whose title or id contains every word of a text, in any case: titles that begin with it first,
    /// then by popularity.</summary>
    public IReadOnlyList<int> Search(string text, int limit)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase)];
        var found = new List<(int Item, bool Begins)>();
        for (int item = 0; item < Ids.Count && words.Length > 0; item++)
        {
            string name = Title(item) ?? Ids[item];
            bool isId = words.Length == 1 && Ids[item] == words[0];
            if (isId || Array.TrueForAll(words, word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
            {
                found.Add((item, isId || name.StartsWith(text.Trim(), StringComparison.OrdinalIgnoreCase)));
            }
        }

        return [.. found.OrderByDescending(f => f.Begins).ThenByDescending(f => _users[f.Item]).ThenBy(f => f.Item).Take(limit).Select(f => f.Item)];
    }

    /// <summary>" Did you mean item 1 (Toy Story)?" for the end of an error about an id that is none of the items: the item
    /// whose title contains its words, else the one with the closest title or, where ids are no numbers, the closest id.
    /// Empty where none is close.</summary>
    public string DidYouMean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ItemSuggestion.Closest(this, text) is not { } item ? ""
            : Title(item) is { } title ? $" Did you mean item {Ids[item]} ({title})?"
            : $" Did you mean item {Ids[item]}?";
    }

    /// <summary>The items that a filter lets through.</summary>
    /// <exception cref="ArgumentException">There is no such attribute, or no item has a value of the filter; the message
    /// lists those there are.</exception>
    internal bool[] Passing(AttributeFilter filter)
    {
        if (!_byValue.TryGetValue(filter.Attribute, out var byValue))
        {
            throw new ArgumentException(_attributes.Count == 0
                ? $"Found a filter on {filter.Attribute}, but nothing is known of the items beside who met them. Give a file of items: encore train … --items FILE."
                : $"No attribute is named {filter.Attribute}.{Suggestion.DidYouMean(filter.Attribute, Attributes)} The attributes: {string.Join(", ", Attributes)}.");
        }

        var passing = new bool[Ids.Count];
        foreach (string value in filter.AnyOf)
        {
            if (!byValue.TryGetValue(value, out int[]? having))
            {
                throw new ArgumentException(NoSuchValue(filter.Attribute, value));
            }

            foreach (int item in having)
            {
                passing[item] = true;
            }
        }

        for (int item = 0; item < passing.Length && filter.Not; item++)
        {
            passing[item] = !passing[item];
        }

        return passing;
    }

    // A value that no item has is a mistake, whether it should let items through or keep them away.
    private string NoSuchValue(string attribute, string value)
    {
        var known = Values(attribute);
        string list = string.Join(", ", known.Take(ValuesShown));
        return $"No item has {attribute} {value}.{Suggestion.DidYouMean(value, known)} "
            + (known.Count > ValuesShown ? $"The most frequent of {known.Count} values: {list}." : $"The values: {list}.");
    }

    /// <summary>The same table for other items: what this one does not know of them is empty.</summary>
    /// <param name="ids">The items.</param>
    /// <param name="users">Training users of each, [items].</param>
    public ItemTable For(IdMap ids, int[] users)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] from = ids.MapTo(Ids);
        return new ItemTable(
            ids, users, _titles is null ? null : [.. from.Select(i => i < 0 ? "" : _titles[i])],
            _attributes.ToDictionary(a => a.Key, a => from.Select(i => i < 0 ? [] : a.Value[i]).ToArray()));
    }

    /// <summary>This table with items that nobody has met yet.</summary>
    /// <param name="items">The items: a column of an attribute's name has their values.</param>
    /// <param name="titles">Their titles by id; null: those of the column <c>title</c>.</param>
    /// <exception cref="ArgumentException">One of the items is here already.</exception>
    public ItemTable With(FeatureTable items, IReadOnlyDictionary<string, string>? titles = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (items.Matches(Ids) is > 0 and var twice)
        {
            throw new ArgumentException($"Found {twice} items that are here already, expected new ones only.", nameof(items));
        }

        var all = IdMap.From(Enumerable.Range(0, Ids.Count).Select(i => Ids[i]).Concat(Enumerable.Range(0, items.Ids.Count).Select(i => items.Ids[i])));
        int[] from = all.MapTo(Ids), added = all.MapTo(items.Ids);
        IReadOnlyList<string> Cell(string column, int item) =>
            items.Columns.FirstOrDefault(c => c.Name.Equals(column, StringComparison.OrdinalIgnoreCase))?.Texts(item) ?? [];
        titles ??= Enumerable.Range(0, items.Ids.Count).Where(i => Cell("title", i).Count > 0).ToDictionary(i => items.Ids[i], i => Cell("title", i)[0]);
        return new ItemTable(
            all, [.. from.Select(i => i < 0 ? 0 : _users[i])],
            _titles is null && titles.Count == 0 ? null : [.. from.Select((i, k) => i >= 0 ? _titles?[i] ?? "" : titles.GetValueOrDefault(all[k]) ?? "")],
            _attributes.ToDictionary(a => a.Key, a => from.Select((i, k) => i >= 0 ? a.Value[i] : [.. Cell(a.Key, added[k])]).ToArray()));
    }

    /// <summary>All titles, empty where there is none; null without titles.</summary>
    internal string[]? TitleColumn => _titles;

    private static int Counted(IdMap ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ids.Count;
    }
}
