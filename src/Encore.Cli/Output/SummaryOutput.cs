using System.Globalization;
using System.Text.Json;
using Encore.Data;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>A data summary as a table or as JSON.</summary>
internal static class SummaryOutput
{
    public static void Table(string name, DatasetSummary summary, Terminal terminal)
    {
        terminal.Output.WriteLine(name);
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned());
        table.AddRow("users", Format.Count(summary.Users));
        table.AddRow("items", Format.Count(summary.Items));
        table.AddRow("interactions", Format.Count(summary.Interactions));
        table.AddRow("lines read", Format.Count(summary.RowsRead));
        table.AddRow("duplicates", Format.Count(summary.Duplicates));
        table.AddRow("density", Format.Text($"{summary.Density:P3}"));
        table.AddRow("mean rating", !double.IsNaN(summary.MeanCount) ? Format.Text($"none: counts, {summary.MeanCount:F3} on average")
            : double.IsNaN(summary.MeanRating) ? "none: implicit feedback" : Format.Text($"{summary.MeanRating:F3}"));
        if (summary.First is { } first && summary.Last is { } last)
        {
            table.AddRow("first", first.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
            table.AddRow("last", last.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        }
        else
        {
            table.AddRow("times", "none: the order of the file counts");
        }

        terminal.Write(table);
        terminal.Output.WriteLine();

        var degrees = new Table().Border(TableBorder.Simple).AddColumn("interactions per");
        foreach (string column in (string[])["min", "25 %", "median", "75 %", "95 %", "max", "mean"])
        {
            degrees.AddColumn(new TableColumn(column).RightAligned());
        }

        AddDegrees(degrees, "user", summary.PerUser);
        AddDegrees(degrees, "item", summary.PerItem);
        terminal.Write(degrees);

        if (summary.Ratings.Count > 0)
        {
            terminal.Output.WriteLine();
            Histogram(summary, terminal);
        }
    }

    /// <summary>Which column is what, with its first values.</summary>
    public static void Columns(LogReading reading, Terminal terminal)
    {
        terminal.Output.WriteLine();
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("").RightAligned()).AddColumns("column", "used as", "values");
        foreach (var column in reading.Columns)
        {
            table.AddRow(
                Format.Count(column.Position), Markup.Escape(column.Name), column.Role == ColumnRole.None ? "" : Word(column.Role), Markup.Escape(string.Join(", ", column.Samples)));
        }

        terminal.Write(table);
    }

    private static string Word(ColumnRole role) => role.ToString().ToLowerInvariant();

    private static void Histogram(DatasetSummary summary, Terminal terminal)
    {
        const int Longest = 40;
        int most = summary.Ratings.Max(r => r.Count);
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn(summary.RatingsAreBinned ? "ratings from" : "rating").RightAligned())
            .AddColumn(new TableColumn("count").RightAligned())
            .AddColumn(new TableColumn("share").RightAligned())
            .AddColumn("");
        foreach (var (from, count) in summary.Ratings)
        {
            int length = (int)Math.Round((double)Longest * count / most);
            table.AddRow(
                Format.Text($"{from:0.###}"), Format.Count(count), Format.Text($"{(double)count / summary.Interactions:P1}"),
                new string(terminal.IsUnicode ? '█' : '#', length));
        }

        terminal.Write(table);
    }

    public static void Json(string name, DatasetSummary summary, LogReading? reading, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("data", name);
            Numbers(json, summary);
            json.WriteStartArray("ratings");
            foreach (var (from, count) in summary.Ratings)
            {
                json.WriteStartObject();
                json.WriteNumber(summary.RatingsAreBinned ? "from" : "rating", from);
                json.WriteNumber("count", count);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            Columns(json, reading);
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static void Columns(Utf8JsonWriter json, LogReading? reading)
    {
        json.WriteStartArray("columns");
        foreach (var column in reading?.Columns ?? [])
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteNumber("position", column.Position);
            json.WriteString("role", column.Role == ColumnRole.None ? null : Word(column.Role));
            json.WriteStartArray("values");
            foreach (string value in column.Samples)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Numbers(Utf8JsonWriter json, DatasetSummary summary)
    {
        json.WriteNumber("users", summary.Users);
        json.WriteNumber("items", summary.Items);
        json.WriteNumber("interactions", summary.Interactions);
        json.WriteNumber("rowsRead", summary.RowsRead);
        json.WriteNumber("duplicates", summary.Duplicates);
        json.WriteNumber("density", summary.Density);
        if (summary.First is { } first && summary.Last is { } last)
        {
            json.WriteString("first", first);
            json.WriteString("last", last);
        }

        Degrees(json, "perUser", summary.PerUser);
        Degrees(json, "perItem", summary.PerItem);
        if (!double.IsNaN(summary.MeanRating))
        {
            json.WriteNumber("meanRating", summary.MeanRating);
        }

        if (!double.IsNaN(summary.MeanCount))
        {
            json.WriteNumber("meanCount", summary.MeanCount);
        }
    }

    private static void Degrees(Utf8JsonWriter json, string name, DegreeQuantiles degrees)
    {
        json.WriteStartObject(name);
        json.WriteNumber("min", degrees.Minimum);
        json.WriteNumber("q25", degrees.Q25);
        json.WriteNumber("median", degrees.Median);
        json.WriteNumber("q75", degrees.Q75);
        json.WriteNumber("q95", degrees.Q95);
        json.WriteNumber("max", degrees.Maximum);
        json.WriteNumber("mean", degrees.Mean);
        json.WriteEndObject();
    }

    private static void AddDegrees(Table table, string name, DegreeQuantiles degrees) => table.AddRow(
        name,
        Format.Count(degrees.Minimum),
        Format.Count(degrees.Q25),
        Format.Count(degrees.Median),
        Format.Count(degrees.Q75),
        Format.Count(degrees.Q95),
        Format.Count(degrees.Maximum),
        Format.Text($"{degrees.Mean:F1}"));
}
