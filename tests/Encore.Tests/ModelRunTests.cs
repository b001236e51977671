using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Models;
using Encore.Numerics;
using Encore.Splitting;

namespace Encore.Tests;

public sealed class ModelRunTests
{
    private static readonly Split Strong = Protocols.Create("strong").Split(Interactions.From(
        Enumerable.Range(0, 200).SelectMany(u => Enumerable.Range(0, 40)
            .Where(i => new Rng(1, (uint)u, (uint)i).NextDouble() < (u % 4 == i % 4 ? 0.7 : 0.1)).Select(i => new Interaction($"u{u}", $"i{i}"))),
        hasRatings: false), 1);

    [Fact]
    public void Execute_SeveralMeasurements_AreOfOneFit()
    {
        var journal = new Journal();
        int fits = 0;
        var run = Run(new Ease()) with
        {
            Measure = [Test("test", [new NdcgMetric(10)]), Test("seen", [new NdcgMetric(10)], excludeSeen: false)],
            Journal = journal,
            Progress = new Relay(p => fits += p is { Stage: "fit", Fraction: 0 } ? 1 : 0),
        };
        var result = run.Execute();
        fits.ShouldBe(1);
        result.Report.Metrics["ndcg@10"].Mean.ShouldNotBe(result.Others["seen"].Metrics["ndcg@10"].Mean);
        result.PeakBytes.ShouldBeNull("nobody asked for it");
        journal.Log.ShouldBe(["find ease", "started ease 7", "ended ease"]);

        // What was found before is not run again.
        journal.Known = result;
        run.Execute().ShouldBeSameAs(result);
        fits.ShouldBe(1);
        (run with { Journal = null, MeasuresMemory = true }).Execute().PeakBytes.ShouldNotBeNull().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Execute_TakenFromTraining_IsTheValueOfTheBestEpoch()
    {
        var model = new MultDae(new MultDaeOptions { Layers = [8], Epochs = 3, Metric = "recall@5" });
        var measurement = new Measurement("validation", Strong.Validation!, IsRating: false)
        {
            Options = new EvaluationOptions { Metrics = [new RecallMetric(5)] },
            TakeFromTraining = true,
        };
        var run = Run(model) with { Measure = [measurement] };
        var result = run.Execute();
        double best = result.Training!.Epochs[result.Training.BestEpoch - 1].MetricValue;
        result.Report.Metrics["recall@5"].Mean.ShouldBe(best);
        result.Report.UserRows.ShouldBeEmpty("nobody was scored again");

        // Another metric than the one that training looked at is measured.
        (run with { Measure = [measurement with { Options = new EvaluationOptions { Metrics = [new RecallMetric(6)] } }] }).Execute()
            .Report.UserRows.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(typeof(InvalidDataException), typeof(InvalidDataException))]
    [InlineData(typeof(OutOfMemoryException), typeof(OutOfMemoryException))]
    [InlineData(typeof(OverflowException), typeof(InsufficientMemoryException))]
    public void TryExecute_ModelFails_IsAResultThatTheJournalHears(Type thrown, Type told)
    {
        var journal = new Journal();
        var run = Run(new Broken((Exception)Activator.CreateInstance(thrown)!)) with { Journal = journal };
        var outcome = run.TryExecute();
        outcome.Result.ShouldBeNull();
        outcome.Failure.ShouldBeOfType(told);
        journal.Log[^1].ShouldBe($"failed ease {told.Name}");
        Should.Throw(() => run.Execute(), told);
    }

    [Fact]
    public void Execute_FirstFitOfAType_SaysThatItIncludesCompilation()
    {
        Run(new NeverFitted()).Execute().IncludesCompilation.ShouldBeTrue();
        Run(new NeverFitted()).Execute().IncludesCompilation.ShouldBeFalse();
    }

    [Fact]
    public void TryExecute_FaultOfTheProgram_IsNotHidden() =>
        Should.Throw<DivideByZeroException>(() => Run(new Broken(new DivideByZeroException())).TryExecute());

    [Fact]
    public void Execute_WhatTheModelCannotDo_IsRefusedBeforeItIsFitted()
    {
        var broken = new Broken(new DivideByZeroException());
        Should.Throw<ArgumentException>(() => (Run(broken) with { Measure = [] }).Execute()).Message.ShouldContain("nothing to measure");
        Should.Throw<ArgumentException>(() => (Run(broken) with { Measure = [new Measurement("ratings", Strong.Test, IsRating: true)] }).Execute())
            .Message.ShouldContain("does not predict ratings");
    }

    private static ModelRun Run(IModel model) => new()
    {
        Key = new ModelRunKey("ease", 0, 7),
        Model = model,
        Data = Strong.DataFor(model),
        Split = Strong,
        Measure = [Test("test", [new NdcgMetric(10)])],
    };

    private static Measurement Test(string name, IReadOnlyList<Metric> metrics, bool excludeSeen = true) =>
        new(name, Strong.Test, IsRating: false) { Options = new EvaluationOptions { Metrics = metrics, ExcludeSeen = excludeSeen } };

    private sealed class Journal : IModelRunJournal
    {
        public List<string> Log { get; } = [];

        public ModelRunResult? Known { get; set; }

        public ModelRunResult? Find(ModelRun run)
        {
            Log.Add($"find {run.Key.Model}");
            return Known;
        }

        public FitContext Started(ModelRun run, FitContext context)
        {
            Log.Add($"started {run.Key.Model} {context.Seed}");
            return context;
        }

        public void Ended(ModelRun run, ModelRunResult result) => Log.Add($"ended {run.Key.Model}");

        public void Failed(ModelRun run, Exception exception) => Log.Add($"failed {run.Key.Model} {exception.GetType().Name}");
    }

    private sealed class Broken(Exception error) : IRecommender
    {
        public string Name => "broken";

        public IdMap Items => throw new InvalidOperationException();

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) => throw error;

        public void Score(Histories histories, Span<float> scores)
        {
        }
    }

    // A model of a type that no other test fits.
    private sealed class NeverFitted : IRecommender
    {
        public string Name => "never fitted";

        public IdMap Items => Strong.Train.Items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
        }

        public void Score(Histories histories, Span<float> scores) => scores.Clear();
    }

    private sealed class Relay(Action<FitProgress> take) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => take(value);
    }
}
