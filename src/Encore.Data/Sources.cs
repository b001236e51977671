namespace Encore.Data;

/// <summary>Files as tables of DuckDB's SQL.</summary>
internal static class Sources
{
    /// <summary>What a cell of a time column should be, for errors.</summary>
    public const string ExpectedTime = "a time: a number or a date";

    /// <summary>A format by the ending of a name.</summary>
    public static DataFormat FormatOf(string path)
    {
        string name = Path.GetFileName(path).ToLowerInvariant();
        foreach (string packed in (string[])[".gz", ".zst", ".bz2"])
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
    public static string LinesOf(DataFile file) =>
        $"read_csv({file.Sql}, auto_detect = false, header = false, delim = '\u0001', quote = '', escape = '', strict_mode = false, max_line_size = 67108864, columns = {{'line': 'VARCHAR'}})";

    /// <summary>The log in a delimited file: user, item, rating and time where there are any.</summary>
    public static LogQuery Log(DataFile file, DelimitedLayout layout, string? dateFormat)
    {
        // Times are read as text: their type is decided over the whole column.
        var columns = Enumerable.Range(0, layout.Columns.Count).Select(c => $"'c{c}': '{(c == layout.Found.Rating ? "FLOAT" : "VARCHAR")}'");
        string table = $"read_csv({file.Sql}, auto_detect = false, {Shape(layout.Dialect, layout.Header)}{Point(layout.DecimalMark)}, columns = {{{string.Join(", ", columns)}}})";
        string rating = $"c{layout.Found.Rating}", time = $"c{layout.Found.Timestamp}";
        return new LogQuery(
            table,
            $"c{layout.Found.User}",
            $"c{layout.Found.Item}",
            layout.Found.Rating < 0 ? null : new LogCell(rating, rating, layout.Columns[layout.Found.Rating], "a number"),
            layout.Found.Timestamp < 0 ? null : TimeCell(time, time, layout.Columns[layout.Found.Timestamp], dateFormat),
            dateFormat is null ? TimeSource.Text : TimeSource.Microseconds);
    }

    /// <summary>A file with names and types of its own.</summary>
    public static string Typed(DataFile file, DataFormat format) =>
        format == DataFormat.Parquet ? $"read_parquet({Text.File(file.Path)})" : $"read_json({file.Sql})";

    /// <summary>A JSON file with the types of its columns given.</summary>
    public static string Json(DataFile file, IEnumerable<(string Name, string Type)> columns) =>
        $"read_json({file.Sql}, columns = {{{string.Join(", ", columns.Select(c => $"{Text.Name(c.Name)}: '{c.Type}'"))}}})";

    /// <summary>A delimited file for queries, with types that DuckDB finds. What it takes for a number and would write
    /// otherwise, as ids with leading zeros or more digits than a number has, stays text.</summary>
    public static string ForQuery(DuckDb db, DataFile file, Dialect dialect, bool header, char point)
    {
        string table = $"read_csv({file.Sql}, {Shape(dialect, header)}{Point(point)}";
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

    /// <summary>A column as a time: SQL, and what it gives.</summary>
    public static (string Sql, TimeSource Source) Time(string column, string type) =>
        IsWhole(type) || type is "UBIGINT" or "HUGEINT" or "UHUGEINT" ? ($"CAST({column} AS BIGINT)", TimeSource.Whole)
        : type is "DOUBLE" or "FLOAT" ? ($"CAST({column} AS DOUBLE)", TimeSource.Real)
        : type == "JSON" ? ($"{column} ->> '$'", TimeSource.Text)
        : type == "TIMESTAMP_NS" ? ($"epoch_ns({column})", TimeSource.Nanoseconds)
        : type == "DATE" || type.StartsWith("TIMESTAMP", StringComparison.Ordinal) ? ($"epoch_us(CAST({column} AS TIMESTAMPTZ))", TimeSource.Microseconds)
        : ($"CAST({column} AS VARCHAR)", TimeSource.Text);

    /// <summary>Whether a type holds several values in a cell.</summary>
    public static bool IsNested(string type) => type.EndsWith(']')
        || type.StartsWith("STRUCT", StringComparison.Ordinal) || type.StartsWith("MAP", StringComparison.Ordinal) || type.StartsWith("UNION", StringComparison.Ordinal);

    /// <summary>A cell of a time.</summary>
    /// <param name="cell">The cell as it is.</param>
    /// <param name="value">Its value, where no form of dates is given.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="dateFormat">The form of its dates; null: found out.</param>
    public static LogCell TimeCell(string cell, string value, string name, string? dateFormat) => dateFormat is null
        ? new LogCell(cell, value, name, ExpectedTime)
        : new LogCell(cell, $"epoch_us(strptime({cell}, {Text.Literal(dateFormat)}))", name, $"a date written as {dateFormat}");

    /// <summary>Whether a type's values are whole numbers within 64 bits.</summary>
    public static bool IsWhole(string type) =>
        type is "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER";

    private static string Shape(Dialect dialect, bool header) => $"header = {(header ? "true" : "false")}, {dialect.Sql}";

    private static string Point(char point) => point == '.' ? "" : $", decimal_separator = '{point}'";
}
