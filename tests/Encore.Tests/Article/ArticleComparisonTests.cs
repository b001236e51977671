using Encore.Article;

namespace Encore.Tests.Article;

/// <summary>The article's table on a small log: each row says what it is, and what it would be without its leaks.</summary>
public sealed class ArticleComparisonTests
{
    private static readonly ArticleReport Small = new ArticleComparison(ArticleLog.Make()) { Quick = true }.Run();

    [Fact]
    public void Run_SmallLog_HasAllRowsInTheArticlesOrder()
    {
        Small.Rows.Select(r => r.Model).ShouldBe(ArticleComparison.RowNames);
        Small.Quick.ShouldBeTrue();
        foreach (var row in Small.Rows)
        {
            row.Measurements.Count.ShouldBe(2);
            row.Measurements[0].Leaks.ShouldNotBe(ArticleLeaks.None);
            row.Difference.ShouldNotBeEmpty();
            row.Measurements[0].Figures.Seconds.ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public void Run_Leaks_AreThoseOfTheArticlesCode()
    {
        Leaks("AutoRec").ShouldBe([ArticleLeaks.TestRatingsAsInput, ArticleLeaks.None]);
        Leaks("DeepRec").ShouldBe([ArticleLeaks.MeanOfUsersRmse, ArticleLeaks.None]);
        Leaks("CDAE")[0].ShouldBe(ArticleLeaks.RankSeenItems | ArticleLeaks.SelectEpochOnTestUsers | ArticleLeaks.NormaliseWithinBatch);
        Leaks("MultVAE")[0].ShouldBe(ArticleLeaks.RankSeenItems | ArticleLeaks.SelectEpochOnTestUsers);
        Leaks("SVAE").ShouldBe([ArticleLeaks.MeasureTrainingUsers, ArticleLeaks.None]);
        Leaks("ESAE").ShouldBe([ArticleLeaks.RankSeenItems, ArticleLeaks.None]);

        static ArticleLeaks[] Leaks(string row) => [.. Small.Rows.First(r => r.Model == row).Measurements.Select(m => m.Leaks)];
    }

    [Fact]
    public void Run_SeenItemsMasked_FindsMore()
    {
        foreach (var row in Small.Rows.Where(r => r.Measurements[0].Leaks.HasFlag(ArticleLeaks.RankSeenItems)))
        {
            row.Measurements[1].Figures.Ndcg.ShouldBeGreaterThan(row.Measurements[0].Figures.Ndcg, row.Model);
        }
    }

    [Fact]
    public void Run_Honest_HasTheFourProtocolsAndTheirModels()
    {
        Small.Honest.Select(h => h.Split.Protocol).ShouldBe(["rating", "strong", "weak", "temporal"]);
        Small.Honest.SelectMany(h => h.Rows).ShouldAllBe(r => r.Failure == null);
        var svae = Small.Honest[3].Rows.First(r => r.Model == "svae");
        svae.Metrics["ndcg@100"].Mean.ShouldBe(Small.Rows.First(r => r.Model == "SVAE").Measurements[1].Figures.Ndcg, 1e-12, "one training serves both");
        svae.FitSeconds.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Run_UnknownRow_SuggestsOne() => Should.Throw<ArgumentException>(
        () => new ArticleComparison(ArticleLog.Make()) { Rows = ["EASE"] }.Run()).Message.ShouldContain("ESAE");

    [Fact]
    public void Constructor_NoRatings_IsRefused()
    {
        var log = ArticleLog.Make().Filter(new Data.InteractionFilter { Binarize = true });
        Should.Throw<InvalidDataException>(() => new ArticleComparison(log)).Message.ShouldContain("no rating column");
    }
}
