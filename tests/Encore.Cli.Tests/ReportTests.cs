using System.Text.RegularExpressions;
using Encore.Runs;

namespace Encore.Cli.Tests;

/// <summary><c>--report</c>: a page that needs nothing beside it, and the same numbers in other forms.</summary>
[Collection(ToolCollection.Name)]
public sealed partial class ReportTests
{
    [Fact]
    public async Task Compare_Report_IsOneSelfContainedPageWithDescribedFigures()
    {
        using var folder = new TemporaryFolder();
        var result = await Cli.RunAsync("compare", "--models", "popularity,ease,mult-dae:epochs=3", "--report", folder["report"]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        Directory.GetFiles(folder["report"]).Select(Path.GetFileName).Order().ShouldBe(["report.csv", "report.html", "report.json", "report.md"]);
        string page = await File.ReadAllTextAsync(Path.Combine(folder["report"], "report.html"), TestContext.Current.CancellationToken);
        Loads().IsMatch(page).ShouldBeFalse("nothing is loaded from anywhere");
        page.ShouldContain("prefers-color-scheme: dark");
        foreach (string title in (string[])["Training loss", "Validation", "Accuracy and time", "Recall by list length", "NDCG by list length", "Users by activity", "Items by popularity", "What is recommended", "Variety"])
        {
            page.ShouldContain($"<strong>{title}.</strong>");
            page.ShouldContain($"role=\"img\" aria-label=\"{title}: ");
        }

        result.Output.ShouldNotContain("gini", customMessage: "what only figures need stays out of the table");
    }

    [Fact]
    public async Task Compare_RatingReport_ShowsErrorsByRating()
    {
        using var folder = new TemporaryFolder();
        var result = await Cli.RunAsync("compare", "--protocol", "rating", "--models", "rating-mean,rating-bias", "--report", folder["report"]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        string page = await File.ReadAllTextAsync(Path.Combine(folder["report"], "report.html"), TestContext.Current.CancellationToken);
        page.ShouldContain("<strong>RMSE by rating.</strong>");
        page.ShouldContain("RMSE, rating points");
    }

    [Fact]
    public async Task Compare_ReportThatIsThere_IsNotOverwritten()
    {
        using var folder = new TemporaryFolder();
        folder.Write("report/report.md", "mine");
        (await Cli.RefusedAsync(Tool.Failure, "compare", "--models", "popularity", "--report", folder["report"])).ShouldContain("--report");
        File.ReadAllText(folder["report/report.md"]).ShouldBe("mine");
    }

    [Fact]
    public async Task Article_Report_HasTheTableAndAFigureForEachProtocol()
    {
        using var folder = new TemporaryFolder();
        var result = await Cli.RunAsync("article", "--data", "demo", "--rows", "ESAE,AutoRec", "--quick", "--report", folder["report"]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        string page = await File.ReadAllTextAsync(Path.Combine(folder["report"], "report.html"), TestContext.Current.CancellationToken);
        page.ShouldContain("printed figures are of MovieLens 1M");
        page.ShouldContain("Honest: protocol rating");
        page.ShouldContain("Honest: protocol weak");
    }

    [Fact]
    public void Chart_Colours_AreNamesThatTheStyleSheetGivesValuesTo()
    {
        var figure = new Figure("t", "x", "y", FigureKind.Lines, [.. Enumerable.Range(0, Chart.Styles).Select(s => new Series($"m{s}", s, [1, 2], [s, 3]))]);
        string svg = Chart.Svg(figure);
        for (int s = 0; s < Chart.Styles; s++)
        {
            svg.ShouldContain($"var(--s{s})");
        }

        svg.ShouldContain("var(--axis)");
        svg.ShouldContain("var(--grid)");
        Colour().IsMatch(svg).ShouldBeFalse(Colour().Match(svg).Value);
    }

    [Theory]
    [InlineData("1–3", 5, "1–3")]
    [InlineData("12,345–345,678", 5, "12,345–|345,678")]
    [InlineData("1234–12345", 5, "1234–|12345")]
    [InlineData("123–1,234", 5, "123–1,234")]
    [InlineData("0.5", 10, "0.5")]
    [InlineData("100", 100, "100")]
    public void Chart_NamesOfGroups_DoNotOverlap(string name, int count, string first)
    {
        string[][] fitted = Chart.Fitted([.. Enumerable.Repeat(name, count)]);
        string.Join('|', fitted[0]).ShouldBe(first);
        double place = 368.0 / count;
        int[] shown = [.. fitted.Index().Where(f => f.Item.Length > 0).Select(f => f.Index)];
        shown.Zip(shown.Skip(1), (a, b) => (b - a) * place).ShouldAllBe(room => room >= fitted[0].Max(w => w.Length) * 6.6);
    }

    [Theory]
    [InlineData(8, nameof(FigureKind.Bars))]
    [InlineData(9, nameof(FigureKind.Lines))]
    [InlineData(24, nameof(FigureKind.Lines))]
    public void Figure_OfGroups_IsDrawnSoThatModelsAreToldApart(int models, string kind) => Figure.KindOf(models).ToString().ShouldBe(kind);

    [Fact]
    public void Chart_OfLongLines_HasAMarkerHereAndThere()
    {
        var figure = new Figure("t", "x", "y", FigureKind.Lines, [.. Enumerable.Range(0, 20).Select(s => new Series($"m{s}", s, [.. Enumerable.Range(1, 200).Select(x => (double)x)], [.. Enumerable.Range(1, 200).Select(x => s + (1.0 / x))]))]);
        string svg = Chart.Svg(figure), swatches = string.Concat(Enumerable.Range(0, 20).Select(Chart.Swatch));
        for (int style = 0; style < 20; style++)
        {
            Regex.Count(svg, $"fill=\"var\\(--s{style}\\)\"").ShouldBeInRange(6, 10, $"style {style}");
        }

        Regex.Matches(swatches, "<svg.*?</svg>").Select(m => m.Value).Distinct().Count().ShouldBe(20);
    }

    [Theory]
    [InlineData(0, 1, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(0.13, 0.42, new[] { 0.15, 0.2, 0.25, 0.3, 0.35, 0.4 })]
    [InlineData(-30, 520, new[] { 0.0, 100, 200, 300, 400, 500 })]
    public void Chart_Ticks_AreRound(double min, double max, double[] expected)
    {
        double[] ticks = Chart.Ticks(min, max, 6);
        ticks.Length.ShouldBe(expected.Length);
        for (int t = 0; t < ticks.Length; t++)
        {
            ticks[t].ShouldBe(expected[t], 1e-9);
        }
    }

    [Fact]
    public void Table_Cells_AreEscaped() =>
        new ReportTable(["a"], [["<b>&"]]).ToHtml().ShouldContain("&lt;b&gt;&amp;");

    [GeneratedRegex("(src|href)=|url\\(|@import", RegexOptions.IgnoreCase)]
    private static partial Regex Loads();

    [GeneratedRegex("(fill|stroke)=\"(#|black|rgb)[^\"]*\"", RegexOptions.IgnoreCase)]
    private static partial Regex Colour();
}
