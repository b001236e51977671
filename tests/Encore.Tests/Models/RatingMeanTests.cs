using Encore.Models;

namespace Encore.Tests.Models;

public sealed class RatingMeanTests : RatingContractTests<RatingMean>
{
    protected override RatingMean Create() => new();

    [Fact]
    public void Predict_AnyUserAndItem_IsTheMean()
    {
        var train = TestMatrix.Of(new double[,] { { 5, 1, 0 }, { 4, 0, 0 } });
        PredictAll(Fitted(train), train).ShouldAllBe(r => r == (float)(10.0 / 3));
    }
}
