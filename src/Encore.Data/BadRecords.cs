using System.Globalization;
using System.Text;

namespace Encore.Data;

/// <summary>What is wrong with a record of a delimited log, where such are left out.</summary>
internal sealed class BadRecords(DelimitedLayout layout, ReadOptions options)
{
    /// <summary>What is wrong with a record; null: nothing.</summary>
    /// <param name="fields">Its fields.</param>
    /// <param name="number">Its number in the file, from 0.</param>
    public string? Wrong(string[] fields, long number)
    {
        if (number == 0 && layout.Header)
        {
            return null;
        }

        return fields.Length != layout.Columns.Count ? Fields(fields.Length, layout.Columns.Count)
            : IsHeader(fields) ? "found a header"
            : fields[layout.Found.User].Length == 0 ? "found nothing, expected a user"
            : fields[layout.Found.Item].Length == 0 ? "found nothing, expected an item"
            : layout.Found.Rating >= 0 && !IsNumber(fields[layout.Found.Rating]) ? Cell(fields, layout.Found.Rating, "a number")
            : layout.Found.Timestamp >= 0 && !IsTime(fields[layout.Found.Timestamp]) ? Cell(fields, layout.Found.Timestamp, "a time")
            : null;
    }

    /// <summary>What is wrong with a record of more or fewer fields.</summary>
    public static string Fields(int found, int expected) => FormattableString.Invariant($"found {found} fields, expected {expected}");

    private bool IsHeader(string[] fields) => (layout.Header && fields.SequenceEqual(layout.Columns))
        || LogColumns.UsualHeaders.Contains((fields[layout.Found.User], fields[layout.Found.Item]));

    private string Cell(string[] fields, int column, string expected) =>
        $"found '{DelimitedLayout.Shortened(fields[column])}' in column {layout.Columns[column]}, expected {expected}";

    private bool IsNumber(string field) =>
        double.TryParse(layout.DecimalMark == '.' ? field : field.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        && double.IsFinite(number);

    private bool IsTime(string field)
    {
        byte[] text = Encoding.UTF8.GetBytes(field);
        return options.DateFormat is not null || TimeText.TryNumber(text, out _, out _, (byte)layout.DecimalMark)
            || TimeText.TryEitherOrder(text, out _, out _) || TimeText.TryDate(text, out _, out _);
    }
}
