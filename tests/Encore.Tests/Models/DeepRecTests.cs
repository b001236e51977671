using Encore.Models;
using Encore.Networks;
using Encore.Training;

namespace Encore.Tests.Models;

public sealed class DeepRecTests : RatingContractTests<DeepRec>
{
    protected override DeepRec Create() => DeepRecCases.Small();

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public void Predict_TwoTastes_FindsThem(int refeed, bool tied) =>
        AutoRecCases.FindsTwoTastes(DeepRecCases.Small(200, refeed, tied));

    [Fact]
    public void Predict_NewUsers_AreFoldedIn()
    {
        var train = TestMatrix.Random(1, 20, 10, valued: true);
        var model = Fitted(train);
        var renamed = new InteractionMatrix(TestMatrix.Ids(1000, 20), train.Items, train.Csr);
        PredictAll(model, renamed).ShouldBe(PredictAll(model, train));
    }

    [Fact]
    public void Fit_Refit_LearnsFromBothForTheSelectedEpochs()
    {
        var both = TestMatrix.Random(1, 30, 20, valued: true);
        var (train, held) = AutoRecCases.Cut(both);
        var model = DeepRecCases.Small(refeed: 1);
        model.Fit(new TrainingData(train) { Validation = new EvaluationSet(train, held), WithValidation = both }, new FitContext());
        var plain = DeepRecCases.Small(model.Training!.BestEpoch, refeed: 1);
        plain.Fit(both, new FitContext());
        PredictAll(model, both).ShouldBe(PredictAll(plain, both));
    }

    [Fact]
    public void Fit_ReFeeding_AnyThreadCount_SameBits() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var train = TestMatrix.Random(3, 211, 157, valued: true);
        var model = DeepRecCases.Small(3, refeed: 2, tied: true);
        model.Fit(train, new FitContext { Compute = compute });
        return PredictAll(model, train);
    });

    [Theory]
    [InlineData(6, 4)]
    [InlineData(6, 4, 5)]
    public void Create_TiedLayersThatDiffer_Throws(params int[] layers) =>
        Should.Throw<ArgumentException>(() => new DeepRec(new DeepRecOptions { Layers = layers, Tied = true }))
            .Message.ShouldContain("read the same backwards");

    [Fact]
    public void Create_NoLayer_Throws() =>
        Should.Throw<ArgumentException>(() => new DeepRec(new DeepRecOptions { Layers = [] })).Message.ShouldStartWith("DeepRecOptions.Layers: found ");
}

public sealed class DeepRecRankingTests : ModelContractTests<DeepRec>
{
    protected override DeepRec Create() => DeepRecCases.Small();

    // All values of the board are equal: nothing to learn, and the lowest unseen item wins.
    protected override int CheckerboardAnswer(int user) => user == 0 || user % 2 == 1 ? 0 : 1;

    [Fact]
    public void Score_Ratings_IsThePredictionBeforeClamping()
    {
        var train = TestMatrix.Random(1, 20, 10, valued: true);
        var model = DeepRecCases.Small(50);
        model.Fit(train, new FitContext());
        AutoRecCases.ScoresShouldMatchPredictions(model, model, train);
    }
}

internal static class DeepRecCases
{
    public static DeepRec Small(int epochs = 8, int refeed = 0, bool tied = false) => new(new DeepRecOptions
    {
        Layers = [12, 8, 12],
        Epochs = epochs,
        BatchSize = 8,
        Optimizer = OptimizerKind.Adam,
        LearningRate = 0.005,
        Dropout = 0.2,
        Refeed = refeed,
        Tied = tied,
        Schedule = LearningRateSchedule.Constant,
    });
}
