using Encore.Models;
using Encore.Tests.Models;

namespace Encore.Tests.Training;

/// <summary>What a checkpoint belongs to, where options have come since an earlier release.</summary>
public sealed class LaterOptionTests
{
    private static readonly InteractionMatrix Train = TestMatrix.Of(new double[,] { { 0, 5, 0 }, { 0, 0, 3 }, { 1, 0, 0 } });

    [Fact]
    public void Fingerprint_LaterOptionAtItsDefault_IsThatOfAnEarlierRelease()
    {
        Of(new AutoRecOptions()).ShouldNotContain("start=");
        Of(new DeepRecOptions()).ShouldNotContain(" loss=");
        Of(new CdaeOptions()).ShouldContain(" loss=logistic", customMessage: "an option of the first release");
    }

    [Fact]
    public void Fingerprint_LaterOptionOfAnotherValue_NamesIt()
    {
        Of(new AutoRecOptions { Start = AutoRecStart.Normal }).ShouldContain(" start=normal");
        Of(new DeepRecOptions { Loss = DeepRecLoss.RmsePerUser }).ShouldContain(" loss=rmse-per-user");
    }

    [Fact]
    public void Fingerprint_SeenItemsRanked_IsAnother() => NeuralRecommender.Fingerprint("m", new CdaeOptions(), Train, new FitContext { RankSeenItems = true })
        .ShouldNotBe(Of(new CdaeOptions()));

    [Fact]
    public void AutoRec_StartNormal_IsAnotherModel()
    {
        AutoRecOptions options = new() { Epochs = 1, Hidden = [3], Refit = false };
        float xavier = Prediction(options), normal = Prediction(options with { Start = AutoRecStart.Normal });
        xavier.ShouldBe(3, 1f, "the bias of the output starts at the mean rating");
        normal.ShouldBe(1, "from 0, one step does not reach the lowest rating");
    }

    private static float Prediction(AutoRecOptions options)
    {
        var model = new AutoRec(options with { By = RatingRowKind.User });
        model.Fit(new TrainingData(Train), new FitContext());
        var predictions = new float[1];
        model.Predict(new Histories(Train, 0, 1), [0, 1], [2], predictions);
        return predictions[0];
    }

    private static string Of<TOptions>(TOptions options)
        where TOptions : Encore.Training.TrainingOptions, new() => NeuralRecommender.Fingerprint("m", options, Train, new FitContext());
}
