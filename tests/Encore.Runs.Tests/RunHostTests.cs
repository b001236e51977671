using Encore.Experiments;
using Encore.Tracking;

namespace Encore.Runs.Tests;

/// <summary>Runs from code: executed, recorded, stopped and resumed without a tool.</summary>
public sealed class RunHostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private RunHost Host => new() { Store = _folder["runs"] };

    private RunStore Store => new(_folder["runs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Execute_Train_RecordsItsConfigurationAndSaysWhatHappened()
    {
        var observer = new Watcher();
        var config = Config("train", "mult-dae", ("layers", "8"), ("epochs", "2"));
        var result = Host.Execute(config, observer, TestContext.Current.CancellationToken).ShouldBeOfType<TrainResult>();
        result.Found.Training!.Epochs.Count.ShouldBe(2);
        var run = Store.Get(result.Run!.Id);
        run.Status.ShouldBe(RunStatus.Finished);
        RunHost.ConfigOf(run, new RunKinds())!.Models[0].Options["layers"].ShouldBe("8");
        observer.Lines.Count(l => l.StartsWith("epoch ", StringComparison.Ordinal)).ShouldBe(2);
        observer.Data.ShouldNotBeNull().Users.ShouldBe(1000);
        File.ReadAllLines(Store.LogOf(run.Id)).Count(l => l.StartsWith("epoch ", StringComparison.Ordinal)).ShouldBe(2);
        ModelFile.Load(Path.Combine(Store.ArtifactsOf(run.Id), "model.encore")).Recommender.ShouldNotBeNull();
    }

    [Fact]
    public void Resume_OfATrainingThatWasStopped_ComesToTheSameFigures()
    {
        var config = Config("train", "mult-dae", ("layers", "8"), ("epochs", "6"), ("patience", "0")) with { Checkpoint = new CheckpointConfig { EverySeconds = 0 } };
        var straight = (TrainResult)new RunHost { Store = _folder["straight"] }.Execute(config, null, TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var observer = new Watcher { Took = line => { if (line.StartsWith("epoch 3", StringComparison.Ordinal)) { stop.Cancel(); } } };
        Should.Throw<OperationCanceledException>(() => Host.Execute(config, observer, stop.Token));
        observer.WasStopped.ShouldNotBeNull();
        var run = Store.All().Single();
        run.Status.ShouldBe(RunStatus.Stopped);

        var again = new Watcher();
        var resumed = (TrainResult)Host.Resume(run, again, null, TestContext.Current.CancellationToken);
        resumed.Outcome.Metrics["ndcg@100"].ShouldBe(straight.Outcome.Metrics["ndcg@100"]);
        resumed.Found.Training!.Epochs.Select(e => e.Loss).ShouldBe(straight.Found.Training!.Epochs.Select(e => e.Loss));
        again.Lines.ShouldNotContain(l => l.StartsWith("epoch 1/", StringComparison.Ordinal));
        Store.Get(run.Id).Resumed.ShouldBe(1);
        Should.Throw<ArgumentException>(() => Host.Resume(Store.Get(run.Id))).Message.ShouldContain("finished");
    }

    [Theory]
    [InlineData("tune.trials", "tune")]
    [InlineData("protocol.held-out-users", "train")]
    [InlineData("repeat", "compare")]
    public void Execute_OfWhatIsWrong_NamesTheKeyAndLeavesNothing(string key, string kind)
    {
        var config = new RunKinds().Key(key).Set(Config(kind, "ease"), 0);
        Should.Throw<RunConfigException>(() => Host.Execute(config)).Key.ShouldBe(key);
        Directory.Exists(_folder["runs"]).ShouldBeFalse();
    }

    [Fact]
    public void Compare_WithResultsAndAReport_WritesThemBesideTheRun()
    {
        var config = Config("compare", "popularity") with { Output = new OutputConfig { Out = _folder["results"], Report = _folder["report"] } };
        var result = Host.Execute(config, null, TestContext.Current.CancellationToken).ShouldBeOfType<CompareResult>();
        File.ReadAllText(_folder["results/compare.csv"]).ShouldStartWith("model,title,");
        File.ReadAllText(_folder["report/report.html"]).ShouldContain("Popularity");
        File.Exists(Path.Combine(Store.ArtifactsOf(result.Run!.Id), "compare.json")).ShouldBeTrue();
        Should.Throw<IOException>(() => Host.Execute(config)).Message.ShouldContain("compare.json");
    }

    [Fact]
    public void Query_WithARelativeFile_FindsItInTheFolderOfTheConfiguration()
    {
        _folder.Write("here/log.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"u{i / 8},i{i * 7 % 23}\n")));
        var config = Config("train", "popularity") with
        {
            Folder = _folder["here"],
            Data = new DataConfig { Source = _folder["here/log.csv"], Query = "SELECT * FROM read_csv('log.csv') WHERE \"user\" <> 'u0'" },
        };
        var result = (TrainResult)new RunHost().Execute(config, null, TestContext.Current.CancellationToken);
        result.Data.Users.ShouldBe(49);
        result.Data.Spec.ShouldBe("log.csv", "files below the folder are shown relative to it");
    }

    [Fact]
    public void Configuration_ThatIsDamaged_IsSaidAsSuch()
    {
        var result = Host.Execute(Config("train", "popularity"), null, TestContext.Current.CancellationToken);
        string path = Path.Combine(Store.FolderOf(result.Run!.Id), "run.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"name\": \"popularity\"\n", "\"name\": \"poplarity\"\n", StringComparison.Ordinal).Replace("\"Finished\"", "\"Stopped\"", StringComparison.Ordinal));
        Should.Throw<InvalidDataException>(() => Host.Resume(Store.All().Single())).Message.ShouldContain("Did you mean popularity?");
    }

    private RunConfig Config(string kind, string model, params (string Name, string Value)[] options) => new()
    {
        Kind = kind,
        Folder = _folder.Path,
        Models = [new ModelConfig { Name = model, Options = options.ToDictionary(o => o.Name, o => o.Value) }],
    };

    private sealed class Watcher : RunObserver
    {
        public List<string> Lines { get; } = [];

        public DataDescription? Data { get; private set; }

        public Run? WasStopped { get; private set; }

        public Action<string>? Took { get; init; }

        public override void Say(RunMessage kind, string text)
        {
            Lines.Add(Line(kind, text));
            Took?.Invoke(text);
        }

        public override void DataRead(DataDescription data, Split split) => Data = data;

        public override void Stopped(Run run) => WasStopped = run;
    }
}
