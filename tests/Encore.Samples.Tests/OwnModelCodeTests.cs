using System.Net.Http.Json;
using System.Text.Json;
using Encore.Experiments;
using Encore.Models;
using Encore.Recommending;
using Encore.Server;
using Encore.Tuning;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using OwnModel;

namespace Encore.Samples.Tests;

/// <summary>samples/own-model as a library: what a catalogue holds works everywhere.</summary>
public sealed class OwnModelCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Registry _registry = Shop.Registry();
    private readonly Split _split;

    public OwnModelCodeTests() => _split = Shop.Split(Shop.Write(_folder["till.baskets"]), _registry);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sample_IsSmall_AndUsesEncoreAloneAsAnyoneCould()
    {
        string folder = Path.Combine(Repository.Root, "samples", "own-model");
        int lines = Directory.GetFiles(folder, "*.cs").Sum(f => File.ReadLines(f).Count());
        lines.ShouldBeInRange(300, 599);
        typeof(OwnPlugin).Assembly.GetReferencedAssemblies().Select(r => r.Name!).Where(n => n.StartsWith("Encore", StringComparison.Ordinal)).ShouldBe(["Encore", "Encore.Numerics"], ignoreOrder: true);
        foreach (var product in new[] { typeof(IModel).Assembly, typeof(Numerics.CsrMatrix).Assembly })
        {
            product.GetCustomAttributes(typeof(System.Runtime.CompilerServices.InternalsVisibleToAttribute), false)
                .Cast<System.Runtime.CompilerServices.InternalsVisibleToAttribute>().ShouldNotContain(a => a.AssemblyName.StartsWith("OwnModel", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(15)]
    public void Training_CancelledInEitherPhase_ResumesToTheSameBits(int step)
    {
        // 150 customers in batches of 40: 4 steps of the encoder and 4 of the decoder.
        var straight = Network();
        straight.Fit(_split.DataFor(straight), new FitContext(), TestContext.Current.CancellationToken);
        straight.Training!.Epochs.Count.ShouldBe(4);

        var resumed = Network();
        using var stop = new CancellationTokenSource();
        var checkpoint = new CheckpointOptions { Path = _folder["state"], Resume = true, EverySeconds = 1000 };
        Should.Throw<OperationCanceledException>(() => resumed.Fit(
            _split.DataFor(resumed), new FitContext { Checkpoint = checkpoint, Callback = new StopAt(step, stop) }, stop.Token));
        resumed = Network();
        var counted = new StopAt(-1, stop);
        resumed.Fit(_split.DataFor(resumed), new FitContext { Checkpoint = checkpoint, Callback = counted }, TestContext.Current.CancellationToken);
        counted.Steps.ShouldBe(32 - step, "the rest, and nothing twice");
        Shop.Scores(resumed, _split.Test.History).ShouldBe(Shop.Scores(straight, _split.Test.History));
    }

    [Fact]
    public void BalancedEase_WithoutBalance_IsEase()
    {
        var (own, ease) = (new BalancedEase(new BalancedEaseOptions { L2 = 20, Balance = 0 }), new Ease(new EaseOptions { L2 = 20 }));
        own.Fit(_split.Train);
        ease.Fit(_split.Train);
        float[] found = Shop.Scores(own, _split.Test.History), expected = Shop.Scores(ease, _split.Test.History);
        for (int k = 0; k < expected.Length; k++)
        {
            found[k].ShouldBe(expected[k], 1e-5f);
        }
    }

    [Fact]
    public void BalancedEase_IsTheLeastOfItsLoss()
    {
        // Where the loss is least its slope in each B_ij, i ≠ j, is 0: [(G + λI)·B − G]_ij = 0.
        var x = _split.Train.Csr;
        int n = _split.Train.Items.Count;
        var model = new BalancedEase(new BalancedEaseOptions { L2 = 20, Balance = 1 });
        model.Fit(_split.Train);
        double mean = Enumerable.Range(0, x.Rows).Average(u => (double)x.RowLength(u));
        var G = new double[n, n];
        for (int u = 0; u < x.Rows; u++)
        {
            foreach (int i in x.RowIndices(u))
            {
                foreach (int j in x.RowIndices(u))
                {
                    G[i, j] += mean / x.RowLength(u);
                }
            }
        }

        ILinearModel linear = model;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double slope = (20 * linear.Weight(i, j)) - G[i, j];
                for (int k = 0; k < n; k++)
                {
                    slope += G[i, k] * linear.Weight(k, j);
                }

                (i == j ? linear.Weight(i, j) : slope).ShouldBe(0, 1e-3);
            }
        }
    }

    [Fact]
    public void Metric_CountsWhatIsFoundAndNotObvious()
    {
        // i1 and i2 have most users; of the held-out i1 and i4 the list finds both, and only i4 is a surprise.
        var train = Interactions.From("i1 i2,i1 i2,i1 i3,i2 i4".Split(',').SelectMany((line, u) => line.Split(' ').Select(i => new Interaction($"u{u}", i)))).ToMatrix();
        var metric = _registry.Metrics.Ranking("serendipity@2");
        var pass = (Metrics.IUserPass)metric.Begin(new Metrics.MetricContext { Items = train.Items, Train = train });
        pass.OfUser(new Metrics.RankedList([0, 3], [true, true], [0, 3])).ShouldBe(0.5);
        pass.OfUser(new Metrics.RankedList([0, 1], [true, false], [0, 3])).ShouldBe(0);
        pass.OfUser(new Metrics.RankedList([3, 2], [true, true], [2, 3])).ShouldBe(1);
        Should.Throw<ArgumentException>(() => metric.Begin(new Metrics.MetricContext { Items = train.Items })).Message.ShouldContain("set EvaluationOptions.Train");
    }

    [Fact]
    public void Protocol_KeepsTheOrderOfTime_AndLosesNothing()
    {
        _split.Description.ShouldContain("last fifth of each user's interactions is test");
        var whole = Encore.Data.DataSpec.Load(_folder["till.baskets"], null, _registry.Readers, TestContext.Current.CancellationToken);
        for (int u = 0; u < _split.Train.Users.Count; u++)
        {
            whole.Users.TryGetIndex(_split.Train.Users[u], out int user).ShouldBeTrue();
            int[] parts = [.. _split.Train.Sequence(u), .. _split.Validation!.HeldOut.Sequence(u), .. _split.Test.HeldOut.Sequence(u)];
            parts.Select(i => _split.Train.Items[i]).ShouldBe(whole.UserItems(user).ToArray().Select(i => whole.Items[i]));
            _split.Test.HeldOut.Csr.RowLength(u).ShouldBe(Math.Max(1, parts.Length / 5));
        }

        var few = Interactions.From([new Interaction("u", "a"), new Interaction("u", "b")], hasRatings: false);
        Should.Throw<InvalidDataException>(() => _registry.Protocols.Create("user-temporal", new Splitting.ProtocolOptions { MinimumPerUser = 1 }).Split(few, 1)).Message.ShouldContain("the shortest history 2 interactions");
    }

    [Theory]
    [InlineData("1 anna milk", "line 1: found '1 anna milk', expected 'baskets 1'")]
    [InlineData("baskets 1\n\n# a\n1 anna", "line 4: found '1 anna', expected seconds since 1970, a customer, and at least one item")]
    [InlineData("baskets 1\nx anna milk", "line 2: found 'x anna milk', expected seconds")]
    [InlineData("baskets 1\n1 anna milk*0", "line 2: found 'milk*0', expected an item, or an item*count with a count from 1")]
    [InlineData("baskets 1\n1 anna *3", "line 2: found '*3'")]
    [InlineData("", "line 1: found 'nothing', expected 'baskets 1'")]
    public void Reader_WrongLine_IsNamed(string text, string said) =>
        Should.Throw<InvalidDataException>(() => Encore.Data.DataSpec.Load(_folder.Write("wrong.baskets", text), null, _registry.Readers, TestContext.Current.CancellationToken))
            .Message.ShouldContain(said);

    [Fact]
    public void Reader_Counts_AreCounts()
    {
        string path = _folder.Write("two.baskets", "baskets 1\n5 anna milk bread*2\n7 ben a*b*3\n");
        var log = Encore.Data.DataSpec.Load(path, null, _registry.Readers, TestContext.Current.CancellationToken);
        (log.HasCounts, log.HasRatings, log.HasTimes, log.TimeUnit, log.Count).ShouldBe((true, false, true, TimeUnit.Seconds, 3));
        log.Items.TryGetIndex("a*b", out _).ShouldBeTrue();
        log.Values.ToArray().ShouldBe([1, 2, 3], ignoreOrder: true);
        log.Times.ToArray().ShouldBe([5, 5, 7]);
    }

    [Fact]
    public void Experiment_ItsModelsMetricAndProtocol_AreCompared()
    {
        var report = new Experiment(_split)
        {
            Models = [.. new[] { "popularity", "balanced-ease", "residual-dae" }.Select(m => new ExperimentModel(m, () => _registry.Models.Find(m).Create(Options(m))))],
            Metrics = ["ndcg@10", "serendipity@5"],
            Catalog = _registry.Metrics,
        }.Run(TestContext.Current.CancellationToken);
        report.Rows.Count.ShouldBe(3);
        double Of(int row) => report.Rows[row].Metrics["serendipity@5"].Mean;
        Of(1).ShouldBeGreaterThan(Of(0));
        Of(2).ShouldBeGreaterThan(Of(0));
    }

    [Theory]
    [InlineData("balanced-ease")]
    [InlineData("residual-dae")]
    public void Tuner_ByItsMetric_FindsTheBestOfItsTrials(string model)
    {
        var report = new Tuner(SearchSpace.Default(_registry.Models.Find(model)), _split)
        {
            Catalog = _registry.Metrics,
            Metric = "serendipity@5",
            Trials = 3,
            Search = SearchKind.Random,
            Options = model == "residual-dae" ? new Dictionary<string, string> { ["epochs"] = "3" } : new Dictionary<string, string>(),
        }.Run(TestContext.Current.CancellationToken);
        report.Best.ShouldNotBeNull();
        report.Metric.ShouldBe("serendipity@5");
        report.Trials.Count.ShouldBe(3);
        report.Best.Value.ShouldBe(report.Trials.Max(t => t.Value));
    }

    [Theory]
    [InlineData("balanced-ease")]
    [InlineData("residual-dae")]
    public async Task Model_SavedLoadedExportedAndServed_AnswersTheSame(string name)
    {
        var model = (IRecommender)_registry.Models.Find(name).Create(Options(name));
        model.Fit(_split.DataFor(model), new FitContext { Metrics = _registry.Metrics }, TestContext.Current.CancellationToken);
        string file = _folder["model.encore"];
        ModelFile.Save(file, model, models: _registry.Models);
        var loaded = ModelFile.Load(file, models: _registry.Models);
        Shop.Scores((IRecommender)loaded.Model, _split.Test.History).ShouldBe(Shop.Scores(model, _split.Test.History));
        loaded.Options.ShouldBe(_registry.Models.Find(name).Settings(Options(name)), ignoreOrder: true);
        OnnxFile.Save(_folder["model.onnx"], model, _registry.Models);
        Shop.ShouldScoreAs(_folder["model.onnx"], model, _split.Test.History);

        var recommender = loaded.Recommender!;
        HistoryItem[] history = [new("i1"), new("i3")];
        var answer = recommender.Recommend([new RecommendRequest { History = history, Options = new RecommendOptions { K = 5, Explain = true } }])[0];
        answer.Count.ShouldBe(5);
        foreach (var item in answer)
        {
            var explanation = item.Explanation.ShouldNotBeNull();
            explanation.IsExact.ShouldBe(name == "balanced-ease");
            explanation.Contributions.Count.ShouldBe(2);
            if (explanation.IsExact)
            {
                (explanation.Baseline + explanation.Contributions.Sum(c => c.Value)).ShouldBe(item.Score, 1e-5);
            }
        }

        recommender.Similar("i1", new RecommendOptions { K = 3 }).Count.ShouldBe(3);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddEncore(o => (o.Files, o.Models) = ([file], _registry.Models));
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapEncore();
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var served = await client.PostAsJsonAsync("/v1/recommend", new { history = history.Select(h => h.Item), k = 5 }, TestContext.Current.CancellationToken);
        var json = await served.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("item").GetString()).ShouldBe(answer.Select(r => r.Item));
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    private static Dictionary<string, string> Options(string model) => model switch
    {
        "balanced-ease" => new() { ["l2"] = "20" },
        "residual-dae" => new() { ["width"] = "16", ["epochs"] = "12", ["batch-size"] = "40", ["learning-rate"] = "0.02", ["metric"] = "serendipity@5" },
        _ => [],
    };

    private static ResidualDae Network() => new(new ResidualDaeOptions { Width = 16, Epochs = 4, BatchSize = 40, Patience = 100 });

    private sealed class StopAt(int step, CancellationTokenSource stop) : ITrainingCallback
    {
        public int Steps { get; private set; }

        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report)
        {
            Steps++;
            if (Steps == step)
            {
                stop.Cancel();
            }
        }
    }
}
