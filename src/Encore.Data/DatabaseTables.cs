using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;
using ExcelDataReader;
using Microsoft.Data.Sqlite;

namespace Encore.Data;

/// <summary>Tables of databases and workbooks as tables of DuckDB.</summary>
internal static class DatabaseTables
{
    // What queries call the file.
    private const string Table = "data";

    /// <summary>Opens a file; a query, where there is one, is run by SQLite on its own tables, or waits for DuckDB.</summary>
    /// <returns>SQL that gives the rows.</returns>
    /// <exception cref="InvalidDataException">It cannot be read, or has several tables and none was named.</exception>
    public static string Open(DuckDb db, DataFile file, string name, ReadOptions options) => file.Content switch
    {
        FileKind.Sqlite => Sqlite(db, file.Path, name, options),
        FileKind.Workbook => Workbook(db, file.Path, name, options),
        _ => DuckDbFile(db, file.Path, name, options),
    };

    private static string Sqlite(DuckDb db, string path, string name, ReadOptions options)
    {
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
            var tables = new List<string>();
            using (var names = command.ExecuteReader())
            {
                while (names.Read())
                {
                    tables.Add(names.GetString(0));
                }
            }

#pragma warning disable CA2100 // the query is the user's own, on a file opened for reading
            command.CommandText = options.Query ?? $"SELECT * FROM {Text.Name(Choose(tables, name, "table", options))}";
#pragma warning restore CA2100
            using var reader = command.ExecuteReader();
            string[] columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
            db.Fill(Table, Unique(columns, name), Rows(reader, columns, name));
            return Table;
        }
        catch (SqliteException error)
        {
            throw new InvalidDataException($"{(options.Query is null ? name : "query")}: {error.Message}", error);
        }
    }

    private static IEnumerable<string?[]> Rows(DbDataReader reader, string[] columns, string name)
    {
        for (long number = 1; reader.Read(); number++)
        {
            var row = new string?[columns.Length];
            for (int c = 0; c < row.Length; c++)
            {
                object cell = reader.GetValue(c);
                if (cell is byte[])
                {
                    throw new InvalidDataException(FormattableString.Invariant(
                        $"{name}: row {number}: found bytes in column {columns[c]}, expected text or a number. Leave the column out with --query."));
                }

                row[c] = Shown(cell);
            }

            yield return row;
        }
    }

    private static string Workbook(DuckDb db, string path, string name, ReadOptions options)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        try
        {
            using var file = File.OpenRead(path);
            using var reader = ExcelReaderFactory.CreateReader(file);
            var sheets = new List<string>();
            do
            {
                if (reader.RowCount > 0 && reader.FieldCount > 0)
                {
                    sheets.Add(reader.Name);
                }
            }
            while (reader.NextResult());

            string sheet = Choose(sheets, name, "sheet", options);
            reader.Reset();
            while (reader.Name != sheet)
            {
                reader.NextResult();
            }

            Sheet(db, reader, $"{name}: sheet {sheet}", options);
            return Table;
        }
        catch (ExcelDataReader.Exceptions.ExcelReaderException error)
        {
            throw new InvalidDataException($"{name}: found a workbook that cannot be read ({error.Message.TrimEnd('.')}); save it again as .xlsx, or as CSV.", error);
        }
    }

    private static void Sheet(DuckDb db, IExcelDataReader reader, string where, ReadOptions options)
    {
        object?[]? first = null;
        while (first is null && reader.Read())
        {
            first = Cells(reader);
        }

        if (first is null)
        {
            throw new InvalidDataException($"{where}: found no cell with a value, expected a header and interactions.");
        }

        bool header = options.Header ?? first.All(cell => cell is null or string);
        string[] columns = [.. first.Select((cell, c) => header && Shown(cell) is { Length: > 0 } named ? named : (c + 1).ToString(CultureInfo.InvariantCulture))];
        db.Fill(Table, Unique(columns, where), Rows());

        IEnumerable<string?[]> Rows()
        {
            if (!header)
            {
                yield return [.. first.Select(Shown)];
            }

            while (reader.Read())
            {
                if (Cells(reader) is { } cells)
                {
                    yield return [.. cells.Select(Shown)];
                }
            }
        }
    }

    // The cells of a row; null where none has a value.
    private static object?[]? Cells(IExcelDataReader reader)
    {
        object?[] cells = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)];
        return cells.All(cell => cell is null) ? null : cells;
    }

    private static string DuckDbFile(DuckDb db, string path, string name, ReadOptions options)
    {
        DuckDbErrors.Guard(name, () => db.Execute($"ATTACH {Text.Literal(path)} AS log (READ_ONLY); USE log"));
        if (options.Query is not null)
        {
            return "";
        }

        string[] tables = [.. db.Rows("SELECT table_name FROM information_schema.tables WHERE table_catalog = 'log' ORDER BY table_name").Select(row => row[0]!)];
        return Text.Name(Choose(tables, name, "table", options));
    }

    private static string Choose(IReadOnlyList<string> tables, string name, string what, ReadOptions options)
    {
        if (options.Table is { } table)
        {
            return tables.Contains(table) ? table
                : throw new InvalidDataException($"{name}: found no {what} {table}.{Suggestion.DidYouMean(table, tables)} It has {string.Join(", ", tables)}.");
        }

        if (tables.Count != 1)
        {
            throw new InvalidDataException(tables.Count == 0
                ? $"{name}: found no {what}, expected one of interactions."
                : $"{name}: found the {what}s {string.Join(", ", tables)}, expected one. Say which with --table, such as --table {tables[0]}{(what == "table" ? ", or ask with --query" : "")}.");
        }

        options.Notes?.Report($"{name}: read the {what} {tables[0]}, the only one.");
        return tables[0];
    }

    private static string[] Unique(string[] columns, string where) =>
        columns.CountBy(c => c.ToUpperInvariant()).FirstOrDefault(g => g.Value > 1).Key is { } twice
            ? throw new InvalidDataException($"{where}: found the column {columns.First(c => c.Equals(twice, StringComparison.OrdinalIgnoreCase))} more than once, expected names that differ.")
            : columns;

    private static string? Shown(object? cell) => cell switch
    {
        null or DBNull => null,
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture),
    };
}
