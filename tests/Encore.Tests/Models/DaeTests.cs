using Encore.Models;

namespace Encore.Tests.Models;

public sealed class DaeTests : ModelContractTests<Dae>
{
    protected override Dae Create() => new(Tiny);

    private static DaeOptions Tiny { get; } = new()
    {
        Epochs = 60,
        BatchSize = 8,
        Layers = [8],
        LearningRate = 0.02,
        Level = 0.3,
        L2 = 1e-4,
    };

    [Fact]
    public void Create_MaskingOfEverything_Throws()
    {
        Should.Throw<ArgumentException>(() => new Dae(new DaeOptions { Level = 1 })).Message
            .ShouldBe("DaeOptions.Level: found 1, expected a probability below 1 where corruption is masking.");
        _ = new Dae(new DaeOptions { Level = 1, Corruption = CorruptionKind.Gaussian });
    }

    [Fact]
    public void Fit_MultinomialMasking_IsMultDae()
    {
        var train = TestMatrix.Random(1, 40, 25);
        var dae = new Dae(Tiny with { Loss = DaeLoss.Multinomial });
        var multDae = new MultDae(new MultDaeOptions
        {
            Epochs = Tiny.Epochs,
            BatchSize = Tiny.BatchSize,
            Layers = Tiny.Layers,
            LearningRate = Tiny.LearningRate,
            Dropout = Tiny.Level,
            L2 = Tiny.L2,
        });
        dae.Fit(train, new FitContext());
        multDae.Fit(train, new FitContext());
        TestMatrix.Scores(dae, train).ShouldBe(TestMatrix.Scores(multDae, train));
    }
}

public sealed class TiedGaussianDaeTests : ModelContractTests<Dae>
{
    protected override Dae Create() => new(new DaeOptions
    {
        Epochs = 100,
        BatchSize = 8,
        Layers = [10, 6],
        LearningRate = 0.02,
        Corruption = CorruptionKind.Gaussian,
        Level = 0.2,
        Loss = DaeLoss.Square,
        Tied = true,
        Normalise = false,
        L2 = 1e-4,
    });
}

public sealed class GaussianVaeTests : ModelContractTests<GaussianVae>
{
    protected override GaussianVae Create() =>
        new(new GaussianVaeOptions { Epochs = 100, BatchSize = 8, Layers = [10, 5], LearningRate = 0.02, Dropout = 0.2, Beta = 0.01, L2 = 0 });
}
