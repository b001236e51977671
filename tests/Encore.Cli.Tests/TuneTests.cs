using System.Diagnostics;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Tests;

/// <summary><c>encore tune</c> on the demo data.</summary>
[Collection(ToolCollection.Name)]
public sealed class TuneTests : IDisposable
{
    private static readonly string[] Small =
    [
        "tune", "mult-dae", "--space", "dropout=0.1..0.9", "--space", "learning-rate=log:1e-3..1e-1", "--set", "layers=16", "--set", "epochs=18",
        "--set", "patience=0", "--trials", "12", "--output", "json", "--quiet",
    ];

    private readonly TemporaryFolder _folder = new();

    private RunStore Store => new(_folder["runs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tune_PrintsTrialsWinnerTestFiguresAndItsConfig()
    {
        var result = await Cli.RunAsync("tune", "ease", "--search", "grid", "--space", "l2=log:10..1000/5", "--tag", "paper", "--runs", Store.Folder, "--best", _folder["best.toml"]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Error.ShouldContain("trial 5/5  ndcg@100 ");
        result.Output.ShouldContain("Tuned     EASE: 5 trials in ");
        result.Output.ShouldContain("│ ndcg@100");
        result.Output.ShouldContain("[[models]]\nname = \"ease\"\nl2 = ");
        (await File.ReadAllTextAsync(_folder["best.toml"], TestContext.Current.CancellationToken)).ShouldContain("command = \"train\"\nseed = 1\n");
        var parent = Store.All().Single(r => r.Description.Parent is null);
        parent.Description.Config["tune.space.l2"].ShouldBe("log:10..1000");
        parent.Metrics.Keys.ShouldContain("validation/ndcg@100");
        Store.Children(parent.Id).Count(c => c.Description.Kind == "trial").ShouldBe(5);
        Store.Children(parent.Id).ShouldAllBe(c => c.Description.Tags.Contains("paper"), "they have its tags");
        string winner = Store.Children(parent.Id).Single(c => c.Description.Kind == "fit").Description.Options["l2"];
        result.Output.ShouldContain($"l2 = {winner}\n");
        parent.Description.Options["l2"].ShouldBe(winner, "a tuning that is done has its winner's options");
        Store.Children(parent.Id).Single(c => c.Description.Kind == "fit").Metrics["ndcg@100"].ShouldBe(parent.Metrics["ndcg@100"]);
    }

    [Fact]
    public async Task Tune_TheWinner_TrainsAgainToTheSameFigures()
    {
        var tuned = await Cli.RunAsync([.. Small, "--runs", Store.Folder]);
        tuned.Code.ShouldBe(Tool.Success, tuned.Error);
        var settings = tuned.Json.GetProperty("trials")[tuned.Json.GetProperty("bestTrial").GetInt32()].GetProperty("settings");
        string[] set = [.. settings.EnumerateObject().SelectMany(s => (string[])["--set", $"{s.Name}={s.Value.GetString()}"])];
        var trained = await Cli.RunAsync(["train", "mult-dae", "--set", "layers=16", "--set", "epochs=18", "--set", "patience=0", .. set, "--output", "json", "--quiet", "--runs", Store.Folder]);
        trained.Json.GetProperty("metrics").GetProperty("ndcg@100").GetRawText().ShouldBe(tuned.Json.GetProperty("test").GetProperty("ndcg@100").GetRawText());
    }

    [Fact]
    public async Task Tune_KilledAndResumed_LosesNoTrialAndFindsTheSame()
    {
        var straight = await Cli.RunAsync([.. Small, "--runs", _folder["straight"]]);
        straight.Code.ShouldBe(Tool.Success, straight.Error);
        using (var process = Process.Start(new ProcessStartInfo(ProcessTests.Host, [.. Small, "--runs", Store.Folder]) { RedirectStandardError = true, RedirectStandardOutput = true })!)
        {
            // Some trials have ended, and one runs.
            while (!process.HasExited && Store.All().Count(r => r.Description.Kind == "trial" && r.Status == RunStatus.Finished) < 3)
            {
                await Task.Delay(2, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var killed = Store.All().Single(r => r.Description.Parent is null);
        killed.Status.ShouldBe(RunStatus.Interrupted);
        killed.Description.Options["layers"].ShouldBe("16");
        killed.Description.Options.Keys.ShouldNotContain("dropout", "which is searched, and has no value yet");
        var before = Store.Children(killed.Id).Where(c => c.Status == RunStatus.Finished).ToDictionary(c => c.Id);
        before.Count.ShouldBeGreaterThanOrEqualTo(3);

        var resumed = await Cli.RunAsync("runs", "resume", killed.Id, "--runs", Store.Folder);
        resumed.Code.ShouldBe(Tool.Success, resumed.Error);
        Figures(resumed).ShouldBe(Figures(straight));
        var after = Store.Children(killed.Id);
        after.Count(c => c.Description.Kind == "trial").ShouldBe(12);
        after.ShouldAllBe(c => c.Status == RunStatus.Finished);
        var winner = after.Single(c => c.Description.Kind == "fit").Description.Options;
        Store.Get(killed.Id).Description.Options.OrderBy(o => o.Key).ShouldBe(winner.OrderBy(o => o.Key));
        foreach (var run in after.Where(c => before.ContainsKey(c.Id)))
        {
            run.Resumed.ShouldBe(0, "a trial that had ended is not run again");
        }
    }

    [Theory]
    [InlineData("tune popularity", "no usual space")]
    [InlineData("tune mult-day", "Did you mean mult-dae?")]
    [InlineData("tune ease --space l2", "expected OPTION=VALUES")]
    [InlineData("tune ease --space l3=1..2", "Did you mean l2?")]
    [InlineData("tune ease --space l2=5..2", "expected a range")]
    [InlineData("tune ease --set l2=5", "a value for every option")]
    [InlineData("tune ease --search best", "expected one of tpe, random, grid")]
    [InlineData("tune ease --search grid --trials 5", "a grid tries all")]
    [InlineData("tune ease --time soon", "expected a duration")]
    [InlineData("tune ease --memory much", "expected a size")]
    [InlineData("tune ease --trials 0", "--trials: found 0, expected at least 1")]
    [InlineData("tune ease --parallel 0", "--parallel: found 0, expected at least 1")]
    [InlineData("tune ease --metric ndgc@10", "ndgc@10")]
    [InlineData("tune mult-dae --protocol rating", "predicts no ratings")]
    public async Task Tune_WrongUse_SaysWhatIsExpected(string arguments, string message)
    {
        (await Cli.RefusedAsync(Tool.Usage, [.. arguments.Split(' '), "--runs", Store.Folder])).ShouldContain(message);
        Directory.Exists(Store.Folder).ShouldBeFalse("what is refused is no run");
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("20m", 1200)]
    [InlineData("20min", 1200)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5h", 5400)]
    public void Duration_AsPeopleWriteIt_IsRead(string text, double seconds) => Quantity.Duration(text, "--time").TotalSeconds.ShouldBe(seconds);

    [Theory]
    [InlineData("8GB", 8_000_000_000)]
    [InlineData("512MiB", 536_870_912)]
    [InlineData("1000", 1000)]
    [InlineData("1.5 kB", 1500)]
    public void Bytes_AsPeopleWriteThem_AreRead(string text, long bytes) => Quantity.Bytes(text, "--memory").ShouldBe(bytes);

    private static string Figures(CliResult result) => string.Join('\n', result.Output.Split('\n').Where(l => !l.Contains("econds\"", StringComparison.Ordinal)));
}
