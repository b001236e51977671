using Encore.Metrics;
using Encore.Tracking;

namespace Encore.Cli.Tests;

/// <summary><c>--repeat</c> of <c>encore compare</c> and <c>encore train</c>: several seeds, their mean, interval and spread.</summary>
[Collection(ToolCollection.Name)]
public sealed class RepeatTests : IDisposable
{
    private static readonly string[] Compared = ["compare", "--models", "popularity,mult-dae", "--set", "mult-dae.epochs=2", "--set", "mult-dae.layers=8", "--metrics", "ndcg@100", "--quiet"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Compare_Repeated_IsEachSeedAndTheirSpread()
    {
        var repeated = await Cli.RunAsync([.. Compared, "--seed", "4", "--repeat", "3", "--output", "json"]);
        repeated.Code.ShouldBe(Tool.Success, repeated.Error);
        repeated.Json.GetProperty("seeds").GetInt32().ShouldBe(3);
        var alone = new List<double>();
        foreach (string seed in (string[])["4", "5", "6"])
        {
            var one = await Cli.RunAsync([.. Compared, "--seed", seed, "--output", "json"]);
            alone.Add(one.Json.GetProperty("rows")[1].GetProperty("metrics").GetProperty("ndcg@100").GetProperty("mean").GetDouble());
        }

        var metric = repeated.Json.GetProperty("rows")[1].GetProperty("metrics").GetProperty("ndcg@100");
        metric.GetProperty("perSeed").EnumerateArray().Select(v => v.GetDouble()).ShouldBe(alone);
        var spread = MetricSpread.Of([.. alone]);
        metric.GetProperty("mean").GetDouble().ShouldBe(spread.Mean);
        metric.GetProperty("low").GetDouble().ShouldBe(spread.Low);
        metric.GetProperty("high").GetDouble().ShouldBe(spread.High);
        metric.GetProperty("stddev").GetDouble().ShouldBe(spread.StandardDeviation);
    }

    [Fact]
    public async Task Compare_Repeated_SaysSoInEveryFormat()
    {
        string[] repeated = [.. Compared, "--repeat", "2"];
        var table = await Cli.RunAsync([.. repeated, "--out", _folder["results"], "--report", _folder["report"]]);
        table.Code.ShouldBe(Tool.Success, table.Error);
        table.Output.ShouldContain("Mean ± standard error over 2 seeds, 1 to 2.");
        table.Output.ShouldContain("paired t-test over seeds");
        table.Output.ShouldMatch(@"│ Popularity +│ ndcg@100 +│ 0\.\d{4} │ +0\.\d{4} … 0\.\d{4} │ +0\.\d{4} │ 0\.\d{4} … 0\.\d{4} │");

        string markdown = File.ReadAllText(Path.Combine(_folder["results"], "compare.md"));
        markdown.ShouldContain("| model | metric | mean | 95 % interval | standard deviation | range |");
        markdown.ShouldMatch(@"\| Popularity \| ndcg@100 \| 0\.\d{4} \| 0\.\d{4} … 0\.\d{4} \|");
        string[] csv = File.ReadAllLines(Path.Combine(_folder["results"], "compare.csv"));
        csv[0].ShouldContain("ndcg@100_low,ndcg@100_high,ndcg@100_stddev,ndcg@100_min,ndcg@100_max");
        csv.ShouldAllBe(line => line.Split(',').Length == csv[0].Split(',').Length);
        File.Exists(Path.Combine(_folder["results"], "per-user.csv")).ShouldBeFalse("each seed has test users of its own");
        File.ReadAllText(Path.Combine(_folder["report"], "report.html")).ShouldContain("standard deviation");
    }

    [Fact]
    public async Task Train_Repeated_KeepsOneRunWithTheMean()
    {
        var store = new RunStore(_folder["runs"]);
        var result = await Cli.RunAsync("train", "mult-dae", "--set", "epochs=2", "--set", "layers=8", "--repeat", "2", "--output", "json", "--quiet", "--runs", store.Folder);
        result.Code.ShouldBe(Tool.Success, result.Error);
        double mean = result.Json.GetProperty("rows")[0].GetProperty("metrics").GetProperty("ndcg@100").GetProperty("mean").GetDouble();
        var run = store.All().Single(r => r.Description.Kind == "train");
        run.Status.ShouldBe(RunStatus.Finished);
        run.Metrics["ndcg@100"].ShouldBe(mean);
        run.Description.Config["repeat"].ShouldBe("2");
    }

    [Theory]
    [InlineData("--repeat: found 0, expected", "compare", "--repeat", "0")]
    [InlineData("--repeat: the protocol rating repeats itself", "compare", "--protocol", "rating", "--models", "rating-bias", "--repeat", "2")]
    [InlineData("--repeat: found --out too", "train", "ease", "--repeat", "2", "--out", "ease.encore")]
    [InlineData("--repeat: found --checkpoint too", "train", "mult-dae", "--repeat", "2", "--checkpoint", "a.checkpoint")]
    public async Task Repeat_WhereItMeansNothing_IsRefused(string said, params string[] args) =>
        (await Cli.RefusedAsync(Tool.Usage, args)).ShouldStartWith(said);

    [Fact]
    public async Task Train_ModelWithOptionsBehindColons_SaysHowToWriteThem() =>
        (await Cli.RefusedAsync(Tool.Usage, "train", "mult-dae:epochs=2:layers=8"))
            .ShouldBe("Found the model mult-dae:epochs=2:layers=8, expected its name alone and options with --set: encore train mult-dae --set epochs=2 --set layers=8");
}
