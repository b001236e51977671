using Encore.Evaluation;
using Encore.Metrics;
using Encore.Tests.Metrics;
using Encore.Tests.Models;

namespace Encore.Tests;

/// <summary>What reports count beside the metrics: items in lists, and errors by rating.</summary>
public sealed class EvaluationCountsTests
{
    // Users × items: three users of five items. User 2 has nothing held out and is not counted.
    private static readonly InteractionMatrix History = TestMatrix.Of(new double[,] { { 1, 0, 0, 0, 0 }, { 0, 1, 0, 0, 0 }, { 0, 0, 1, 0, 0 } });
    private static readonly InteractionMatrix Held = TestMatrix.Of(new double[,] { { 0, 1, 0, 0, 1 }, { 1, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 } });

    [Fact]
    public void Evaluate_CountItemsAt_CountsListsHitsAndHeldOut()
    {
        // Items in descending order for everyone: lists of two are 4, 3.
        var model = new TableModel(History.Items, (_, i) => i);
        var options = new EvaluationOptions { Metrics = [new NdcgMetric(1)], CountItemsAt = 2 };
        var counts = Evaluator.Evaluate(model, new EvaluationSet(History, Held), options).Items.ShouldNotBeNull();
        counts.K.ShouldBe(2);
        counts.Listed.ShouldBe([0, 0, 0, 2, 2]);
        counts.Found.ShouldBe([0, 0, 0, 0, 1]);
        counts.HeldOut.ShouldBe([1, 1, 0, 0, 1]);
    }

    [Fact]
    public void Evaluate_CountItemsNotAskedFor_AreNull()
    {
        var model = new TableModel(History.Items, (_, i) => i);
        Evaluator.Evaluate(model, new EvaluationSet(History, Held)).Items.ShouldBeNull();
    }

    [Fact]
    public void EvaluateRatings_ByRating_SumsErrorsOfEachValue()
    {
        var held = TestMatrix.Of(new double[,] { { 0, 5, 0, 0, 2 }, { 5, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 } });
        var model = new TableModel(History.Items, (u, _) => u == 0 ? 4 : 3);
        var errors = Evaluator.EvaluateRatings(model, new EvaluationSet(History, held)).ByRating;
        errors.Select(e => e.Rating).ShouldBe([2f, 5f]);
        (errors[0].Count, errors[0].Rmse, errors[0].Bias).ShouldBe((1, 2.0, 2.0));
        errors[1].Count.ShouldBe(2);
        errors[1].Rmse.ShouldBe(Math.Sqrt((1 + 4) / 2.0), 1e-12);
        errors[1].Bias.ShouldBe(-1.5, 1e-12);
    }
}
