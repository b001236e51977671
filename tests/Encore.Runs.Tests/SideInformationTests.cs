using Encore.Experiments;

namespace Encore.Runs.Tests;

/// <summary>What is known beside the log arrives where models are trained and measured.</summary>
public sealed class SideInformationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lines _said = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadSplit_Demo_HasWhatTheDataBrings()
    {
        var (split, _, _) = new RunInput(Config()).ReadSplit(new RunSession(_said), TestContext.Current.CancellationToken);
        split.ItemFeatures!.Space.Columns.Select(c => c.Name).ShouldBe(["genre", "decade"]);
        split.UserFeatures!.Space.Columns.Select(c => c.Name).ShouldBe(["favorite", "age"]);
        split.Test.UserFeatures!.Ids.Count.ShouldBe(split.Test.Users);
        split.Test.UserFeatures.Known.ShouldBe(split.Test.Users);
        _said.All.ShouldBeEmpty("nobody asked for it");
        var none = new RunInput(Config(new DataConfig { ItemFeatures = ["none"], UserFeatures = ["none"] })).ReadSplit(new RunSession(_said), TestContext.Current.CancellationToken).Split;
        (none.ItemFeatures, none.UserFeatures, none.Test.UserFeatures).ShouldBe((null, null, null));
    }

    [Fact]
    public void ReadSplit_NamedFiles_AreJoinedAndWarnedOfTheirShare()
    {
        string price = _folder.Write("price.csv", "item,price\n" + string.Concat(Enumerable.Range(1, 100).Select(i => $"i{i:D3},{i % 3}\n")));
        string facts = _folder.Write("facts.txt", "i001 by A\ni002 by A\ni003 by B\nA from X\nB from X\n");
        var data = new DataConfig { ItemFeatures = ["demo:genre", $"{price}:price=category"], ItemKnowledge = [$"{facts}:hops=2"] };
        var input = new RunInput(Config(data));
        var split = input.ReadSplit(new RunSession(_said), TestContext.Current.CancellationToken).Split;
        split.ItemFeatures!.Space.Columns.Select(c => c.ToString()).ShouldBe(["genre: 8 values", "price: 3 values", "by: 1 values", "by/from: 1 values"]);
        split.UserFeatures.ShouldNotBeNull("the data's own stay where none are named");
        _said.All.Where(l => l.StartsWith("warning", StringComparison.Ordinal)).ShouldBe(
            [$"warning: {price} has 100 of the 500 items (20.0 %); of the others it says nothing.", $"warning: {facts} has 3 of the 500 items (0.6 %); of the others it says nothing."]);
        var details = input.Side!.Details!;
        details.Attributes.Keys.Order().ShouldBe(["by", "by/from", "genre", "price"]);
        details.Attributes["price"]["i002"].ShouldBe(["2"]);
    }

    [Fact]
    public void ReadSplit_FileWithoutAnyItem_IsRefused()
    {
        string file = _folder.Write("x.csv", "item,price\n1,2\n");
        Should.Throw<InvalidDataException>(() => new RunInput(Config(new DataConfig { ItemFeatures = [file] })).ReadSplit(new RunSession(_said), TestContext.Current.CancellationToken))
            .Message.ShouldContain("found none of the 500 items of the data in column item (such as 1), expected ids such as i001, i002, i003");
        Should.Throw<RunConfigException>(() => new RunInput(Config(new DataConfig { ItemFeatures = [file, "none"] }))).Message.ShouldBe("data.item-features: found none beside a file, expected files, or none alone.");
        Should.Throw<RunConfigException>(() => new RunInput(Config(new DataConfig { ItemKnowledge = ["none"] }))).Message.ShouldBe("data.item-knowledge: found none, expected files.");
        Should.Throw<RunConfigException>(() => new RunInput(Config(new DataConfig { UserFeatures = [file + ":a=bn"] }))).Message.ShouldContain("a kind is category, number, bins");
    }

    [Fact]
    public void Experiment_Models_GetTheFeaturesOfTheirItemsAndUsers()
    {
        var input = new RunInput(Config());
        var read = input.Read(new RunSession(_said), TestContext.Current.CancellationToken);
        var model = new Recording();
        var report = input.Experiment((read.Log, read.Split), [new ExperimentModel("recording", () => model)], _ => { }, new RunSession(_said)).Run(TestContext.Current.CancellationToken);
        report.Rows[0].Failure.ShouldBeNull();
        var data = model.Data.ShouldNotBeNull();
        data.ItemFeatures!.Ids.Count.ShouldBe(data.Interactions.Items.Count);
        data.UserFeatures!.Ids.Count.ShouldBe(data.Interactions.Users.Count);
        model.Scored.ShouldNotBeNull().Space.Columns[0].Name.ShouldBe("favorite");
    }

    [Fact]
    public void Read_SplitThatCameWithTheData_HasFeaturesOfAllItsUsers()
    {
        foreach (string part in (string[])["train", "test"])
        {
            _folder.Write($"{part}.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 6).Select(u => $"u{u},i{(part == "train" ? u : (u + 1) % 6)}\n")));
        }

        string users = _folder.Write("users.csv", "user,age\n" + string.Concat(Enumerable.Range(0, 6).Select(u => $"u{u},{20 + (u % 2)}\n")));
        var config = Config(new DataConfig { Train = _folder["train.csv"], Test = _folder["test.csv"], UserFeatures = [users] }) with { Protocol = new ProtocolConfig() };
        var split = new RunInput(config).ReadSplit(new RunSession(_said), TestContext.Current.CancellationToken).Split;
        split.UserFeatures!.Ids.Count.ShouldBe(6);
        split.Test.UserFeatures!.Known.ShouldBe(6);
        split.ItemFeatures.ShouldBeNull();
    }

    [Fact]
    public void Execute_ResumedRun_ReadsTheFilesAgain()
    {
        string price = _folder.Write("price.csv", "item,price\ni001,1\ni002,2\n");
        var config = Config(new DataConfig { ItemFeatures = [price] }) with
        {
            Models = [new ModelConfig { Name = "mult-dae", Options = new Dictionary<string, string> { ["layers"] = "8", ["epochs"] = "3" } }],
            Checkpoint = new CheckpointConfig { EverySeconds = 0 },
        };
        using var stop = new CancellationTokenSource();
        var host = new RunHost { Store = _folder["runs"] };
        Should.Throw<OperationCanceledException>(() => host.Execute(config, new Lines { Took = line => { if (line.StartsWith("epoch 1", StringComparison.Ordinal)) { stop.Cancel(); } } }, stop.Token));
        var run = new Encore.Tracking.RunStore(_folder["runs"]).All().Single();
        RunHost.ConfigOf(run, new RunKinds())!.Data.ItemFeatures.ShouldBe([price]);
        run.Description.Config["data.item-features"].ShouldBe("price.csv");
        host.Resume(run, _said, null, TestContext.Current.CancellationToken).Outcome.Status.ShouldBe(Encore.Tracking.RunStatus.Finished);
        _said.All.ShouldContain($"warning: {price} has 2 of the 500 items (0.4 %); of the others it says nothing.");
    }

    [Fact]
    public void Resume_WithOtherFeatures_IsRefused()
    {
        string price = _folder.Write("price.csv", "item,price\ni001,1\ni002,2\ni003,2\n");
        var config = Config(new DataConfig { ItemFeatures = [price] }) with
        {
            Models = [new ModelConfig { Name = "mult-dae", Options = new Dictionary<string, string> { ["layers"] = "8", ["epochs"] = "3" } }],
        };
        using var stop = new CancellationTokenSource();
        var host = new RunHost { Store = _folder["runs"] };
        Should.Throw<OperationCanceledException>(() => host.Execute(config, new Lines { Took = line => { if (line.StartsWith("epoch 1", StringComparison.Ordinal)) { stop.Cancel(); } } }, stop.Token));
        File.WriteAllText(price, "item,price\ni001,1\ni002,1\ni003,2\n");
        var run = new Encore.Tracking.RunStore(_folder["runs"]).All().Single();
        Should.Throw<InvalidDataException>(() => host.Resume(run, _said, null, TestContext.Current.CancellationToken)).Message.ShouldContain("Their files have changed.");
    }

    private RunConfig Config(DataConfig? data = null) => new()
    {
        Kind = "train",
        Folder = _folder.Path,
        Data = data ?? new DataConfig(),
        Protocol = new ProtocolConfig { Name = "weak" },
    };

    private sealed class Lines : RunObserver
    {
        public List<string> All { get; } = [];

        public Action<string>? Took { get; init; }

        public override void Say(RunMessage kind, string text)
        {
            All.Add(Line(kind, text));
            Took?.Invoke(text);
        }
    }

    /// <summary>A model that remembers what it was given.</summary>
    private sealed class Recording : IRecommender
    {
        public TrainingData? Data { get; private set; }

        public Features? Scored { get; private set; }

        public string Name => "recording";

        public IdMap Items => Data!.Interactions.Items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) => Data = data;

        public void Score(Histories histories, Span<float> scores)
        {
            Scored = histories.UserFeatures;
            scores.Clear();
        }
    }
}
