namespace Encore.Article.Tests;

/// <summary>The article's ways to cut a log.</summary>
public sealed class ArticleSplitsTests
{
    private static readonly Interactions Log = ArticleLog.Make();

    [Fact]
    public void Ratings_AQuarter_IsTestAndNoneIsBoth()
    {
        var split = ArticleSplits.Ratings(Log, 1);
        split.Validation.ShouldBeNull();
        split.IsRating.ShouldBeTrue();
        split.Test.HeldOut.Count.ShouldBe(Log.Count / 4);
        Pairs(split.Train).Intersect(Pairs(split.Test.HeldOut)).ShouldBeEmpty();
        (split.Train.Count + split.Test.HeldOut.Count).ShouldBe(Log.Count);
        split.Test.History.ShouldBeSameAs(split.Train);
    }

    [Fact]
    public void RatingsByUser_EachUser_HasATenthInTestAndATenthOfTheRestInValidation()
    {
        var split = ArticleSplits.RatingsByUser(Log, 1);
        for (int u = 0; u < Log.Users.Count; u++)
        {
            int n = Log.UserItems(u).Length, test = (int)Math.Round(n * 0.1, MidpointRounding.AwayFromZero);
            split.Test.HeldOut.Csr.RowLength(u).ShouldBe(test);
            split.Validation!.HeldOut.Csr.RowLength(u).ShouldBe((int)Math.Round((n - test) * 0.1, MidpointRounding.AwayFromZero));
        }

        (split.Train.Count + split.Validation!.HeldOut.Count + split.Test.HeldOut.Count).ShouldBe(Log.Count);
    }

    [Fact]
    public void Implicit_EveryRating_IsAOneAndFourFifthsOfAUserTrain()
    {
        var split = ArticleSplits.Implicit(Log, 1, ArticleLeaks.None);
        split.Train.Csr.IsBinary().ShouldBeTrue();
        (split.Train.Count + split.Test.HeldOut.Count).ShouldBe(Log.Count, "no threshold");
        for (int u = 0; u < Log.Users.Count; u++)
        {
            split.Train.Csr.RowLength(u).ShouldBe((int)(0.8 * Log.UserItems(u).Length));
        }
    }

    [Fact]
    public void Implicit_Validation_IsTheTestUsersOnlyWhenAskedFor()
    {
        ArticleSplits.Implicit(Log, 1, ArticleLeaks.RankSeenItems).Validation.ShouldBeNull();
        var split = ArticleSplits.Implicit(Log, 1, ArticleLeaks.SelectEpochOnTestUsers);
        split.Validation.ShouldBeSameAs(split.Test);
    }

    [Fact]
    public void TrainingUsers_History_IsTheFirstFourFifthsInTime()
    {
        var train = Log.ToMatrix();
        var set = ArticleSplits.TrainingUsers(train, 7);
        set.Users.ShouldBe(7);
        for (int u = 0; u < 7; u++)
        {
            int[] all = [.. train.Sequence(u)];
            ((int[])[.. set.History.Sequence(u), .. set.HeldOut.Sequence(u)]).ShouldBe(all);
            set.History.Csr.RowLength(u).ShouldBe((int)(0.8 * all.Length));
            set.HeldOut.Csr.RowIndices(u).ToArray().ShouldBe(set.HeldOut.Sequence(u).ToArray().Order());
        }
    }

    private static IEnumerable<(int User, int Item)> Pairs(InteractionMatrix matrix) =>
        Enumerable.Range(0, matrix.Users.Count).SelectMany(u => matrix.Csr.RowIndices(u).ToArray().Select(i => (u, i)));
}
