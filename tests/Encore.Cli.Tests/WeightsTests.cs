using Encore.Experiments;

namespace Encore.Cli.Tests;

/// <summary>Interactions that do not all count alike, on the command line.</summary>
[Collection(ToolCollection.Name)]
public sealed class WeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private readonly string _log;

    // Even users play the first half of the items, odd ones the second; a day apart, and 90 times or once.
    public WeightsTests() => _log = _folder.Write("plays.csv", "user,item,plays,timestamp\n" + string.Concat(Enumerable.Range(0, 1200).Select(k =>
    {
        int user = k % 60, item = (10 * (user % 2)) + (((k / 60) + (user / 2)) % 10);
        return k / 60 < 8 ? $"u{user},i{item},{(item % 3 == 0 ? 90 : 1)},{1_600_000_000 + (86_400L * (k / 60))}\n" : "";
    })));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Compare_Weights_AreSaidAndChangeWhatIsLearned()
    {
        string[] common = ["compare", "--data", _log, "-p", "weak", "--models", "popularity,itemknn,ease,mult-dae,cdae", "--set", "mult-dae.epochs=3", "--set", "cdae.epochs=3", "--output", "json", "--no-track", "-q"];
        var plain = await Cli.RunAsync(common);
        plain.Code.ShouldBe(Tool.Success, plain.Error);
        foreach (string[] weights in (string[][])[["--weights", "log", "--weights-alpha", "40", "--weights-epsilon", "2"], ["--weights", "column"], ["--weights", "linear", "--half-life", "3"]])
        {
            var weighted = await Cli.RunAsync([.. common, .. weights]);
            weighted.Code.ShouldBe(Tool.Success, weighted.Error);
            weighted.Metrics()["popularity"].ShouldNotBe(plain.Metrics()["popularity"]);
            weighted.Metrics()["mult-dae"].ShouldNotBe(plain.Metrics()["mult-dae"]);
        }

        (await Cli.RunAsync([.. common, "--weights", "log", "--weights-alpha", "40", "--weights-epsilon", "2"])).Json.GetProperty("description").GetString()!
            .ShouldContain("weighted by 1 + 40·ln(1 + value/2)");
        (await Cli.RunAsync([.. common, "--half-life", "3"])).Json.GetProperty("description").GetString()!.ShouldContain("half as much after 3 days");
        (await Cli.RunAsync([.. common, "--weights", "none"])).Metrics().ShouldBe(plain.Metrics());
    }

    [Fact]
    public async Task Compare_ModelThatCannot_HasARowThatSaysSo()
    {
        var result = await Cli.RunAsync("compare", "--data", _log, "-p", "weak", "--models", "svae,popularity", "--weights", "log", "--no-track");
        result.Code.ShouldBe(Tool.Failure);
        result.Error.ShouldContain("svae: SVAE 200-64 k=8 β=0.005 cannot use weights of interactions");
        result.Output.ShouldContain("failed");
        result.Output.ShouldContain("Popularity");
    }

    // Models that nobody named are those that can use what was asked for.
    [Fact]
    public async Task Compare_NoModelsNamed_TakesThoseThatCan()
    {
        var result = await Cli.RunAsync("compare", "--data", _log, "-p", "weak", "--weights", "log", "--set", "ease.l2=3", "--no-track", "--output", "json");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Metrics().Keys.ShouldBe(ModelCatalog.BuiltIn.All.Where(m => m.Ranks && !m.IsIterative && m.WeightUse != WeightUse.None).Select(m => m.Name));
    }

    [Theory]
    [InlineData("train svae --weights log", "--weights: svae cannot use weights of interactions; those that can: ")]
    [InlineData("tune svae --half-life 3", "--half-life: svae cannot use weights")]
    [InlineData("train ease --weights lgo", "--weights: found lgo, expected one of none, column, log, linear. Did you mean log?")]
    [InlineData("train ease --weights log --weights-alpha 0", "--weights-alpha: found 0, expected a finite number above 0.")]
    [InlineData("train ease --weights column --weights-alpha 2", "--weights-alpha: only --weights log and linear have an α.")]
    [InlineData("train ease --weights linear --weights-epsilon 2", "--weights-epsilon: only --weights log has an ε.")]
    [InlineData("train ease --half-life -3", "--half-life: found -3, expected a finite number above 0.")]
    [InlineData("train rating-mean -p rating --half-life 3", "--half-life: the protocol rating predicts the values")]
    [InlineData("split --out x --weights log", "Unrecognized command or argument '--weights'")]
    public async Task Weights_ThatMeanNothing_AreRefused(string line, string expected) =>
        (await Cli.RefusedAsync(Tool.Usage, [.. line.Split(' '), "--data", _log])).ShouldContain(expected);

    [Fact]
    public async Task Weights_DataWithoutValuesOrTimes_IsRefused()
    {
        string bare = _folder.Write("bare.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 300).Select(k => $"u{k % 30},i{k / 30 * 7 % 23}\n")));
        (await Cli.RefusedAsync(Tool.Failure, "train", "ease", "--data", bare, "-p", "weak", "--weights", "log", "--no-track")).ShouldContain("expected a column of counts");
        (await Cli.RefusedAsync(Tool.Failure, "train", "ease", "--data", bare, "-p", "weak", "--half-life", "3", "--no-track")).ShouldContain("no time column");
    }

    [Fact]
    public async Task Models_All_SayWhatTheyDoWithWeights()
    {
        string list = (await Cli.RunAsync("models")).Output;
        list.ShouldContain("weights");
        list.ShouldContain("users, inputs");
        (await Cli.RunAsync("models", "cdae")).Output.ShouldContain("It uses weights of interactions: loss.");
        (await Cli.RunAsync("models", "svae")).Output.ShouldContain("It cannot use weights of interactions.");
    }

    [Fact]
    public async Task Train_Weights_AreInTheFileAndInWhatIsLearnedOn()
    {
        string file = _folder["vae.encore"], more = _folder["more.encore"], plain = _folder["plain.encore"];
        string[] weights = ["--weights", "log", "--half-life", "3"];
        string[] train = ["train", "mult-dae", "--data", _log, "-p", "weak", "--set", "epochs=3", "--set", "layers=8", "--no-track", "-q"];
        (await Cli.RunAsync([.. train, .. weights, "--out", file])).Code.ShouldBe(Tool.Success);
        var weighting = ModelFile.Load(file).Provenance.Weighting.ShouldNotBeNull();
        (weighting.Confidence, weighting.HalfLife).ShouldBe((Confidence.Log, 3));

        // Measured with the same weights, the data is what it learned from; without, it is other data.
        var same = await Cli.RunAsync(["evaluate", file, "--data", _log, "-p", "weak", .. weights]);
        same.Code.ShouldBe(Tool.Success, same.Error);
        same.Error.ShouldNotContain("learned from other interactions");
        (await Cli.RunAsync("evaluate", file, "--data", _log, "-p", "weak")).Error.ShouldContain("learned from other interactions");

        // What it learns on from is weighted as before, and so cannot lack what weighs.
        string next = _folder.Write("next.csv", "user,item,plays,timestamp\n" + string.Concat(Enumerable.Range(0, 60).Select(k => $"n{k % 6},i{k / 6},{1 + k},{1_700_000_000 + k}\n")));
        (await Cli.RunAsync("update", file, "--data", next, "--out", more)).Code.ShouldBe(Tool.Success);
        string bare = _folder.Write("bare.csv", "user,item\nn1,i1\nn1,i2\n");
        (await Cli.RefusedAsync(Tool.Failure, "update", file, "--data", bare, "--out", _folder["x.encore"])).ShouldContain("expected a column of counts");

        // Old items of histories count less in bulk, as they did in training; where there are no times a note says so.
        var recommended = await Cli.RunAsync("recommend", file, "--users", next, "--out", _folder["a.csv"], "--k", "5");
        recommended.Code.ShouldBe(Tool.Success, recommended.Error);
        recommended.Error.ShouldNotContain("old and new ones count alike");
        (await Cli.RunAsync("recommend", file, "--users", bare, "--out", _folder["b.csv"], "--k", "5")).Error.ShouldContain("bare.csv has no times: in training an interaction counted half after 3 days");

        // Without weights nothing is said, and the file is another.
        (await Cli.RunAsync([.. train, "--out", plain])).Code.ShouldBe(Tool.Success);
        ModelFile.Load(plain).Provenance.Weighting.ShouldBeNull();
        ModelFile.Load(plain).Digest.ShouldNotBe(ModelFile.Load(file).Digest);
    }

    [Fact]
    public async Task Train_ResumeWithOtherWeights_IsRefused()
    {
        string checkpoint = _folder["state.safetensors"];
        string[] train = ["train", "mult-dae", "--data", _log, "-p", "weak", "--set", "layers=8", "--checkpoint", checkpoint, "--no-track", "-q"];
        (await Cli.RunAsync([.. train, "--set", "epochs=2", "--weights", "log"])).Code.ShouldBe(Tool.Success);
        string[] resume = [.. train, "--set", "epochs=4", "--resume"];
        foreach (string[] other in (string[][])[["--weights", "linear"], [], ["--weights", "log", "--half-life", "3"]])
        {
            var refused = await Cli.RunAsync([.. resume, .. other]);
            refused.Code.ShouldBe(Tool.Failure);
            refused.Error.ShouldContain("checkpoint of another training");
        }

        var resumed = await Cli.RunAsync([.. resume, "--weights", "log", "--output", "json"]);
        resumed.Code.ShouldBe(Tool.Success, resumed.Error);
    }

    [Fact]
    public async Task Tune_Weights_TunesOnThem()
    {
        var result = await Cli.RunAsync("tune", "ease", "--data", _log, "-p", "weak", "--trials", "3", "--weights", "linear", "--half-life", "2", "--no-track", "-q", "--best", _folder["best.toml"]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        string best = await File.ReadAllTextAsync(_folder["best.toml"], TestContext.Current.CancellationToken);
        best.ShouldContain("weights = \"linear\"");
        best.ShouldContain("half-life = 2");
        (await Cli.RunAsync("run", _folder["best.toml"], "--no-track", "-q")).Code.ShouldBe(Tool.Success);
    }

    [Fact]
    public async Task Compare_SplitOfFiles_KeepsWeights()
    {
        string[] lines = await File.ReadAllLinesAsync(_log, TestContext.Current.CancellationToken);
        string Part(string name, int k) => _folder.Write(name, lines[0] + "\n" + string.Concat(lines.Skip(1).Where((_, l) => (l / 60) % 4 / 3 == k).Select(l => l + "\n")));
        string[] common = ["compare", "--train", Part("train.csv", 0), "--test", Part("test.csv", 1), "--models", "popularity,ease", "--no-track", "-q", "--output", "json"];
        var plain = await Cli.RunAsync(common);
        plain.Code.ShouldBe(Tool.Success, plain.Error);
        var weighted = await Cli.RunAsync([.. common, "--weights", "column"]);
        weighted.Code.ShouldBe(Tool.Success, weighted.Error);
        weighted.Metrics()["popularity"].ShouldNotBe(plain.Metrics()["popularity"]);
        weighted.Json.GetProperty("description").GetString()!.ShouldContain("interactions weighted by the value");

        // A split that Encore wrote has no values any more.
        (await Cli.RunAsync("split", "--data", _log, "-p", "weak", "--out", _folder["split"], "-q")).Code.ShouldBe(Tool.Success);
        (await Cli.RefusedAsync(Tool.Usage, "compare", "--split-dir", _folder["split"], "--weights", "column", "--models", "popularity", "--no-track")).ShouldContain("no filter and no weights");
    }
}
