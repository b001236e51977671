using System.Text.Json.Nodes;
using Encore.Models;
using Encore.Networks;
using Encore.Storage;
using Encore.Tests.Models;
using Encore.Training;

namespace Encore.Tests.Training;

/// <summary>Epochs of several phases, with groups of parameters that have optimisers of their own, and state.</summary>
public sealed class PhaseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-phases").FullName;

    private static readonly TrainingData Data = new(TestMatrix.Random(1, 4, 3, 0.9));

    private static readonly TrainingData Validated = new(Data.Interactions)
    {
        Validation = new EvaluationSet(TestMatrix.Of(2, 3, (_, _) => 0), TestMatrix.Of(2, 3, (_, _) => 1)),
    };

    private static readonly TrainingOptions Options = new() { Epochs = 3, BatchSize = 4, LearningRate = 0.1 };

    private string Path => System.IO.Path.Combine(_folder, "state");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_Phases_EnterTrainAndDrawInOrder()
    {
        var job = new TwoPhases();
        Trainer.Run(job, Options, Data, new FitContext(), "two");
        job.Log.Take(10).ShouldBe(
        [
            "enter a", "a sweep 0 pass 0: a", "a sweep 0 pass 1: a", "enter a", "a sweep 1 pass 0: a", "a sweep 1 pass 1: a",
            "enter b", "b sweep 2 pass 0: b", "enter a", "a sweep 3 pass 0: a",
        ]);

        // Two sweeps of an epoch have orders and noise of their own.
        job.Draws.Distinct().Count().ShouldBe(job.Draws.Count);
        job.Parameters.ShouldAllBe(p => p.IsTrained, "once training has ended");
    }

    [Fact]
    public void Run_Groups_FollowTheirOwnRules()
    {
        // One epoch, gradients of 1: three steps of Adam's first size, twice of them in a; one of sgd at a tenth in b.
        var job = new TwoPhases();
        Trainer.Run(job, Options with { Epochs = 1 }, Data, new FitContext(), "two");
        job.A.Value[0].ShouldBe(-0.4f, 1e-5f);
        job.B.Value[0].ShouldBe(-0.01f, 1e-6f);
        job.Frozen.Value[0].ShouldBe(0);
    }

    [Fact]
    public void Run_Scale_IsOneOverTheTermsOfTheBatch()
    {
        var job = new TwoPhases();
        Trainer.Run(job, Options with { Epochs = 1 }, Data, new FitContext(), "two");
        job.Scales.ShouldBe([1 / 4f, 1 / 8f, 1 / 4f, 1 / 8f, 1 / 4f]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void Resume_InAnyPhase_EntersNonTwiceAndKeepsStateMomentsAndNotes(int steps)
    {
        var straight = new TwoPhases();
        Trainer.Run(straight, Options with { BatchSize = 2 }, Data, new FitContext(), "two");

        var first = new TwoPhases();
        using var source = new CancellationTokenSource();
        var context = new FitContext { Checkpoint = new CheckpointOptions { Path = Path }, Callback = new After(steps, source.Cancel) };
        Should.Throw<OperationCanceledException>(() => Trainer.Run(first, Options with { BatchSize = 2 }, Data, context, "two", source.Token));
        var second = new TwoPhases();
        Trainer.Run(second, Options with { BatchSize = 2 }, Data, new FitContext { Checkpoint = new CheckpointOptions { Path = Path, Resume = true } }, "two");

        first.Log.Concat(second.Log).ShouldBe(straight.Log);
        first.Draws.Concat(second.Draws).ShouldBe(straight.Draws);
        second.A.Value.ShouldBe(straight.A.Value);
        second.B.Value.ShouldBe(straight.B.Value);
        second.State[0].Value.ShouldBe(straight.State[0].Value);
        second.Notes["entered"].ShouldBe(straight.Notes["entered"]);
    }

    [Fact]
    public void Run_FreshOptimizer_ForgetsOnEnteringInEveryGroupThatHasTheParameters()
    {
        // Adam's step of a gradient of 1 is the rate, whatever came before; of one that changes sign it is not.
        var job = new Fresh();
        Trainer.Run(job, Options with { Epochs = 2, BatchSize = 4, LearningRate = 0.1 }, Data, new FitContext(), "fresh");
        job.W.Value[0].ShouldBe(0, 1e-6f, "the second step is a first one, as large as the other way");
    }

    [Fact]
    public void Run_FirstMetricIsNoNumber_AnotherEpochIsTheBest()
    {
        var job = new Measured([double.NaN, 0.2, 0.3, 0.1]);
        var report = Trainer.Run(job, Options with { Epochs = 4 }, Validated, new FitContext(), "measured");
        report.BestEpoch.ShouldBe(3);
        report.Epochs.Select(e => e.IsBest).ShouldBe([false, true, true, false]);
        job.W.Value[0].ShouldBe(3, "one step an epoch");
    }

    [Fact]
    public void Run_NoMetricIsANumber_TheLastEpochCounts() =>
        Trainer.Run(new Measured([double.NaN, double.NaN]), Options with { Epochs = 2, Patience = 1 }, Validated, new FitContext(), "measured").BestEpoch.ShouldBe(2);

    [Fact]
    public void Progress_ManyShortBatches_IsReportedAFewTimesASecond()
    {
        int reports = 0;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var data = new TrainingData(TestMatrix.Random(1, 500, 3, 0.9));
        var progress = new Relay(p =>
        {
            reports++;
            p.Stage.ShouldBe("train");
        });
        Trainer.Run(new Measured([]) { Count = 500 }, Options with { Epochs = 20, BatchSize = 1 }, data, new FitContext { Progress = progress }, "measured");
        reports.ShouldBeInRange(2, 2 + (int)(watch.Elapsed.TotalSeconds * 5), "of 10,000 batches");
    }

    [Fact]
    public void Checkpoint_OfVersion2_IsRead()
    {
        var train = TestMatrix.Random(1, 60, 40, 0.2);
        var options = new MultVaeOptions { Layers = [12, 6], Epochs = 4, BatchSize = 16, AnnealSteps = 10, Patience = 0 };
        var straight = new MultVae(options);
        straight.Fit(new TrainingData(train), new FitContext());

        var checkpoint = new CheckpointOptions { Path = Path };
        using var source = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => new MultVae(options).Fit(
            new TrainingData(train), new FitContext { Checkpoint = checkpoint, Callback = new After(6, source.Cancel) }, source.Token));
        Downgrade(Path);
        var resumed = new MultVae(options);
        resumed.Fit(new TrainingData(train), new FitContext { Checkpoint = checkpoint with { Resume = true } });
        TestMatrix.Scores(resumed, train).ShouldBe(TestMatrix.Scores(straight, train));
    }

    // Version 2 had one optimiser, whose tensors no group named, and its position neither phase nor sweep.
    private static void Downgrade(string path)
    {
        List<SafeTensor> tensors = [];
        Dictionary<string, string> metadata;
        using (var file = SafeTensorsFile.Open(path))
        {
            metadata = file.Metadata.ToDictionary();
            foreach (string name in file.Names)
            {
                float[] values = file.Read(name);
                tensors.Add(new SafeTensor(name.Replace("/all/", "/", StringComparison.Ordinal), [values.Length], values));
            }
        }

        var position = JsonNode.Parse(metadata["position"])!.AsObject();
        position["Steps"] = position["Groups"]!["all"]!.DeepClone();
        foreach (string name in (string[])["Groups", "Phase", "Sweep", "Entered"])
        {
            position.Remove(name).ShouldBeTrue(name);
        }

        metadata["position"] = position.ToJsonString();
        metadata["version"] = "2";
        SafeTensors.Write(path, tensors, metadata);
    }

    /// <summary>Phase a twice, with two passes, then b; gradients of 1.</summary>
    private sealed class TwoPhases : TrainingJob
    {
        private readonly ParameterGroup _a, _b;

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public TwoPhases()
        {
            Fingerprint = "two";
            _a = new ParameterGroup("a", [A]);
            _b = new ParameterGroup("b", [B]) { Optimizer = new OptimizerOptions { Kind = OptimizerKind.Sgd, RateFactor = 0.1 } };
        }

        public Parameter<float> A { get; } = new("a", 1, 1);

        public Parameter<float> B { get; } = new("b", 1, 1);

        public Parameter<float> Frozen { get; } = new("frozen", 1, 1);

        public List<string> Log { get; } = [];

        public List<ulong> Draws { get; } = [];

        public List<float> Scales { get; } = [];

        public override IReadOnlyList<Parameter<float>> Parameters => [A, B, Frozen];

        public override IReadOnlyList<Parameter<float>> State { get; } = [new Parameter<float>("copy", 1, 1)];

        public override int Rows => 4;

        public override EpochPlan Plan(int epoch) => new(new Phase("a", _a) { Passes = 2 }, new Phase("a", _a) { Passes = 2 }, new Phase("b", _b));

        public override void Enter(Phase phase, int epoch)
        {
            Log.Add($"enter {phase.Name}");
            Notes["entered"] = Notes.GetValueOrDefault("entered") + phase.Name;
            State[0].Value[0] = (2 * State[0].Value[0]) + A.Value[0];
        }

        public override long Terms(ReadOnlySpan<int> rows, int pass) => rows.Length * (pass + 1);

        public override double Gradient(in Batch batch)
        {
            var trained = Parameters.Where(p => p.IsTrained).ToList();
            Log.Add($"{batch.Phase.Name} sweep {batch.Sweep} pass {batch.Pass}: {string.Join(' ', trained.Select(p => p.Name))}");
            Scales.Add(batch.Scale);
            if (batch.Pass == 0)
            {
                Draws.Add(batch.Rng(Purpose.Named("test"), batch.Rows[0]).NextUInt64());
            }

            // Moments and state matter to it.
            foreach (var parameter in trained)
            {
                parameter.Begin().ShouldBeFalse();
                parameter.Gradient[0] = 1 + (State[0].Value[0] * 1e-7f);
            }

            return batch.Rows.Length;
        }

        public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) => default;
    }

    /// <summary>One parameter in two groups: a gradient of 1, then one of −1.</summary>
    private sealed class Fresh : TrainingJob
    {
        private readonly ParameterGroup _first, _second;

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public Fresh() => (Fingerprint, _first, _second) = ("fresh", new ParameterGroup("first", [W]), new ParameterGroup("second", [W]));

        public Parameter<float> W { get; } = new("w", 1, 1);

        public override IReadOnlyList<Parameter<float>> Parameters => [W];

        public override int Rows => 4;

        public override EpochPlan Plan(int epoch) => new(new Phase("only", epoch == 1 ? _second : _first) { FreshOptimizer = epoch == 1 });

        public override double Gradient(in Batch batch)
        {
            W.Begin();
            W.Gradient[0] = batch.Epoch == 1 ? -1 : 1;
            return 1;
        }

        public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) => default;
    }

    /// <summary>Metrics as given, one after another; each step adds 1 to w.</summary>
    private sealed class Measured : TrainingJob
    {
        private readonly Queue<double> _metrics;
        private readonly ParameterGroup _group;

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public Measured(double[] metrics)
        {
            (Fingerprint, _metrics) = ("measured", new Queue<double>(metrics));
            _group = new ParameterGroup("w", [W]) { Optimizer = new OptimizerOptions { Kind = OptimizerKind.Sgd, Momentum = 0, RateFactor = 10 } };
        }

        public int Count { get; init; } = 4;

        public Parameter<float> W { get; } = new("w", 1, 1);

        public override IReadOnlyList<Parameter<float>> Parameters => [W];

        public override int Rows => Count;

        public override EpochPlan Plan(int epoch) => new(new Phase("only", _group));

        public override double Gradient(in Batch batch)
        {
            W.Begin();
            W.Gradient[0] = -1;
            return 1;
        }

        public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) => new(_metrics.Dequeue());
    }

    private sealed class After(int steps, Action act) : ITrainingCallback
    {
        private int _steps;

        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report)
        {
            if (++_steps == steps)
            {
                act();
            }
        }
    }

    private sealed class Relay(Action<FitProgress> take) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => take(value);
    }
}
