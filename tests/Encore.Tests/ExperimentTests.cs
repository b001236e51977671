using System.Runtime.InteropServices;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Models;
using Encore.Numerics;
using Encore.Splitting;

namespace Encore.Tests;

/// <summary>The whole flow on a log whose right answer is known: users of a kind like the items of that kind.</summary>
public sealed class ExperimentTests
{
    private static readonly Interactions Planted = Plant();
    private static readonly ExperimentModel Popular = new("popularity", () => new Popularity(new PopularityOptions()));
    private static readonly ExperimentModel Linear = new("ease", () => new Ease(new EaseOptions { L2 = 10 }));
    private static readonly ExperimentModel Means = new("mean", () => new RatingMean(new RatingMeanOptions()));
    private static readonly ExperimentModel Biases = new("bias", () => new RatingBias(new RatingBiasOptions()));

    [Fact]
    public void Run_PlantedKinds_FindsTheBetterModelAndSaysSo()
    {
        var report = Run("strong", [Popular, Linear], ["ndcg@10", "coverage@10"], 3);
        (report.Metrics.Count, report.Repetitions, report.Seed, report.Rows.Count).ShouldBe((2, 1, 3UL, 2));
        report.Split.Protocol.ShouldBe("strong");
        var (popular, linear) = (report.Rows[0], report.Rows[1]);
        (popular.Model, linear.Model).ShouldBe(("popularity", "ease"));
        linear.Title.ShouldStartWith("EASE");
        linear.Metrics["ndcg@10"].Mean.ShouldBeGreaterThan(popular.Metrics["ndcg@10"].Mean + 0.1);
        report.Best("ndcg@10").ShouldBeSameAs(linear);

        var comparisons = report.CompareWithBest("ndcg@10");
        comparisons[1].ShouldBeNull(); // the best itself
        comparisons[0]!.Significant.ShouldBeTrue();
        comparisons[0]!.Difference.ShouldBe(linear.Metrics["ndcg@10"].Mean - popular.Metrics["ndcg@10"].Mean, 1e-12);
        comparisons[0].ShouldBeEquivalentTo(PairedComparison.Of(linear.PerUser["ndcg@10"], popular.PerUser["ndcg@10"], 3, 2_000));
        report.CompareWithBest("coverage@10").ShouldAllBe(c => c == null); // no values of users
    }

    [Fact]
    public void Run_OneModel_IsFitAndEvaluatedBySplit()
    {
        var protocol = Protocols.Create("weak");
        var report = new Experiment(Planted, protocol) { Models = [Linear], Seed = 9 }.Run();
        report.Metrics.ShouldBe(protocol.DefaultMetrics);
        var split = protocol.Split(Planted, 9);
        var model = new Ease(new EaseOptions { L2 = 10 });
        model.Fit(split.Train, new FitContext { Seed = 9 });
        var expected = Evaluator.Evaluate(model, split.Test);
        var row = report.Rows[0];
        row.UserRows.ShouldBe(expected.UserRows);
        foreach (string metric in protocol.DefaultMetrics)
        {
            row.Metrics[metric].ShouldBe(expected.Metrics[metric]);
            row.PerUser[metric].ShouldBe(expected.PerUser[metric]);
        }

        row.Failure.ShouldBeNull();
        row.PeakBytes.ShouldBeNull("nobody asked for it");
        row.FitSeconds.ShouldBeGreaterThan(0);
        row.EvaluateSeconds.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Run_GivenSplit_MeasuresIt()
    {
        var split = Protocols.Create("strong").Split(Planted, 1);
        var report = new Experiment(split) { Models = [Popular] }.Run();
        report.Split.ShouldBeSameAs(split);
        report.Metrics.ShouldBe(["recall_capped@20", "recall_capped@50", "ndcg@100"]);
        new Experiment(Protocols.Create("rating").Split(Planted, 1)) { Models = [Means] }.Run()
            .Metrics.ShouldBe(["rmse", "mae", "rmse_per_user"]);
    }

    [Fact]
    public void Run_Repetitions_AreAveraged()
    {
        const ulong Seed = 5;
        var protocol = Protocols.Create("rating", new ProtocolOptions { Repetitions = 3 });
        var report = new Experiment(Planted, protocol) { Models = [Means, Biases], Seed = Seed }.Run();
        report.Repetitions.ShouldBe(3);
        var runs = new List<EvaluationReport>();
        for (ulong r = 0; r < 3; r++)
        {
            var split = protocol.Split(Planted, Seed + r);
            var model = new RatingBias(new RatingBiasOptions());
            model.Fit(split.TrainAndValidation!, new FitContext { Seed = Seed + r });
            runs.Add(Evaluator.EvaluateRatings(model, split.Test));
        }

        var row = report.Rows[1];
        foreach (string metric in (string[])["rmse", "mae", "rmse_per_user"])
        {
            row.Metrics[metric].ShouldBe(MetricValue.Of([.. runs.Select(run => run.Metrics[metric].Mean)]), metric);
            for (int k = 0; k < row.UserRows.Length; k++)
            {
                // A user's mean is over the repetitions that hold something of theirs out.
                int user = row.UserRows[k];
                double[] own = [.. runs.Where(run => run.UserRows.Contains(user))
                    .Select(run => run.PerUser[metric][Array.IndexOf(run.UserRows, user)])];
                row.PerUser[metric][k].ShouldBe(own.Average(), 1e-12);
            }
        }

        row.UserRows.ShouldBe(runs.SelectMany(run => run.UserRows).Distinct().Order());
    }

    [Fact]
    public void Run_Seeds_AreExperimentsOfTheirOwn()
    {
        var protocol = Protocols.Create("strong");
        var report = new Experiment(Planted, protocol) { Models = [Popular, Linear], Seed = 5, Seeds = 3, Metrics = ["ndcg@10"] }.Run();
        (report.Seeds, report.Repetitions).ShouldBe((3, 3));
        ExperimentReport[] alone = [.. Enumerable.Range(5, 3).Select(seed => new Experiment(Planted, protocol) { Models = [Popular, Linear], Seed = (ulong)seed, Metrics = ["ndcg@10"] }.Run())];
        alone.Select(a => a.Rows[1].Metrics["ndcg@10"].Mean).Distinct().Count().ShouldBeGreaterThan(1, "the seeds split differently");
        for (int r = 0; r < 2; r++)
        {
            var row = report.Rows[r];
            row.PerSeed["ndcg@10"].ShouldBe(alone.Select(a => a.Rows[r].Metrics["ndcg@10"].Mean));
            row.Metrics["ndcg@10"].ShouldBe(MetricValue.Of(row.PerSeed["ndcg@10"]));
            row.PerUser.ShouldBeEmpty("a row of one seed's users is another user's in the next");
            row.UserRows.ShouldBeEmpty();
        }

        report.CompareWithBest("ndcg@10")[0].ShouldBeEquivalentTo(PairedComparison.OfSeeds(report.Rows[1].PerSeed["ndcg@10"], report.Rows[0].PerSeed["ndcg@10"]));
    }

    [Fact]
    public void Run_SeedsOfAProtocolThatRepeats_AreRefused()
    {
        var protocol = Protocols.Create("rating", new ProtocolOptions { Repetitions = 2 });
        Should.Throw<ArgumentException>(() => new Experiment(Planted, protocol) { Models = [Means], Seeds = 2 }.Run())
            .Message.ShouldContain("repetitions");
        var once = Protocols.Create("rating", new ProtocolOptions { Repetitions = 1 });
        new Experiment(Planted, once) { Models = [Means], Seeds = 2 }.Run().Rows[0].PerSeed["rmse"].Length.ShouldBe(2);
        Should.Throw<ArgumentOutOfRangeException>(() => new Experiment(Planted, once) { Models = [Means], Seeds = 0 }.Run());
    }

    [Fact]
    public void Best_RatingMetrics_AreBetterWhenSmaller()
    {
        var report = Run("rating", [Means, Biases]);
        report.Best("rmse")!.Metrics["rmse"].Mean.ShouldBe(report.Rows.Min(r => r.Metrics["rmse"].Mean));
        report.Best("rmse")!.Model.ShouldBe("bias");
        report.CompareWithBest("rmse")[0]!.Difference.ShouldBeLessThan(0); // best − model
        report.CompareWithBest("rmse")[1].ShouldBeNull();
    }

    [Theory]
    [InlineData("rmse", true)]
    [InlineData("mae", true)]
    [InlineData("rmse_per_user", true)]
    [InlineData("gini@10", true)]
    [InlineData("ndcg@10", false)]
    [InlineData("coverage@10", false)]
    [InlineData("map@10", false)]
    public void LowerIsBetter_Metric_IsKnown(string metric, bool expected) =>
        MetricCatalog.BuiltIn.Find(metric)!.LowerIsBetter.ShouldBe(expected);

    [Theory]
    [InlineData(typeof(InsufficientMemoryException))]
    [InlineData(typeof(OutOfMemoryException))]
    [InlineData(typeof(InvalidDataException))]
    public void Run_ModelThatCannotTrain_HasARowAndOthersAreMeasured(Type error)
    {
        var failing = Failing(() => (Exception)Activator.CreateInstance(error, "no room")!);
        var report = Run("strong", [failing, Popular, Linear], ["ndcg@10"]);
        report.Rows[0].Failure.ShouldBe("no room");
        report.Rows[0].Metrics.ShouldBeEmpty();
        report.Rows[0].UserRows.ShouldBeEmpty();
        report.Rows[0].FitSeconds.ShouldBe(double.NaN);
        report.Rows[1].Failure.ShouldBeNull();
        report.Best("ndcg@10")!.Model.ShouldBe("ease");
        var comparisons = report.CompareWithBest("ndcg@10");
        (comparisons[0], comparisons[2]).ShouldBe((null, null));
        comparisons[1].ShouldNotBeNull();
    }

    [Fact]
    public void Run_SizeBeyondAnArray_HasARowThatSaysSo()
    {
        var report = Run("strong", [Failing(() => new OverflowException()), new("made", () => throw new InsufficientMemoryException("too large")), Popular], ["ndcg@10"]);
        report.Rows[0].Failure!.ShouldContain("users and");
        report.Rows[0].Failure!.ShouldContain("2,147,483,647");
        report.Rows[1].Failure.ShouldBe("too large");
        report.Rows[2].Failure.ShouldBeNull();
    }

    [Fact]
    public void Run_MemoryNotAskedFor_LeavesTheMarkOfTheProcess()
    {
        const int Bytes = 256 << 20, Page = 4096;
        nint taken = Marshal.AllocHGlobal(Bytes);
        for (int at = 0; at < Bytes; at += Page)
        {
            Marshal.WriteByte(taken, at, 1);
        }

        Marshal.FreeHGlobal(taken);
        long peak = PeakMemory.Read();
        Run("strong", [Popular], ["ndcg@10"]).Rows[0].PeakBytes.ShouldBeNull();
        PeakMemory.Read().ShouldBeGreaterThanOrEqualTo(peak, "no reset");
    }

    [Fact]
    public void Run_ModelThatScoresNaN_HasARow()
    {
        var report = Run("strong", [new("nan", () => new Stub { Value = float.NaN }), Popular], ["ndcg@10"]);
        report.Rows[0].Failure!.ShouldStartWith("stub: the score of item ");
        report.Best("ndcg@10").ShouldBeSameAs(report.Rows[1]);
    }

    [Fact]
    public void Run_ModelThatFailsInOneRepetition_IsNotRunAgain()
    {
        int fits = 0;
        var failing = Failing(() => new InvalidDataException($"fit {++fits}"));
        var protocol = Protocols.Create("rating", new ProtocolOptions { Repetitions = 3 });
        var report = new Experiment(Planted, protocol) { Models = [failing, Means] }.Run();
        report.Rows[0].Failure.ShouldBe("fit 1");
        report.Rows[1].Failure.ShouldBeNull();
        fits.ShouldBe(1);
    }

    [Fact]
    public void Run_AllModelsFail_HasNoBest()
    {
        var failing = Failing(() => new InvalidDataException("no"));
        var report = Run("strong", [failing], ["ndcg@10"]);
        report.Best("ndcg@10").ShouldBeNull();
        report.CompareWithBest("ndcg@10").ShouldBe([null]);
    }

    [Fact]
    public void Run_AnotherError_IsNotHidden() =>
        Should.Throw<DivideByZeroException>(() => new Experiment(Planted, Protocols.Create("strong"))
        {
            Models = [new("broken", () => new Stub { OnFit = _ => throw new DivideByZeroException() })],
        }.Run());

    [Fact]
    public void Run_FitContext_HasSeedAndValidationUsers()
    {
        FitContext? seen = null;
        TrainingData? data = null;
        var model = new ExperimentModel("stub", () =>
            new Stub { OnFit = context => seen = context, OnTrain = given => data = given });
        var report = Run("strong", [model], ["ndcg@10"], seed: 21);
        seen!.Seed.ShouldBe(21UL);
        data!.Validation.ShouldBeSameAs(report.Split.Validation);
        data.Interactions.ShouldBeSameAs(report.Split.Train);
    }

    [Fact]
    public void Run_MetricNames_AreMadeCanonical()
    {
        var report = Run("strong", [Popular], [" ndcg@10", "ndcg@010", "map@5"]);
        report.Metrics.ShouldBe(["ndcg@10", "map@5"]);
        report.Rows[0].Metrics.Keys.ShouldBe(["ndcg@10", "map@5"]);
        Run("rating", [Means], ["mae", "mae"]).Metrics.ShouldBe(["mae"]);
    }

    [Theory]
    [InlineData("strong", "ndgc@10", "did you mean 'ndcg'")]
    [InlineData("strong", "rmse", "measures predicted ratings")]
    [InlineData("rating", "ndcg@10", "expected one of rmse")]
    [InlineData("strong", null, "Found no metric")]
    [InlineData("rating", null, "Found no metric")]
    public void Run_WrongMetrics_ThrowsBeforeAnyModelRuns(string protocol, string? metric, string expected)
    {
        var model = new ExperimentModel("stub", () => throw new InvalidOperationException("made"));
        Should.Throw<FormatException>(() => Run(protocol, [model], metric is null ? [] : [metric]))
            .Message.ShouldContain(expected);
    }

    [Fact]
    public void Run_ModelOfTheOtherKind_SaysSo()
    {
        Should.Throw<ArgumentException>(() => Run("rating", [Linear]))
            .Message.ShouldBe("Model ease does not predict ratings, which the protocol rating measures.");
        Should.Throw<ArgumentException>(() => Run("strong", [new("mean", () => new RatingMean())]))
            .Message.ShouldBe("Model mean does not rank items, which the protocol strong measures.");
    }

    [Fact]
    public void CompareWithBest_MetricThatWasNotMeasured_Throws()
    {
        var report = Run("strong", [Popular], ["ndcg@10"]);
        Should.Throw<ArgumentException>(() => report.CompareWithBest("ndcg@20"))
            .Message.ShouldStartWith("Found metric 'ndcg@20', expected one of ndcg@10.");
    }

    [Fact]
    public void Run_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        bool second = false;
        ExperimentModel[] models =
        [
            new("first", () => new Stub { OnFit = _ => source.Cancel() }),
            new("second", () => new Stub { OnFit = _ => second = true }),
        ];
        Should.Throw<OperationCanceledException>(() =>
            new Experiment(Planted, Protocols.Create("strong")) { Models = models }.Run(source.Token));
        second.ShouldBeFalse();
    }

    [Fact]
    public void Run_Progress_NamesModelsAndStagesInOrder()
    {
        var reports = new List<ExperimentProgress>();
        var protocol = Protocols.Create("rating", new ProtocolOptions { Repetitions = 2 });
        new Experiment(Planted, protocol) { Models = [Means, Biases], Progress = new Collector(reports.Add) }.Run();
        reports.ShouldAllBe(p => p.Fraction >= 0 && p.Fraction <= 1 && p.Repetitions == 2);
        reports.Select(p => (p.Repetition, p.Model)).Distinct()
            .ShouldBe([(0, "mean"), (0, "bias"), (1, "mean"), (1, "bias")]);
        foreach (var run in reports.GroupBy(p => (p.Repetition, p.Model)))
        {
            (run.First().Stage, run.First().Fraction).ShouldBe(("fit", 0));
            (run.Last().Stage, run.Last().Fraction).ShouldBe(("evaluate", 1));
            run.Where(p => p.Stage == "evaluate").Select(p => p.Fraction).ShouldBeInOrder();
        }
    }

    [Fact]
    public void PeakMemory_Read_IsPositiveAndNeverFallsWithoutReset()
    {
        PeakMemory.Reset();
        long before = PeakMemory.Read();
        byte[] large = new byte[64 << 20];
        for (int k = 0; k < large.Length; k += 1024)
        {
            large[k] = 1;
        }

        before.ShouldBeGreaterThan(0);
        PeakMemory.Read().ShouldBeGreaterThanOrEqualTo(before);
        GC.KeepAlive(large);
    }

    private static ExperimentReport Run(
        string protocol, IReadOnlyList<ExperimentModel> models, IReadOnlyList<string>? metrics = null, ulong seed = 1)
    {
        var rules = Protocols.Create(protocol, new ProtocolOptions { Repetitions = 1 });
        return new Experiment(Planted, rules)
        {
            Models = models,
            Metrics = metrics ?? rules.DefaultMetrics,
            Seed = seed,
        }.Run();
    }

    private static ExperimentModel Failing(Func<Exception> error) =>
        new("failing", () => new Stub { OnFit = _ => throw error() });

    // 120 users of three kinds, 60 items; nine in ten interactions are with items of the user's kind. Ratings follow
    // the item, so that biases beat means.
    private static Interactions Plant()
    {
        var rng = new Rng(1);
        var lines = new List<Interaction>();
        for (int u = 0; u < 120; u++)
        {
            foreach (int k in Enumerable.Range(0, 60).Where(i => rng.NextDouble() < (i % 3 == u % 3 ? 0.7 : 0.05)))
            {
                lines.Add(new($"u{u}", $"i{k}", Math.Clamp(4 + (k / 20) - (u % 2) + rng.NextInt32(2), 1, 5),
                    lines.Count));
            }
        }

        return Interactions.From(lines);
    }

    private sealed class Collector(Action<ExperimentProgress> take) : IProgress<ExperimentProgress>
    {
        public void Report(ExperimentProgress value) => take(value);
    }

    /// <summary>Gives everything the same score.</summary>
    private sealed class Stub : IRecommender, IRatingPredictor
    {
        private IdMap? _items;

        public Action<FitContext>? OnFit { get; init; }

        public Action<TrainingData>? OnTrain { get; init; }

        public float Value { get; init; } = 3;

        public string Name => "stub";

        public IdMap Items => _items!;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
            _items = data.Interactions.Items;
            OnTrain?.Invoke(data);
            OnFit?.Invoke(context);
        }

        public void Score(Histories histories, Span<float> scores) => scores.Fill(Value);

        public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items,
            Span<float> predictions) => predictions.Fill(Value);
    }
}
