using System.Globalization;

namespace Encore.Data;

/// <summary>What the first values of a column look like.</summary>
internal static class ColumnSample
{
    // Values that are shown.
    public const int Shown = 3;

    // 1980 to 2100 in seconds; ids rarely lie there for a whole column.
    private const long FirstMoment = 315_532_800, LastMoment = 4_102_444_800;

    /// <summary>What most of the values are: a damaged line does not decide.</summary>
    public static ColumnContent ContentOf(IEnumerable<string?> values)
    {
        string[] cells = [.. values.OfType<string>().Where(v => v.Trim().Length > 0)];
        if (cells.Length == 0)
        {
            return ColumnContent.Unknown;
        }

        bool Most(Func<string, bool> test) => cells.Count(test) * 2 > cells.Length;
        return Most(IsMoment) ? ColumnContent.Moment
            : Most(IsNumber) ? ColumnContent.Number
            : Most(IsDate) ? ColumnContent.Date
            : ColumnContent.Text;
    }

    /// <summary>The content of a column by its type in DuckDB, where that tells.</summary>
    public static ColumnContent ContentOf(string type) =>
        type.StartsWith("TIMESTAMP", StringComparison.Ordinal) || type == "DATE" ? ColumnContent.Date
        : Sources.IsWhole(type) || type is "UBIGINT" or "HUGEINT" or "UHUGEINT" or "DOUBLE" or "FLOAT" || type.StartsWith("DECIMAL", StringComparison.Ordinal)
            ? ColumnContent.Number
        : ColumnContent.Unknown;

    public static bool IsNumber(string field) => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether a field is a date. Numbers and words are none, whatever a lenient parser makes of them.</summary>
    public static bool IsDate(string field) => field.Length >= 6 && field.Any(char.IsAsciiDigit) && !IsNumber(field) && TimeText.LooksLikeDate(field);

    /// <summary>Whether a field is a time since 1970 as a number.</summary>
    public static bool IsMoment(string field)
    {
        if (!double.TryParse(field, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double time))
        {
            return false;
        }

        for (double unit = 1; unit <= 1e9; unit *= 1000)
        {
            if (time >= FirstMoment * unit && time <= LastMoment * unit)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What the columns of rows look like.</summary>
    public static ColumnContent[] ContentsOf(IReadOnlyList<string?[]> rows, int columns) =>
        [.. Enumerable.Range(0, columns).Select(c => ContentOf(rows.Select(row => c < row.Length ? row[c] : null)))];

    /// <summary>Whether a column's numbers are degrees of a map: within ±180 and with four decimals or more.</summary>
    public static bool ArePlaces(IReadOnlyList<string?[]> rows, int column)
    {
        string[] cells = [.. rows.Select(row => column < row.Length ? row[column] : null).OfType<string>().Where(v => v.Length > 0)];
        return cells.Length > 0 && cells.Count(v => v.IndexOf('.', StringComparison.Ordinal) is >= 0 and var point && v.Length - point > 4
            && double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out double degrees) && Math.Abs(degrees) <= 180) * 2 > cells.Length;
    }

    /// <summary>The first values of a column, shortened.</summary>
    public static string[] Of(IReadOnlyList<string?[]> rows, int column) =>
        [.. rows.Select(row => column < row.Length ? row[column] : null).OfType<string>().Where(v => v.Length > 0).Take(Shown)
            .Select(v => v.Length <= 40 ? v : v[..37] + "...")];
}
