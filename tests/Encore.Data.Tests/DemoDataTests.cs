using System.Globalization;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Splitting;

namespace Encore.Data.Tests;

public sealed class DemoDataTests
{
    private static readonly DemoData Demo = DemoData.Generate();

    // DeepRec's own five layers would take most of these tests' time.
    private static readonly Dictionary<string, string> SmallDeepRec = new() { ["layers"] = "64" };

    private static readonly Lazy<ExperimentReport> Rankings = new(() => new Experiment(Demo.Interactions, Protocols.Create("strong"))
    {
        Models =
        [
            new ExperimentModel("truth", () => new Truth(Demo)),
            .. ModelCatalog.BuiltIn.All.Where(m => m.Ranks && !m.NeedsRatings).Select(m => new ExperimentModel(m.Name, () => m.Create())),
        ],
        ItemFeatures = Features.Of(Demo.ItemFeatures),
        UserFeatures = Features.Of(Demo.UserFeatures),
    }.Run());

    private static ExperimentRow Row(string model) => Rankings.Value.Rows.Single(r => r.Model == model);

    public static TheoryData<string> RankingModels => [.. ModelCatalog.BuiltIn.All.Where(m => m.Ranks && !m.NeedsRatings).Select(m => m.Name)];

    [Fact]
    public void Generate_SameOptions_SameLog()
    {
        var again = DemoData.Generate(new DemoOptions { Seed = 1 }).Interactions;
        again.Lines().ShouldBe(Demo.Interactions.Lines());
        again.ItemTitles.ShouldBe(Demo.Interactions.ItemTitles);
        DemoData.Generate(new DemoOptions { Seed = 2 }).Interactions.Lines().ShouldNotBe(Demo.Interactions.Lines());
    }

    [Fact]
    public void Generate_Default_HasRatingsTimesTitlesAndIds()
    {
        var log = Demo.Interactions;
        (log.Users.Count, log.Users[0], log.Users[999]).ShouldBe((1_000, "u0001", "u1000"));
        (log.Items[0], log.HasRatings, log.HasTimes, log.Duplicates).ShouldBe(("i001", true, true, 0));
        log.Items.Count.ShouldBeInRange(480, 500);
        log.Values.ToArray().Distinct().Order().ShouldBe([1, 2, 3, 4, 5]);
        var span = TimeSpan.FromSeconds(log.Times.ToArray().Max() - log.Times.ToArray().Min());
        span.TotalDays.ShouldBeInRange(300, 365);
        log.Items.Ids().ShouldAllBe(id => log.ItemTitles!.ContainsKey(id));
        log.ItemTitles!.Values.ShouldBeUnique();
    }

    [Fact]
    public void Generate_Sizes_AreKept()
    {
        var log = DemoData.Generate(new DemoOptions { Users = 40, Items = 2_000, Groups = 30 }).Interactions;
        log.Users.Count.ShouldBe(40);
        log.Users[39].ShouldBe("u40");
        log.Items.Ids().ShouldAllBe(id => id.Length == 5);
        log.ItemTitles!.Count.ShouldBe(2_000);
        log.ItemTitles.Values.ShouldBeUnique();
    }

    [Theory]
    [InlineData(0, 500, 8)]
    [InlineData(10, 0, 8)]
    [InlineData(10, 500, 3)]
    public void Generate_TooSmall_Throws(int users, int items, int groups) =>
        Should.Throw<ArgumentOutOfRangeException>(
            () => DemoData.Generate(new DemoOptions { Users = users, Items = items, Groups = groups }));

    [Theory]
    [InlineData("u1001")]
    [InlineData("u0000")]
    [InlineData("u1")]
    [InlineData("i001")]
    [InlineData("")]
    public void LikeProbability_UnknownId_SaysWhichThereAre(string user) =>
        Should.Throw<ArgumentException>(() => Demo.LikeProbability(user, "i001")).Message
            .ShouldStartWith($"The demo data has no id {user}; expected one of u0001 to u1000.");

    [Fact]
    public void LikeProbability_Summed_IsTheNumberOfLikes()
    {
        double expected = 0, variance = 0;
        foreach (string user in Demo.Interactions.Users.Ids())
        {
            for (int i = 1; i <= 500; i++)
            {
                double p = Demo.LikeProbability(user, string.Create(CultureInfo.InvariantCulture, $"i{i:D3}"));
                p.ShouldBeInRange(0, 1);
                (expected, variance) = (expected + p, variance + (p * (1 - p)));
            }
        }

        int likes = Demo.Interactions.Values.ToArray().Count(value => value >= 4);
        Math.Abs(likes - expected).ShouldBeLessThan(4 * Math.Sqrt(variance));
    }

    [Fact]
    public void ExpectedRating_OfTheLog_HasNoBias()
    {
        var log = Demo.Interactions;
        double sum = 0, squares = 0;
        for (int user = 0; user < log.Users.Count; user++)
        {
            for (int k = log.Offsets[user]; k < log.Offsets[user + 1]; k++)
            {
                double error = log.Values[k] - Demo.ExpectedRating(log.Users[user], log.Items[log.ItemIndices[k]]);
                (sum, squares) = (sum + error, squares + (error * error));
            }
        }

        Math.Abs(sum / log.Count).ShouldBeLessThan(4 * Math.Sqrt(squares) / log.Count);
        Math.Sqrt(squares / log.Count).ShouldBeInRange(0.7, 0.8); // the noise of 0.75, cut at 1 and 5 and rounded
    }

    [Fact]
    public void Interactions_OverTime_DriftFromGroupToGroup()
    {
        // In most histories the group that leads in the first third leads no longer in the last.
        var log = Demo.Interactions;
        int drifted = 0;
        for (int user = 0; user < log.Users.Count; user++)
        {
            string[] genres = [.. log.UserItems(user).ToArray().Select(i => log.ItemTitles![log.Items[i]].Split(" No. ")[0])];
            string Leader(IEnumerable<string> part) => part.CountBy(g => g).MaxBy(g => g.Value).Key;
            drifted += Leader(genres.Take(genres.Length / 3)) == Leader(genres.TakeLast(genres.Length / 3)) ? 0 : 1;
        }

        ((double)drifted / log.Users.Count).ShouldBeGreaterThan(0.7);
    }

    [Theory]
    [MemberData(nameof(RankingModels))]
    public void LikeProbability_Ranking_IsNotBeatenByAnyModel(string model)
    {
        foreach (string metric in Rankings.Value.Metrics)
        {
            var comparison = PairedComparison.Of(Row("truth").PerUser[metric], Row(model).PerUser[metric]);
            (comparison.Significant && comparison.Difference < 0).ShouldBeFalse(
                $"{model} beats the truth by {-comparison.Difference:F4} in {metric}");
        }
    }

    [Theory]
    [InlineData("ease")]
    [InlineData("dlae")]
    [InlineData("edlae")]
    [InlineData("mdae")]
    [InlineData("itemknn")]
    public void Models_OnTheDemo_AreWellAbovePopularity(string model)
    {
        var comparison = PairedComparison.Of(Row(model).PerUser["ndcg@100"], Row("popularity").PerUser["ndcg@100"]);
        comparison.Low.ShouldBeGreaterThan(0.02);
    }

    [Fact]
    public void ExpectedRating_AsPrediction_HasTheSmallestRmse()
    {
        var report = new Experiment(Demo.Interactions, Protocols.Create("rating", new ProtocolOptions { Repetitions = 1 }))
        {
            Models =
            [
                new ExperimentModel("truth", () => new Truth(Demo)),
                .. ModelCatalog.BuiltIn.All.Where(m => m.PredictsRatings).Select(m => new ExperimentModel(m.Name, () => m.Create(m.Name == "deeprec" ? SmallDeepRec : []))),
            ],
        }.Run();
        report.Rows.ShouldAllBe(r => r.Failure == null);
        report.Best("rmse")!.Model.ShouldBe("truth");
        var (truth, bias) = (report.Rows[0], report.Rows.Single(r => r.Model == "rating-bias"));
        bias.Metrics["rmse"].Mean.ShouldBeGreaterThan(truth.Metrics["rmse"].Mean * 1.02);
        PairedComparison.Of(bias.PerUser["rmse"], truth.PerUser["rmse"]).Low.ShouldBeGreaterThan(0);
    }

    /// <summary>Knows what the data was drawn from: no model does better, on average.</summary>
    private sealed class Truth(DemoData demo) : IRecommender, IRatingPredictor
    {
        private IdMap? _items;

        public string Name => "Truth";

        public IdMap Items => _items!;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) => _items = data.Interactions.Items;

        public void Score(Histories histories, Span<float> scores)
        {
            for (int r = 0; r < histories.Count; r++)
            {
                for (int i = 0; i < Items.Count; i++)
                {
                    scores[(r * Items.Count) + i] = (float)demo.LikeProbability(histories.User(r), Items[i]);
                }
            }
        }

        public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
        {
            for (int r = 0; r < histories.Count; r++)
            {
                for (int k = offsets[r]; k < offsets[r + 1]; k++)
                {
                    predictions[k] = (float)demo.ExpectedRating(histories.User(r), Items[items[k]]);
                }
            }
        }
    }
}
