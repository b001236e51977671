using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Models;

public sealed class SdaeTests : ModelContractTests<Sdae>
{
    protected override Sdae Create() => new(Tiny);

    private static SdaeOptions Tiny { get; } = new()
    {
        Epochs = 60,
        PretrainEpochs = 10,
        BatchSize = 8,
        Layers = [10, 6],
        LearningRate = 0.01,
        Level = 0.3,
        L2 = 1e-4,
    };

    [Fact]
    public void Fit_Greedy_TrainsLayersThenAll()
    {
        var train = TestMatrix.Random(1, 40, 25);
        var model = new Sdae(Tiny with { Epochs = 3, PretrainEpochs = 2, Layers = [10, 6, 4] });
        model.Fit(new TrainingData(train) { Validation = new EvaluationSet(TestMatrix.Random(2, 9, 25), TestMatrix.Random(3, 9, 25)) }, new FitContext());
        model.Training!.Epochs.Count.ShouldBe(9);
        model.Training.Epochs.Select(e => !double.IsNaN(e.MetricValue)).ShouldBe(
            [false, false, false, false, false, false, true, true, true]);
        model.Training.BestEpoch.ShouldBeInRange(7, 9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void Fit_StoppedAndResumedInAnyStage_SameBits(int epochs)
    {
        var train = TestMatrix.Random(1, 40, 25);
        var validation = new EvaluationSet(TestMatrix.Random(2, 9, 25), TestMatrix.Random(3, 9, 25));
        var options = Tiny with { Epochs = 5, PretrainEpochs = 2, Corruption = CorruptionKind.Gaussian };
        var whole = new Sdae(options);
        whole.Fit(new TrainingData(train) { Validation = validation }, new FitContext());
        string path = Path.Combine(Path.GetTempPath(), $"sdae-{Environment.ProcessId}-{epochs}.ckpt");
        try
        {
            using var stop = new CancellationTokenSource();
            var data = new TrainingData(train) { Validation = validation };
            var context = new FitContext { Checkpoint = new CheckpointOptions { Path = path } };
            Should.Throw<OperationCanceledException>(() => new Sdae(options).Fit(
                data, context with { Callback = new StopAfter(epochs, stop) }, stop.Token));
            var resumed = new Sdae(options);
            resumed.Fit(data, context with { Checkpoint = new CheckpointOptions { Path = path, Resume = true } });
            TestMatrix.Scores(resumed, train).ShouldBe(TestMatrix.Scores(whole, train));
            resumed.Training!.BestEpoch.ShouldBe(whole.Training!.BestEpoch);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Fit_ClosedFormOfMoreItemsThanASquareHolds_RefusesBeforeItBegins() =>
        Should.Throw<InsufficientMemoryException>(() => new Sdae(new SdaeOptions { Layers = [2], Pretraining = Pretraining.Mdae })
                .Fit(TestMatrix.Of(1, MemoryBudget.LargestSquare, (_, i) => i < 2 ? 1 : 0), new FitContext { MemoryLimit = long.MaxValue }))
            .Message.ShouldContain("closed-form pre-training on 46,340 items needs a matrix of 46,341 × 46,341 numbers");

    [Fact]
    public void Create_MdaeThatIsTied_Throws() => Should.Throw<ArgumentException>(
        () => new Sdae(new SdaeOptions { Pretraining = Pretraining.Mdae, Tied = true }));

    private sealed class StopAfter(int epochs, CancellationTokenSource source) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
            if (report.Epoch == epochs)
            {
                source.Cancel();
            }
        }
    }
}

public sealed class ClosedFormSdaeTests : ModelContractTests<Sdae>
{
    protected override Sdae Create() => new(new SdaeOptions
    {
        Epochs = 60,
        Pretraining = Pretraining.Mdae,
        Ridge = 1,
        BatchSize = 8,
        Layers = [10, 6],
        LearningRate = 0.01,
        Level = 0.3,
        L2 = 1e-4,
        Activation = Activation.Sigmoid,
    });
}

public sealed class TiedSdaeTests : ModelContractTests<Sdae>
{
    protected override Sdae Create() => new(new SdaeOptions
    {
        Epochs = 60,
        BatchSize = 8,
        Layers = [10, 6],
        LearningRate = 0.01,
        Level = 0.1,
        L2 = 1e-4,
        Corruption = CorruptionKind.Gaussian,
        Tied = true,
        Loss = DaeLoss.CrossEntropy,
    });
}

/// <summary>The marginalised autoencoder of low rank against the one of full rank, and against its neighbours.</summary>
public sealed class LowRankMdaeTests
{
    private const double P = 0.4, Ridge = 0.7;

    [Fact]
    public void Solve_FullRank_IsMdae()
    {
        var train = TestMatrix.Random(1, 60, 12);
        var (A, B) = LowRankMdae.Solve(Gram(train), 12, 12, P, Ridge, new FitContext(), CancellationToken.None);
        TestMatrix.LargestDifference(Product(A, B, 12, 12), FullRank(train)).ShouldBeLessThan(1e-4);
    }

    [Fact]
    public void Solve_RankAboveInputs_LeavesTheRestZero()
    {
        var train = TestMatrix.Random(1, 60, 12);
        var (A, B) = LowRankMdae.Solve(Gram(train), 12, 15, P, Ridge, new FitContext(), CancellationToken.None);
        B.AsSpan(12 * 12).ToArray().ShouldAllBe(b => b == 0);
        A.Where((_, at) => at % 15 >= 12).ShouldAllBe(a => a == 0);
        TestMatrix.LargestDifference(Product(A, B, 12, 15), FullRank(train)).ShouldBeLessThan(1e-4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Solve_LowRank_NoNeighbourIsBetter(int K)
    {
        // Two groups of users with tastes of their own, so that the first eigenvalues stand apart.
        var train = TestMatrix.Of(80, 12, (u, i) => new Rng(1, (uint)u, (uint)i).NextDouble() < (u % 4 == i % 4 ? 0.9 : 0.1 + (0.02 * i)) ? 1 : 0);
        var S = Gram(train);
        var (A, B) = LowRankMdae.Solve(S, 12, K, P, Ridge, new FitContext(), CancellationToken.None);
        double least = Objective(S, A, B, K);
        for (ulong seed = 0; seed < 50; seed++)
        {
            var rng = new Rng(seed);
            float[] a = [.. A.Select(x => x + (float)(0.03 * rng.NextGaussian()))], b = [.. B.Select(x => x + (float)(0.03 * rng.NextGaussian()))];
            Objective(S, a, b, K).ShouldBeGreaterThan(least);
        }
    }

    [Theory]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Sigmoid)]
    [InlineData(Activation.Identity)]
    public void Initialise_DeepNetwork_AlreadyRestores(Activation activation)
    {
        var train = TestMatrix.Checkerboard(24);
        var network = new VaeNetwork<float>(24, [6, 4], variational: false, Likelihood.Gaussian, activation);
        network.Initialise(1);
        LowRankMdae.Initialise(network, train, 0.3, 0.1, normalise: false, new FitContext(), CancellationToken.None);
        var scores = new float[24 * 24];
        VaeTraining.Score(Compute.Default, network, new Histories(train, 0, 24), scores, normalise: false);
        for (int u = 0; u < 24; u++)
        {
            // No step of descent has been made, and the taste is there, if blurred by two bottlenecks.
            float[] own = [.. Enumerable.Range(0, 24).Where(i => i % 2 == u % 2).Select(i => scores[(u * 24) + i])];
            float[] other = [.. Enumerable.Range(0, 24).Where(i => i % 2 != u % 2).Select(i => scores[(u * 24) + i])];
            own.Average().ShouldBeGreaterThan(other.Average() + 0.15f, $"user {u}");
        }
    }

    private static double[,] FullRank(InteractionMatrix train)
    {
        var mdae = new Mdae(new MdaeOptions { Corruption = P, Ridge = Ridge });
        mdae.Fit(train, new FitContext());
        return TestMatrix.Dense(13, 12, (i, j) => mdae.Weights[0][i, j]);
    }

    private static float[] Gram(InteractionMatrix train)
    {
        var x = TestMatrix.Dense(train);
        var ones = TestMatrix.Dense(train.Users.Count, 13, (u, i) => i < 12 ? x[u, i] : 1);
        return [.. TestMatrix.TransposeTimes(ones, ones).Cast<double>().Select(s => (float)s)];
    }

    private static double[,] Product(float[] A, float[] B, int d, int K) => TestMatrix.Dense(
        d + 1, d, (i, j) => Enumerable.Range(0, K).Sum(k => (double)A[(i * K) + k] * B[(k * d) + j]));

    // tr(S) − 2·tr(Wᵀ·P) + tr(Wᵀ(Q + ρI)W) for W = A·B, by the definitions of Q and P.
    private static double Objective(float[] S, float[] A, float[] B, int K)
    {
        var W = Product(A, B, 12, K);
        double Q(int i, int j) => (S[(i * 13) + j] * (i == j ? q(i) : q(i) * q(j))) + (i == j ? Ridge : 0);
        static double q(int i) => i < 12 ? 1 - P : 1;
        double loss = 0;
        for (int j = 0; j < 12; j++)
        {
            loss += S[(j * 13) + j];
            for (int i = 0; i < 13; i++)
            {
                loss -= 2 * W[i, j] * S[(i * 13) + j] * q(i);
                for (int k = 0; k < 13; k++)
                {
                    loss += W[i, j] * Q(i, k) * W[k, j];
                }
            }
        }

        return loss;
    }
}
