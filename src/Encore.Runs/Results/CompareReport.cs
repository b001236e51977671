using Encore.Experiments;

namespace Encore.Runs;

/// <summary>A comparison as a part of a page: its table, what differs significantly, and figures.</summary>
public static class CompareReport
{
    /// <summary>Adds the comparison.</summary>
    /// <param name="page">The page.</param>
    /// <param name="report">The comparison with the metrics that figures need.</param>
    /// <param name="shown">The metrics of the table.</param>
    public static void AddTo(ReportPage page, ExperimentReport report, IReadOnlyList<string> shown)
    {
        var cells = new CompareCells(report with { Metrics = shown });
        page.Paragraph(report.Split.Description);
        page.Add(new ReportTable(
            ["model", .. shown, "fit", "evaluate", "peak memory"],
            [.. cells.Order.Select(r => Line(cells, r, shown))]));
        page.Paragraph(cells.Sample + cells.Legend("Bold"));
        foreach (string note in cells.Notes())
        {
            page.Paragraph(note);
        }

        var differences = cells.Differences().ToArray();
        if (differences.Length > 0)
        {
            page.Paragraph($"{cells.DifferencesTitle}:");
            page.Add(new ReportTable(
                ["model", "difference", "95 % interval", "p", "significant"],
                [.. differences.Select(d => (IReadOnlyList<string>)
                    [d.Title, CompareCells.WithSign(d.Comparison.Difference), $"{CompareCells.WithSign(d.Comparison.Low)} … {CompareCells.WithSign(d.Comparison.High)}",
                        CompareCells.P(d.Comparison.PValue), d.Comparison.Significant ? "yes" : "no"])]));
        }

        string[][] spreads = [.. cells.Spreads()];
        if (spreads.Length > 0)
        {
            page.Add(new ReportTable(CompareCells.SpreadHeaders, spreads));
        }

        page.Add(ComparisonFigures.Of(report, cells.Main));
        foreach (var row in report.Rows.Where(r => r.Failure is not null))
        {
            page.Paragraph($"{row.Model}: {row.Failure}");
        }
    }

    /// <summary>The page of one comparison.</summary>
    public static string Page(ExperimentReport report, IReadOnlyList<string> shown, DataDescription data)
    {
        var page = new ReportPage($"Comparison on {Path.GetFileName(data.Spec.TrimEnd('/', '\\'))}: {report.Split.Protocol}");
        page.Paragraph(Data(data));
        AddTo(page, report, shown);
        page.Paragraph(Provenance.Of(report.Seed, report.Compute.Threads));
        return page.ToHtml();
    }

    /// <summary>The data in a line; of a path the last part, since reports travel.</summary>
    public static string Data(DataDescription data) => (data with { Spec = Path.GetFileName(data.Spec.TrimEnd('/', '\\')) }).ToString();

    private static string[] Line(CompareCells cells, int r, IReadOnlyList<string> shown)
    {
        var row = cells.Report.Rows[r];
        return row.Failure is not null
            ? [row.Title, "failed", .. Enumerable.Repeat("", shown.Count + 2)]
            : [row.Title, .. shown.Select(Value), Format.Seconds(row.FitSeconds), Format.Seconds(row.EvaluateSeconds), Format.Bytes(row.PeakBytes)];

        string Value(string metric)
        {
            string value = $"{cells.Mean(r, metric)} {cells.Error(r, metric)}".TrimEnd() + cells.Mark(r, metric);
            return cells.IsBest(r, metric) ? $"**{value}**" : value;
        }
    }
}
