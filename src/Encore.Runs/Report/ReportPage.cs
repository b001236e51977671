using System.Text;

namespace Encore.Runs;

/// <summary>One self-contained page: style and figures are inside, nothing is loaded.</summary>
public sealed class ReportPage(string title)
{
    private readonly StringBuilder _body = new();

    /// <summary>Adds a heading.</summary>
    public void Heading(string text) => _body.Append("<h2>").Append(Html.Text(text)).Append("</h2>\n");

    /// <summary>Adds a paragraph.</summary>
    public void Paragraph(string text) => _body.Append("<p>").Append(Html.Text(text)).Append("</p>\n");

    /// <summary>Adds a list of terms, each with a text.</summary>
    public void List(IEnumerable<(string Term, string Text)> entries)
    {
        _body.Append("<dl>\n");
        foreach (var (term, text) in entries)
        {
            _body.Append("<dt>").Append(Html.Text(term)).Append("</dt><dd>").Append(Html.Text(text)).Append("</dd>\n");
        }

        _body.Append("</dl>\n");
    }

    /// <summary>Adds a table.</summary>
    public void Add(ReportTable table) => _body.Append(table.ToHtml()).Append('\n');

    /// <summary>Figures side by side where there is room, with one legend for all of them; below each other, where the
    /// legend would be out of sight, each with its own.</summary>
    public void Add(IReadOnlyList<Figure> figures)
    {
        if (figures.Count == 0)
        {
            return;
        }

        _body.Append(Legend(figures, "shared")).Append("\n<div class=\"figures\">\n");
        foreach (var figure in figures)
        {
            _body.Append("<figure>").Append("<figcaption><strong>").Append(Html.Text(figure.Title)).Append(".</strong> ")
                .Append(Html.Text(figure.Caption)).Append("</figcaption>").Append(Legend([figure], "own")).Append(Chart.Svg(figure)).Append(Data(figure)).Append("</figure>\n");
        }

        _body.Append("</div>\n");
    }

    /// <summary>The page.</summary>
    public string ToHtml() => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Html.Text(title)}</title>
        <style>
        {Style()}
        </style>
        </head>
        <body>
        <main>
        <h1>{Html.Text(title)}</h1>
        {_body}</main>
        </body>
        </html>

        """;

    private static string Legend(IReadOnlyList<Figure> figures, string kind)
    {
        var entries = figures.SelectMany(f => f.Series).DistinctBy(s => s.Style).OrderBy(s => s.Style)
            .Select(s => $"<li>{Chart.Swatch(s.Style)}{Html.Text(s.Name)}</li>");
        return $"<ul class=\"legend {kind}\">{string.Concat(entries)}</ul>";
    }

    // A figure's numbers, for those who want them or cannot see it.
    private static string Data(Figure figure)
    {
        double[] xs = [.. figure.Series.SelectMany(s => s.Xs).Distinct().Order()];
        var rows = figure.Kind == FigureKind.Points
            ? [.. figure.Series.SelectMany(s => s.Xs.Zip(s.Ys, (x, y) => (IReadOnlyList<string>)[s.Name, Numbers.Short(x), Numbers.Short(y)]))]
            : xs.Select(x => (IReadOnlyList<string>)
                [figure.Categories?[(int)x] ?? Numbers.Short(x), .. figure.Series.Select(s => Array.IndexOf(s.Xs, x) is var at and >= 0 ? Numbers.Short(s.Ys[at]) : "")]).ToArray();
        string[] columns = figure.Kind == FigureKind.Points ? ["model", figure.XLabel, figure.YLabel] : [figure.XLabel, .. figure.Series.Select(s => s.Name)];
        return $"<details><summary>Numbers</summary>{new ReportTable(columns, rows).ToHtml()}</details>";
    }

    private static string Style()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
