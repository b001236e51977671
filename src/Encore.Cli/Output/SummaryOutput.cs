using System.Globalization;
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

    /// <summary>What a file says of items or users.</summary>
    public static void Features(FeatureMatch match, Terminal terminal, bool columns)
    {
        string what = match.File.Subject == FeatureSubject.Items ? "items" : "users";
        terminal.Output.WriteLine();
        terminal.Output.WriteLine(Format.Text($"{match.File.Name}: {match.Matched:N0} of {match.Ids:N0} {what} ({match.Share:P1}), {match.Features:N0} features"));
        if (!columns)
        {
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("column", "kind").AddColumn(new TableColumn("rows with a value").RightAligned())
            .AddColumn(new TableColumn("features").RightAligned());
        foreach (var column in match.Columns)
        {
            table.AddRow(Markup.Escape(column.Name), column.Kind?.ToString().ToLowerInvariant() ?? "left out", Format.Text($"{column.Coverage:P1}"), Format.Count(column.Features));
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
