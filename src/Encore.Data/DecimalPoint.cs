using System.Text.RegularExpressions;

namespace Encore.Data;

/// <summary>Finds out whether a delimited file writes numbers with a decimal comma.</summary>
internal static partial class DecimalPoint
{
    /// <summary>A comma where a column has nothing but numbers, some with a comma and none with a dot; else a dot.</summary>
    /// <param name="rows">The fields of the first lines.</param>
    /// <param name="notes">Told of a comma.</param>
    /// <param name="path">The file, for notes.</param>
    public static char Sniff(string[][] rows, IProgress<string>? notes, string path)
    {
        for (int c = 0; c < rows[0].Length; c++)
        {
            string[] cells = [.. rows.Skip(rows.Length > 1 ? 1 : 0).Where(row => c < row.Length && row[c].Length > 0).Select(row => row[c])];
            string[] commas = [.. cells.Where(cell => WithComma().IsMatch(cell))];
            bool areNumbers = cells.All(cell => WithComma().IsMatch(cell) || Whole().IsMatch(cell));
            if (commas.Length == 0 || !areNumbers || commas.All(cell => Thousands().IsMatch(cell)))
            {
                continue; // 1,234 may be a thousand
            }

            notes?.Report($"{path}: read the comma in numbers such as '{commas[0]}' as a decimal point (--decimal ,).");
            return ',';
        }

        return '.';
    }

    /// <summary>Rows whose numbers have dots, for those who look at their contents.</summary>
    public static string[][] WithDots(string[][] rows, char point) => point == '.' ? rows
        : [.. rows.Select(row => row.Select(cell => WithComma().IsMatch(cell) ? cell.Replace(',', '.') : cell).ToArray())];

    [GeneratedRegex(@"^\s*[+-]?\d+,\d+\s*$")]
    private static partial Regex WithComma();

    [GeneratedRegex(@"^\s*[+-]?\d+\s*$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^\s*[+-]?[1-9]\d{0,2},\d{3}\s*$")]
    private static partial Regex Thousands();
}
