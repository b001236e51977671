using Encore.Models;

namespace Encore.Tests.Models;

public sealed class PopularityTests : ModelContractTests<Popularity>
{
    protected override Popularity Create() => new();

    // All items of the board are equally popular: the lowest unseen one wins.
    protected override int CheckerboardAnswer(int user) => user == 0 || user % 2 == 1 ? 0 : 1;

    [Fact]
    public void Score_AnyHistory_CountsUsersNotValues()
    {
        var train = TestMatrix.Of(new double[,] { { 5, 1, 0 }, { 4, 0, 0 }, { 1, 1, 0 } });
        var model = Create();
        model.Fit(train, new FitContext());
        TestMatrix.Scores(model, train).ShouldBe([3, 2, 0, 3, 2, 0, 3, 2, 0]);
    }
}
