using Encore.Tracking.Mlflow;

namespace Encore.Tracking.Tests;

public sealed class MlflowSinkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-mlflow-").FullName;
    private readonly MlflowStandIn _server = new();
    private readonly List<string> _warnings = [];

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Describe_OnceTheDataIsRead_AddsItsParametersAndTags()
    {
        using var sink = Sink();
        using var run = sink.Begin(Description());
        var there = _server.Runs.ShouldHaveSingleItem();
        there.Params.Keys.ShouldNotContain("data.fingerprint");
        run.Describe(Description() with { Data = new RunData("demo", "0123", 10, 20, 30), Tags = ["paper"], Seed = 9 });
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.5 }));
        _warnings.ShouldBeEmpty("what it has stays as it is");
        (there.Params["data"], there.Params["data.fingerprint"], there.Params["data.users"], there.Params["data.items"], there.Params["data.interactions"], there.Params["seed"])
            .ShouldBe(("demo", "0123", "10", "20", "30", "1"));
        there.Tags["encore.tags"].ShouldBe("paper");
        there.Metrics.ShouldBe([("ndcg_at_100", 0.5, 0)]);
        there.Status.ShouldBe("FINISHED");
    }

    [Fact]
    public void Describe_OfARunThatGoesOn_AddsWhatIsNotThere()
    {
        using (var sink = Sink())
        {
            sink.Begin(Description() with { Id = "again" }).Dispose(); // killed while the data was read
        }

        using (var sink = Sink())
        {
            using var run = sink.Begin(Description() with { Id = "again" });
            run.Describe(Description() with { Data = new RunData("demo", "0123", 10, 20, 30) });
            run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
        }

        _warnings.ShouldBeEmpty();
        _server.Runs.ShouldHaveSingleItem().Params["data.fingerprint"].ShouldBe("0123");
    }

    [Fact]
    public void AddArtifact_ThatIsRefused_KeepsNothingElseBack()
    {
        string file = Path.Combine(_folder, "model.encore");
        File.WriteAllText(file, "weights");
        _server.Refuses = call => call.Contains("artifacts", StringComparison.Ordinal) ? 413 : null;
        using var sink = Sink();
        using var run = sink.Begin(Description());
        run.AddArtifact(file);
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
        _warnings.ShouldHaveSingleItem().ShouldContain("answered 413");
        _server.Runs.Single().Status.ShouldBe("FINISHED");
    }

    [Fact]
    public void Log_ToAServerThatIsGone_WarnsInWholeSentences()
    {
        using var sink = Sink();
        using var run = sink.Begin(Description());
        _server.Dispose();
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
        _warnings.ShouldHaveSingleItem().ShouldMatch($@"^MLflow at {_server.Address}: .*[^.]\. From here on, {run.Id} is not sent there\.$");
    }

    [Fact]
    public void Log_OfNamesThatBeginEachOther_ReachesAServerThatKeepsThemAsFiles()
    {
        using var sink = Sink();
        using var run = sink.Begin(Description() with { Options = new Dictionary<string, string> { ["a"] = "1", ["a/b"] = "2", ["validation"] = "3" } });
        string[] names = ["loss", "loss/penalty", "loss/penalty/l2", "ndcg@100", "ndcg@100/stderr", "validation", "validation/loss", "validation/ndcg@100", "validation/ndcg@100/stderr", "δ/β", "..", "a//b", "/", new string('x', 300), new string('x', 299) + "y"];
        run.Log(new RunMetrics(1, 1, DateTimeOffset.UnixEpoch, names.Index().ToDictionary(n => n.Item, n => (double)n.Index)));
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.5, ["ndcg@100/stderr"] = 0.1 }));

        _warnings.ShouldBeEmpty();
        var there = _server.Runs.Single();
        there.Status.ShouldBe("FINISHED");
        there.Metrics.Take(names.Length).Select(m => m.Value).ShouldBe(names.Select((_, i) => (double)i));
        there.Metrics.Select(m => m.Key).Distinct().Count().ShouldBe(names.Length);
        there.Metrics.Select(m => m.Key).ShouldBeSubsetOf(there.Places.Where(p => p.StartsWith("metrics/", StringComparison.Ordinal)).Select(p => p["metrics/".Length..]));
        there.Metrics.Select(m => m.Key).Take(9).ShouldBe(["loss", "loss.penalty", "loss.penalty.l2", "ndcg_at_100", "ndcg_at_100.stderr", "validation_", "validation/loss", "validation/ndcg_at_100", "validation/ndcg_at_100.stderr"]);
        there.Params.Keys.ShouldBeSubsetOf(["a", "a.b", "validation_", "model", "seed"]);
        there.Params.Count.ShouldBe(5);
    }

    [Theory]
    [InlineData(500, 2)]
    [InlineData(400, 1)]
    public void Log_ToAServerThatRefusesAMetric_SaysWhich_SendsTheOthers_AndEndsTheRun(int code, int times)
    {
        using var sink = Sink(attempts: 8, backoff: 200);
        using var run = sink.Begin(Description());
        int calls = _server.Calls.Count;
        _server.RefusesMetric = key => key == "bad" ? code : null;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        run.Log(new RunMetrics(1, 1, DateTimeOffset.UnixEpoch, new Dictionary<string, double> { ["good"] = 1, ["bad"] = 2, ["fine"] = 3 }));
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["bad"] = 4, ["last"] = 5 }));

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10), "what is refused is refused the next time as well");
        _warnings.ShouldHaveSingleItem().ShouldMatch($@"^MLflow at .* answered {code} REFUSED: .*\. {run.Id} is sent there without bad\.$");
        var there = _server.Runs.Single();
        there.Metrics.Select(m => m.Key).ShouldBe(["good", "fine", "last"], ignoreOrder: true);
        there.Status.ShouldBe("FINISHED");
        _server.Calls.Skip(calls).Count(c => c.Code == code).ShouldBeInRange(times, times + 3);
    }

    [Fact]
    public void Log_ToAServerThatIsBusyForAMoment_IsSentAgain()
    {
        using var sink = Sink(attempts: 8);
        using var run = sink.Begin(Description());
        int busy = 3;
        _server.Refuses = call => call == "runs/log-batch" && busy-- > 0 ? 503 : null;
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.5 }));
        _warnings.ShouldBeEmpty();
        _server.Runs.Single().Metrics.Select(m => m.Key).ShouldBe(["ndcg_at_100"]);
        _server.Runs.Single().Status.ShouldBe("FINISHED");
    }

    [Fact]
    public void Finish_WhereNoFigureIsTaken_SaysSo_AndEndsTheRunAllTheSame()
    {
        using var sink = Sink();
        using var run = sink.Begin(Description());
        _server.Refuses = call => call == "runs/log-batch" ? 503 : null;
        run.Finish(new RunOutcome(RunStatus.Failed, new Dictionary<string, double> { ["ndcg@100"] = 0.5 }, "no reason"));
        _warnings.ShouldHaveSingleItem().ShouldEndWith($"From here on, {run.Id} is not sent there.");
        _server.Runs.Single().Status.ShouldBe("FAILED");
    }

    [Fact]
    public void Finish_OfARunThatCannotBeSentInTime_Says()
    {
        using var sink = Sink(attempts: 100, backoff: 50, drain: 300);
        using var run = sink.Begin(Description());
        _server.Refuses = call => call == "runs/log-batch" ? 503 : null;
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.5 }));
        _warnings.ShouldHaveSingleItem().ShouldContain($"{run.Id} was not sent to its end within 0.3 s.");
    }

    [Fact]
    public void Begin_WithLongValues_ShortensThemAsTheServerAsks()
    {
        using var old = new MlflowStandIn { LongestParameter = 250 };
        using var sink = new MlflowSink(new MlflowOptions { Url = new Uri(old.Address), Every = TimeSpan.Zero, Warn = _warnings.Add });
        using var run = sink.Begin(Description() with { Options = new Dictionary<string, string> { ["query"] = new string('é', 4000), ["l2"] = "500" } });
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
        _warnings.ShouldBeEmpty();
        old.Runs.Single().Params["l2"].ShouldBe("500");
        old.Runs.Single().Params["query"].ShouldMatch("^é{100,}…$");

        using var today = Sink();
        using var other = today.Begin(Description() with { Options = new Dictionary<string, string> { ["query"] = new string('é', 4000) } });
        _server.Runs.Single().Params["query"].Length.ShouldBeGreaterThan(2000);
    }

    private MlflowSink Sink(int attempts = 2, int backoff = 1, int drain = 30_000) => new(new MlflowOptions
    {
        Url = new Uri(_server.Address),
        Every = TimeSpan.Zero,
        Backoff = TimeSpan.FromMilliseconds(backoff),
        Attempts = attempts,
        DrainTimeout = TimeSpan.FromMilliseconds(drain),
        Warn = _warnings.Add,
    });

    private static RunDescription Description() => new() { Kind = "train", Name = "ease", Model = "ease", Options = new Dictionary<string, string> { ["l2"] = "500" } };
}
