using Encore.Experiments;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>
/// A comparison as a table for people. A window too narrow for it gets each error below its mean, and where that is still
/// too wide, several tables, each with the models.
/// </summary>
internal static class CompareTable
{
    /// <summary>Writes a comparison in one of the formats.</summary>
    public static void Write(ExperimentReport report, DataDescription data, CompareFormat format, Terminal terminal)
    {
        if (format == CompareFormat.Table)
        {
            Write(report, data, terminal);
            return;
        }

        terminal.Output.Write(CompareOutput.Text(report, data, format));
    }

    /// <summary>Writes a comparison as a table.</summary>
    public static void Write(ExperimentReport report, DataDescription data, Terminal terminal)
    {
        var cells = new CompareCells(report);
        terminal.WriteText($"Data      {data}", 10);
        terminal.WriteText($"Protocol  {report.Split.Protocol}. {report.Split.Description}", 10);
        foreach (var table in Fit(cells, terminal.Width, terminal.IsUnicode))
        {
            terminal.Write(table);
        }

        terminal.WriteText(cells.Sample + cells.Legend("*"));
        foreach (string note in cells.Notes())
        {
            terminal.WriteText(note);
        }

        Differences(cells, terminal);
        Spreads(cells, terminal);
    }

    private static void Spreads(CompareCells cells, Terminal terminal)
    {
        string[][] lines = [.. cells.Spreads()];
        if (lines.Length > 0)
        {
            var table = new Table().Border(terminal.IsUnicode ? TableBorder.Rounded : TableBorder.Ascii);
            foreach (var (i, header) in CompareCells.SpreadHeaders.Index())
            {
                var column = new TableColumn(Markup.Escape(header));
                table.AddColumn(i < 2 ? column : column.RightAligned());
            }

            foreach (string[] line in lines)
            {
                table.AddRow([.. line.Select(Markup.Escape)]);
            }

            terminal.Output.WriteLine();
            terminal.Write(table);
        }
    }

    private static IEnumerable<Table> Fit(CompareCells cells, int width, bool unicode)
    {
        var border = unicode ? TableBorder.Rounded : TableBorder.Ascii;
        var whole = Make([Model(cells, int.MaxValue), .. cells.Report.Metrics.Select(m => Metric(cells, m)), .. Costs(cells, ' ')], border);
        if (WidthOf(whole) <= width)
        {
            yield return whole;
            yield break;
        }

        border = unicode ? TableBorder.Horizontal : TableBorder.Ascii;
        var model = Model(cells, width / 5);
        List<Column> block = [];
        foreach (var column in (Column[])[.. cells.Report.Metrics.Select(m => Stacked(cells, m)), .. Costs(cells, '\n')])
        {
            if (block.Count > 0 && WidthOf(Make([model, .. block, column], border)) > width)
            {
                yield return Make([model, .. block], border);
                block.Clear();
            }

            block.Add(column);
        }

        yield return Make([model, .. block], border);
    }

    private static int WidthOf(Table table) => Terminal.Lines(table, 10_000).Max(line => line.Length);

    private static Table Make(IReadOnlyList<Column> columns, TableBorder border)
    {
        var table = new Table().Border(border);
        foreach (var column in columns)
        {
            var made = new TableColumn(Markup.Escape(column.Header)).NoWrap();
            made.Padding = border == TableBorder.Horizontal ? new Padding(1, 0, 0, 0) : made.Padding;
            table.AddColumn(column.IsText ? made : made.RightAligned());
        }

        for (int r = 0; r < columns[0].Cells.Count; r++)
        {
            table.AddRow([.. columns.Select(c => c.Cells[r].IsBest ? $"[bold]{Markup.Escape(c.Cells[r].Text)}[/]" : Markup.Escape(c.Cells[r].Text))]);
        }

        return table;
    }

    private static Column Model(CompareCells cells, int width) => new("model", true,
        [.. cells.Order.Select(r => (string.Join('\n', TextLines.Wrap(cells.Report.Rows[r].Title, width)), false))]);

    // 0.3951 ± 0.0291 *; a mark that is not there leaves its place, so that points stand below each other.
    private static Column Metric(CompareCells cells, string metric) => Values(cells, metric, metric,
        (r, mark) => cells.Error(r, metric) is { Length: > 0 } error ? $"{cells.Mean(r, metric)} {error}{mark}" : cells.Mean(r, metric) + mark);

    private static Column Stacked(CompareCells cells, string metric)
    {
        int cut = metric.Length <= 10 ? 0 : metric.Contains('_', StringComparison.Ordinal) ? metric.LastIndexOf('_') + 1 : metric.IndexOf('@', StringComparison.Ordinal);
        return Values(cells, metric, cut <= 0 ? metric : $"{metric[..cut]}\n{metric[cut..]}", (r, mark) =>
            cells.Error(r, metric) is { Length: > 0 } error ? $"{cells.Mean(r, metric)}{mark}\n{error}{new string('\u00A0', mark.Length)}" : cells.Mean(r, metric) + mark);
    }

    private static Column Values(CompareCells cells, string metric, string header, Func<int, string, string> text)
    {
        bool marked = cells.Order.Any(r => Mark(cells, r, metric).Length > 0);
        return new Column(header, false, [.. cells.Order.Select(r => cells.Report.Rows[r].Failure is not null
            ? ("failed", false)
            : (text(r, Mark(cells, r, metric) is { Length: > 0 } mark ? mark : marked ? "\u00A0\u00A0" : ""), cells.IsBest(r, metric)))]);
    }

    private static string Mark(CompareCells cells, int r, string metric) => cells.Report.Rows[r].Failure is not null ? ""
        : cells.IsBest(r, metric) ? " *" : cells.Mark(r, metric);

    private static IEnumerable<Column> Costs(CompareCells cells, char between)
    {
        yield return Cost("fit", row => Format.Seconds(row.FitSeconds));
        yield return Cost("evaluate", row => Format.Seconds(row.EvaluateSeconds));
        yield return Cost($"peak{between}memory", row => Format.Bytes(row.PeakBytes));

        Column Cost(string header, Func<ExperimentRow, string> text) => new(header, false,
            [.. cells.Order.Select(r => (cells.Report.Rows[r].Failure is null ? text(cells.Report.Rows[r]) : "", false))]);
    }

    private static void Differences(CompareCells cells, Terminal terminal)
    {
        var differences = cells.Differences().ToArray();
        if (differences.Length == 0)
        {
            return;
        }

        terminal.Output.WriteLine();
        terminal.WriteText($"{cells.DifferencesTitle}:");
        var table = new Table().Border(TableBorder.None).HideHeaders();
        foreach (bool right in (bool[])[false, true, true, false, false])
        {
            var column = new TableColumn("").NoWrap().PadLeft(0).PadRight(2);
            table.AddColumn(right ? column.RightAligned() : column);
        }

        foreach (var (title, c) in differences)
        {
            table.AddRow(
                Markup.Escape(title), CompareCells.WithSign(c.Difference),
                $"({CompareCells.WithSign(c.Low)} … {CompareCells.WithSign(c.High)})", CompareCells.P(c.PValue),
                c.Significant ? "significant" : "≈");
        }

        terminal.Write(new Padder(table, new Padding(2, 0, 0, 0)));
    }

    private sealed record Column(string Header, bool IsText, IReadOnlyList<(string Text, bool IsBest)> Cells);
}
