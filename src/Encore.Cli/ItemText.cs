using System.Globalization;
using Encore.Recommending;
using Encore.Runs;

namespace Encore.Cli;

/// <summary>
/// Items as one writes them on a command line: ids with commas between, in a history also <c>ID:RATING</c>, or
/// <c>@FILE</c> with one a line. What may be read in two ways is decided by the ids that the model has, and said.
/// </summary>
/// <param name="items">The model's items.</param>
/// <param name="option">The option, for messages.</param>
/// <param name="notes">Told what was decided, and what may have been meant by ids that the model does not know.</param>
internal sealed class ItemText(ItemTable items, string option, TextWriter notes)
{
    // Unknown ids that are named one by one.
    private const int Named = 5;

    // Commas of an id that is not in quotes.
    private const int MostCommas = 8;

    private bool? _colons;

    /// <summary>A history, oldest first.</summary>
    public IReadOnlyList<HistoryItem> History(string text)
    {
        HistoryItem[] history = [.. Entries(text, Rated)];
        Suggest([.. history.Select(h => h.Item)]);
        return history;
    }

    /// <summary>Ids; null where nothing was said.</summary>
    public IReadOnlyList<string>? Ids(string? text)
    {
        string[]? ids = Read(text);
        Suggest(ids ?? []);
        return ids;
    }

    /// <summary>As <see cref="Ids"/>, where the model must know at least one.</summary>
    /// <exception cref="ArgumentException">It knows none.</exception>
    public IReadOnlyList<string>? SomeKnown(string? text)
    {
        string[]? ids = Read(text);
        if (ids?.Length > 0 && !Array.Exists(ids, IsKnown))
        {
            throw new ArgumentException(Format.Text(
                $"{option}: the model knows none of the {ids.Length:N0} items, such as '{ids[0]}'.{items.DidYouMean(ids[0])}"));
        }

        Suggest(ids ?? []);
        return ids;
    }

    private string[]? Read(string? text) => text is null ? null : [.. Entries(text, id => new HistoryItem(id)).Select(item => item.Item)];

    private bool IsKnown(string id) => items.Ids.TryGetIndex(id, out _);

    private IEnumerable<HistoryItem> Entries(string text, Func<string, HistoryItem> single)
    {
        if (text.StartsWith('@') && !text.StartsWith("@@", StringComparison.Ordinal))
        {
            return Lines(text[1..]).Select(line => Line(line, single));
        }

        return Pieces(text.StartsWith('@') ? text[1..] : text, single);
    }

    // ID, "ID", ID:RATING, or ID, a tab and RATING.
    private HistoryItem Line(string line, Func<string, HistoryItem> single) =>
        line.StartsWith('"') && !IsKnown(line) ? (Quoted(line, 0, out int next), next > line.Length) switch
        {
            (var entry, true) => entry,
            _ => throw new ArgumentException($"{option}: found the line {line}, expected one item a line: \"ID\", or with a rating \"ID\":RATING."),
        }
        : line.Split('\t') is [var id, var value] && Rating(value) is { } rating ? new HistoryItem(id, rating)
        : single(line);

    private IEnumerable<string> Lines(string path) => File.Exists(path)
        ? File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)
        : throw new ArgumentException(
            $"{option}: found no file {path}, expected one with an item a line. For an item whose id begins with @, write @@{path}.");

    // From comma to comma; a run of pieces that is an id as a whole, and whose first piece is none, is that id.
    private List<HistoryItem> Pieces(string text, Func<string, HistoryItem> single)
    {
        var entries = new List<HistoryItem>();
        for (int start = 0; start <= text.Length;)
        {
            start += text.AsSpan(start).Length - text.AsSpan(start).TrimStart().Length;
            if (start < text.Length && text[start] == '"')
            {
                entries.Add(Quoted(text, start, out start));
                continue;
            }

            int end = End(text, start);
            string piece = text[start..end].Trim();
            var entry = piece.Length == 0 ? default : single(piece);
            if (piece.Length > 0 && !IsKnown(entry.Item) && Joined(text, start, single) is var (joined, joinedEnd))
            {
                notes.WriteLine($"note: {option}: {joined.Item} is an item of the model, and taken as one id.");
                (entry, end) = (joined, joinedEnd);
            }

            if (piece.Length > 0)
            {
                entries.Add(entry);
            }

            start = end + 1;
        }

        if (entries.Count > 1 && IsKnown(text.Trim()) && entries.TrueForAll(e => IsKnown(e.Item)))
        {
            notes.WriteLine($"note: {option}: {text} is an item of the model too; it was taken as {entries.Count} ids. Put it into double quotes to mean one.");
        }

        return entries;
    }

    private static int End(string text, int start) => text.IndexOf(',', start) is >= 0 and var comma ? comma : text.Length;

    // The longest run of pieces from here that is an id with commas in it.
    private (HistoryItem Entry, int End)? Joined(string text, int start, Func<string, HistoryItem> single)
    {
        var ends = new Stack<int>();
        for (int end = End(text, start); end < text.Length && ends.Count < MostCommas;)
        {
            ends.Push(end = End(text, end + 1));
        }

        foreach (int end in ends)
        {
            var entry = single(text[start..end].Trim());
            if (IsKnown(entry.Item))
            {
                return (entry, end);
            }
        }

        return null;
    }

    // "id" or "id":rating, with "" for a quote inside.
    private HistoryItem Quoted(string text, int start, out int next)
    {
        int end = start + 1;
        for (; end < text.Length && (text[end] != '"' || (end + 1 < text.Length && text[end + 1] == '"')); end++)
        {
            end += text[end] == '"' ? 1 : 0;
        }

        if (end >= text.Length)
        {
            throw new ArgumentException($"{option}: found a quote that is not closed in {text[start..]}, expected \"ID\".");
        }

        int comma = End(text, end);
        string id = text[(start + 1)..end].Replace("\"\"", "\"", StringComparison.Ordinal), rest = text[(end + 1)..comma].Trim();
        next = comma + 1;
        return rest.Length == 0 ? new HistoryItem(id)
            : rest[0] is ':' or '\t' && Rating(rest[1..]) is { } rating ? new HistoryItem(id, rating)
            : throw new ArgumentException($"{option}: found {rest} behind \"{id}\", expected a comma or :RATING.");
    }

    // An id, or an id and a rating: what the model knows decides.
    private HistoryItem Rated(string entry)
    {
        int colon = entry.LastIndexOf(':');
        float? rating = colon > 0 ? Rating(entry[(colon + 1)..]) : null;
        if (rating is null)
        {
            return new HistoryItem(entry);
        }

        string id = entry[..colon];
        if (IsKnown(entry))
        {
            if (IsKnown(id))
            {
                notes.WriteLine($"note: {option}: {entry} is an item of the model, and taken as such, not as item {id} with a rating. Write \"{id}\":{entry[(colon + 1)..]} to mean that.");
            }

            return new HistoryItem(entry);
        }

        // Of two unknown ids the one that looks like the model's.
        _colons ??= Enumerable.Range(0, items.Ids.Count).Any(i => items.Ids[i].Contains(':', StringComparison.Ordinal));
        return IsKnown(id) || _colons == false ? new HistoryItem(id, rating) : new HistoryItem(entry);
    }

    private static float? Rating(string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value) ? value : null;

    private void Suggest(string[] ids)
    {
        string[] unknown = [.. ids.Where(id => !IsKnown(id)).Distinct()];
        foreach (string id in unknown.Take(Named))
        {
            notes.WriteLine($"note: {option}: the model does not know item '{id}'; it is passed over.{items.DidYouMean(id)}");
        }

        if (unknown.Length > Named)
        {
            notes.WriteLine(Format.Text($"note: {option}: nor {unknown.Length - Named:N0} more of {ids.Length:N0} items."));
        }
    }
}
