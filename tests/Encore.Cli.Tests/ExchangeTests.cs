namespace Encore.Cli.Tests;

/// <summary>What other tools read and write: splits as files, ranked lists, and their measurement.</summary>
[Collection(ToolCollection.Name)]
public sealed class ExchangeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("strong", "popularity,ease,mult-dae:epochs=2")]
    [InlineData("weak", "popularity,ease,cdae:epochs=1")]
    [InlineData("temporal", "ease,svae:epochs=1")]
    [InlineData("leave-last-out", "ease,svae:epochs=1")]
    [InlineData("rating", "rating-bias,autorec:epochs=2")]
    [InlineData("cold-items", "random,ease,mult-dae:epochs=2")]
    [InlineData("cold-users", "popularity,mult-dae:epochs=2")]
    [InlineData("global-time", "random,ease,svae:epochs=1")]
    public async Task Split_Written_GivesTheFiguresOfTheProtocol(string protocol, string models)
    {
        string[] one = protocol == "rating" ? ["--repetitions", "1"] : [];
        var straight = await Cli.RunAsync(["compare", "--protocol", protocol, "--models", models, "--output", "json", "--no-track", .. one]);
        var split = await Cli.RunAsync("split", "--protocol", protocol, "--out", _folder["split"]);
        split.Code.ShouldBe(Tool.Success, split.Error);
        split.Output.ShouldContain("split.json");
        var read = await Cli.RunAsync("compare", "--split-dir", _folder["split"], "--models", models, "--output", "json", "--no-track");
        read.Code.ShouldBe(Tool.Success, read.Error);
        read.Metrics().ShouldBe(straight.Metrics());
        read.Metrics().Count.ShouldBe(models.Split(',').Length);
        read.Json.GetProperty("description").GetString().ShouldBe(straight.Json.GetProperty("description").GetString());
    }

    [Fact]
    public async Task Compare_Out_WritesListsThatMeasureTheSame()
    {
        const string Metrics = "precision@5,recall@5,recall_capped@5,ndcg@100,hit_rate@5,mrr@5,map@5,coverage@5,gini@5,novelty@5";
        var compared = await Cli.RunAsync("compare", "--models", "popularity,ease:l2=200,ease:l2=300", "--metrics", Metrics, "--out", _folder["out"], "--output", "json", "--no-track");
        compared.Code.ShouldBe(Tool.Success, compared.Error);
        Directory.GetFiles(_folder["out/lists"]).Select(Path.GetFileName).ShouldBe(["popularity.csv", "ease-l2=200.csv", "ease-l2=300.csv"], ignoreOrder: true);
        File.ReadLines(_folder["out/lists/ease-l2=200.csv"]).First().ShouldBe("user,item,rank,score");
        File.ReadLines(_folder["out/lists/ease-l2=200.csv"]).Count().ShouldBe(1 + (98 * 100));
        var measured = await Cli.RunAsync("evaluate", "--recommendations", _folder["out/lists/ease-l2=200.csv"], "--metrics", Metrics, "--output", "json");
        measured.Code.ShouldBe(Tool.Success, measured.Error);
        measured.Error.ShouldBeEmpty();
        var expected = System.Text.Json.JsonDocument.Parse(compared.Metrics()["ease:l2=200"]).RootElement;
        foreach (string metric in Metrics.Split(','))
        {
            Mean(measured, metric).ShouldBe(expected.GetProperty(metric).GetProperty("mean").GetDouble(), metric);
        }
    }

    // A model file under cold-items, and lists of it: the candidates and all items.
    [Fact]
    public async Task Evaluate_ColdItems_GivesTheFiguresOfTheComparison()
    {
        string[] protocol = ["--protocol", "cold-items", "--held-out-items", "12"];
        var compared = await Cli.RunAsync(["compare", .. protocol, "--models", "random", "--output", "json", "--no-track", "--out", _folder["out"]]);
        compared.Code.ShouldBe(Tool.Success, compared.Error);
        var expected = compared.Json.GetProperty("rows")[0].GetProperty("metrics");
        (await Cli.RunAsync(["train", "random", .. protocol, "--out", _folder["random.encore"], "--no-track", "-q"])).Code.ShouldBe(Tool.Success);
        var model = await Cli.RunAsync(["evaluate", _folder["random.encore"], .. protocol, "--output", "json"]);
        model.Error.ShouldBeEmpty();
        foreach (string metric in (string[])["recall_capped@10", "ndcg@10", "all_recall_capped@10", "all_ndcg@10"])
        {
            Mean(model, metric).ShouldBe(expected.GetProperty(metric).GetProperty("mean").GetDouble(), metric);
        }

        // The lists are those of the candidates, so nothing can be said of lists among all items.
        var lists = await Cli.RunAsync(["evaluate", "--recommendations", _folder["out/lists/random.csv"], .. protocol, "--output", "json"]);
        Mean(lists, "ndcg@10").ShouldBe(expected.GetProperty("ndcg@10").GetProperty("mean").GetDouble());
        lists.Error.ShouldContain("no list has an item that is no candidate");

        // A model that knew the cold items.
        await Cli.RunAsync(["train", "popularity", "--out", _folder["popularity.encore"], "--no-track", "-q"]);
        var other = await Cli.RunAsync(["evaluate", _folder["popularity.encore"], .. protocol]);
        other.Code.ShouldBe(Tool.Success, other.Error);
        other.Error.ShouldContain("the model learned from other interactions");
    }

    [Fact]
    public async Task Compare_OutUnderRating_WritesPredictionsThatMeasureTheSame()
    {
        var compared = await Cli.RunAsync("compare", "-p", "rating", "--repetitions", "1", "--models", "rating-bias", "--out", _folder["out"], "--output", "json", "--no-track");
        File.ReadLines(_folder["out/lists/rating-bias.csv"]).First().ShouldBe("user,item,prediction");
        var measured = await Cli.RunAsync("evaluate", "-p", "rating", "--recommendations", _folder["out/lists/rating-bias.csv"], "--output", "json");
        measured.Code.ShouldBe(Tool.Success, measured.Error);
        foreach (string metric in (string[])["rmse", "mae", "rmse_per_user"])
        {
            Mean(measured, metric).ShouldBe(compared.Json.GetProperty("rows")[0].GetProperty("metrics").GetProperty(metric).GetProperty("mean").GetDouble());
        }

        File.WriteAllLines(_folder["part.csv"], File.ReadLines(_folder["out/lists/rating-bias.csv"]).SkipLast(1));
        (await Cli.RefusedAsync(Tool.Failure, "evaluate", "-p", "rating", "--recommendations", _folder["part.csv"])).ShouldContain("found no prediction of user");
    }

    [Fact]
    public async Task Compare_SeveralSeeds_WritesAFileASeed()
    {
        await Cli.RunAsync("compare", "--models", "popularity", "--repeat", "2", "--out", _folder["out"], "--no-track");
        Directory.GetFiles(_folder["out/lists"]).Select(Path.GetFileName).ShouldBe(["popularity.csv", "popularity.seed-2.csv"], ignoreOrder: true);
    }

    [Fact]
    public async Task Compare_ListsThatExist_AreKept()
    {
        _folder.Write("out/lists/ease.csv", "mine");
        (await Cli.RefusedAsync(Tool.Failure, "compare", "--models", "ease", "--out", _folder["out"], "--no-track")).ShouldContain("ease.csv already exists");
        File.ReadAllText(_folder["out/lists/ease.csv"]).ShouldBe("mine");
    }

    [Fact]
    public async Task Evaluate_ListsWithFlaws_SaysWhatItFound()
    {
        await Cli.RunAsync("split", "--out", _folder["split"]);
        string[] seen = File.ReadLines(_folder["split/test_history.tsv"]).Skip(1).First().Split('\t');
        string lists = _folder.Write("lists.csv", $"user,item\n{seen[0]},{seen[1]}\n{seen[0]},nowhere\nstranger,i1\n");
        var result = await Cli.RunAsync("evaluate", "--recommendations", lists, "--split-dir", _folder["split"], "--metrics", "ndcg@10");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe([
            "warning: 97 test users have no list, which counts as an empty one (of 98).",
            "warning: 1 list is of a user who is no test user; it is passed over.",
            "warning: 1 listed item is not in the catalogue; it takes its place and is no hit.",
            "warning: 1 listed item is in the user's history; it takes its place and is no hit (--drop-seen drops what was seen).",
            "warning: 1 list is shorter than it could be (metrics look at 10 items).",
        ]);
        var dropped = await Cli.RunAsync("evaluate", "--recommendations", lists, "--split-dir", _folder["split"], "--metrics", "ndcg@10", "--drop-seen");
        dropped.Error.ShouldNotContain("history");
    }

    [Theory]
    [InlineData("Specify exactly one of a model file and --recommendations.", "evaluate")]
    [InlineData("Specify exactly one of a model file and --recommendations.", "evaluate", "m.encore", "--recommendations", "r.csv")]
    [InlineData("--drop-seen: a model's list never has items of the history; expected it with --recommendations.", "evaluate", "m.encore", "--drop-seen")]
    [InlineData("--out: found nothing, expected the folder to write the split to.", "split")]
    public async Task Usage_Wrong_IsRefused(string message, params string[] args) => (await Cli.RefusedAsync(Tool.Usage, args)).ShouldBe(message);

    [Fact]
    public async Task Split_FilterOnAWrittenSplit_IsRefused()
    {
        await Cli.RunAsync("split", "--out", _folder["split"]);
        (await Cli.RefusedAsync(Tool.Usage, "compare", "--split-dir", _folder["split"], "--min-rating", "5", "--no-track")).ShouldContain("as it was made");
    }

    private static double Mean(CliResult result, string metric) => result.Json.GetProperty("metrics").GetProperty(metric).GetProperty("mean").GetDouble();
}
