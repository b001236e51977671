using Encore.Models;
using Encore.Recommending;

namespace Encore.Tests.Models;

public sealed class RatingBiasTests : RatingContractTests<RatingBias>
{
    protected override RatingBias Create() => new();

    [Fact]
    public void Predict_AdditiveRatingsWithoutDamping_AreRestored()
    {
        // 3 + a_u + c_i, with some entries missing: the minimum is 0 and alternation gets there.
        float Rating(int u, int i) => 3 + (0.25f * (u % 5)) - (0.5f * (i % 4));
        var train = TestMatrix.Of(30, 20, (u, i) => (u + (3 * i)) % 4 == 0 ? 0 : Rating(u, i));
        var model = new RatingBias(new RatingBiasOptions { RegUser = 0, RegItem = 0, Iterations = 100 });
        model.Fit(train, new FitContext());
        var predictions = PredictAll(model, train);
        for (int k = 0; k < predictions.Length; k++)
        {
            predictions[k].ShouldBe(Rating(k / 20, k % 20), 1e-4);
        }
    }

    [Fact]
    public void Fit_OneIteration_IsKorensDecoupledEstimate()
    {
        // μ = 3; b_i = (2 + 1)/(λ₂ + 2), (−1 − 2)/(λ₂ + 2); the new user's b_u from a rating of 5 of item 0.
        var train = TestMatrix.Of(new double[,] { { 5, 2 }, { 4, 1 } });
        var model = new RatingBias(new RatingBiasOptions { RegItem = 1, RegUser = 4, Iterations = 1 });
        model.Fit(train, new FitContext());
        var predictions = new float[2];
        model.Predict(new Histories(TestMatrix.Of(new double[,] { { 5, 0 } }), 0, 1), [0, 2], [0, 1], predictions);
        predictions[0].ShouldBe(3 + 1 + ((5 - 3 - 1) / 5f), 1e-6);
        predictions[1].ShouldBe(3 - 1 + ((5 - 3 - 1) / 5f), 1e-6);
    }

    [Fact]
    public void Fit_ManyIterations_IsStationary()
    {
        // The gradient of the penalised squared error at the biases that predictions show, unclamped.
        var train = TestMatrix.Random(1, 40, 30, valued: true);
        var options = new RatingBiasOptions { RegUser = 2, RegItem = 3, Iterations = 200 };
        var model = new RatingBias(options);
        model.Fit(train, new FitContext());
        var r = TestMatrix.Dense(train);
        var scores = TestMatrix.Scores(model, train);
        double mean = train.Csr.Values.Average(x => (double)x);
        var stranger = TestMatrix.Scores(model, TestMatrix.Of(1, 30, (_, _) => 0)); // μ + b_i
        for (int u = 0; u < 40; u++)
        {
            double bias = scores[u * 30] - stranger[0];
            double residual = Enumerable.Range(0, 30).Where(i => r[u, i] != 0).Sum(i => r[u, i] - scores[(u * 30) + i]);
            residual.ShouldBe(options.RegUser * bias, 1e-4);
        }

        for (int i = 0; i < 30; i++)
        {
            double residual = Enumerable.Range(0, 40).Where(u => r[u, i] != 0).Sum(u => r[u, i] - scores[(u * 30) + i]);
            residual.ShouldBe(options.RegItem * (stranger[i] - mean), 1e-4);
        }
    }
}

public sealed class RatingBiasRankingTests : ModelContractTests<RatingBias>
{
    protected override RatingBias Create() => new();

    // All values of the board are equal: nothing to learn, and the lowest unseen item wins.
    protected override int CheckerboardAnswer(int user) => user == 0 || user % 2 == 1 ? 0 : 1;

    [Fact]
    public void Recommend_Ratings_RanksTheWellRatedFirst()
    {
        var model = Create();
        model.Fit(TestMatrix.Of(20, 5, (u, i) => i + (u % 2)), new FitContext());
        model.Recommend(["100"], 2).Select(r => r.Item).ShouldBe(["104", "103"]);
    }
}
