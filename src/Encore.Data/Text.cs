using DuckDB.NET.Native;

namespace Encore.Data;

/// <summary>DuckDB's strings as bytes, and text as DuckDB's SQL.</summary>
internal static class Text
{
    /// <summary>The UTF-8 bytes of a string in a vector, valid while the chunk is.</summary>
    public static unsafe ReadOnlySpan<byte> Bytes(in DuckDBString text) => new(text.Data, text.Length);

    /// <summary>A string literal of SQL.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A path as a literal of SQL; DuckDB reads brackets, stars and question marks as patterns.</summary>
    public static string File(string path) => Literal(path.Replace("[", "[[]", StringComparison.Ordinal)
        .Replace("*", "[*]", StringComparison.Ordinal).Replace("?", "[?]", StringComparison.Ordinal));

    /// <summary>A field of CSV, between quotes where it has to be.</summary>
    public static string Field(string text) => text.AsSpan().ContainsAny(",\"\r\n")
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;

    /// <summary>A name in SQL.</summary>
    public static string Name(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
