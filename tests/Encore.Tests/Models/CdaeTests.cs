using Encore.Models;
using Encore.Networks;

namespace Encore.Tests.Models;

public class CdaeTests : ModelContractTests<Cdae>
{
    protected override Cdae Create() => new(Tiny);

    protected override bool KnowsItsUsers => true;

    private protected static CdaeOptions Tiny { get; } = new()
    {
        Epochs = 60,
        BatchSize = 8,
        Width = 6,
        LearningRate = 0.03,
        L2 = 1e-3,
        Corruption = 0.3,
    };

    [Fact]
    public void Score_NewUsers_AreServedAlike()
    {
        var train = TestMatrix.Random(4, 37, 29);
        var model = Create();
        model.Fit(train, new FitContext());
        var first = TestMatrix.Scores(model, new InteractionMatrix(TestMatrix.Ids(1000, 37), train.Items, train.Csr));
        TestMatrix.Scores(model, new InteractionMatrix(TestMatrix.Ids(5000, 37), train.Items, train.Csr)).ShouldBe(first);
    }

    [Fact]
    public void Score_KnownUserInAnotherMatrix_IsRecognisedById()
    {
        var train = TestMatrix.Random(4, 37, 29);
        var model = Create();
        model.Fit(train, new FitContext());
        var scores = TestMatrix.Scores(model, train);

        // Users 30 … 37 of 37 open the matrix, then strangers; the rows are those of users 1 … 37.
        var shifted = new InteractionMatrix(TestMatrix.Ids(30, 37), train.Items, train.Csr);
        var alone = new float[29];
        model.Score(new Histories(shifted, 0, 1), alone);
        alone.ShouldNotBe(scores[..29]);

        // The same history from the user that it belongs to, in a matrix of that user alone.
        int row = 29;
        var single = TestMatrix.Of(1, 29, (_, i) => train.Csr.RowIndices(row).Contains(i) ? 1 : 0);
        model.Score(new Histories(new InteractionMatrix(TestMatrix.Ids(30, 1), train.Items, single.Csr), 0, 1), alone);
        alone.ShouldBe(scores[(row * 29)..((row + 1) * 29)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_Sampled_AnyThreadCount_SameBits(bool tied) => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        // Negatives are drawn one by one for short histories, and of a list of the unmet for long ones.
        var train = TestMatrix.Random(5, 61, 47);
        var model = new Cdae(Tiny with { Epochs = 3, BatchSize = 32, Negatives = 2, Tied = tied });
        model.Fit(train, new FitContext { Compute = compute });
        return TestMatrix.Scores(model, train);
    });

    [Fact]
    public void Score_Values_CountAsOne()
    {
        var valued = TestMatrix.Random(5, 37, 29, valued: true);
        var ones = TestMatrix.Of(37, 29, (u, i) => valued.Csr.RowIndices(u).Contains(i) ? 1 : 0);
        Cdae first = Create(), second = Create();
        first.Fit(valued, new FitContext());
        second.Fit(ones, new FitContext());
        TestMatrix.Scores(first, valued).ShouldBe(TestMatrix.Scores(second, ones));
    }

    [Theory]
    [InlineData(CdaeVariant.M1, Activation.Identity, Activation.Identity, CdaeLoss.Square)]
    [InlineData(CdaeVariant.M2, Activation.Identity, Activation.Sigmoid, CdaeLoss.Logistic)]
    [InlineData(CdaeVariant.M3, Activation.Sigmoid, Activation.Identity, CdaeLoss.Square)]
    [InlineData(CdaeVariant.M4, Activation.Sigmoid, Activation.Sigmoid, CdaeLoss.Logistic)]
    public void Variant_Named_SetsItsThreeOptions(CdaeVariant variant, Activation hidden, Activation output, CdaeLoss loss)
    {
        var options = new CdaeOptions { Variant = variant };
        (options.Hidden, options.Output, options.Loss).ShouldBe((hidden, output, loss));
        options.Variant.ShouldBe(variant);
        (options with { Hidden = Activation.Tanh }).Variant.ShouldBe(CdaeVariant.Other);
        new Cdae(options).Name.ShouldStartWith($"CDAE {variant} ");
    }
}

public sealed class SampledCdaeTests : CdaeTests
{
    protected override Cdae Create() => new(Tiny with { Negatives = 2, Tied = true, Optimizer = OptimizerKind.AdaGrad, LearningRate = 0.2, Epochs = 100 });
}

public sealed class SquareCdaeTests : CdaeTests
{
    protected override Cdae Create() => new(Tiny with { Variant = CdaeVariant.M1, Normalise = true });
}
