using System.Globalization;

namespace Encore.Data;

/// <summary>The values of a cell.</summary>
internal static class Cells
{
    /// <summary>Behind each value of a list that a file has as such; no text has it.</summary>
    public const char ListSeparator = '\u001F';

    private const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    /// <summary>The values of a cell: of a list, of a list as JSON and Python write it, or those between bars; empty where there
    /// are none.</summary>
    /// <param name="cell">The cell; null: nothing.</param>
    /// <param name="separator">What stands between values, where that is known; null: a bar.</param>
    public static string[] Values(string? cell, char? separator = null) => cell is null ? []
        : cell.EndsWith(ListSeparator) ? cell.Split(ListSeparator, Trimmed)
        : separator is { } known ? cell.Split(known, Trimmed)
        : TextList.TryParse(cell) ?? cell.Split('|', Trimmed);

    /// <summary>The numbers of a cell that is a list of numbers; null where it is none.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="separator">What stands between values, where that is known; null: commas within brackets.</param>
    public static float[]? Vector(string cell, char? separator = null)
    {
        ReadOnlySpan<char> text = cell.AsSpan().Trim();
        char between = ',';
        if (text.EndsWith([ListSeparator]))
        {
            text = text[..^1];
            between = ListSeparator;
        }
        else if (text is ['[', .., ']'])
        {
            text = text[1..^1];
        }
        else if (separator is { } known)
        {
            between = known;
        }
        else
        {
            return null;
        }

        if (text.IsWhiteSpace())
        {
            return null;
        }

        var vector = new float[text.Count(between) + 1];
        int at = 0;
        foreach (var part in text.Split(between))
        {
            var number = text[part].Trim();
            if (number.IsEmpty || !float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out vector[at++]))
            {
                return null;
            }
        }

        return vector;
    }
}
