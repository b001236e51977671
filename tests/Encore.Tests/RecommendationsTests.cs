using Encore.Models;
using Encore.Recommending;
using Encore.Tests.Models;

namespace Encore.Tests;

public sealed class RecommendationsTests
{
    private static readonly Ease Model = FittedEase();

    private static Ease FittedEase()
    {
        var model = new Ease(new EaseOptions { L2 = 2 });
        model.Fit(TestMatrix.Random(1, 40, 12), new FitContext());
        return model;
    }

    [Fact]
    public void Recommend_History_IsTheRankingOfItsScores()
    {
        var history = TestMatrix.Of(1, 12, (_, i) => i is 4 or 7 ? 1 : 0);
        var scores = TestMatrix.Scores(Model, history);
        var expected = Enumerable.Range(0, 12).Where(i => i is not (4 or 7))
            .OrderByDescending(i => scores[i]).ThenBy(i => i).Take(3)
            .Select(i => new Recommendation($"{100 + i}", scores[i]));
        Model.Recommend(["104", "107"], 3).ShouldBe(expected);
    }

    [Fact]
    public void Recommend_Duplicates_CountOnceAsTheLast()
    {
        Model.Recommend(["104", "107", "104"], 3).ShouldBe(Model.Recommend(["107", "104"], 3));
        var twice = Model.Recommend([("104", 5f), ("107", 1f), ("104", 2f)], 3);
        twice.ShouldBe(Model.Recommend([("107", 1f), ("104", 2f)], 3));
        twice.KnownItems.ShouldBe(2);
    }

    [Fact]
    public void Recommend_Duplicates_KeepThePlaceOfTheLast()
    {
        var probe = new SequenceProbe(Model.Items);
        probe.Recommend(["107", "104", "101", "107"], 1);
        probe.Sequence.ShouldBe([4, 1, 7]);
    }

    [Fact]
    public void Recommend_NoKnownItem_IsTheAnswerForAnEmptyHistory()
    {
        var answer = Model.Recommend(["nobody", "knows"], 3);
        answer.KnownItems.ShouldBe(0);
        answer.UnknownItems.ShouldBe(["nobody", "knows"]);
        answer.ShouldBe(Model.Recommend(Array.Empty<string>(), 3));
        answer.Select(r => r.Item).ShouldBe(["100", "101", "102"]); // EASE has no bias: equal scores, by id
        answer.Fallback.ShouldBe(Fallback.ItemOrder); // a model alone has no counts
        answer.Note!.ShouldContain("knows none of the items in the history");
    }

    [Fact]
    public void Recommend_None_IsEmpty() => Model.Recommend(["104"], 0).ShouldBeEmpty();

    [Fact]
    public void Recommend_EverythingSeen_IsEmpty() => Model.Recommend(Enumerable.Range(100, 12).Select(i => $"{i}"), 5).ShouldBeEmpty();

    [Fact]
    public void Recommend_WrongArguments_Throws()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Model.Recommend(["104"], -1));
        Should.Throw<ArgumentException>(() => Model.Recommend([("104", float.NaN)], 1)).Message.ShouldContain("Found item '104' with value NaN");
        Should.Throw<ArgumentException>(() => Model.Recommend([null!, "104"], 1)).Message.ShouldContain("null");
    }

    [Fact]
    public void Recommend_ModelThatScoresNaN_Throws() =>
        Should.Throw<InvalidDataException>(() => new SequenceProbe(Model.Items) { Fill = float.NaN }.Recommend(["104"], 1));

    private sealed class SequenceProbe(IdMap items) : IRecommender
    {
        public int[] Sequence { get; private set; } = [];

        public float Fill { get; init; }

        public string Name => "probe";

        public IdMap Items => items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public void Score(Histories histories, Span<float> scores)
        {
            Sequence = histories.Sequence(0).ToArray();
            scores.Fill(Fill);
        }
    }
}
