using Encore.Models;
using Encore.Networks;
using Encore.Storage;
using Encore.Tests.Models;
using Encore.Training;

namespace Encore.Tests.Training;

/// <summary>The training loop: stops, schedules, checkpoints. Everything here holds for every iterative model.</summary>
[Collection(WorkersCollection.Name)]
public sealed class TrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-trainer").FullName;

    private static readonly InteractionMatrix Train = TestMatrix.Random(1, 60, 40, 0.2);

    private static readonly EvaluationSet Validation =
        new(TestMatrix.Random(2, 30, 40, 0.2), Held(TestMatrix.Random(2, 30, 40, 0.2), TestMatrix.Random(3, 30, 40, 0.2)));

    private static readonly MultVaeOptions Options = new() { Layers = [12, 6], Epochs = 6, BatchSize = 16, AnnealSteps = 10, LearningRate = 0.01, Dropout = 0.5, Patience = 0 };

    private static TrainingData Validated => new(Train) { Validation = Validation };

    private string Checkpoint => Path.Combine(_folder, "state.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Fit_Epochs_AreReportedInOrder()
    {
        var reports = new List<EpochReport>();
        var model = Fit(Options, new FitContext { Callback = new Callback(reports.Add) }, Validated);
        reports.Select(r => r.Epoch).ShouldBe([1, 2, 3, 4, 5, 6]);
        reports.ShouldAllBe(r => r.Epochs == 6 && double.IsFinite(r.Loss) && double.IsFinite(r.ValidationLoss) && r.Metric == "ndcg@100" && r.RowsPerSecond > 0);
        reports[^1].Loss.ShouldBeLessThan(reports[0].Loss);
        reports[^1].SecondsLeft.ShouldBe(0);
        model.Training.ShouldNotBeNull().Epochs.ShouldBe(reports);
        model.Training!.Stopped.ShouldBe("all epochs");
        reports[0].ToString().ShouldStartWith("epoch 1/6  loss ");
    }

    [Fact]
    public void Fit_Validation_RestoresTheBestEpoch()
    {
        // The scores that validation saw at its best epoch are those of the fitted model.
        var byEpoch = new List<float[]>();
        var model = new MultVae(Options with { LearningRate = 0.1, Epochs = 40 });
        model.Fit(Validated, new FitContext { Callback = new Callback(_ => byEpoch.Add(TestMatrix.Scores(model, Train))) });
        var training = model.Training!;
        var best = training.Epochs.MaxBy(e => e.MetricValue)!;
        training.BestEpoch.ShouldBe(best.Epoch);
        training.BestEpoch.ShouldBeLessThan(40, "the test needs an epoch that is worse than an earlier one");
        TestMatrix.Scores(model, Train).ShouldBe(byEpoch[best.Epoch - 1]);
        training.Epochs.Where(e => e.IsBest).Select(e => e.Epoch).Last().ShouldBe(best.Epoch);
    }

    [Fact]
    public void Fit_Patience_StopsAfterThatManyWorseValidations()
    {
        var training = Fit(Options with { LearningRate = 0.1, Epochs = 100, Patience = 3 }, new FitContext(), Validated).Training!;
        training.Stopped.ShouldBe("patience");
        training.Epochs.Count.ShouldBe(training.BestEpoch + 3);
    }

    [Fact]
    public void Fit_ValidateEvery_MeasuresThoseEpochsAndTheLast()
    {
        var training = Fit(Options with { Epochs = 5, ValidateEvery = 2 }, new FitContext(), Validated).Training!;
        training.Epochs.Select(e => double.IsNaN(e.MetricValue)).ShouldBe([true, false, true, false, false]);
    }

    [Fact]
    public void Fit_MetricByName_IsTheOneMeasured()
    {
        var training = Fit(Options with { Metric = "recall@5" }, new FitContext(), Validated).Training!;
        training.Epochs.ShouldAllBe(e => e.Metric == "recall@5");
        Should.Throw<FormatException>(() => Fit(Options with { Metric = "recal@5" }, new FitContext(), Validated))
            .Message.ShouldContain("recall");
    }

    [Fact]
    public void Fit_TimeBudget_StopsAtTheEndOfTheEpoch()
    {
        var training = Fit(Options with { Epochs = 100_000, TimeBudget = 0.05 }, new FitContext()).Training!;
        training.Stopped.ShouldBe("time budget");
        training.Epochs.Count.ShouldBeLessThan(100_000);
    }

    [Theory]
    [InlineData(0, 0L, 0.1)]
    [InlineData(0, 1L, 0.2)]
    [InlineData(0, 3L, 0.4)]
    [InlineData(1, 4L, 0.4)]
    [InlineData(2, 50L, 0.2)]
    [InlineData(5, 50L, 0.1)]
    public void RateAt_WarmupThenSteps_IsTheProduct(int epoch, long step, double expected) =>
        new TrainingOptions
        {
            LearningRate = 0.4,
            WarmupSteps = 4,
            Schedule = LearningRateSchedule.Step,
            ScheduleEvery = 2,
            ScheduleFactor = 0.5,
        }.RateAt(epoch, step).ShouldBe(expected, 1e-12);

    [Fact]
    public void Fit_ClipNorm_ShortensTheStep()
    {
        // One plain gradient step: the way that the weights go is the learning rate times the clipped norm.
        var options = Options with { Epochs = 1, BatchSize = 100, Optimizer = OptimizerKind.Sgd, LearningRate = 1, ClipNorm = 1e-3 };
        Moved(options).ShouldBe(1e-3, 1e-5);
        Moved(options with { ClipNorm = 1e6 }).ShouldBeGreaterThan(1e-2);

        double Moved(MultVaeOptions o)
        {
            var (before, after) = (Weights(o with { LearningRate = 0 }), Weights(o));
            return Math.Sqrt(before.Zip(after, (b, a) => Math.Pow(b - a, 2)).Sum());
        }

        double[] Weights(MultVaeOptions o)
        {
            string path = Path.Combine(_folder, $"{Directory.GetFiles(_folder).Length}");
            Fit(o, new FitContext { Checkpoint = new CheckpointOptions { Path = path } });
            using var file = SafeTensorsFile.Open(path);
            return [.. file.Names.Where(n => n.StartsWith("value/", StringComparison.Ordinal)).SelectMany(file.Read).Select(w => (double)w)];
        }
    }

    [Fact]
    public void Fit_HugeLearningRate_SaysWhereAndWhatToTry()
    {
        var error = Should.Throw<TrainingDivergedException>(() =>
            Fit(Options with { LearningRate = 1e30, Optimizer = OptimizerKind.Sgd, Epochs = 50 }, new FitContext()));
        error.Message.ShouldStartWith("Mult-VAE 12-6 β=0.2 diverged: in epoch ");
        error.Message.ShouldContain("layer");
        error.Message.ShouldContain("smaller learning rate");
    }

    [Fact]
    public void Run_LossFarAboveItsBeginning_SaysSo()
    {
        // Finite all the way.
        var job = new Losing([1, 0.5, 900, 1_100]) { Fingerprint = "" };
        Should.Throw<TrainingDivergedException>(() =>
            Trainer.Run(job, new TrainingOptions { Epochs = 9 }, new TrainingData(Train), new FitContext(), "Losing", CancellationToken.None))
            .Message.ShouldStartWith("Losing diverged: in epoch 4, the mean loss is 1100, after 1 in epoch 1; all weights are finite.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(23)]
    public void Resume_StoppedAtAnyBatch_HasTheBitsOfARunThatNeverStopped(int batches)
    {
        var context = new FitContext();
        var straight = Fit(Options, context, Validated);

        // Cancelled inside an epoch: Ctrl-C writes a checkpoint.
        using var stop = new CancellationTokenSource();
        int seen = 0;
        var steps = new Steps(() =>
        {
            if (++seen == batches)
            {
                stop.Cancel();
            }
        });
        var checkpoint = new CheckpointOptions { Path = Checkpoint };
        Should.Throw<OperationCanceledException>(() =>
            Fit(Options, context with { Checkpoint = checkpoint, Callback = steps }, Validated, stop.Token));
        File.Exists(Checkpoint).ShouldBeTrue();

        var resumed = Fit(Options, context with { Checkpoint = checkpoint with { Resume = true } }, Validated);
        Bits(resumed).ShouldBe(Bits(straight));
        resumed.Training!.Epochs.Select(e => (e.Epoch, e.Loss, e.ValidationLoss, e.MetricValue, e.IsBest))
            .ShouldBe(straight.Training!.Epochs.Select(e => (e.Epoch, e.Loss, e.ValidationLoss, e.MetricValue, e.IsBest)));
        resumed.Training.BestEpoch.ShouldBe(straight.Training.BestEpoch);
    }

    [Theory]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.AdaGrad)]
    public void Resume_MoreEpochs_GoesOnWithTheOptimisersMemory(OptimizerKind kind)
    {
        var options = Options with { Optimizer = kind, WeightDecay = 1e-3 };
        var straight = Fit(options, new FitContext());
        var checkpoint = new CheckpointOptions { Path = Checkpoint, EverySeconds = 0 };
        Fit(options with { Epochs = 2 }, new FitContext { Checkpoint = checkpoint });
        var resumed = Fit(options, new FitContext { Checkpoint = checkpoint with { Resume = true } });
        Bits(resumed).ShouldBe(Bits(straight));
    }

    [Fact]
    public void Resume_Times_AreThoseOfBothProcesses_WithoutTheTimeBetween()
    {
        using var stop = new CancellationTokenSource();
        var checkpoint = new CheckpointOptions { Path = Checkpoint };
        var first = new List<EpochReport>();
        var callback = new Callback(report =>
        {
            Thread.Sleep(100);
            first.Add(report);
            if (report.Epoch == 3)
            {
                stop.Cancel();
            }
        });
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Should.Throw<OperationCanceledException>(() => Fit(Options, new FitContext { Checkpoint = checkpoint, Callback = callback }, cancellationToken: stop.Token));
        double whole = watch.Elapsed.TotalSeconds;
        Thread.Sleep(300);

        var training = Fit(Options, new FitContext { Checkpoint = checkpoint with { Resume = true } }).Training!;
        training.EarlierSeconds.ShouldBeInRange(0.3, whole);
        first[2].FitSeconds.ShouldBeInRange(0.2, whole);
        training.Epochs[2].FitSeconds.ShouldBe(first[2].FitSeconds);
        training.Epochs[3].FitSeconds.ShouldBeInRange(training.EarlierSeconds, whole + 0.3);
        training.Epochs.Select(e => e.FitSeconds).ShouldBeInOrder();

        // The checkpoint is of a finished training: resuming it counts all of its time.
        double end = training.Epochs[^1].FitSeconds;
        Fit(Options, new FitContext { Checkpoint = checkpoint with { Resume = true } }).Training!.EarlierSeconds.ShouldBeGreaterThanOrEqualTo(end);
        Fit(Options, new FitContext()).Training!.EarlierSeconds.ShouldBe(0);
    }

    [Fact]
    public void Resume_FinishedTraining_HasTheSameModelAtOnce()
    {
        var context = new FitContext { Checkpoint = new CheckpointOptions { Path = Checkpoint } };
        var first = Fit(Options, context, Validated);
        var reports = new List<EpochReport>();
        var again = Fit(Options, context with { Checkpoint = new CheckpointOptions { Path = Checkpoint, Resume = true }, Callback = new Callback(reports.Add) }, Validated);
        reports.ShouldBeEmpty();
        Bits(again).ShouldBe(Bits(first));
    }

    [Fact]
    public void Checkpoint_FileThere_IsNotOverwritten()
    {
        File.WriteAllText(Checkpoint, "mine");
        Should.Throw<IOException>(() => Fit(Options, new FitContext { Checkpoint = new CheckpointOptions { Path = Checkpoint } }))
            .Message.ShouldContain("not overwritten");
        File.ReadAllText(Checkpoint).ShouldBe("mine");
    }

    [Fact]
    public void Resume_OtherOptionsDataSeedOrFile_IsRefused()
    {
        var context = new FitContext { Checkpoint = new CheckpointOptions { Path = Checkpoint } };
        Fit(Options, context);
        var resume = context with { Checkpoint = new CheckpointOptions { Path = Checkpoint, Resume = true } };
        Should.Throw<InvalidDataException>(() => Fit(Options with { Dropout = 0.4 }, resume)).Message.ShouldContain("dropout=0.4");
        Should.Throw<InvalidDataException>(() => Fit(Options, resume with { Seed = 2 })).Message.ShouldContain("seed=2");
        Should.Throw<InvalidDataException>(() => new MultVae(Options).Fit(TestMatrix.Random(9, 60, 40, 0.2), resume)).Message.ShouldContain("data=");
        byte[] whole = File.ReadAllBytes(Checkpoint);
        File.WriteAllBytes(Checkpoint, whole[..(whole.Length / 2)]);
        Should.Throw<InvalidDataException>(() => Fit(Options, resume)).Message.ShouldContain(Checkpoint);
    }

    [Fact]
    public void Fit_AnyThreadCount_SameBits() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var model = Fit(Options with { Layers = [70, 33], BatchSize = 37 }, new FitContext { Compute = compute }, Validated);
        return TestMatrix.Scores(model, Train);
    });

    [Fact]
    public void Fit_AnotherSeed_GivesAnotherModel() =>
        Bits(Fit(Options, new FitContext { Seed = 2 })).ShouldNotBe(Bits(Fit(Options, new FitContext())));

    [Fact]
    public void TuneBeta_TakesTheBestEpochsBeta_AndResumesWithIt()
    {
        var options = Options with { TuneBeta = true };
        var context = new FitContext();
        var tuned = Fit(options, context, Validated);
        var checkpoint = new CheckpointOptions { Path = Checkpoint };
        Fit(options, context with { Checkpoint = checkpoint }, Validated);
        Bits(Fit(options, context with { Checkpoint = checkpoint with { Resume = true } }, Validated)).ShouldBe(Bits(tuned));
        Should.Throw<InvalidDataException>(() => Fit(options, new FitContext())).Message.ShouldContain("validation");
    }

    private static MultVae Fit(MultVaeOptions options, FitContext context, TrainingData? data = null, CancellationToken cancellationToken = default)
    {
        var model = new MultVae(options);
        model.Fit(data ?? new TrainingData(Train), context, cancellationToken);
        return model;
    }

    private static int[] Bits(IRecommender model) => Array.ConvertAll(TestMatrix.Scores(model, Train), BitConverter.SingleToInt32Bits);

    private static InteractionMatrix Held(InteractionMatrix history, InteractionMatrix other)
    {
        var (seen, held) = (TestMatrix.Dense(history), TestMatrix.Dense(other));
        return TestMatrix.Of(history.Users.Count, history.Items.Count, (u, i) => seen[u, i] == 0 ? (float)held[u, i] : 0);
    }

    private sealed class Losing(double[] losses) : TrainingJob
    {
        public override IReadOnlyList<Parameter<float>> Parameters { get; } = [new Parameter<float>("w", 1, 1)];

        public override int Rows => 1;

        public override double Gradient(in Batch batch)
        {
            Parameters[0].Begin();
            return losses[batch.Epoch];
        }

        public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) => default;
    }

    private sealed class Callback(Action<EpochReport> take) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report) => take(report);
    }

    private sealed class Steps(Action take) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report) => take();
    }

    private sealed class Relay(Action<FitProgress> take) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => take(value);
    }
}
