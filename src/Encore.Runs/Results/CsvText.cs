namespace Encore.Runs;

/// <summary>Fields of CSV files.</summary>
internal static class CsvText
{
    /// <summary>A field, in quotes where it needs them.</summary>
    public static string Quoted(string field) => field.AsSpan().ContainsAny(",\"\n\r")
        ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : field;
}
