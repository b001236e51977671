namespace Encore.Data;

/// <summary>What a column of a log is used for.</summary>
public enum ColumnRole
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The users' ids.</summary>
    User,

    /// <summary>The items' ids.</summary>
    Item,

    /// <summary>Ratings.</summary>
    Rating,

    /// <summary>Counts, such as plays: weights of implicit feedback.</summary>
    Count,

    /// <summary>Times.</summary>
    Timestamp,
}

/// <summary>A column of a log.</summary>
/// <param name="Name">Its name; without a header its position.</param>
/// <param name="Position">Its position, from 1.</param>
/// <param name="Role">What it is used for.</param>
/// <param name="Samples">Its first values, as text; empty where nobody looked.</param>
public sealed record LogColumn(string Name, int Position, ColumnRole Role, IReadOnlyList<string> Samples);

/// <summary>How a log was understood: which column is what, what was assumed, and what looks wrong.</summary>
/// <param name="Source">The file or query.</param>
/// <param name="Columns">All columns, in order; empty for adjacency lists, which have none.</param>
public sealed record LogReading(string Source, IReadOnlyList<LogColumn> Columns)
{
    /// <summary>Whether there is no header, so that the columns were told apart by what they hold.</summary>
    public bool IsGuessed { get; init; }

    /// <summary>What was assumed, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What is likely to be a mistake, a sentence each, with what to do.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Which column is what, in a line.</summary>
    public override string ToString()
    {
        string name = Path.GetFileName(Source);
        if (Columns.Count == 0)
        {
            return $"{name}: one user a line, then the user's items.";
        }

        string roles = string.Join(", ", Columns.Where(c => c.Role != ColumnRole.None).OrderBy(c => c.Role)
            .Select(c => $"{Word(c.Role)} = {Called(c)}"));
        string[] unused = [.. Columns.Where(c => c.Role == ColumnRole.None).Select(Called)];
        const int Most = 6;
        string rest = unused.Length == 0 ? ""
            : $"; not used: {string.Join(", ", unused.Take(Most))}{(unused.Length > Most ? FormattableString.Invariant($" and {unused.Length - Most} more") : "")}";
        return $"{name}: {roles}{rest}{(IsGuessed ? " (guessed by what the columns hold, as there is no header)" : "")}.";
    }

    /// <summary>The word for a role, as <c>--columns</c> takes it.</summary>
    internal static string Word(ColumnRole role) => role.ToString().ToLowerInvariant();

    private static string Called(LogColumn column) =>
        column.Name == column.Position.ToString(System.Globalization.CultureInfo.InvariantCulture) ? $"column {column.Name}" : column.Name;
}
