using Encore.Experiments;
using Encore.Runs;

namespace Encore.Article;

/// <summary>The article's comparison as a page.</summary>
internal static class ArticleReportPage
{
    /// <summary>The page.</summary>
    /// <param name="report">The comparison.</param>
    /// <param name="shown">The metrics that the table of a protocol shows.</param>
    /// <param name="data">The data.</param>
    /// <param name="threads">Threads that it ran on.</param>
    public static string Page(ArticleReport report, Func<ExperimentReport, IReadOnlyList<string>> shown, DataDescription data, int threads)
    {
        var page = new ReportPage("The article's table, as printed and as it should be");
        page.Paragraph(CompareReport.Data(data));
        if (report.Quick)
        {
            page.Paragraph(ArticleOutput.QuickWarning);
        }

        string printed = ArticleLines.IsOfOtherData(report) ? "" : "what the article prints; ";
        page.Paragraph($"For each model: {printed}what is measured here as the article's code measured; and the same trained model without the leak. Values lie in [0, 1]; RMSE is in rating points.");
        if (printed.Length == 0)
        {
            page.Paragraph(ArticleOutput.OtherData);
        }

        page.Add(new ReportTable(ArticleLines.Columns, [.. report.Rows.SelectMany(ArticleLines.Of)], TextColumns: 2));
        page.List(report.Rows.Select(row => (row.Model,
            $"{row.Difference} {ArticleLines.How(row)}")));
        page.Add(Learning(report));
        foreach (var honest in report.Honest)
        {
            page.Heading($"Honest: protocol {honest.Split.Protocol}");
            CompareReport.AddTo(page, honest, shown(honest));
        }

        page.Paragraph($"All of it took {Format.Seconds(report.Seconds)}. {Provenance.Of(report.Seed, threads)}");
        return page.ToHtml();
    }

    // Of the article's own trainings; their metrics differ, so only the losses share a figure.
    private static Figure[] Learning(ArticleReport report)
    {
        Series[] curves = [.. report.Rows.Index().Where(r => r.Item.Training is { Epochs.Count: > 1 }).Select(r => new Series(
            r.Item.Model, r.Index, [.. r.Item.Training!.Epochs.Select(e => (double)e.Epoch)],
            [.. r.Item.Training.Epochs.Select(e => e.Loss / r.Item.Training.Epochs[0].Loss)]))];
        Series[] ranking = [.. report.Rows.Index().Where(r => r.Item.Training is { Epochs: [{ Metric: "ndcg@100" }, _, ..] }).Select(r => new Series(
            r.Item.Model, r.Index, [.. r.Item.Training!.Epochs.Select(e => (double)e.Epoch)], [.. r.Item.Training.Epochs.Select(e => e.MetricValue)]))];
        Figure loss = new("Training loss under the article's settings", "epoch", "loss ÷ loss of the first epoch", FigureKind.Lines, curves)
        {
            IsLogarithmic = true,
            Caption = "Each model has a loss of its own, so that only the shape of the curves can be compared.",
        };
        Figure metric = new("What the article watched", "epoch", "ndcg@100", FigureKind.Lines, ranking)
        {
            IsLogarithmic = true,
            Caption = string.Join("; ", ranking.Select(s => $"{s.Name} on {(s.Name == "SVAE" ? "validation users, seen items masked" : "the test users, seen items ranked")}")) + ".",
        };
        return [.. ((Figure[])[loss, metric]).Where(f => f.Series.Count > 0)];
    }
}
