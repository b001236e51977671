using Encore.Models;
using Encore.Tests.Models;

namespace Encore.Tests.Training;

/// <summary>What a resumed training may change, and what it must not.</summary>
[Collection(WorkersCollection.Name)]
public sealed class ResumeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-resume").FullName;

    private static readonly InteractionMatrix Train = TestMatrix.Random(1, 60, 40, 0.2);

    private static TrainingData Validated => new(Train)
    {
        Validation = new EvaluationSet(TestMatrix.Random(2, 30, 40, 0.2), TestMatrix.Random(3, 30, 40, 0.2)),
    };

    private CheckpointOptions Checkpoint => new() { Path = Path.Combine(_folder, "state.safetensors"), EverySeconds = 0 };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void StagedTraining_KilledAfterEachEpoch_HasTheBitsOfARunThatNeverStopped(bool tied)
    {
        // Two layers of two epochs each, then fine-tuning: a stop after every epoch is also one after each stage.
        var options = new SdaeOptions { Layers = [12, 6], PretrainEpochs = 2, Epochs = 3, BatchSize = 16, LearningRate = 0.01, Tied = tied };
        var straight = new Sdae(options);
        straight.Fit(Validated, new FitContext { Checkpoint = Checkpoint, Callback = new Copies(Checkpoint.Path) });
        for (int stop = 1; stop < 7; stop++)
        {
            var resumed = new Sdae(options);
            resumed.Fit(Validated, new FitContext { Checkpoint = Checkpoint with { Path = $"{Checkpoint.Path}{stop}", Resume = true } });
            Bits(resumed).ShouldBe(Bits(straight), $"killed after epoch {stop}");
        }
    }

    [Fact]
    public void EndedByPatience_MorePatience_GoesOn()
    {
        var options = new MultVaeOptions { Layers = [12, 6], Epochs = 60, BatchSize = 16, LearningRate = 0.1, AnnealSteps = 10 };
        var straight = Fit(options with { Patience = 8 });
        Fit(options with { Patience = 2 }, Checkpoint).Training!.Stopped.ShouldBe("patience");
        var resumed = Fit(options with { Patience = 8 }, Checkpoint with { Resume = true });
        resumed.Training!.Epochs.Select(e => e.Loss).ShouldBe(straight.Training!.Epochs.Select(e => e.Loss));
        Bits(resumed).ShouldBe(Bits(straight));

        // As it was, it stays ended.
        var again = Fit(options with { Patience = 8 }, Checkpoint with { Resume = true });
        again.Training!.Epochs.Count.ShouldBe(straight.Training!.Epochs.Count);
    }

    [Fact]
    public void EndedByItsTimeBudget_WithoutOne_GoesOn()
    {
        var options = new MultVaeOptions { Layers = [12, 6], Epochs = 4, BatchSize = 16, Patience = 0 };
        Fit(options with { TimeBudget = 1e-9 }, Checkpoint).Training!.Epochs.Count.ShouldBe(1);
        var resumed = Fit(options, Checkpoint with { Resume = true });
        resumed.Training!.Epochs.Count.ShouldBe(4);
        Bits(resumed).ShouldBe(Bits(Fit(options)));
    }

    [Fact]
    public void TuneBeta_MoreEpochsAtResume_GoesOnRisingAsItBegan()
    {
        // The search anneals over its epochs. Stopped in it, and resumed with more of them, β must not jump.
        var options = new MultVaeOptions { Layers = [12, 6], Epochs = 8, BatchSize = 16, Patience = 0, LearningRate = 0.01, TuneBeta = true };
        List<double> straight = [], resumed = [];
        Fit(options, new FitContext { Callback = new Each(r => straight.Add(r.Parts["beta"])) }, CancellationToken.None);
        using var source = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() =>
            Fit(options, new FitContext { Checkpoint = Checkpoint, Callback = new After(3, source.Cancel) }, source.Token));
        var context = new FitContext { Checkpoint = Checkpoint with { Resume = true }, Callback = new Each(r => resumed.Add(r.Parts["beta"])) };
        Fit(options with { Epochs = 20 }, context, CancellationToken.None);
        resumed.Take(5).ShouldBe(straight.Skip(3).Take(5));
    }

    [Fact]
    public void CancelledInValidation_AllStepsOfTheEpochDone_GoesOnWithTheValidation()
    {
        // Of one step an epoch: what is cancelled after the third is its validation.
        var options = new MultVaeOptions { Layers = [12, 6], Epochs = 5, BatchSize = 60, Patience = 0, LearningRate = 0.01 };
        var checkpoint = Checkpoint with { EverySeconds = 3600 };
        using var source = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() =>
            Fit(options, new FitContext { Checkpoint = checkpoint, Callback = new AfterStep(3, source.Cancel) }, source.Token));
        File.Exists(checkpoint.Path).ShouldBeTrue("a cancelled training leaves a checkpoint");
        int steps = 0;
        var resumed = Fit(options, new FitContext { Checkpoint = checkpoint with { Resume = true }, Callback = new Steps(() => steps++) }, CancellationToken.None);
        steps.ShouldBe(2, "the third step is not taken again");
        var straight = Fit(options);
        resumed.Training!.Epochs.Select(e => (e.Loss, e.MetricValue)).ShouldBe(straight.Training!.Epochs.Select(e => (e.Loss, e.MetricValue)));
        Bits(resumed).ShouldBe(Bits(straight));
    }

    private static MultVae Fit(MultVaeOptions options, CheckpointOptions? checkpoint = null) =>
        Fit(options, new FitContext { Checkpoint = checkpoint }, CancellationToken.None);

    private static MultVae Fit(MultVaeOptions options, FitContext context, CancellationToken cancellationToken)
    {
        var model = new MultVae(options);
        model.Fit(Validated, context, cancellationToken);
        return model;
    }

    private static int[] Bits(IRecommender model) => Array.ConvertAll(TestMatrix.Scores(model, Train), BitConverter.SingleToInt32Bits);

    private sealed class Steps(Action act) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report) => act();
    }

    private sealed class AfterStep(long step, Action act) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report)
        {
            if (report.Step == step)
            {
                act();
            }
        }
    }

    private sealed class After(int epoch, Action act) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
            if (report.Epoch == epoch)
            {
                act();
            }
        }
    }

    // The checkpoint as a kill after the epoch before leaves it.
    private sealed class Copies(string path) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report)
        {
            string copy = FormattableString.Invariant($"{path}{report.Epoch - 1}");
            if (File.Exists(path) && !File.Exists(copy))
            {
                File.Copy(path, copy);
            }
        }
    }

    private sealed class Each(Action<EpochReport> take) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report) => take(report);
    }
}
