using System.Globalization;

namespace Encore.Data;

/// <summary>What is told of a log's columns: the mapping, and warnings of columns that are left over while their role is
/// open.</summary>
internal sealed class ColumnReport(string source)
{
    private readonly List<string> _notes = [];
    private IReadOnlyList<string> _names = [];
    private IReadOnlyList<string?[]> _rows = [];
    private ColumnContent[] _contents = [];
    private FoundColumns? _found;
    private ColumnNames _asked = new();
    private bool _header;

    /// <summary>Whether it is known which column is what.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Told of the columns, once they are known.</summary>
    /// <param name="names">Their names, or positions where there is no header.</param>
    /// <param name="found">What they are.</param>
    /// <param name="asked">What was asked for.</param>
    /// <param name="contents">What they look like.</param>
    /// <param name="rows">Some rows of text; none where nobody looked.</param>
    /// <param name="header">Whether the columns have names.</param>
    public void Columns(IReadOnlyList<string> names, FoundColumns found, ColumnNames asked, ColumnContent[] contents, IReadOnlyList<string?[]> rows, bool header) =>
        (_names, _found, _asked, _contents, _rows, _header, IsKnown) = (names, found, asked, contents, rows, header, true);

    /// <summary>Whether the columns were told apart by what they hold.</summary>
    public bool IsGuessed { get; set; }

    /// <summary>Told that there are no columns: each line is a user and the user's items.</summary>
    public void Lists() => IsKnown = true;

    /// <summary>Adds what was assumed.</summary>
    public void Note(string note) => _notes.Add(note);

    /// <summary>Tells that the values turned out to be counts.</summary>
    public void HasCounts() => _found = _found! with { HasCounts = true };

    public LogReading ToReading() => new(source, [.. _names.Select((name, c) => new LogColumn(name, c + 1, Role(c), ColumnSample.Of(_rows, c)))])
    {
        IsGuessed = IsGuessed,
        Notes = [.. _notes],
        Warnings = [.. _found is null ? [] : Warnings(_found)],
    };

    private ColumnRole Role(int column) =>
        column == _found!.User ? ColumnRole.User
        : column == _found.Item ? ColumnRole.Item
        : column == _found.Rating ? _found.HasCounts ? ColumnRole.Count : ColumnRole.Rating
        : column == _found.Timestamp ? ColumnRole.Timestamp
        : ColumnRole.None;

    private IEnumerable<string> Warnings(FoundColumns found)
    {
        foreach (string open in found.Open)
        {
            yield return $"{char.ToUpperInvariant(open[0])}{open[1..]}, so none of them is used. Say which it is with --columns.";
        }

        int[] unused = [.. Enumerable.Range(0, _names.Count).Where(c => Role(c) == ColumnRole.None)];
        int[] numbers = [.. unused.Where(c => _contents[c] == ColumnContent.Number && !ColumnVocabulary.IsMeasure(_names[c]) && !ColumnSample.ArePlaces(_rows, c))];
        if (found.Rating < 0 && numbers.Length > 0)
        {
            yield return $"{Listed(numbers)} {(numbers.Length == 1 ? "holds" : "hold")} numbers and {(numbers.Length == 1 ? "is" : "are")} not used, so every interaction counts as 1. " +
                $"For ratings say {Option("rating", numbers[0])}; for counts, {Option("count", numbers[0])}.";
        }

        int[] times = [.. unused.Where(c => _contents[c] is ColumnContent.Date or ColumnContent.Moment)];
        if (found.Timestamp < 0 && times.Length > 0)
        {
            yield return $"{Listed(times)} {(times.Length == 1 ? "looks like a time" : "look like times")} and {(times.Length == 1 ? "is" : "are")} not used, so the order of the file counts. " +
                $"Say {Option("timestamp", times[0])}.";
        }
    }

    private string Listed(int[] columns)
    {
        const int Most = 3;
        string names = string.Join(", ", columns.Take(Most).Select(c =>
        {
            string samples = string.Join(", ", ColumnSample.Of(_rows, c));
            return samples.Length == 0 ? _names[c] : $"{_names[c]} ({samples})";
        }));
        return $"{(columns.Length == 1 ? "Column" : "Columns")} {names}{(columns.Length > Most ? string.Create(CultureInfo.InvariantCulture, $" and {columns.Length - Most} more") : "")}";
    }

    // The whole option, with what was said before; without a header nothing else would tell the other columns.
    private string Option(string role, int column)
    {
        string[] roles = ["user", "item", "rating", "timestamp", "count"];
        int[] places = [_found!.User, _found.Item, _found.HasCounts ? -1 : _found.Rating, _found.Timestamp, _found.HasCounts ? _found.Rating : -1];
        var parts = roles.Select((r, i) => (Role: r, Value: r == role ? Name(column)
            : _asked.Asked[i] ?? (_header || places[i] < 0 ? null : (places[i] + 1).ToString(CultureInfo.InvariantCulture)))).Where(p => p.Value is not null);
        string list = string.Join(",", parts.Select(p => $"{p.Role}={p.Value}"));
        return $"--columns {(list.Any(c => !char.IsLetterOrDigit(c) && c is not ('=' or ',' or '_' or '-' or '.' or '/' or ':')) ? $"\"{list}\"" : list)}";
    }

    // A comma would end the name.
    private string Name(int column) => _names[column].Contains(',', StringComparison.Ordinal) || _names[column].Contains('"', StringComparison.Ordinal)
        ? (column + 1).ToString(CultureInfo.InvariantCulture)
        : _names[column];
}
