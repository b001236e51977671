using Encore.Evaluation;
using Encore.Metrics;
using Encore.Numerics;

namespace Encore.Tests;

public sealed class EvaluateListsTests
{
    private static readonly EvaluationOptions Options = new()
    {
        Metrics = [MetricCatalog.BuiltIn.Ranking("recall@3"), MetricCatalog.BuiltIn.Ranking("ndcg@3"), MetricCatalog.BuiltIn.Ranking("coverage@3"), MetricCatalog.BuiltIn.Ranking("mrr@3")],
    };

    // Items a … f; user 1 has met a and has b and d to find, user 2 has met b and has c to find, user 3 has nothing to find.
    private static EvaluationSet Set()
    {
        var (users, items) = (IdMap.From(["1", "2", "3"]), IdMap.From(["a", "b", "c", "d", "e", "f"]));
        return new EvaluationSet(
            new InteractionMatrix(users, items, new CsrMatrix(3, 6, [0, 1, 2, 3], [0, 1, 5], [1, 1, 1])),
            new InteractionMatrix(users, items, new CsrMatrix(3, 6, [0, 2, 3, 3], [1, 3, 2], [1, 1, 1])));
    }

    [Fact]
    public void EvaluateLists_WorkedExample_IsTheDefinition()
    {
        var found = Evaluator.EvaluateLists("theirs", Lists(("1", "e d b"), ("2", "strange c"), ("9", "a")), Set(), Options);
        double ndcg = ((1 / Math.Log2(3)) + (1 / Math.Log2(4))) / (1 + (1 / Math.Log2(3)));
        found.Report.PerUser["ndcg@3"].ShouldBe([ndcg, 1 / Math.Log2(3)], 1e-12);
        found.Report.PerUser["recall@3"].ShouldBe([1, 1]);
        found.Report.PerUser["mrr@3"].ShouldBe([.5, .5]);
        found.Report.Metrics["coverage@3"].Mean.ShouldBe(4 / 6.0); // b, c, d, e; what the catalogue lacks covers nothing
        (found.UsersWithList, found.UsersWithoutList, found.OtherUsers, found.UnknownItems, found.SeenItems, found.ShortLists).ShouldBe((2, 0, 1, 1, 0, 1));
    }

    [Fact]
    public void EvaluateLists_SeenItemsAndMissingUsers_TakePlacesAndCountAsNothing()
    {
        var found = Evaluator.EvaluateLists("theirs", Lists(("1", "a b d")), Set(), Options);
        found.Report.PerUser["mrr@3"].ShouldBe([.5, 0]);
        (found.SeenItems, found.UsersWithoutList, found.Report.UsersWithoutHeldOut).ShouldBe((1, 1, 1));
    }

    [Fact]
    public void EvaluateLists_AnItemTwice_IsRefused() =>
        Should.Throw<InvalidDataException>(() => Evaluator.EvaluateLists("theirs", Lists(("1", "b c b")), Set(), Options))
            .Message.ShouldBe("The list of user 1 has item b at ranks 1 and 3; expected each item once.");

    [Fact]
    public void EvaluateLists_NoTestUser_IsRefused() =>
        Should.Throw<InvalidDataException>(() => Evaluator.EvaluateLists("theirs", Lists(("u1", "b")), Set(), Options))
            .Message.ShouldContain("such as u1, is one of the 2 test users, such as 1");

    // What an evaluation ranked, measured again as lists, is what it measured.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Evaluate_ListsTaken_GiveTheSameReport(ulong seed)
    {
        var set = Set();
        var model = new Metrics.TableModel(set.History.Items, (u, i) => (float)new Rng(seed, (ulong)((u * 10) + i)).NextDouble());
        var lists = new Dictionary<string, IReadOnlyList<string>>();
        var options = Options with
        {
            Metrics = [.. MetricCatalog.BuiltIn.RankingNames.Select(kind => MetricCatalog.BuiltIn.Ranking(kind + "@3"))],
            Train = set.History,
            Lists = (user, items, scores) =>
            {
                lists.Add(set.History.Users[user], [.. items.ToArray().Select(i => set.History.Items[i])]);
                scores.ToArray().ShouldBe([.. items.ToArray().Select(i => (float)new Rng(seed, (ulong)((user * 10) + i)).NextDouble())]);
            },
        };
        var report = Evaluator.Evaluate(model, set, options);
        lists.Keys.ShouldBe(["1", "2"]);
        lists["1"].Count.ShouldBe(3);
        lists["1"].ShouldNotContain("a");
        var again = Evaluator.EvaluateLists("lists", lists, set, options).Report;
        foreach (var (metric, value) in report.Metrics)
        {
            again.Metrics[metric].Mean.ShouldBe(value.Mean, metric);
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> Lists(params (string User, string Items)[] lists) =>
        lists.ToDictionary(l => l.User, l => (IReadOnlyList<string>)l.Items.Split(' '));
}
