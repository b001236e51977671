namespace Encore;

/// <summary>The item that somebody may have meant who wrote a title, or mistyped an id.</summary>
internal static class ItemSuggestion
{
    // Longer texts are no titles, and comparing them with all of them takes time.
    private const int LongestText = 64;

    /// <summary>The item's index; null where none is close.</summary>
    public static int? Closest(ItemTable items, string text)
    {
        if (text.Length is 0 or > LongestText)
        {
            return null;
        }

        if (items.HasTitles && (items.Search(text, 1) is [var found] ? found : ByTitle(items, text)) is { } titled)
        {
            return titled;
        }

        // A number close to another number means nothing.
        return !items.Ids.IsInteger && Suggestion.Closest(text, Ids(items, text.Length)) is { } id && items.Ids.TryGetIndex(id, out int index) ? index : null;
    }

    private static int? ByTitle(ItemTable items, string text)
    {
        var titles = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (int item in items.ByPopularity ?? [.. Enumerable.Range(0, items.Ids.Count)])
        {
            if (items.Title(item) is { } title && WithoutYear(title) is var name && IsNear(name.Length, text.Length))
            {
                titles.TryAdd(name, item);
            }
        }

        return Suggestion.Closest(WithoutYear(text), titles.Keys) is { } closest ? titles[closest] : null;
    }

    private static IEnumerable<string> Ids(ItemTable items, int length)
    {
        for (int i = 0; i < items.Ids.Count; i++)
        {
            if (items.Ids[i] is var id && IsNear(id.Length, length))
            {
                yield return id;
            }
        }
    }

    // So many letters more or less make a text another one.
    private static bool IsNear(int length, int other) => Math.Abs(length - other) <= Math.Max(7, Math.Max(length, other) / 3);

    // "Toy Story (1995)" is looked for as "toy story".
    private static string WithoutYear(string title) =>
        title.Length > 7 && title[^1] == ')' && title[^6] == '(' && title.AsSpan(title.Length - 5, 4).IndexOfAnyExceptInRange('0', '9') < 0 ? title[..^7].TrimEnd() : title;
}
