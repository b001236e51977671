using Encore.Experiments;
using Encore.Models;
using Encore.Recommending;
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

    public static TheoryData<string> Names => [.. ModelCatalog.BuiltIn.All.Where(e => e.Ranks).Select(e => e.Name)];

    private static Recommender Of(string name, Dictionary<string, string>? options = null)
    {
        var entry = ModelCatalog.BuiltIn.Find(name);
        options ??= [];
        if (entry.IsIterative)
        {
            options["epochs"] = "2";
        }

        var model = (IRecommender)entry.Create(options);
        model.Fit(TestMatrix.Learn(model, entry.NeedsRatings ? TestMatrix.Random(5, Users, Items, valued: true) : Train), new FitContext());
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
        foreach (string typo in (string[])["genres=Comdy", "genres!=Comdy", "genres=Drama|Comdy"])
        {
            Should.Throw<ArgumentException>(() => ItemsOf(recommender, Filtered(typo))).Message
                .ShouldBe("No item has genres Comdy. Did you mean Comedy? The values: Drama, Comedy.");
        }

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
    [MemberData(nameof(Names))]
    public void RecommendInSteps_AllOptions_SameAsAtOnce(string name)
    {
        var recommender = Of(name);
        int steps = 0;
        foreach (var options in (RecommendOptions[])[new() { K = 5 }, new() { K = 5, Explain = true }, new() { K = 5, Diversity = recommender.KnowsSimilarItems ? 0.5 : 0 }])
        {
            var request = Request(History, options, "7");
            var (slow, fast) = (recommender.RecommendInSteps(request, () => steps++, TestContext.Current.CancellationToken), recommender.Recommend([request], TestContext.Current.CancellationToken)[0]);
            slow.Select(r => (r.Item, r.Score)).ShouldBe(fast.Select(r => (r.Item, r.Score)));
            slow.SelectMany(r => r.Explanation?.Contributions ?? []).ShouldBe(fast.SelectMany(r => r.Explanation?.Contributions ?? []));
        }

        steps.ShouldBeGreaterThan(3);
    }

    [Theory]
    [InlineData("ease", true, 0)]
    [InlineData("ease", false, 0.5)]
    [InlineData("mult-dae", true, 0)]
    [InlineData("mult-dae", false, 0.5)]
    public void Recommend_CancelledMeanwhile_Stops(string name, bool explain, double diversity)
    {
        var recommender = Of(name);
        using var stop = new CancellationTokenSource();
        int steps = 0;
        var request = Request([.. Enumerable.Range(100, Items - 6).Select(i => $"{i}")], new RecommendOptions { K = 6, Explain = explain, Diversity = diversity }, null);
        Should.Throw<OperationCanceledException>(() => recommender.RecommendInSteps(request, () => stop.Cancel(), stop.Token));
        Should.Throw<OperationCanceledException>(() => recommender.Recommend([request], stop.Token));
        recommender.RecommendInSteps(request, () => steps++, TestContext.Current.CancellationToken);
        steps.ShouldBeGreaterThan(1); // it stopped before the end
    }

    [Fact]
    public void Explain_Limits_ListWhatCountsMostAndCountTheRest()
    {
        string[] history = [.. Enumerable.Range(100, 12).Select(i => $"{i}")];
        Explanation[] Explained(string name, RecommendOptions options) => [.. Of(name).Recommend(history, options with { K = 4, Explain = true }).Select(r => r.Explanation!)];
        foreach (var (all, some) in Explained("ease", new()).Zip(Explained("ease", new() { Contributions = 3, ExplainedHistory = 1 })))
        {
            all.OmittedItems.ShouldBe(0);
            some.Contributions.ShouldBe(all.Contributions.OrderByDescending(c => Math.Abs(c.Value)).Take(3).OrderByDescending(c => c.Value));
            some.OmittedItems.ShouldBe(9); // all were looked at: the model is linear
            some.OmittedValue.ShouldBe(all.Contributions.Sum(c => c.Value) - some.Contributions.Sum(c => c.Value), 1e-12);
        }

        foreach (var (all, some) in Explained("mult-dae", new()).Zip(Explained("mult-dae", new() { Contributions = 3, ExplainedHistory = 5 })))
        {
            var latest = all.Contributions.Where(c => history.TakeLast(5).Contains(c.Item));
            some.Contributions.ShouldBe(latest.OrderByDescending(c => Math.Abs(c.Value)).Take(3).OrderByDescending(c => c.Value));
            (some.OmittedItems, some.OmittedValue).ShouldBe((9, 0));
        }

        Should.Throw<ArgumentException>(() => Explained("ease", new() { Contributions = -1 }));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cost_Request_GrowsWithWhatItAsksFor(string name)
    {
        var recommender = Of(name);
        RequestCost Cost(int history, RecommendOptions options) => RequestCost.Of(recommender, Request([.. Enumerable.Range(0, history).Select(i => $"{i}")], options, null));
        var small = Cost(10, new());
        small.Total.ShouldBeGreaterThan(0);
        Cost(1_000, new()).Scoring.ShouldBeGreaterThan(small.Scoring);
        Cost(10, new() { K = 20 }).Answer.ShouldBe(2 * small.Answer);
        Cost(10, new() { Where = [new("genres", ["Drama"])], Deny = ["101"] }).Filtering.ShouldBeGreaterThan(small.Filtering);
        Cost(10, new() { Diversity = 0.1 }).Diversity.ShouldBeGreaterThan(0);
        var explained = Cost(2_000, new() { Explain = true });
        explained.Explanation.ShouldBeGreaterThan(Cost(100, new() { Explain = true }).Explanation);
        explained.Total.ShouldBeGreaterThan(Cost(2_000, new() { Explain = true, Contributions = 20, ExplainedHistory = 100 }).Total);
        Cost(10, new() { K = int.MaxValue }).Answer.ShouldBe(4 * Items);
        new RequestCost { Diversity = 3, Explanation = 2, Answer = 1 }.Advice.ShouldContain("diversity");
        new RequestCost { Explanation = 2, Scoring = 1 }.Advice.ShouldContain("explanation");
        new RequestCost { Filtering = 2, Scoring = 1 }.Advice.ShouldContain("conditions");
        new RequestCost { Scoring = 1 }.Advice.ShouldContain("history");
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
        var answer = recommender.Recommend([Rated(("105", 5), ("101", 4), ("111", null), ("120", 3))])[0];
        answer.ShouldBe(plain.Recommend(History, new RecommendOptions { Deny = ["120"] })); // not scored from, and left out
        answer.DislikedItems.ShouldBe(["120"]);
        answer.KnownItems.ShouldBe(3);
        answer.Fallback.ShouldBe(Fallback.None);
        var all = Rated(("105", 5), ("101", 4), ("111", null), ("120", 3)) with { Options = new RecommendOptions { ExcludeSeen = false, K = Items } };
        recommender.Recommend([all])[0].Select(r => r.Item).ShouldContain("120"); // seen items were asked for
    }

    [Fact]
    public void Recommend_RatedTwice_TheLastRatingDecides()
    {
        var recommender = new Recommender(Of("ease").Model, Table, minimumRating: 4);
        recommender.Recommend([Rated(("105", 5), ("101", 4), ("105", 1))])[0].ShouldBe(recommender.Recommend([Rated(("105", 1), ("101", 4))])[0]);
        recommender.Recommend([Rated(("105", 5), ("101", 4), ("105", 1))])[0].DislikedItems.ShouldBe(["105"]);
        recommender.Recommend([Rated(("105", 1), ("101", 4), ("105", 5))])[0].ShouldBe(recommender.Recommend([Rated(("101", 4), ("105", 5))])[0]);
    }

    [Fact]
    public void Explain_DislikedItem_AddsNothing()
    {
        var recommender = new Recommender(Of("ease").Model, Table, minimumRating: 4);
        var explained = recommender.Recommend([Rated(("105", 5), ("120", 1)) with { Options = new RecommendOptions { Explain = true } }])[0];
        explained.ShouldAllBe(r => r.Explanation!.Contributions.Single().Item == "105" && Math.Abs(r.Explanation.Contributions[0].Value - r.Score) < 1e-6);
        recommender.Explain([new HistoryItem("105", 5), new HistoryItem("120", 1)], explained[0].Item).Contributions.Single().Item.ShouldBe("105");
    }

    [Fact]
    public void Recommend_HistoriesWithAllThatWasSeen_LeavesOutTheDisliked()
    {
        var ratings = TestMatrix.Random(5, Users, Items, valued: true);
        var recommender = new Recommender(Of("ease").Model, Table, minimumRating: 4);
        var options = new RecommendOptions { K = Items };
        var answers = recommender.Recommend(new Histories(ratings.AtLeast(4), 3, 20), options, new Histories(ratings, 3, 20));
        for (int r = 0; r < 20; r++)
        {
            int user = 3 + r;
            var history = ratings.Sequence(user).ToArray().Select(i => new HistoryItem(ratings.Items[i], ratings.Csr.RowValues(user)[ratings.Csr.RowIndices(user).IndexOf(i)]));
            var alone = recommender.Recommend([new RecommendRequest { History = [.. history], Options = options }])[0];
            answers[r].ShouldBe(alone);
            answers[r].Select(a => a.Item).Intersect(ratings.Csr.RowIndices(user).ToArray().Select(i => ratings.Items[i])).ShouldBeEmpty();
            answers[r].DislikedItems.ShouldBe(alone.DislikedItems, ignoreOrder: true);
        }

        Should.Throw<ArgumentException>(() => recommender.Recommend(new Histories(ratings, 0, 2), options, new Histories(ratings, 0, 3)));
    }

    public static TheoryData<string> WithoutBias => ["ease", "dlae", "edlae", "itemknn"];

    [Theory]
    [MemberData(nameof(WithoutBias))]
    public void Recommend_NothingKnown_FallsBackToPopularity(string name)
    {
        var recommender = new Recommender(Of(name).Model, Table, minimumRating: 4);
        var options = new RecommendOptions { K = 5, Where = [AttributeFilter.Parse("genres=Drama")], Deny = ["113"], MinimumUsers = 2, Explain = true };
        foreach (var (history, why) in ((HistoryItem[], string)[])
        [
            ([], "The history is empty"),
            ([new("nobody")], "knows none of the items"),
            ([new("106", 1), new("110", 2)], "rated nothing in the history 4 or higher"),
            ([new("103")], "gives all items the same score for this history"), // without training users
        ])
        {
            var answer = recommender.Recommend([new RecommendRequest { History = history, Options = options }])[0];
            answer.Fallback.ShouldBe(Fallback.Popularity);
            answer.Note.ShouldNotBeNull().ShouldContain(why);
            answer.Select(r => (r.Item, r.Score)).ShouldBe(Enumerable.Range(0, Items)
                .Where(i => (100 + i) % 3 != 2 && i != 13 && Table.Users[i] >= 2 && history.All(h => h.Item != $"{100 + i}"))
                .OrderByDescending(i => Table.Users[i]).ThenBy(i => i).Take(5).Select(i => ($"{100 + i}", (float)Table.Users[i])));
            answer.ShouldAllBe(r => r.Explanation!.Baseline == r.Score && r.Explanation.Contributions.All(c => c.Value == 0));
        }
    }

    [Fact]
    public void Recommend_EverythingUnseenScoresAlike_FallsBack()
    {
        // 100 and 101 go together; of the rest the model says nothing to who has met both.
        var train = TestMatrix.Of(6, 5, (u, i) => u < 3 ? (i < 2 ? 1 : 0) : i == 2 + (u % 3) || (i == 3 && u != 5) ? 1 : 0);
        var model = new ItemKnn();
        model.Fit(train, new FitContext());
        var recommender = new Recommender(model, new ItemTable(train.Items, [.. Enumerable.Range(0, 5).Select(i => train.Transposed.RowLength(i))]));
        recommender.Recommend(["100"]).Fallback.ShouldBe(Fallback.None);
        var both = recommender.Recommend(["100", "101"]);
        both.Fallback.ShouldBe(Fallback.Popularity);
        both.Select(r => r.Item).ShouldBe(["103", "102", "104"]);
        recommender.Recommend(["100"]).Select(r => r.Item).ShouldBe(["101", "103", "102", "104"]); // equal scores by popularity
    }

    [Fact]
    public void Recommend_WithoutCounts_SaysThatTheOrderIsThatOfIds()
    {
        var answer = new Recommender(Of("ease").Model).Recommend(Array.Empty<string>());
        answer.Fallback.ShouldBe(Fallback.ItemOrder);
        answer.Note.ShouldBe("The history is empty, and how many training users each item has is not known either: the list is in the order of ids.");
        answer.Select(r => r.Item).First().ShouldBe("100");
    }

    [Theory]
    [InlineData("cdae")]
    [InlineData("autorec")]
    public void Recommend_KnownUserWithoutHistory_IsTheModelsOwn(string name)
    {
        var answer = Of(name).Recommend(Array.Empty<string>(), user: "7");
        answer.Fallback.ShouldBe(Fallback.None);
        answer.Note.ShouldBeNull();
        answer.Select(r => r.Score).Distinct().Count().ShouldBeGreaterThan(1);
    }

    [Fact]
    public void Recommend_NotesOfUsers_SayWhatTheModelDoes()
    {
        Of("ease").Recommend(Array.Empty<string>(), user: "7").Note!.ShouldContain("knows no users by id, so user 7 has no part in the list");
        Of("autorec").Recommend(History, user: "7").Note.ShouldBe("I-AutoRec does not look at histories: the answer comes from user 7's training ratings alone.");
        var popular = Of("popularity").Recommend(Array.Empty<string>());
        popular.Fallback.ShouldBe(Fallback.None);
        popular.Note.ShouldBe("The history is empty: the list is what Popularity recommends to everybody of whom nothing is known.");
    }

    [Fact]
    public void Recommend_NothingLeft_SaysWhy()
    {
        var recommender = Of("ease");
        recommender.Recommend(History, new RecommendOptions { MinimumUsers = 1000 }).Note.ShouldBe($"No item has 1000 training users; the most popular one has {Table.MostUsers}.");
        recommender.Recommend(History, new RecommendOptions { Allow = ["x", "y"] }).Note.ShouldBe("The model knows none of the 2 allowed items, such as x.");
        recommender.Recommend(History, new RecommendOptions { Allow = History }).Note.ShouldBe("No item is left to recommend: all are seen or filtered out.");
    }

    [Fact]
    public void Recommend_RatingsOutsideTheScale_AreNotedOrRefused()
    {
        var liked = new Recommender(Of("ease").Model, Table, minimumRating: 4) { TrainingRatings = new RatingRange(1, 5) };
        liked.Recommend([Rated(("105", 10))])[0].Note.ShouldBe("Found rating 10 of item 105, outside the scale of the training ratings, 1 … 5; ratings from 4 on count as liked.");
        liked.Recommend([Rated(("105", 5))])[0].Note.ShouldBeNull();
        var rating = new Recommender(Of("rating-bias").Model, Table) { TrainingRatings = new RatingRange(1, 5) };
        Should.Throw<ArgumentException>(() => rating.Recommend([Rated(("105", 10))])).Message
            .ShouldBe("Found rating 10 of item 105 in the history; expected one on the scale of the model's training ratings, 1 … 5.");
    }

    [Fact]
    public void Similar_ItemWithoutTrainingUsers_IsEmptyAndSaysWhy()
    {
        var similar = Of("ease").Similar("103");
        similar.ShouldBeEmpty();
        similar.Note.ShouldBe("EASE λ=500 has learned nothing about item 103: all others are equally like it.");
    }

    [Fact]
    public void DidYouMean_TitlesAndIds_AreSuggested()
    {
        var table = new ItemTable(IdMap.From(["m1", "m2", "m30"]), [5, 50, 7], new Dictionary<string, string> { ["m1"] = "Toy Story (1995)", ["m2"] = "Toy Story 2 (1999)", ["m30"] = "Heat (1995)" });
        table.DidYouMean("heat").ShouldBe(" Did you mean item m30 (Heat (1995))?");
        table.DidYouMean("toy story").ShouldBe(" Did you mean item m2 (Toy Story 2 (1999))?"); // both begin with it: the popular one
        table.DidYouMean("Toi Story").ShouldBe(" Did you mean item m1 (Toy Story (1995))?");
        table.DidYouMean("m20").ShouldBe(" Did you mean item m2 (Toy Story 2 (1999))?");
        table.DidYouMean("zzzzzz").ShouldBe("");
        new ItemTable(IdMap.From(["1", "2"])).DidYouMean("3").ShouldBe(""); // a number close to another means nothing
    }

    private static RecommendRequest Rated(params (string Item, float? Value)[] history) =>
        new() { History = [.. history.Select(h => new HistoryItem(h.Item, h.Value))] };

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

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0)]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.5)]
    public void Recommend_InfiniteScores_PlusFirstMinusNever(double diversity, double discount)
    {
        var recommender = new Recommender(
            new Scored(Train.Items, i => i is 7 or 9 ? float.PositiveInfinity : i is 11 or 12 ? float.NegativeInfinity : i), Table);
        var answer = recommender.Recommend([], new RecommendOptions { K = Items, Diversity = diversity, PopularityDiscount = discount });
        answer.Select(r => r.Item).Take(2).Order().ShouldBe(["107", "109"]);
        answer.Count.ShouldBe(Items - 2);
        answer.Select(r => r.Item).ShouldNotContain("111");
        answer.Select(r => r.Item).ShouldBeUnique();
    }

    [Fact]
    public void Recommend_DiverseOfInfiniteScoresOnly_PicksTheLeastAlike()
    {
        // 0 and 1 are alike, 2 is not: of three certain items the second is 2.
        var recommender = new Recommender(new Scored(Train.Items, i => i < 3 ? float.PositiveInfinity : float.NegativeInfinity));
        recommender.Recommend([], new RecommendOptions { K = 3, Diversity = 0.5 }).Select(r => r.Item).ShouldBe(["100", "102", "101"]);
    }

    [Fact]
    public void Recommend_DiverseOfScoresFurtherApartThanSinglePrecision_KeepsTheirOrder()
    {
        var recommender = new Recommender(new Scored(Train.Items, i => i == 3 ? float.MaxValue : i == 4 ? 0 : float.MinValue));
        recommender.Recommend([], new RecommendOptions { K = 2, Diversity = 0.01 }).Select(r => r.Item).ShouldBe(["103", "104"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Recommend_ScoreIsNaN_NamesModelAndItem(double diversity)
    {
        var recommender = new Recommender(new Scored(Train.Items, i => i == 20 ? float.NaN : i));
        Should.Throw<InvalidDataException>(() => recommender.Recommend([], new RecommendOptions { K = 2, Diversity = diversity }))
            .Message.ShouldBe("scored scores item 120 with NaN; expected a number.");
    }

    [Fact]
    public void Score_HistoriesOfOtherItemsWithTheSameEnds_NamesTheFirstThatDiffers()
    {
        var others = new InteractionMatrix(
            IdMap.From(["u"]), IdMap.From([.. Enumerable.Range(0, Items).Select(i => i == 5 ? "104.5" : $"{100 + i}")]),
            new Numerics.CsrMatrix(1, Items, [0, 1], [2], [1f]));
        var model = Of("ease").Model;
        Should.Throw<ArgumentException>(() => model.Score(new Histories(others, 0, 1), new float[Items]))
            .Message.ShouldContain("item 5 is 104.5 of the histories and 105 of the model");
        var same = new InteractionMatrix(IdMap.From(["u"]), TestMatrix.Ids(100, Items), new Numerics.CsrMatrix(1, Items, [0, 1], [2], [1f]));
        model.Score(new Histories(same, 0, 1), new float[Items]);
    }

    /// <summary>A model whose scores are a formula of the item; items 0 and 1 are alike, all others are not.</summary>
    private sealed class Scored(IdMap items, Func<int, float> score) : IRecommender, IItemSimilarity
    {
        public string Name => "scored";

        public IdMap Items => items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
        }

        public void Score(Histories histories, Span<float> scores)
        {
            for (int i = 0; i < scores.Length; i++)
            {
                scores[i] = score(i % items.Count);
            }
        }

        public void Similarities(int item, Span<float> similarities)
        {
            similarities.Clear();
            similarities[item] = 1;
            if (item < 2)
            {
                similarities[1 - item] = 1;
            }
        }
    }
}
