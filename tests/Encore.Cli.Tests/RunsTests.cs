using System.Text.Json;
using Encore.Tracking;

namespace Encore.Cli.Tests;

/// <summary><c>encore runs</c> on a folder of runs.</summary>
[Collection(ToolCollection.Name)]
public sealed class RunsTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly Clock _clock = new(Noon);
    private readonly RunStore _store;
    private readonly string _vae;
    private readonly string _comparison;
    private readonly string _ease;

    public RunsTests()
    {
        _store = new RunStore(_folder["runs"], _clock);
        _vae = Add(Description("mult-vae") with
        {
            Options = new Dictionary<string, string> { ["beta"] = "0.2", ["epochs"] = "3", ["layers"] = "600,200" },
            Config = new Dictionary<string, string> { ["data.source"] = "demo" },
            Command = ["encore", "train", "mult-vae", "--set", "beta=0.2 and more"],
            Tags = ["best"],
        }, RunStatus.Finished, new() { ["ndcg@100"] = 0.42, ["ndcg@100/stderr"] = 0.01, ["fit_seconds"] = 90, ["epochs"] = 3 }, [0.3, 0.4, 0.399]);
        _comparison = Add(Description("compare") with { Kind = "compare", Model = null }, RunStatus.Finished, [], []);
        _ease = Add(Description("ease") with { Kind = "fit", Parent = _comparison, Options = new Dictionary<string, string> { ["l2"] = "500" } },
            RunStatus.Finished, new() { ["ndcg@100"] = 0.39, ["fit_seconds"] = 2 }, []);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task List_Bare_ShowsThoseThatBelongToNoOther()
    {
        var result = await RunAsync("list");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Output.ShouldContain(_vae);
        result.Output.ShouldContain(_comparison);
        result.Output.ShouldNotContain(_ease);
        result.Output.ShouldContain("ndcg@100");
        result.Output.ShouldContain("0.4200");
        result.Output.ShouldContain("finished");
    }

    [Theory]
    [InlineData(60)]
    [InlineData(100)]
    public async Task List_NarrowWindow_LeavesOutColumnsAndKeepsTheMetric(int width)
    {
        var result = await Cli.RunAsync(width, ["runs", "list", "--runs", _folder["runs"]]);
        result.Output.Split('\n').ShouldAllBe(l => l.Length <= width);
        result.Output.ShouldContain("0.4200");
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    public async Task List_NarrowWindow_KeepsIdsWhole(int width)
    {
        string id = Add(Description("a-model-with-a-rather-long-name") with { Tags = ["sweep"] }, RunStatus.Finished,
            new() { ["recall_capped@20"] = 0.5, ["recall_capped@50"] = 0.4, ["ndcg@100"] = 0.3 }, []);
        foreach (string[] more in (string[][])[[], ["--children"], ["--columns", "kind,id,status,duration,ndcg@100,data,protocol"], ["--where", "tag=sweep"]])
        {
            var result = await Cli.RunAsync(width, ["runs", "list", "--runs", _folder["runs"], .. more]);
            result.Output.ShouldContain(id, customMessage: $"{string.Join(' ', more)}\n{result.Output}");
            if (width == 80 && !more.Contains("--columns"))
            {
                result.Output.Split('\n').ShouldAllBe(l => l.Length <= width);
            }
        }
    }

    [Fact]
    public async Task List_WhereMeansAModelOfAComparison_ShowsItWithoutTheComparison()
    {
        Ids(await RunAsync("list", "--where", "model=ease", "--output", "json")).ShouldBe([_ease]);
        Ids(await RunAsync("list", "--where", "status=finished", "--output", "json")).ShouldBe([_vae, _comparison], ignoreOrder: true, "the comparison stands for its model");
        Ids(await RunAsync("list", "--where", "status=finished", "--children", "--sort", "-ndcg@100", "--output", "json")).ShouldBe([_vae, _ease, _comparison]);
        Ids(await RunAsync("list", "--children", "--sort", "-ndcg@100", "--limit", "2", "--output", "json")).ShouldBe([_vae, _ease]);
    }

    [Fact]
    public async Task List_Columns_AreThoseShown()
    {
        var csv = await RunAsync("list", "--children", "--columns", "model,beta,ndcg@100,duration", "--sort", "ndcg@100", "--output", "csv");
        csv.Output.ShouldBe("model,beta,ndcg@100,duration\nease,,0.39,0\nmult-vae,0.2,0.42,0\n,,,0\n");
        var markdown = await RunAsync("list", "--columns", "model,ndcg@100", "--where", "model=multvae", "--output", "markdown");
        markdown.Output.ShouldBe("| model | ndcg@100 |\n|---|---:|\n| mult-vae | 0.4200 |\n");
    }

    [Theory]
    [InlineData(Tool.Usage, "list --where modle=ease", "--where: No run has modle: it is no field, metric, option or key of the configuration. Did you mean model?")]
    [InlineData(Tool.Usage, "list --where model=", "--where: Position 7: found the end, expected a value after =.")]
    [InlineData(Tool.Usage, "list --sort ncdg@100", "--sort: No run has ncdg@100: it is no field, metric, option or key of the configuration. Did you mean ndcg@100?")]
    [InlineData(Tool.Usage, "list --columns id,ncdg@100", "--columns: No run has ncdg@100")]
    [InlineData(Tool.Usage, "list --limit 0", "--limit: found 0, expected a whole number above 0.")]
    [InlineData(Tool.Usage, "list --output xml", "--output: found xml, expected one of")]
    [InlineData(Tool.Failure, "show nothing", "")]
    [InlineData(Tool.Usage, "compare latest", "compare: found 1 run, expected at least two ids, or a --where that means two.")]
    [InlineData(Tool.Usage, "remove", "remove: found neither an id nor --where, expected what to remove.")]
    [InlineData(Tool.Usage, "export", "export: found no run. Give ids, or a --where that matches some.")]
    [InlineData(Tool.Usage, "export latest --format json --long", "--long: found another --format, expected csv.")]
    [InlineData(Tool.Usage, "shwo latest", "Unrecognized command or argument 'shwo'. Did you mean show?")]
    public async Task Runs_WrongUse_IsRefusedWithWhatWasExpected(int code, string arguments, string message) =>
        (await Cli.RefusedAsync(code, ["runs", .. arguments.Split(' '), .. arguments.StartsWith("shwo", StringComparison.Ordinal) ? Array.Empty<string>() : ["--runs", _folder["runs"]]])).ShouldStartWith(message);

    [Theory]
    [InlineData("list")]
    [InlineData("show latest")]
    [InlineData("remove latest --yes")]
    public async Task Runs_WithoutAFolder_SaysHowToMakeARun(string arguments)
    {
        string message = await Cli.RefusedAsync(Tool.Failure, ["runs", .. arguments.Split(' '), "--runs", _folder["elsewhere"]]);
        message.ShouldStartWith($"No run is kept yet: found no folder {_folder["elsewhere"]}.");
        message.ShouldContain("encore train ease");
    }

    [Fact]
    public async Task Runs_FolderFromTheEnvironment_IsUsed()
    {
        Environment.SetEnvironmentVariable(RunStore.FolderVariable, _folder["runs"]);
        try
        {
            (await Cli.RunAsync("runs", "list")).Output.ShouldContain(_vae);
        }
        finally
        {
            Environment.SetEnvironmentVariable(RunStore.FolderVariable, null);
        }
    }

    [Fact]
    public async Task Show_Run_SaysAllThatIsKnown()
    {
        var result = await RunAsync("show", _vae[^4..], "--epochs", "2");
        result.Code.ShouldBe(Tool.Success, result.Error);
        foreach (string expected in (string[])[
            $"Run        {_vae}: train mult-vae, finished", "Started    2026-01-31 12:00:00 UTC", "Tags       best", "--set \"beta=0.2 and more\"",
            "demo: 1,000 users, 500 items, 45,077 interactions.", "strong, seed 1", "│ beta ", "│ data.source ", "0.4200 ± 0.0100", "The last 2 of 3 lines", "0.3990", "metrics.jsonl", "artifacts/notes.txt"])
        {
            result.Output.ShouldContain(expected);
        }

        result.Output.ShouldNotContain("0.3000", customMessage: "the first of three epochs");
        (await RunAsync("show", _comparison)).Output.ShouldContain($"{_ease} (finished)");
    }

    [Fact]
    public async Task Show_Json_IsOneObject()
    {
        var json = (await RunAsync("show", _vae, "--output", "json")).Json;
        json.GetProperty("run").GetProperty("id").GetString().ShouldBe(_vae);
        json.GetProperty("lines").GetArrayLength().ShouldBe(3);
        json.GetProperty("lines")[1].GetProperty("validation/ndcg@100").GetDouble().ShouldBe(0.4);
        json.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("name").GetString()).ShouldContain("artifacts/notes.txt");
    }

    [Fact]
    public async Task Compare_TwoRuns_ShowsWhatDiffersAndTheBest()
    {
        var result = await RunAsync("compare", _vae, _ease);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Output.ShouldContain("A  " + _vae);
        result.Output.ShouldContain("option beta");
        result.Output.ShouldContain("option l2");
        result.Output.ShouldNotContain("protocol", customMessage: "which is the same");
        result.Output.ShouldContain("0.4200 *");
        result.Output.ShouldContain("2.00 s *"); // the shorter time is the best
        result.Output.ShouldContain("validation/ndcg@100, best");

        var json = (await RunAsync("compare", _vae, _ease, "--output", "json")).Json;
        json.GetProperty("metrics").GetProperty("ndcg@100").EnumerateArray().Select(v => v.GetDouble()).ShouldBe([0.42, 0.39]);
        json.GetProperty("curve").GetProperty("epoch of the best")[0].GetInt32().ShouldBe(2);
        json.GetProperty("differences").GetProperty("option l2")[0].ValueKind.ShouldBe(JsonValueKind.Null);
        (await RunAsync("compare", _vae, _ease, "--output", "markdown")).Output.ShouldContain("| ndcg@100 | **0.4200** | 0.3900 |");
        (await RunAsync("compare", _vae, _ease, "--output", "csv")).Output.ShouldContain("metrics: ndcg@100,0.42,0.39\n");
        (await RunAsync("compare", "--where", "ndcg@100>0", "--output", "json")).Json.GetProperty("runs").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task List_InterruptedRun_HasWorkedUpToItsLastLine()
    {
        string id;
        using (var run = _store.Begin(Description("dae")))
        {
            id = run.Id;
            run.Log(new RunMetrics(1, 1, Noon.AddSeconds(95), new Dictionary<string, double> { ["loss"] = 1 }));
        }

        (await RunAsync("list", "--where", "status=interrupted and duration>1m", "--columns", "duration", "--output", "csv")).Output.ShouldBe("duration\n95\n");
        (await RunAsync("show", id)).Output.ShouldContain("worked 95.0 s");
    }

    [Fact]
    public async Task Compare_AResumedRun_CountsNoTimeInWhichNothingRan()
    {
        foreach (bool counted in (bool[])[false, true])
        {
            string id;
            using (var run = _store.Begin(Description("dae")))
            {
                id = run.Id;
                run.Log(Line(10, _clock.Now.AddSeconds(10), 0.1, counted ? 8 : null));
                run.Log(Line(20, _clock.Now.AddSeconds(20), 0.2, counted ? 18 : null));
            }

            _clock.Now = _clock.Now.AddHours(2);
            using (var run = _store.Resume(id))
            {
                run.Log(Line(30, _clock.Now.AddSeconds(5), 0.4, counted ? 28 : null));
                run.Log(Line(40, _clock.Now.AddSeconds(15), 0.3, counted ? 38 : null));
                run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
            }

            var curve = (await RunAsync("compare", id, _vae, "--output", "json")).Json.GetProperty("curve");
            curve.GetProperty("time to the best").EnumerateArray().Select(v => v.GetDouble()).ShouldBe([counted ? 28 : 25, 20]);
            curve.GetProperty("time to 99 % of the best")[0].GetDouble().ShouldBe(counted ? 28 : 25);
            (await RunAsync("show", id)).Output.ShouldContain(", resumed once");
        }

        static RunMetrics Line(int step, DateTimeOffset time, double metric, double? elapsed)
        {
            var values = new Dictionary<string, double> { ["validation/ndcg@100"] = metric };
            if (elapsed is { } seconds)
            {
                values["elapsed_seconds"] = seconds;
            }

            return new RunMetrics(step, step / 10, time, values);
        }
    }

    [Fact]
    public async Task Remove_WhereNobodyCanBeAsked_NeedsYes()
    {
        (await Cli.RefusedAsync(Tool.Usage, "runs", "remove", _vae, "--runs", _folder["runs"])).ShouldContain("nobody can be asked; expected --yes");
        _store.All().Count.ShouldBe(3);
        var result = await RunAsync("remove", _comparison, "--yes");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Output.ShouldStartWith("Removed 2 runs (");
        _store.All().Select(r => r.Id).ShouldBe([_vae]);
        (await RunAsync("remove", "--where", "tag=best", "--yes")).Output.ShouldStartWith("Removed 1 run (");
        (await RunAsync("list")).Output.ShouldContain("holds no such run");
    }

    [Theory]
    [InlineData("y\n", 2)]
    [InlineData("n\n", 3)]
    [InlineData("", 3)]
    public async Task Remove_WhereSomebodySits_Asks(string answer, int left)
    {
        using StringWriter output = new(), error = new();
        int code = await Tool.RunAsync(["runs", "remove", _vae, "--runs", _folder["runs"]],
            new Terminal(output, error, IsInteractive: true, 160, new StringReader(answer)), TestContext.Current.CancellationToken);
        code.ShouldBe(left == 2 ? Tool.Success : Tool.Failure);
        error.ToString().ShouldContain("Remove 1 run (");
        _store.All().Count.ShouldBe(left);
    }

    [Fact]
    public async Task Remove_WhatRuns_IsNeverDone()
    {
        using var running = _store.Begin(Description("ease"));
        (await Cli.RefusedAsync(Tool.Failure, "runs", "remove", _vae, running.Id, "--yes", "--runs", _folder["runs"])).ShouldBe($"Run {running.Id} is running; stop it first. Nothing was removed.");
        var result = await RunAsync("remove", "--where", "kind=train", "--yes");
        result.Error.ShouldContain($"{running.Id} is running, and stays.");
        _store.All().Select(r => r.Id).ShouldBe([running.Id, _comparison, _ease], ignoreOrder: true);
    }

    [Fact]
    public async Task Export_Csv_HasTheLinesInBothForms()
    {
        var wide = await RunAsync("export", _vae);
        wide.Output.Split('\n')[0].ShouldBe("run,step,epoch,time,loss,validation/ndcg@100");
        wide.Output.Split('\n')[2].ShouldBe($"{_vae},20,2,2026-01-31T12:00:20.000Z,0.5,0.4");
        var @long = await RunAsync("export", _vae, "--long");
        @long.Output.Split('\n')[1..3].ShouldBe([$"{_vae},10,1,2026-01-31T12:00:10.000Z,loss,1", $"{_vae},10,1,2026-01-31T12:00:10.000Z,validation/ndcg@100,0.3"]);
    }

    [Fact]
    public async Task Export_ToAFile_WritesOnceAndNeverOver()
    {
        string path = _folder["run.json"];
        var result = await RunAsync("export", _comparison, "--format", "json", "--out", path);
        result.Code.ShouldBe(Tool.Success, result.Error);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        json.RootElement.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("run").GetProperty("id").GetString()).ShouldBe([_comparison, _ease]);
        (await Cli.RefusedAsync(Tool.Failure, "runs", "export", _vae, "--out", path, "--runs", _folder["runs"])).ShouldContain("already exists");
    }

    [Theory]
    [InlineData("runs")]
    [InlineData("runs list")]
    [InlineData("runs show")]
    [InlineData("runs compare")]
    [InlineData("runs export")]
    [InlineData("runs remove")]
    public async Task Help_EveryCommand_EndsWithExamples(string command)
    {
        var result = await Cli.RunAsync([.. command.Split(' '), "--help"]);
        result.Code.ShouldBe(Tool.Success);
        result.Output.ShouldContain($"\nExamples:\n  encore {command}");
    }

    private static string[] Ids(CliResult result)
    {
        result.Code.ShouldBe(Tool.Success, result.Error);
        return [.. result.Json.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("id").GetString()!)];
    }

    private Task<CliResult> RunAsync(params string[] arguments) => Cli.RunAsync(["runs", .. arguments, "--runs", _folder["runs"]]);

    private string Add(RunDescription description, RunStatus status, Dictionary<string, double> metrics, double[] curve)
    {
        using var run = _store.Begin(description);
        for (int e = 1; e <= curve.Length; e++)
        {
            run.Log(new RunMetrics(10 * e, e, Noon.AddSeconds(10 * e), new Dictionary<string, double> { ["loss"] = 1.0 / e, ["validation/ndcg@100"] = curve[e - 1] }));
        }

        run.AddArtifact(_folder.Write("notes.txt", "notes"));
        run.Finish(new RunOutcome(status, metrics));
        return run.Id;
    }

    private static RunDescription Description(string name) => new()
    {
        Kind = "train",
        Name = name,
        Model = name,
        Protocol = "strong",
        Data = new RunData("demo", "0123", 1000, 500, 45_077),
    };

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
