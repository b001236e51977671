namespace Encore;

/// <summary>How the values of a column become features.</summary>
public enum FeatureKind
{
    /// <summary>A feature for each value; a cell may have several.</summary>
    Category,

    /// <summary>One feature: the number, scaled to mean 0 and standard deviation 1 over the rows that have one.</summary>
    Number,

    /// <summary>A feature for each of some ranges of a number, cut so that each holds about as many rows.</summary>
    Bins,

    /// <summary>A feature for each word of a text.</summary>
    Words,

    /// <summary>A feature for each word of a text with its tf-idf weight, (1 + ln tf)·(1 + ln((1 + n)/(1 + df))), of length 1 a
    /// row.</summary>
    Text,

    /// <summary>Numbers that were made elsewhere, as they are: an embedding of a text, an image or a sound.</summary>
    Vector,
}

/// <summary>What to make of a column.</summary>
/// <param name="Column">The column's name.</param>
public sealed record FeatureRecipe(string Column)
{
    /// <summary>How its values become features; null: by what they look like.</summary>
    public FeatureKind? Kind { get; init; }

    /// <summary>The number of bins, or the most values or words that are kept, those that most rows have; null: 10 bins,
    /// 10,000 values, 5,000 words.</summary>
    public int? Size { get; init; }

    /// <summary>Rows that a value or a word must have to be kept; null: 1 for values, 2 for words.</summary>
    public int? MinimumRows { get; init; }

    /// <summary>Whether the column is left out where its values say nothing, as where no recipes are given. Default false: it is
    /// read as values all the same.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Reads <c>year</c>, <c>year=bins</c> or <c>year=bins(5)</c>; kinds are category, number, bins, words, text and
    /// vector.</summary>
    /// <exception cref="FormatException">The text is no such recipe.</exception>
    public static FeatureRecipe Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = (equals < 0 ? text : text[..equals]).Trim(), kind = equals < 0 ? "" : text[(equals + 1)..].Trim();
        int? size = null;
        if (kind.EndsWith(')') && kind.IndexOf('(', StringComparison.Ordinal) is > 0 and var bracket)
        {
            size = int.TryParse(kind[(bracket + 1)..^1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int n) && n >= 1 ? n
                : throw new FormatException($"Column {text}: found {kind[(bracket + 1)..^1]}, expected a whole number, at least 1.");
            kind = kind[..bracket];
        }

        string[] kinds = Array.ConvertAll(Enum.GetNames<FeatureKind>(), k => k.ToLowerInvariant());
        int at = Array.IndexOf(kinds, kind.ToLowerInvariant());
        if (name.Length == 0 || (equals >= 0 && at < 0))
        {
            throw new FormatException($"Found column '{text}', expected NAME or NAME=KIND, where a kind is {string.Join(", ", kinds)}.{Suggestion.DidYouMean(kind, kinds)}");
        }

        return size is not null && at is (int)FeatureKind.Number or (int)FeatureKind.Vector
            ? throw new FormatException($"Column {text}: found a size, expected none: {kind} has none.")
            : new FeatureRecipe(name) { Kind = at < 0 ? null : (FeatureKind)at, Size = size };
    }
}
