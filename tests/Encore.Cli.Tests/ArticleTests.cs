using System.Text.Json;

namespace Encore.Cli.Tests;

/// <summary><c>encore article</c>: the article's table.</summary>
[Collection(ToolCollection.Name)]
public sealed class ArticleTests
{
    private static string MovieLens => Path.Combine(
        Environment.GetEnvironmentVariable("ENCORE_DATA") ?? Path.Combine(Docs.Document.Root, "..", "shared", "data"), "ml-1m");

    [Fact]
    public async Task Article_OtherData_LeavesThePrintedFiguresOut()
    {
        var result = await Cli.RunAsync("article", "--data", "demo", "--rows", "ESAE,MultVAE", "--quick", "--table-only");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Output.ShouldNotContain("printed in the article");
        result.Output.ShouldContain("The article's printed figures are of MovieLens 1M");
        result.Error.ShouldNotContain("printed");
        result.Output.ShouldContain("here: seen items stay in the ranking");
        result.Output.ShouldContain("here: seen items masked, all else the same");
        result.Output.ShouldContain("Quick: far fewer epochs");
        result.Output.ShouldNotContain("0.2561");
        result.Output.ShouldNotContain("Protocol");
    }

    [Fact]
    public async Task Article_Markdown_NamesEveryLeak()
    {
        var result = await Cli.RunAsync("article", "--data", "demo", "--rows", "CDAE", "--quick", "--table-only", "--output", "markdown");
        result.Output.ShouldContain("Leaks: Rank seen items, Select epoch on test users, Normalise within batch.");
    }

    [Theory]
    [InlineData("one split (seed 1).", "Split: one split (seed 1). Leaks: Rank seen items.")]
    [InlineData("one split (seed 1)", "Split: one split (seed 1). Leaks: Rank seen items.")]
    public void How_Split_EndsInOnePeriod(string split, string expected) => Encore.Article.ArticleLines.How(new Encore.Article.ArticleRow
    {
        Model = "ESAE",
        Settings = "EASE λ=1000",
        Split = split,
        Difference = "",
        Measurements = [new("seen", Encore.Article.ArticleLeaks.RankSeenItems, new())],
    }).ShouldBe($"Settings: EASE λ=1000. {expected}");

    [Fact]
    public async Task Article_HonestProtocols_AreTablesWithErrors()
    {
        var result = await Cli.RunAsync("article", "--data", "demo", "--rows", "ESAE", "--output", "markdown");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Output.ShouldContain("## Protocol strong");
        result.Output.ShouldContain("## Protocol weak");
        result.Output.ShouldContain("| EASE λ=500 |");
    }

    [Fact]
    public async Task Article_WrongRow_IsRefusedWithTheRows() =>
        (await Cli.RefusedAsync(Tool.Usage, "article", "--data", "demo", "--rows", "EASE")).ShouldContain("ESAE");

    [Fact]
    public async Task Article_MovieLens1M_EsaeIsThePrintedRowAndTheTextSaysWhatMaskingDoes()
    {
        Assert.SkipUnless(Directory.Exists(MovieLens), $"No folder {MovieLens}: set ENCORE_DATA to the folder that holds ml-1m.");
        var result = await Cli.RunAsync("article", "--data", MovieLens, "--rows", "esae", "--table-only", "--output", "json");
        var row = result.Json.GetProperty("rows")[0];
        var (printed, here, masked) = (row.GetProperty("printed"), row.GetProperty("measurements")[0], row.GetProperty("measurements")[1]);
        foreach (string metric in (string[])["precision@100", "recall@100", "ndcg@100"])
        {
            Value(here, metric).ShouldBe(Value(printed, metric), 0.003, metric);
        }

        // The text says of each figure what it becomes: recall does not double.
        string text = row.GetProperty("difference").GetString()!;
        foreach (string metric in (string[])["precision@100", "recall@100", "ndcg@100"])
        {
            text.ShouldContain(System.FormattableString.Invariant($"from {Value(here, metric):F4} to {Value(masked, metric):F4} (× {Value(masked, metric) / Value(here, metric):F2})"));
        }

        // Another implementation, with another random split: .1636, .5877, .4776.
        Value(masked, "precision@100").ShouldBe(0.1636, 0.002);
        Value(masked, "recall@100").ShouldBe(0.5877, 0.004);
        Value(masked, "ndcg@100").ShouldBe(0.4776, 0.004);

        static double Value(JsonElement figures, string name) => figures.GetProperty(name).GetDouble();
    }
}
