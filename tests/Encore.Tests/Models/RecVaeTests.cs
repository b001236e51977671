using Encore.Models;
using Encore.Training;

namespace Encore.Tests.Models;

public sealed class RecVaeTests : ModelContractTests<RecVae>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-recvae").FullName;

    private static readonly InteractionMatrix Train = TestMatrix.Random(1, 60, 40, 0.2);

    private static readonly RecVaeOptions Small = new() { Hidden = 12, Code = 6, Depth = 3, Epochs = 3, BatchSize = 20, LearningRate = 0.01, Patience = 0 };

    private static TrainingData Validated => new(Train)
    {
        Validation = new EvaluationSet(TestMatrix.Random(2, 30, 40, 0.2), TestMatrix.Random(3, 30, 40, 0.2)),
    };

    protected override RecVae Create() => new(new RecVaeOptions { Hidden = 24, Code = 12, Depth = 3, Epochs = 40, BatchSize = 10, LearningRate = 0.01, Dropout = 0.2 });

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Three batches a sweep, four sweeps an epoch: inside encoder sweeps, between them, before and inside the decoder's.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(23)]
    public void Resume_InAnySweep_HasTheBitsOfARunThatNeverStopped(int steps)
    {
        var straight = new RecVae(Small);
        straight.Fit(Validated, new FitContext());

        var checkpoint = new CheckpointOptions { Path = Path.Combine(_folder, "state") };
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => new RecVae(Small).Fit(
            Validated, new FitContext { Checkpoint = checkpoint, Callback = new After(steps, stop.Cancel) }, stop.Token));
        var resumed = new RecVae(Small);
        resumed.Fit(Validated, new FitContext { Checkpoint = checkpoint with { Resume = true } });
        TestMatrix.Scores(resumed, Train).ShouldBe(TestMatrix.Scores(straight, Train));
        resumed.Training!.Epochs.Select(e => (e.Loss, e.ValidationLoss, e.MetricValue))
            .ShouldBe(straight.Training!.Epochs.Select(e => (e.Loss, e.ValidationLoss, e.MetricValue)));
    }

    [Fact]
    public void Plan_SweepsOfEncoderThenDecoder_TrainTheirOwnParameters()
    {
        var network = new RecVaeNetwork<float>(Train.Items.Count, 12, 3, 6);
        network.Initialise(1);
        float[] encoder = [.. network.Encoder.Parameters.SelectMany(p => p.Value)], decoder = [.. network.Decoder.SelectMany(p => p.Value)];
        var job = new RecVaeTraining(network, Train, Small with { EncoderSweeps = 2 }) { Fingerprint = "" };
        job.Plan(0).Phases.Select(p => p.Name).ShouldBe(["encoder", "encoder", "decoder"]);

        // The prior is the encoder as it was when the decoder's sweep began; it trains nothing of the encoder.
        Trainer.Run(job, Small with { Epochs = 1 }, new TrainingData(Train), new FitContext(), "RecVAE");
        network.Encoder.Parameters.SelectMany(p => p.Value).ShouldNotBe(encoder);
        network.Decoder.SelectMany(p => p.Value).ShouldNotBe(decoder);
        job.State.SelectMany(p => p.Value).ShouldBe(network.Encoder.Parameters.SelectMany(p => p.Value));
        job.State.Select(p => p.Name).ShouldAllBe(n => n.StartsWith("prior.", StringComparison.Ordinal));
    }

    [Fact]
    public void Fit_BetaForGamma_AnotherModel()
    {
        float[][] scores = [.. new[] { Small, Small with { Beta = 0.3 }, Small with { Gamma = 0 } }.Select(options =>
        {
            var model = new RecVae(options);
            model.Fit(Train, new FitContext());
            model.Training!.Epochs[^1].Parts.Keys.ShouldBe(["divergence", "reconstruction"]);
            return TestMatrix.Scores(model, Train);
        })];
        scores[0].ShouldNotBe(scores[1]);
        scores[0].ShouldNotBe(scores[2]);
        new RecVae(Small).Name.ShouldBe("RecVAE 12-6 γ=0.005");
        new RecVae(Small with { Beta = 0.3 }).Name.ShouldBe("RecVAE 12-6 β=0.3");
    }

    [Fact]
    public void Fit_WidthsThatFitNoBlock_SameBitsOnAnyThreadCount() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var model = new RecVae(Small with { Hidden = 70, Code = 33, BatchSize = 37 });
        model.Fit(Validated, new FitContext { Compute = compute });
        return TestMatrix.Scores(model, Train);
    });

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
}
