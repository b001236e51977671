namespace Encore.Data;

/// <summary>Files as tables of DuckDB's SQL.</summary>
internal static class Sources
{
    /// <summary>A format by the ending of a name.</summary>
    public static DataFormat FormatOf(string path)
    {
        string name = Path.GetFileName(path).ToLowerInvariant();
        foreach (string packed in (string[])[".gz", ".zst"])
        {
            name = name.EndsWith(packed, StringComparison.Ordinal) ? name[..^packed.Length] : name;
        }

        return Path.GetExtension(name) switch
        {
            ".parquet" or ".pq" => DataFormat.Parquet,
            ".jsonl" or ".ndjson" or ".json" => DataFormat.JsonLines,
            _ => DataFormat.Delimited,
        };
    }

    /// <summary>A file's lines as a table of one column, <c>line</c>: no byte of real text is its delimiter, and each
    /// line may end in its own way.</summary>
    public static string LinesOf(string path) =>
        $"read_csv({Text.File(path)}, auto_detect = false, header = false, delim = '\u0001', quote = '', escape = '', strict_mode = false, max_line_size = 67108864, columns = {{'line': 'VARCHAR'}})";

    /// <summary>The log in a delimited file: user, item, rating and time where there are any.</summary>
    public static LogQuery Log(string path, DelimitedLayout layout)
    {
        // Dates are read as text: as times, DuckDB would make nothing of a bad one instead of an error.
        bool dates = layout.TimestampType == "TIMESTAMPTZ";
        var columns = Enumerable.Range(0, layout.Columns.Count).Select(c =>
            $"'c{c}': '{(c == layout.Rating ? "FLOAT" : c == layout.Timestamp && !dates ? layout.TimestampType : "VARCHAR")}'");
        string table = $"read_csv({Text.File(path)}, auto_detect = false, {Shape(layout.Dialect, layout.Header)}{Point(layout.DecimalMark)}, columns = {{{string.Join(", ", columns)}}})";
        string rating = $"c{layout.Rating}", time = $"c{layout.Timestamp}";
        return new LogQuery(
            table,
            $"c{layout.User}",
            $"c{layout.Item}",
            layout.Rating < 0 ? null : new LogCell(rating, rating, layout.Columns[layout.Rating], "a number"),
            layout.Timestamp < 0 ? null : new LogCell(
                time, Time(time, layout.TimestampType), layout.Columns[layout.Timestamp], "a date such as 2020-12-31 23:59:59"));
    }

    /// <summary>A file with names and types of its own.</summary>
    public static string Typed(string path, DataFormat format) =>
        format == DataFormat.Parquet ? $"read_parquet({Text.File(path)})" : $"read_json({Text.File(path)})";

    /// <summary>A JSON file with the types of its columns given.</summary>
    public static string Json(string path, IEnumerable<(string Name, string Type)> columns) =>
        $"read_json({Text.File(path)}, columns = {{{string.Join(", ", columns.Select(c => $"{Text.Name(c.Name)}: '{c.Type}'"))}}})";

    /// <summary>A delimited file for queries, with types that DuckDB finds. What it takes for a number and would write
    /// otherwise, as ids with leading zeros or more digits than a number has, stays text.</summary>
    public static string ForQuery(DuckDb db, string path, Dialect dialect, bool header, char point)
    {
        string table = $"read_csv({Text.File(path)}, {Shape(dialect, header)}{Point(point)}";
        string[] numbers = [.. db.Rows($"DESCRIBE SELECT * FROM {table})").Where(row => row[1] is "BIGINT" or "DOUBLE")
            .Select(row => row[0]!)];
        if (numbers.Length == 0)
        {
            return table + ")";
        }

        // A text of digits alone that its number does not give back.
        string tests = string.Join(", ", numbers.Select(Text.Name).Select(c =>
            $"bool_or(regexp_full_match({c}, '-?[0-9]+') AND CAST(TRY_CAST({c} AS BIGINT) AS VARCHAR) IS DISTINCT FROM {c})"));
        var answers = db.Rows($"SELECT {tests} FROM {table}, all_varchar = true)")[0];
        string[] texts = [.. numbers.Where((_, i) => answers[i] == "True").Select(name => $"{Text.Literal(name)}: 'VARCHAR'")];
        return texts.Length == 0 ? table + ")" : $"{table}, types = {{{string.Join(", ", texts)}}})";
    }

    /// <summary>A column as a time. Seconds stay seconds; what carries fractions or is a date becomes milliseconds, so
    /// that no order is lost. A date without an offset is in UTC.</summary>
    public static string Time(string column, string type) =>
        IsWhole(type) || type is "UBIGINT" or "HUGEINT" or "UHUGEINT" ? $"CAST({column} AS BIGINT)"
        : type is "DOUBLE" or "FLOAT" || type.StartsWith("DECIMAL", StringComparison.Ordinal) ? $"CAST(round({column} * 1000) AS BIGINT)"
        : type is "VARCHAR" ? $"CASE WHEN regexp_full_match({column}, '[+-]?[0-9]+') THEN TRY_CAST({column} AS BIGINT) " +
            $"WHEN TRY_CAST({column} AS DOUBLE) IS NOT NULL THEN CAST(round(TRY_CAST({column} AS DOUBLE) * 1000) AS BIGINT) " +
            $"ELSE epoch_ms(CAST({column} AS TIMESTAMPTZ)) END"
        : $"epoch_ms(CAST({column} AS TIMESTAMPTZ))";

    /// <summary>Whether a type's values are whole numbers within 64 bits.</summary>
    public static bool IsWhole(string type) =>
        type is "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER";

    private static string Shape(Dialect dialect, bool header) => $"header = {(header ? "true" : "false")}, {dialect.Sql}";

    private static string Point(char point) => point == '.' ? "" : $", decimal_separator = '{point}'";
}
