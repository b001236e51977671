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
