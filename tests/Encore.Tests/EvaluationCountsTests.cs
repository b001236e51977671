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
        errors.ShouldAllBe(e => !e.IsRange);
    }

    [Fact]
    public void EvaluateRatings_PlayCounts_AreGroupedByPowersOfTwo()
    {
        // 1, 2, … 100 plays, and 100 items of another user, each played 3 times; all are predicted as 0.
        var history = TestMatrix.Of(2, 100, (_, i) => i == 0 ? 1 : 0);
        var held = TestMatrix.Of(2, 100, (u, i) => u == 0 ? i + 1 : 3);
        var model = new TableModel(history.Items, (_, _) => 0);
        var errors = Evaluator.EvaluateRatings(model, new EvaluationSet(history, held)).ByRating;
        errors.ShouldAllBe(e => e.IsRange);
        errors.Select(e => e.Rating).ShouldBe([1f, 2, 4, 8, 16, 32, 64]);
        errors.Select(e => e.Count).ShouldBe([1, 2 + 100, 4, 8, 16, 32, 37]);
        errors[2].SquareSum.ShouldBe(16 + 25 + 36 + 49);
        errors[2].Bias.ShouldBe(-(4 + 5 + 6 + 7) / 4.0);
        errors[1].Sum.ShouldBe(-(2 + 3 + 300));
    }

    [Fact]
    public void RatingGroups_ValuesOfOneSetAndRangesOfAnother_BecomeRanges()
    {
        var groups = new RatingGroups();
        foreach (float rating in (float[])[-2.5f, -0.5f, 0, 0.9f, 3])
        {
            groups.Add(rating, 1);
        }

        groups.Add(new RatingError(2, 5, 20, -10) { IsRange = true });
        groups.Errors.Select(e => (e.Rating, e.Count)).ShouldBe([(-2f, 1), (0f, 3), (2f, 6)]);
        groups.Errors[2].SquareSum.ShouldBe(21);
    }
}
