using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Models;
using Encore.Numerics;
using Encore.Testing;
using Encore.Tests.Metrics;
using Encore.Tests.Models;
using Encore.Training;
using FsCheck.Xunit;

namespace Encore.Tests;

/// <summary>Evaluation sets that rank some items only: each metric among those, and a second time among all.</summary>
public sealed class CandidateTests
{
    // Both names of each metric.
    private static RankingMetric[] Metrics(params int[] lengths) =>
        [.. MetricCatalog.BuiltIn.RankingNames.SelectMany(kind => lengths.Distinct().SelectMany(k => (string[])[$"{kind}@{k}", $"all_{kind}@{k}"])).Select(MetricCatalog.BuiltIn.Ranking)];

    [Property(MaxTest = 40)]
    public void Evaluate_Candidates_IsThePlainEvaluationOfBothLists(ulong seed, bool excludeSeen)
    {
        var (set, train, model) = Problem(seed);
        var metrics = Metrics(1, 3, 7, set.History.Items.Count + 2);
        var report = Evaluator.Evaluate(model, set, new EvaluationOptions { Metrics = metrics, ExcludeSeen = excludeSeen, Train = train });
        foreach (var (name, value) in PlainEvaluator.Evaluate(model, set, metrics, train, excludeSeen))
        {
            report.Metrics[name].Mean.ShouldBe(value, 1e-12, name);
        }

        foreach (var metric in metrics.Where(m => m.IsPerUser))
        {
            // A user's own values are those of an evaluation of the user alone: paired tests have both columns.
            report.PerUser[metric.Name].Length.ShouldBe(report.Users);
            report.PerUser[metric.Name].Average().ShouldBe(report.Metrics[metric.Name].Mean, 1e-12);
        }
    }

    [Property(MaxTest = 20)]
    public void Evaluate_WithoutCandidates_BothNamesAreEqual(ulong seed)
    {
        var (set, train, model) = Problem(seed);
        var all = new EvaluationSet(set.History, set.HeldOut);
        var report = Evaluator.Evaluate(model, all, new EvaluationOptions { Metrics = Metrics(2, 9), Train = train });
        foreach (string name in report.Metrics.Keys.Where(n => !n.StartsWith("all_", StringComparison.Ordinal)))
        {
            report.Metrics["all_" + name].ShouldBe(report.Metrics[name], name);
        }
    }

    [Fact]
    public void Evaluate_AllItemsAsCandidates_IsAsWithout()
    {
        var (set, train, model) = Problem(7);
        var options = new EvaluationOptions { Metrics = Metrics(1, 5), Train = train, CountItemsAt = 4 };
        var every = new EvaluationSet(set.History, set.HeldOut) { Candidates = [.. Enumerable.Range(0, set.History.Items.Count)] };
        var (a, b) = (Evaluator.Evaluate(model, every, options), Evaluator.Evaluate(model, new EvaluationSet(set.History, set.HeldOut), options));
        a.Metrics.ShouldBe(b.Metrics);
        a.Items!.Listed.ShouldBe(b.Items!.Listed);
    }

    // Scores fall with the index: among 2, 3, 5 the list is 2, 3, 5; among all but the seen 0 it is 1, 2, 3, 4, 5.
    [Fact]
    public void Evaluate_ByHand_RanksTwiceAndScoresOnce()
    {
        var set = new EvaluationSet(Row("s....."), Row("...h.h")) { Candidates = [2, 3, 5] };
        var model = new TableModel(set.History.Items, (_, i) => -i);
        var lists = new List<int[]>();
        var report = Evaluator.Evaluate(model, set, new EvaluationOptions
        {
            Metrics = [.. ((string[])["mrr@5", "all_mrr@5", "recall@2", "all_recall@2", "coverage@2", "all_coverage@2", "gini@1", "all_gini@1"]).Select(MetricCatalog.BuiltIn.Ranking)],
            CountItemsAt = 2,
            Lists = (_, items, scores) =>
            {
                lists.Add(items.ToArray());
                scores.ToArray().ShouldBe(items.ToArray().Select(i => -(float)i));
            },
        });
        foreach (var (name, value) in new Dictionary<string, double>
        {
            ["mrr@5"] = 1 / 2.0,
            ["all_mrr@5"] = 1 / 3.0,
            ["recall@2"] = 1 / 2.0,
            ["all_recall@2"] = 0,
            ["coverage@2"] = 2 / 3.0,
            ["all_coverage@2"] = 2 / 6.0,
            ["gini@1"] = 1 - (1 / 3.0),
            ["all_gini@1"] = 1 - (1 / 6.0),
        })
        {
            report.Metrics[name].Mean.ShouldBe(value, 1e-15, name);
        }

        model.Blocks.ShouldBe([1]);
        lists.ShouldHaveSingleItem().ShouldBe([2, 3, 5]); // what is told and counted are the candidates
        report.Items!.Listed.ShouldBe([0, 0, 1, 1, 0, 0]);
        report.Items.Found.ShouldBe([0, 0, 0, 1, 0, 0]);
    }

    [Fact]
    public void Evaluate_NotANumberOutsideTheCandidates_IsStillAnError()
    {
        var set = new EvaluationSet(Row("s....."), Row("...h..")) { Candidates = [3, 4] };
        foreach (string metric in (string[])["ndcg@2", "all_ndcg@2"])
        {
            Should.Throw<InvalidDataException>(() => Evaluator.Evaluate(
                new TableModel(set.History.Items, (_, i) => i == 1 ? float.NaN : i), set, new EvaluationOptions { Metrics = [MetricCatalog.BuiltIn.Ranking(metric)] }))
                .Message.ShouldContain("the score of item 101 for user 1 is NaN");
        }
    }

    [Theory]
    [InlineData(new int[0], "Found no candidate, expected at least one item")]
    [InlineData(new[] { 3, 2 }, "Found candidate 2 at 1, after 3; expected ascending columns from 0 to 5.")]
    [InlineData(new[] { 3, 3 }, "Found candidate 3 at 1, after 3")]
    [InlineData(new[] { -1, 3 }, "Found candidate -1 at 0; expected")]
    [InlineData(new[] { 3, 6 }, "Found candidate 6 at 1, after 3")]
    [InlineData(new[] { 1, 2 }, "Item 103 is held out and is no candidate")]
    public void Candidates_Wrong_AreRefused(int[] candidates, string message) =>
        Should.Throw<ArgumentException>(() => new EvaluationSet(Row("s....."), Row("...h..")) { Candidates = candidates }).Message.ShouldContain(message);

    [Fact]
    public void WithItems_OtherCatalogue_KeepsTheCandidatesThatItHas()
    {
        var set = new EvaluationSet(Row("s....."), Row("...h..")) { Candidates = [2, 3, 5] };
        var other = set.WithItems(TestMatrix.Ids(101, 3)); // 101, 102, 103
        other.Candidates.ShouldBe([1, 2]);
        other.HeldOut.Csr.RowIndices(0).ToArray().ShouldBe([2]);
        new EvaluationSet(set.History, set.HeldOut).WithItems(TestMatrix.Ids(101, 3)).Candidates.ShouldBeNull();
    }

    // The list e d b c; b, c and f are candidates, c is held out.
    [Fact]
    public void EvaluateLists_OtherItems_CountAmongAllOnly()
    {
        var items = IdMap.From(["a", "b", "c", "d", "e", "f"]);
        var users = IdMap.From(["1"]);
        var set = new EvaluationSet(
            new InteractionMatrix(users, items, new CsrMatrix(1, 6, [0, 1], [0], [1])),
            new InteractionMatrix(users, items, new CsrMatrix(1, 6, [0, 1], [2], [1])))
        {
            Candidates = [1, 2, 5],
        };
        var found = Evaluator.EvaluateLists("theirs", new Dictionary<string, IReadOnlyList<string>> { ["1"] = ["e", "d", "b", "c"] }, set, new EvaluationOptions
        {
            Metrics = [MetricCatalog.BuiltIn.Ranking("mrr@5"), MetricCatalog.BuiltIn.Ranking("all_mrr@5")],
        });
        found.Report.Metrics["mrr@5"].Mean.ShouldBe(1 / 2.0);
        found.Report.Metrics["all_mrr@5"].Mean.ShouldBe(1 / 4.0);
        (found.OtherItems, found.ShortLists, found.UnknownItems).ShouldBe((2, 1, 0)); // f could have been listed
    }

    // What is ranked is measured again from its lists.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void EvaluateLists_WhatWasRankedAmongAll_GivesTheSameFigures(ulong seed)
    {
        var (set, _, _) = Problem(seed);
        var model = new TableModel(set.History.Items, (u, i) => new Rng(seed, (uint)u, (uint)i).NextSingle());
        var lists = new Dictionary<string, IReadOnlyList<string>>();
        int n = set.History.Items.Count;
        Evaluator.Evaluate(model, new EvaluationSet(set.History, set.HeldOut), new EvaluationOptions
        {
            Metrics = [new NdcgMetric(n)],
            Lists = (user, list, _) => lists[set.History.Users[user]] = [.. list.ToArray().Select(i => set.History.Items[i])],
        });
        var options = new EvaluationOptions { Metrics = [.. ((string[])["ndcg@4", "all_ndcg@4", "coverage@3", "all_coverage@3", "map@9", "all_map@9"]).Select(MetricCatalog.BuiltIn.Ranking)] };
        Evaluator.EvaluateLists("theirs", lists, set, options).Report.Metrics.ShouldBe(Evaluator.Evaluate(model, set, options).Metrics);
    }

    [Fact]
    public void Rank_Validator_HonoursCandidates()
    {
        var (set, train, model) = Problem(11);
        foreach (string name in (string[])["ndcg@3", "all_ndcg@3"])
        {
            var metric = MetricCatalog.BuiltIn.Ranking(name);
            var validator = new Validator(set, train, metric, "table", rankSeenItems: false, Compute.Default);
            var finite = new TableModel(set.History.Items, (u, i) => new Rng(5, (uint)u, (uint)i).NextSingle());
            validator.Rank(finite.Score, null, CancellationToken.None).Metric
                .ShouldBe(PlainEvaluator.Evaluate(finite, set, [metric], train)[name], 1e-12);
        }
    }

    // Ties alone make the lists of user 0, of whose three candidates one is seen, and not those of user 1.
    [Fact]
    public void UsersWithEqualScores_ByHand_AreThoseWhoseCandidatesAreAllAlike()
    {
        var set = new EvaluationSet(Rows("..s...", "......"), Rows("...h..", "...h..")) { Candidates = [2, 3, 4] };
        EvaluationReport Report(Func<int, int, float> score) => Evaluator.Evaluate(
            new TableModel(set.History.Items, score), set, new EvaluationOptions { Metrics = [new NdcgMetric(2)] });
        Report((_, _) => 0).UsersWithEqualScores.ShouldBe(2);
        Report((_, i) => i == 2 ? 1 : i is 3 or 4 ? 0 : i).UsersWithEqualScores.ShouldBe(1);
        Report((u, i) => i).UsersWithEqualScores.ShouldBe(0);
        Report((_, i) => i is 3 or 4 ? i : 0).UsersWithEqualScores.ShouldBe(0);
        Report((_, i) => i == 4 ? 1 : float.NegativeInfinity).UsersWithEqualScores.ShouldBe(0); // one item is no tie
        Report((_, _) => float.NegativeInfinity).UsersWithEqualScores.ShouldBe(0);
    }

    // Three unseen candidates, lists of two and of one: what counts is the shortest list and the item behind it.
    [Fact]
    public void UsersWithTies_ByHand_AreThoseWhoseShortestListIsCutWithinATie()
    {
        var set = new EvaluationSet(Rows("......"), Rows("...h..")) { Candidates = [2, 3, 4] };
        int Ties(int[] lengths, params float[] scores) => Evaluator.Evaluate(
            new TableModel(set.History.Items, (_, i) => i is >= 2 and <= 4 ? scores[i - 2] : 9), set,
            new EvaluationOptions { Metrics = [.. lengths.Select(k => new NdcgMetric(k))] }).UsersWithTies;
        Ties([1], 1, 1, 0).ShouldBe(1);
        Ties([1], 2, 1, 1).ShouldBe(0);
        Ties([2], 2, 1, 1).ShouldBe(1);
        Ties([2], 1, 1, 0).ShouldBe(0); // both are listed
        Ties([2, 1], 1, 1, 0).ShouldBe(1);
        Ties([1, 2], 2, 1, 1).ShouldBe(0);
        Ties([3], 1, 1, 1).ShouldBe(0); // nothing is behind the list
        Ties([2], 1, 1, float.NegativeInfinity).ShouldBe(0);
        Ties([2], float.NegativeInfinity, 1, float.NegativeInfinity).ShouldBe(0);
    }

    [Fact]
    public void Run_ModelWithoutAnOpinion_IsMarkedInItsRow()
    {
        var set = new EvaluationSet(Rows("s.....", "s....."), Rows("...h..", "....h.")) { Candidates = [3, 4] };
        var split = new Split { Protocol = "by hand", Description = "", Train = Rows("ss....", "s.s..."), Test = set };
        var report = new Experiment(split)
        {
            Models = [new("popularity", () => new Popularity()), new("random", () => new RandomScores())],
            Metrics = ["ndcg@1", "all_ndcg@1"],
        }.Run();
        report.Rows.Select(r => (r.EqualScores, r.Ties)).ShouldBe([(1, 1), (0, 0)]);
        report.Rows[0].Metrics["ndcg@1"].Mean.ShouldBe(0.5); // the lower index first
        report.Rows[0].Metrics["all_ndcg@1"].Mean.ShouldBe(0);
        report.Rows[0].PerUser.Keys.ShouldBe(["ndcg@1", "all_ndcg@1"]);
    }

    [Theory]
    [InlineData("all_ndcg@10", "all_ndcg", 10)]
    [InlineData(" all_recall_capped@25", "all_recall_capped", 25)]
    public void Ranking_Prefix_IsReadAndFound(string text, string kind, int k)
    {
        var metric = MetricCatalog.BuiltIn.Ranking(text).ShouldBeOfType<AmongAllMetric>();
        (metric.Kind, metric.K, metric.IsAmongAll, metric.Name).ShouldBe((kind, k, true, text.Trim()));
        metric.Metric.Name.ShouldBe(text.Trim()[4..]);
        MetricCatalog.BuiltIn.Find(text.Trim()).ShouldBe(metric);
        metric.Equals(metric.Metric).ShouldBeFalse();
    }

    [Fact]
    public void AmongAll_OfEachMetric_HasItsDirection()
    {
        foreach (string name in MetricCatalog.BuiltIn.RankingNames)
        {
            var (plain, all) = (MetricCatalog.BuiltIn.Ranking($"{name}@3"), MetricCatalog.BuiltIn.Ranking($"all_{name}@3"));
            (all.LowerIsBetter, all.IsPerUser).ShouldBe((plain.LowerIsBetter, plain.IsPerUser));
        }

        Should.Throw<ArgumentException>(() => new AmongAllMetric(new AmongAllMetric(new NdcgMetric(3)))).Message.ShouldContain("all_ndcg@3 is measured among all items already");
    }

    [Theory]
    [InlineData("all_ndgc@10", "did you mean 'all_ndcg'?")]
    [InlineData("all_@10", "found 'all_'")]
    [InlineData("all_all_ndcg@10", "found 'all_all_ndcg'")]
    [InlineData("all_ndcg", "as in 'all_ndcg@20'")]
    [InlineData("all_rmse@2", "found 'all_rmse'")]
    public void Ranking_WrongWithPrefix_SaysWhatIsExpected(string text, string message) =>
        Should.Throw<FormatException>(() => MetricCatalog.BuiltIn.Ranking(text)).Message.ShouldContain(message);

    [Fact]
    public void Register_NameWithThePrefix_IsRefused() =>
        Should.Throw<ArgumentException>(() => new MetricCatalog().Register("all_mine", k => new NdcgMetric(k))).Message.ShouldContain("names that begin with all_ are those of metrics among all items");

    // Few scores, so that there are ties, and some items that no list may have.
    private static (EvaluationSet Set, InteractionMatrix Train, TableModel Model) Problem(ulong seed)
    {
        var rng = new Rng(seed);
        int users = 1 + rng.NextInt32(12), items = 4 + rng.NextInt32(50);
        bool IsCandidate(int i) => i == 0 || new Rng(seed, 5000, (uint)i).NextInt32(3) == 0;
        int Part(int u, int i) => (u, i) == (0, 0) ? 1 : new Rng(seed, (uint)u, (uint)i).NextInt32(4);
        var set = new EvaluationSet(
            TestMatrix.Of(users, items, (u, i) => Part(u, i) == 0 ? 1 : 0),
            TestMatrix.Of(users, items, (u, i) => Part(u, i) == 1 && IsCandidate(i) ? 1 : 0))
        {
            Candidates = [.. Enumerable.Range(0, items).Where(IsCandidate)],
        };
        var train = TestMatrix.Of(9, items, (u, i) => new Rng(seed, (uint)(1000 + u), (uint)i).NextInt32(3) == 0 ? 1 : 0);
        return (set, train, new TableModel(set.History.Items, (u, i) =>
            new Rng(seed, (uint)(2000 + u), (uint)i).NextInt32(8) is var draw && draw == 0 ? float.NegativeInfinity : draw));
    }

    private static InteractionMatrix Row(string row) => Rows(row);

    private static InteractionMatrix Rows(params string[] rows) => TestMatrix.Of(rows.Length, rows[0].Length, (u, i) => rows[u][i] == '.' ? 0 : 1);
}
