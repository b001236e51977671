using Encore.Models;
using Encore.Tests.Models;

namespace Encore.Tests;

/// <summary>Filters, re-ranking, similar items and explanations.</summary>
public sealed class RecommenderTests
{
    private const int Users = 40, Items = 26;

    private static readonly InteractionMatrix Train = TestMatrix.Random(5, Users, Items);

    private static readonly ItemTable Table = new(
        Train.Items,
        [.. Enumerable.Range(0, Items).Select(i => Train.Transposed.RowLength(i))],
        Enumerable.Range(100, Items).ToDictionary(i => $"{i}", i => $"Title {i}"),
        new Dictionary<string, IReadOnlyDictionary<string, string[]>>
        {
            ["genres"] = Enumerable.Range(100, Items).ToDictionary(i => $"{i}", i => i % 3 == 0 ? new[] { "Comedy", "Drama" } : i % 3 == 1 ? ["Drama"] : []),
        });

    private static readonly string[] History = ["105", "101", "111"];

    public static TheoryData<string> Names => [.. ModelCatalog.All.Where(e => e.Ranks).Select(e => e.Name)];

    private static Recommender Of(string name, Dictionary<string, string>? options = null)
    {
        var entry = ModelCatalog.Find(name);
        options ??= [];
        if (entry.IsIterative)
        {
            options["epochs"] = "2";
        }

        var model = (IRecommender)entry.Create(options);
        model.Fit(entry.NeedsRatings ? TestMatrix.Random(5, Users, Items, valued: true) : Train, new FitContext());
        return new Recommender(model, Table);
    }

    [Fact]
    public void Recommend_Defaults_IsWhatTheModelRecommends()
    {
        var recommender = Of("ease");
        var answer = recommender.Recommend([.. History, "nobody"]);
        answer.Select(r => (r.Item, r.Score)).ShouldBe(recommender.Model.Recommend(History, 10).Select(r => (r.Item, r.Score)));
        answer.UnknownItems.ShouldBe(["nobody"]);
        answer.KnownItems.ShouldBe(3);
        answer[0].Title.ShouldBe($"Title {answer[0].Item}");
        answer[0].Explanation.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Recommend_Batch_SameAsAlone(string name)
    {
        var recommender = Of(name);
        RecommendRequest[] requests =
        [
            Request(["105", "101"], new RecommendOptions { K = 4, ExcludeSeen = false }, "7"),
            Request([], new RecommendOptions { K = 3 }, null),
            Request(["119", "104", "102"], new RecommendOptions { K = 30 }, "7"), // the same user again
            Request(["120"], new RecommendOptions { K = 2 }, "stranger"),
        ];
        var batch = recommender.Recommend(requests);
        for (int r = 0; r < requests.Length; r++)
        {
            batch[r].ShouldBe(recommender.Recommend([requests[r]])[0], $"request {r}");
        }

        batch[1].Count.ShouldBe(3);
        batch[3].Count.ShouldBe(2);
    }

    [Fact]
    public void Recommend_AllowAndDeny_AreObeyed()
    {
        var recommender = Of("ease");
        ItemsOf(recommender, new RecommendOptions { Allow = ["110", "102", "101", "none"] }).Order().ShouldBe(["102", "110"]); // 101 is seen
        var all = ItemsOf(recommender, new RecommendOptions { K = 5 });
        var denied = ItemsOf(recommender, new RecommendOptions { K = 5, Deny = [all[0], all[2], "none"] });
        denied.ShouldNotContain(all[0]);
        denied.Take(3).ShouldBe([all[1], all[3], all[4]]);
        ItemsOf(recommender, new RecommendOptions { Allow = ["102"], Deny = ["102"] }).ShouldBeEmpty();
        ItemsOf(recommender, new RecommendOptions { Allow = [] }).ShouldBeEmpty();
    }

    [Fact]
    public void Recommend_Where_KeepsWhatHasTheAttribute()
    {
        var recommender = Of("ease");
        ItemsOf(recommender, Filtered("genres=comedy")).ShouldAllBe(id => int.Parse(id, null) % 3 == 0);
        ItemsOf(recommender, Filtered("genres=Drama", "genres!=Comedy")).ShouldAllBe(id => int.Parse(id, null) % 3 == 1);
        ItemsOf(recommender, Filtered("genres!=Drama")).ShouldAllBe(id => int.Parse(id, null) % 3 == 2);
        ItemsOf(recommender, Filtered("genres=Western")).ShouldBeEmpty();
        Should.Throw<ArgumentException>(() => ItemsOf(recommender, Filtered("genre=Drama"))).Message.ShouldContain("Did you mean genres?");
        Should.Throw<FormatException>(() => AttributeFilter.Parse("genres"));
    }

    [Fact]
    public void Recommend_MinimumUsers_LeavesOutTheRest()
    {
        int least = 14;
        var items = ItemsOf(Of("ease"), new RecommendOptions { K = 100, MinimumUsers = least });
        items.ShouldNotBeEmpty();
        items.Order().ShouldBe(Enumerable.Range(0, Items).Where(i => Table.Users[i] >= least && !History.Contains($"{100 + i}")).Select(i => $"{100 + i}"));
    }

    [Fact]
    public void Recommend_PopularityDiscount_MovesTheListToTheRare()
    {
        var recommender = Of("popularity");
        double before = Mean(ItemsOf(recommender, new RecommendOptions { K = 5 }));
        var discounted = recommender.Recommend(History, new RecommendOptions { K = 5, PopularityDiscount = 100 });
        Mean(discounted.Select(r => r.Item)).ShouldBeLessThan(before);
        foreach (var (item, score) in discounted)
        {
            score.ShouldBe(Table.Users[int.Parse(item, null) - 100]); // reported scores are the model's
        }

        static double Mean(IEnumerable<string> items) => items.Average(id => Table.Users[int.Parse(id, null) - 100]);
    }

    [Fact]
    public void Recommend_Diversity_AvoidsWhatIsAlike()
    {
        // Two groups of users; the history leans to one, so that plain ranking never leaves it.
        var train = TestMatrix.Of(200, 20, (u, i) => u % 2 == i % 2 && new Numerics.Rng(1, (uint)u, (uint)i).NextDouble() < 0.7 ? 1 : 0);
        var model = new Ease(new EaseOptions { L2 = 1 });
        model.Fit(train, new FitContext());
        var recommender = new Recommender(model);
        string[] history = ["100", "102", "104"];
        int OddOnes(double λ) => recommender.Recommend(history, new RecommendOptions { K = 6, Diversity = λ })
            .Count(r => int.Parse(r.Item, null) % 2 == 1);
        OddOnes(0.8).ShouldBeGreaterThan(OddOnes(0));
        var diverse = recommender.Recommend(history, new RecommendOptions { K = 6, Diversity = 0.5 });
        diverse[0].ShouldBe(recommender.Recommend(history)[0]); // the best one stays first
        diverse.Select(r => r.Item).ShouldBeUnique();
        Should.Throw<ArgumentException>(() => recommender.Recommend(history, new RecommendOptions { Diversity = 1.5 }));
        Should.Throw<NotSupportedException>(() => Of("popularity").Recommend(history, new RecommendOptions { Diversity = 0.5 }));
    }

    [Theory]
    [InlineData("ease", "")]
    [InlineData("ease", "precision=double")]
    [InlineData("dlae", "")]
    [InlineData("edlae", "")]
    [InlineData("mdae", "")]
    [InlineData("itemknn", "")]
    [InlineData("popularity", "")]
    public void Explain_LinearModel_AddsUpToTheScore(string name, string option)
    {
        var options = option.Length == 0 ? [] : new Dictionary<string, string> { [option.Split('=')[0]] = option.Split('=')[1] };
        foreach (var r in Of(name, options).Recommend(History, new RecommendOptions { K = 30, Explain = true }))
        {
            var explanation = r.Explanation.ShouldNotBeNull();
            explanation.IsExact.ShouldBeTrue();
            explanation.Contributions.Select(c => c.Item).Order().ShouldBe(History.Order());
            double sum = explanation.Baseline + explanation.Contributions.Sum(c => c.Value);
            sum.ShouldBe(r.Score, 1e-6 * Math.Max(1, Math.Abs(r.Score)));
        }
    }

    [Theory]
    [InlineData("mult-vae")]
    [InlineData("svae")]
    [InlineData("cdae")]
    [InlineData("deeprec")]
    public void Explain_Network_IsWhatLeavingTheItemOutTakesAway(string name)
    {
        var recommender = Of(name);
        var answer = recommender.Recommend(History, new RecommendOptions { K = 3, ExcludeSeen = false, Explain = true });
        foreach (var r in answer)
        {
            r.Explanation!.IsExact.ShouldBeFalse();
            foreach (var contribution in r.Explanation.Contributions)
            {
                var without = recommender.Recommend(History.Where(h => h != contribution.Item), new RecommendOptions { K = 100, ExcludeSeen = false });
                contribution.Value.ShouldBe((double)r.Score - without.Single(w => w.Item == r.Item).Score, 1e-12);
            }
        }

        recommender.Explain([new HistoryItem("105"), new HistoryItem("101"), new HistoryItem("111")], answer[0].Item).Contributions
            .ShouldBe(answer[0].Explanation!.Contributions);
    }

    [Fact]
    public void Similar_Ease_IsTheRowOfB()
    {
        var recommender = Of("ease");
        var weights = ((Ease)recommender.Model).Weights;
        var expected = Enumerable.Range(0, Items).Where(i => i != 5).OrderByDescending(i => weights[5, i]).Take(3).Select(i => $"{100 + i}");
        recommender.Similar("105", new RecommendOptions { K = 3 }).Select(r => r.Item).ShouldBe(expected);
        recommender.Similar("105", new RecommendOptions { K = 50, Where = [AttributeFilter.Parse("genres=Comedy")] })
            .ShouldAllBe(r => int.Parse(r.Item, null) % 3 == 0);
        Should.Throw<ArgumentException>(() => recommender.Similar("x")).Message.ShouldBe("The model does not know item x.");
    }

    [Theory]
    [InlineData("mult-vae")]
    [InlineData("svae")]
    [InlineData("cdae")]
    [InlineData("autorec")]
    [InlineData("deeprec")]
    public void Similar_Network_IsACosine(string name)
    {
        var similar = Of(name).Similar("105", new RecommendOptions { K = 100 });
        similar.Count.ShouldBe(Items - 1);
        similar.ShouldAllBe(r => r.Score >= -1.0001 && r.Score <= 1.0001 && r.Item != "105");
        similar.Select(r => r.Score).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public void Similar_ModelWithoutItems_SaysSo() =>
        Should.Throw<NotSupportedException>(() => Of("rating-bias").Similar("105")).Message.ShouldContain("does not say how alike items are");

    [Fact]
    public void Recommend_ModelsThatKnowTheirUsers_SayWhatTheyDo()
    {
        Of("cdae").Recommend(History, user: "7").Note.ShouldBeNull();
        Of("cdae").Recommend(History, user: "stranger").Note.ShouldBe("CDAE has no node for user stranger: ranked from the history alone.");
        Of("cdae").Recommend(History).Note!.ShouldContain("a user without an id");
        Of("autorec").Recommend(History).Note!.ShouldContain("does not look at histories");
        Of("autorec", new() { ["by"] = "user" }).Recommend(History).Note.ShouldBeNull();
        Of("mult-vae").Recommend(History).Note.ShouldBeNull();
    }

    [Fact]
    public void Recommend_MinimumRating_LeavesOutWhatWasNotLiked()
    {
        var plain = Of("ease");
        var recommender = new Recommender(plain.Model, Table, minimumRating: 4);
        RecommendRequest Rated(params (string Item, float? Value)[] history) =>
            new() { History = [.. history.Select(h => new HistoryItem(h.Item, h.Value))] };
        recommender.Recommend([Rated(("105", 5), ("101", 4), ("111", null), ("120", 3))])[0]
            .ShouldBe(plain.Recommend(History));
    }

    [Fact]
    public void Recommend_Histories_IsWhatRequestsGet()
    {
        var recommender = Of("svae");
        var answers = recommender.Recommend(new Histories(Train, 4, 9), new RecommendOptions { K = 7 });
        for (int r = 0; r < 9; r++)
        {
            var history = Train.Sequence(4 + r).ToArray().Select(i => Train.Items[i]);
            answers[r].ShouldBe(recommender.Recommend(history, new RecommendOptions { K = 7 }));
        }
    }

    [Fact]
    public void Search_Titles_FindsByWordsAndIds()
    {
        var table = new ItemTable(
            IdMap.From(["1", "2", "3", "4"]), [5, 50, 7, 9],
            new Dictionary<string, string> { ["1"] = "Toy Story (1995)", ["2"] = "A Story", ["3"] = "Story of Us" });
        table.Search("story", 10).Select(i => table.Ids[i]).ShouldBe(["3", "2", "1"]); // begins with it, then popularity
        table.Search("story toy", 10).Select(i => table.Ids[i]).ShouldBe(["1"]);
        table.Search("4", 10).Select(i => table.Ids[i]).ShouldBe(["4"]);
        table.Search(" ", 10).ShouldBeEmpty();
        table.Search("story", 1).Count.ShouldBe(1);
    }

    private static string[] ItemsOf(Recommender recommender, RecommendOptions options) =>
        [.. recommender.Recommend(History, options).Select(r => r.Item)];

    private static RecommendOptions Filtered(params string[] filters) => new() { K = 100, Where = [.. filters.Select(AttributeFilter.Parse)] };

    private static RecommendRequest Request(string[] history, RecommendOptions options, string? user) =>
        new() { History = [.. history.Select(h => new HistoryItem(h))], Options = options, User = user };
}
