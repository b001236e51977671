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

    private MlflowSink Sink() => new(new MlflowOptions
    {
        Url = new Uri(_server.Address),
        Every = TimeSpan.Zero,
        Backoff = TimeSpan.FromMilliseconds(1),
        Attempts = 2,
        Warn = _warnings.Add,
    });

    private static RunDescription Description() => new() { Kind = "train", Name = "ease", Model = "ease", Options = new Dictionary<string, string> { ["l2"] = "500" } };
}
