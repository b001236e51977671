using Encore.Experiments;
using Encore.Models;
using Encore.Numerics;

namespace Encore.Tests.Models;

public sealed class RandomScoresTests : ModelContractTests<RandomScores>
{
    protected override RandomScores Create() => new();

    // A user's own scores are all that it has, and the id is not part of the history.
    protected override bool KnowsItsUsers => true;

    // A request has no name: everybody gets the best unseen item of the stream of the empty id.
    protected override int CheckerboardAnswer(int user)
    {
        var rng = new Rng(new FitContext().Seed, 14695981039346656037);
        float[] scores = [.. Enumerable.Range(0, 20).Select(_ => rng.NextSingle())];
        return Enumerable.Range(0, 20).Where(i => i % 2 != user % 2 || i == user).MaxBy(i => scores[i]);
    }

    [Fact]
    public void Score_SeedUserAndItem_AreAllThatCounts()
    {
        var train = TestMatrix.Random(1, 40, 300);
        var (one, same, other) = (Fitted(train, 1), Fitted(TestMatrix.Of(2, 300, (u, i) => 1), 1), Fitted(train, 2));
        float[] scores = TestMatrix.Scores(one, train);
        TestMatrix.Scores(same, train).ShouldBe(scores); // neither what it was fitted on nor a history
        TestMatrix.Scores(one, TestMatrix.Of(40, 300, (u, i) => 1)).ShouldBe(scores);
        TestMatrix.Scores(other, train).ShouldNotBe(scores);
        Enumerable.Range(0, 40).Select(u => string.Join(' ', scores[(u * 300)..((u + 1) * 300)])).ShouldBeUnique();
    }

    // 12,000 draws: mean 1/2 ± 5/√(12 · 12,000), and each tenth of [0, 1) within five standard deviations of 1,200.
    [Fact]
    public void Score_Many_AreUniform()
    {
        float[] scores = TestMatrix.Scores(Fitted(TestMatrix.Random(1, 40, 300), 3), TestMatrix.Random(1, 40, 300));
        scores.ShouldAllBe(s => s >= 0 && s < 1);
        scores.Average(s => (double)s).ShouldBe(0.5, 5 / Math.Sqrt(12 * 12_000.0));
        scores.GroupBy(s => (int)(10 * s)).Select(g => g.Count()).ShouldAllBe(count => Math.Abs(count - 1200) < 5 * Math.Sqrt(12_000 * .1 * .9));
    }

    [Fact]
    public void Score_SavedAndLoaded_SameBits()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var train = TestMatrix.Random(1, 40, 30);
            var model = Fitted(train, ulong.MaxValue - 5); // beyond a signed number
            ModelFile.Save(path, model);
            TestMatrix.Scores((IRecommender)ModelFile.Load(path).Model, train).ShouldBe(TestMatrix.Scores(model, train));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static RandomScores Fitted(InteractionMatrix train, ulong seed)
    {
        var model = new RandomScores();
        model.Fit(new TrainingData(train), new FitContext { Seed = seed });
        return model;
    }
}
