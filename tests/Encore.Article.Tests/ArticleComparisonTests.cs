namespace Encore.Article.Tests;

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
    public void Run_OtherDataThanTheArticles_HasNoPrintedFigures() => Small.Rows.ShouldAllBe(r => r.Printed == null);

    [Fact]
    public void Difference_Text_HasOnlyFiguresOfItsMeasurements()
    {
        foreach (var row in Small.Rows)
        {
            string[] figures = [.. System.Text.RegularExpressions.Regex.Matches(row.Difference, @"\d\.\d{4}").Select(m => m.Value)];
            figures.Length.ShouldBeGreaterThanOrEqualTo(2, row.Model);
            string[] measured = [.. row.Measurements.SelectMany(m => (double[])[m.Figures.Rmse, m.Figures.Precision, m.Figures.Recall, m.Figures.Ndcg]).Select(v => FormattableString.Invariant($"{v:F4}"))];
            figures.ShouldAllBe(f => measured.Contains(f), row.Model);
        }
    }

    // A direction is what the figures say: the same text with them the other way round.
    [Fact]
    public void Difference_Figures_GiveItsDirections()
    {
        ArticleFigures low = new() { Rmse = 0.9, Precision = 0.1, Recall = 0.5, Ndcg = 0.2, Epochs = 9, BestEpoch = 8 },
            high = new() { Rmse = 1.2, Precision = 0.25, Recall = 0.6, Ndcg = 0.3 };
        Text("ESAE", low, high).ShouldContain("precision@100 goes from 0.1000 to 0.2500 (× 2.50), recall@100 from 0.5000 to 0.6000 (× 1.20), ndcg@100 from 0.2000 to 0.3000 (× 1.50)");
        Text("ESAE", high, low).ShouldContain("recall@100 from 0.6000 to 0.5000 (× 0.83)");
        Text("AutoRec", low, high).ShouldContain("RMSE goes from 0.9000 to 1.2000");
        Text("DeepRec", high, low).ShouldContain("here 0.9000 beside 1.2000");
        Text("MultVAE", low, high).ShouldContain("of its 9 epochs here number 8 is the best");
        Text("SVAE", low, high).ShouldNotContain("printed", Case.Insensitive);

        static string Text(string row, ArticleFigures leaking, ArticleFigures honest) => ArticleDifference.Of(
            row, [new("a", ArticleLeaks.None, leaking), new("b", ArticleLeaks.None, honest)], isArticleData: false);
    }

    [Fact]
    public void Run_UnknownRow_SuggestsOne() => Should.Throw<ArgumentException>(
        () => new ArticleComparison(ArticleLog.Make()) { Rows = ["EASE"] }.Run()).Message.ShouldContain("ESAE");

    [Fact]
    public void Constructor_NoRatings_IsRefused()
    {
        var log = ArticleLog.Make().Filter(new InteractionFilter { Binarize = true });
        Should.Throw<InvalidDataException>(() => new ArticleComparison(log)).Message.ShouldContain("no rating column");
    }
}
