using Encore.Data;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Splitting;
using Encore.Tracking;

namespace Encore.Tuning.Tests;

public sealed class TunerTests : IDisposable
{
    private static readonly Split Strong = Protocols.Create("strong", new ProtocolOptions()).Split(DataSpec.Load(DataSpec.Demo, new ReadOptions()), 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("encore-tuning-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_OfALambdaSweep_ComputesOneGramMatrixAndTheSameBits()
    {
        var ease = ModelCatalog.BuiltIn.Find("ease");
        var tuner = new Tuner(new SearchSpace(ease, [Dimension.Parse(ease, "l2", "log:1..10000/20")]), Strong) { Search = SearchKind.Grid };
        var report = tuner.Run(TestContext.Current.CancellationToken);
        report.Trials.Count.ShouldBe(20);
        report.Trials.ShouldAllBe(t => t.Status == TrialStatus.Complete);
        tuner.GramsComputed.ShouldBe(1);
        report.Best!.Value.ShouldBe(report.Trials.Max(t => t.Value));

        var alone = (IRecommender)ease.Create(tuner.OptionsOf(report.Best));
        alone.Fit(Strong.Train, new FitContext());
        Evaluator.Evaluate(alone, Strong.Validation!, new EvaluationOptions { Metrics = [MetricCatalog.BuiltIn.Ranking("ndcg@100")], Train = Strong.Train })
            .Metrics["ndcg@100"].Mean.ShouldBe(report.Best.Value);
    }

    [Fact]
    public void Run_OfANetwork_BeginsWithTheDefaultsAndStopsWhatFallsBehind()
    {
        var report = MultDae().Run(TestContext.Current.CancellationToken);
        report.Trials[0].Settings["l2"].ShouldBe("0.001");
        report.Trials[0].Settings["dropout"].ShouldBe("0.5");
        report.Trials.ShouldContain(t => t.Status == TrialStatus.Pruned);
        report.Trials.Where(t => t.Status == TrialStatus.Pruned).ShouldAllBe(t => t.Epochs == 1 || t.Epochs == 3);
        report.Trials.Where(t => t.Status == TrialStatus.Complete).ShouldAllBe(t => t.Epochs == 9);
        report.Best!.Value.ShouldBeGreaterThanOrEqualTo(report.Trials[0].Value);
        report.Best.Status.ShouldBe(TrialStatus.Complete);
    }

    [Fact]
    public void OptionsOf_TheBest_TrainToTheSameBits()
    {
        var tuner = MultDae();
        var best = tuner.Run(TestContext.Current.CancellationToken).Best!;
        var model = (IRecommender)ModelCatalog.BuiltIn.Find("mult-dae").Create(tuner.OptionsOf(best));
        model.Fit(new TrainingData(Strong.Train) { Validation = Strong.Validation }, new FitContext());
        ((IIterativeModel)model).Training!.Epochs.Single(e => e.Epoch == best.BestEpoch).MetricValue.ShouldBe(best.Value);
    }

    [Fact]
    public void Run_Again_TriesTheSameWithTheSameResults()
    {
        Shown(MultDae().Run(TestContext.Current.CancellationToken)).ShouldBe(Shown(MultDae().Run(TestContext.Current.CancellationToken)));
        Shown(MultDae(parallel: 3).Run(TestContext.Current.CancellationToken)).ShouldBe(Shown(MultDae(parallel: 3).Run(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Run_OnOtherTestUsers_FindsTheSame()
    {
        var others = Strong with { Test = new EvaluationSet(Strong.Test.HeldOut, Strong.Test.History) };
        Shown(MultDae(split: others).Run(TestContext.Current.CancellationToken)).ShouldBe(Shown(MultDae().Run(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Run_ThatIsCancelledAndResumed_EndsAsIfItHadNotBeen()
    {
        var straight = MultDae().Run(TestContext.Current.CancellationToken);
        for (int after = 1; after <= 25; after += 6) // reports: each trial makes two or more
        {
            var store = new RunStore(Path.Combine(_folder, $"{after}"));
            using var tracker = new RunTracker(store);
            string id;
            int before;
            using (var source = new CancellationTokenSource())
            using (var run = tracker.Begin(new RunDescription { Kind = "tune", Name = "tune" }))
            {
                id = run.Id;
                int reports = 0;
                var tuner = MultDae(journal: (tracker, run), progress: _ =>
                {
                    if (++reports == after)
                    {
                        source.Cancel();
                    }
                });
                Should.Throw<OperationCanceledException>(() => tuner.Run(source.Token));
                before = store.Children(id).Count(c => c.Status == RunStatus.Finished);
                store.Children(id).Count(c => c.Status == RunStatus.Stopped).ShouldBe(1);
            }

            using (var run = tracker.Resume(id))
            {
                var resumed = MultDae(journal: (tracker, run)).Run(TestContext.Current.CancellationToken);
                Shown(resumed).ShouldBe(Shown(straight));
                run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
            }

            var children = store.Children(id);
            children.Count.ShouldBe(straight.Trials.Count, "no trial is lost, none is there twice");
            children.Count(c => c.Resumed == 0).ShouldBe(straight.Trials.Count - 1, "those that had ended are not run again");
            before.ShouldBeLessThan(straight.Trials.Count);
        }
    }

    [Fact]
    public void Run_WithATimeThatIsUp_EndsAfterTheTrialsThatFit()
    {
        var report = MultDae(time: TimeSpan.FromSeconds(0.02)).Run(TestContext.Current.CancellationToken);
        report.Ended.ShouldBe("time");
        report.Trials.Count.ShouldBeLessThan(12);
    }

    [Fact]
    public void Run_WithATrialThatDiverges_GoesOn()
    {
        var model = ModelCatalog.BuiltIn.Find("mult-dae");
        var space = new SearchSpace(model, [Dimension.Parse(model, "learning-rate", "1e30|0.001")]);
        var report = new Tuner(space, Strong) { Search = SearchKind.Grid, Options = new Dictionary<string, string> { ["epochs"] = "2", ["layers"] = "8" } }.Run(TestContext.Current.CancellationToken);
        report.Trials.Select(t => t.Status).ShouldBe([TrialStatus.Failed, TrialStatus.Complete]);
        report.Trials[0].Error.ShouldNotBeNull().ShouldContain("diverged");
        report.Best!.Number.ShouldBe(1);
    }

    [Fact]
    public void Run_OfAModelOfFeatures_GivesThemToEveryTrial()
    {
        var model = ModelCatalog.BuiltIn.Find("cease");
        var items = Features.Of(new FeatureTable(Strong.Train.Items, [new FeatureValues("group", [.. Enumerable.Range(0, Strong.Train.Items.Count).Select(i => new[] { $"{i % 4}" })])]), [new FeatureRecipe("group") { Kind = FeatureKind.Category }]);
        var report = new Tuner(new SearchSpace(model, [Dimension.Parse(model, "alpha", "1|10")]), Strong.With(items, null)) { Search = SearchKind.Grid }.Run(TestContext.Current.CancellationToken);
        report.Trials.ShouldAllBe(t => t.Status == TrialStatus.Complete);
        report.Trials[0].Value.ShouldNotBe(report.Trials[1].Value);
    }

    [Fact]
    public void Run_WithoutValidationUsersOrWithAContradiction_IsRefused()
    {
        var model = ModelCatalog.BuiltIn.Find("mult-dae");
        Should.Throw<InvalidDataException>(() => new Tuner(SearchSpace.Default(model), Strong with { Validation = null })).Message.ShouldContain("validation users");
        Should.Throw<ArgumentException>(() => new Tuner(SearchSpace.Default(model), Strong) { Options = new Dictionary<string, string> { ["dropout"] = "0.1" } }.Run())
            .Message.ShouldContain("a value and a range");
        Should.Throw<ArgumentException>(() => new Tuner(SearchSpace.Default(model), Strong) { Options = new Dictionary<string, string> { ["metric"] = "ndcg@10" } }.Run())
            .Message.ShouldContain("expected the metric by which settings are chosen");
        Should.Throw<ArgumentException>(() => new Tuner(SearchSpace.Default(ModelCatalog.BuiltIn.Find("rating-bias")), Strong).Run()).Message.ShouldContain("nothing to learn");
    }

    private static Tuner MultDae(
        int parallel = 1, Split? split = null, (RunTracker, TrackedRun)? journal = null, Action<FitProgress>? progress = null, TimeSpan? time = null)
    {
        var model = ModelCatalog.BuiltIn.Find("mult-dae");
        var space = new SearchSpace(model, [Dimension.Parse(model, "dropout", "0.1..0.9"), Dimension.Parse(model, "l2", "log:1e-5..1"), Dimension.Parse(model, "learning-rate", "log:1e-4..1e-2")]);
        return new Tuner(space, split ?? Strong)
        {
            Trials = 14,
            Parallel = parallel,
            Time = time,
            Options = new Dictionary<string, string> { ["layers"] = "16", ["epochs"] = "9", ["patience"] = "0" },
            Journal = journal,
            Progress = progress is null ? null : new Told(progress),
        };
    }

    private static string Shown(TuningReport report) => string.Join('\n', report.Trials.Select(t => $"{t.Number} {t} {t.Status} {t.Value:R} {t.Epochs} {t.BestEpoch} {string.Join(' ', t.Rungs.Select(r => $"{r:R}"))}"));

    private sealed class Told(Action<FitProgress> take) : IProgress<(int, FitProgress Progress)>
    {
        public void Report((int, FitProgress Progress) value) => take(value.Progress);
    }
}
