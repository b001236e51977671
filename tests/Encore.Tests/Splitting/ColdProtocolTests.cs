using Encore.Evaluation;
using Encore.Experiments;
using Encore.Models;
using Encore.Splitting;
using Encore.Tests.Models;
using FsCheck.Xunit;

namespace Encore.Tests.Splitting;

/// <summary>Protocols in which something is new: items, users, or all that comes after a moment.</summary>
public sealed class ColdProtocolTests
{
    [Property(MaxTest = 25)]
    public void ColdItems_AnyLog_NothingOfAColdItemIsKnown(ulong seed)
    {
        var lines = RandomLog.Of(seed);
        var split = Protocols.Create("cold-items", new ProtocolOptions { HeldOutItems = 0.2 }).Split(Interactions.From(lines), seed);
        var kept = RandomLog.Kept(lines, 4);
        string[] items = [.. kept.Select(x => x.Item).Distinct()];
        var (validation, test) = (Items(split.Validation!), Items(split.Test));
        (validation.Count, test.Count).ShouldBe((items.Length / 5, items.Length / 5));
        validation.Overlaps(test).ShouldBeFalse();

        // All items are columns; those of neither set have their interactions in training, all of them, and the others none.
        SplitView.Ids(split.Train.Items).ShouldBe(items, ignoreOrder: true);
        SplitView.Cells(split.Train).ShouldBe(
            kept.Where(x => !validation.Contains(x.Item) && !test.Contains(x.Item)).Select(x => (x.User, x.Item, 1f)), ignoreOrder: true);
        var warmOf = SplitView.Cells(split.Train).ToLookup(c => c.User);
        foreach (var (set, cold) in ((EvaluationSet, HashSet<string>)[])[(split.Validation!, validation), (split.Test, test)])
        {
            // Rows are whoever has both; held out is everything of them with a cold item of the set; histories are warm alone.
            string[] users = [.. kept.GroupBy(x => x.User).Where(u => warmOf.Contains(u.Key) && u.Any(x => cold.Contains(x.Item))).Select(u => u.Key)];
            SplitView.Ids(set.History.Users).ShouldBe(users, ignoreOrder: true);
            SplitView.Cells(set.HeldOut).ShouldBe(
                kept.Where(x => users.Contains(x.User) && cold.Contains(x.Item)).Select(x => (x.User, x.Item, 1f)), ignoreOrder: true);
            SplitView.Cells(set.History).ShouldBe(users.SelectMany(u => warmOf[u]), ignoreOrder: true);
        }

        split.TrainAndValidation.ShouldBeNull();
        split.Refit.ShouldBeNull();

        static HashSet<string> Items(EvaluationSet set) => [.. set.Candidates.ShouldNotBeNull().Select(i => set.History.Items[i])];
    }

    [Property(MaxTest = 25)]
    public void ColdUsers_AnyLog_AreThoseOfStrongWithTheFirstInteractions(ulong seed, byte length)
    {
        var lines = RandomLog.Of(seed);
        int n = length % 6;
        var log = Interactions.From(lines);
        var (split, strong) = (Protocols.Create("cold-users", new ProtocolOptions { HistoryLength = n }).Split(log, seed), Protocols.Create("strong").Split(log, seed));
        SplitView.Cells(split.Train).ShouldBe(SplitView.Cells(strong.Train));
        var time = lines.ToDictionary(x => (x.User, x.Item), x => x.Time!.Value);
        foreach (var (set, other) in ((EvaluationSet, EvaluationSet)[])[(split.Validation!, strong.Validation!), (split.Test, strong.Test)])
        {
            SplitView.Ids(set.History.Users).ShouldBe(SplitView.Ids(other.History.Users));
            set.Candidates.ShouldBeNull();
            for (int u = 0; u < set.Users; u++)
            {
                string user = set.History.Users[u];
                string[] all = [.. SplitView.Sequence(other.History, u).Concat(SplitView.Sequence(other.HeldOut, u)).OrderBy(i => time[(user, i)])];
                SplitView.Sequence(set.History, u).ShouldBe(all.Take(n));
                SplitView.Sequence(set.HeldOut, u).ShouldBe(all.Skip(n));
            }
        }
    }

    [Property(MaxTest = 25)]
    public void GlobalTime_AnyLog_NobodyKnowsWhatComesAfter(ulong seed)
    {
        var lines = RandomLog.Of(seed);
        var split = Protocols.Create("global-time").Split(Interactions.From(lines), seed);
        Interaction[] kept = [.. RandomLog.Kept(lines, 4, 1).OrderBy(x => x.Time)];
        Interaction[] train = kept[..(8 * kept.Length / 10)], validation = kept[(8 * kept.Length / 10)..(9 * kept.Length / 10)], test = kept[(9 * kept.Length / 10)..];
        var items = train.Select(x => x.Item).ToHashSet();
        SplitView.Ids(split.Train.Items).ShouldBe(items, ignoreOrder: true);
        Pairs(train).ShouldBe(SplitView.Pairs(split.Train), ignoreOrder: true);
        SplitView.Ids(split.Train.Users).ShouldBe(train.Select(x => x.User).Distinct(), ignoreOrder: true);
        foreach (var (set, before, after) in ((EvaluationSet, Interaction[], Interaction[])[])[(split.Validation!, train, validation), (split.Test, [.. train, .. validation], test)])
        {
            string[] users = [.. after.Select(x => x.User).Distinct()];
            SplitView.Ids(set.History.Users).ShouldBe(users, ignoreOrder: true);
            SplitView.Pairs(set.HeldOut).ShouldBe(Pairs(after.Where(x => items.Contains(x.Item))), ignoreOrder: true);
            SplitView.Pairs(set.History).ShouldBe(Pairs(before.Where(x => items.Contains(x.Item) && users.Contains(x.User))), ignoreOrder: true);
        }

        static IEnumerable<(string, string)> Pairs(IEnumerable<Interaction> part) => part.Select(x => (x.User, x.Item));
    }

    // Users a, b, c and d have all of i0 … i9; e has only what is cold, f nothing that is.
    [Fact]
    public void ColdItems_UsersWithoutAWarmOrAColdItem_AreLeftOutAndCounted()
    {
        var everybody = Enumerable.Range(0, 4).SelectMany(u => Enumerable.Range(0, 10).Select(i => new Interaction($"{(char)('a' + u)}", $"i{i}", 5)));
        var options = new ProtocolOptions { HeldOutItems = 2, MinimumPerUser = 1 };
        var first = Protocols.Create("cold-items", options).Split(Interactions.From(everybody), 1);
        string[] cold = [.. first.Test.Candidates!.Select(i => first.Train.Items[i])], warm = [.. SplitView.Cells(first.Train).Select(c => c.Item).Distinct()];
        (cold.Length, warm.Length).ShouldBe((2, 6));
        var log = Interactions.From([.. everybody, new("e", cold[0], 5), new("e", cold[1], 5), new("f", warm[0], 5), new("f", warm[1], 4), new("g", warm[0], 3)]);
        var split = Protocols.Create("cold-items", options).Split(log, 1); // the same items are drawn
        SplitView.Ids(split.Test.History.Users).ShouldBe(["a", "b", "c", "d"]);
        SplitView.Ids(split.Train.Users).ShouldBe(["a", "b", "c", "d", "f"]);
        split.Description.ShouldBe(
            "New items: ratings ≥ 4 count as 1, users with ≥ 1 interactions: 6 users, 10 items, 44 interactions; 6 warm items train (26 interactions of 5 users), 2 cold items validate (8 interactions of 4 users), 2 others test (8 of 4), drawn at random and hidden from training with all their interactions (seed 1); "
            + "histories are users' warm items, candidates the cold items of the set, those of validation being neither history nor candidates of the test, and all_ metrics are among all items. "
            + "Left out: 1 user without a warm item; 1 user without a cold item of validation, 1 user without one of the test. Validation selects epochs; every model learns from the training part alone.");
    }

    [Theory]
    [InlineData(null, 25, 2)]
    [InlineData(0.2, 25, 5)]
    [InlineData(0.29, 100, 29)] // 28.999… in binary
    [InlineData(3.0, 25, 3)]
    [InlineData(1.0, 3, 1)]
    public void HeldOutItems_ShareOrNumber_IsHonoured(double? asked, int items, int expected) =>
        Cut.HeldOutItems(items, new ProtocolOptions { HeldOutItems = asked }).ShouldBe(expected);

    [Theory]
    [InlineData(null, 9, "Found 9 items after filtering, of which validation takes 0 and the test as many, a share of 0.1 each; expected")]
    [InlineData(0.5, 10, "Found 10 items after filtering, of which validation takes 5 and the test as many, a share of 0.5 each; expected")]
    [InlineData(4.0, 8, "Found 8 items after filtering, of which validation takes 4 and the test as many; expected at least 1 each, and at least 1 left to train. Filter less, or give another share or number with --held-out-items.")]
    [InlineData(1.0, 1, "Found 1 item after filtering")]
    public void HeldOutItems_TooFew_SaysWhatWasFound(double? asked, int items, string message) =>
        Should.Throw<InvalidDataException>(() => Cut.HeldOutItems(items, new ProtocolOptions { HeldOutItems = asked })).Message.ShouldStartWith(message);

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void HeldOutItems_NoShareAndNoNumber_AreRefused(double asked) =>
        Should.Throw<ArgumentException>(() => new ProtocolOptions { HeldOutItems = asked }).Message.ShouldContain("expected a share above 0 and below 1, or a whole number from 1 on");

    [Fact]
    public void HistoryLength_Negative_IsRefused() =>
        Should.Throw<ArgumentException>(() => new ProtocolOptions { HistoryLength = -1 }).Message.ShouldContain("Found a history length of -1, expected at least 0.");

    [Fact]
    public void ColdUsers_Description_SaysWhatIsKnown()
    {
        var log = Interactions.From(RandomLog.Of(1));
        Protocols.Create("cold-users").Split(log, 1).Description.ShouldContain("; a held-out user has no history, all interactions are held out (seed 1). ");
        Protocols.Create("cold-users", new ProtocolOptions { HistoryLength = 1 }).Split(log, 1).Description
            .ShouldContain("; the first 1 interaction of a held-out user in the order of time are the history, all the rest is held out (seed 1). ");
        Protocols.Create("cold-users", new ProtocolOptions { HistoryLength = 3 }).Split(Interactions.From(RandomLog.Of(1, times: false)), 1).Description
            .ShouldContain("; the first 3 interactions of a held-out user in the order of the log, as there is no time column are the history");
    }

    // Nobody is dropped for having no history: all are ranked for, and popularity gives all of them one list.
    [Fact]
    public void ColdUsers_EmptyHistories_AreEvaluated()
    {
        var log = Interactions.From(RandomLog.Of(4, users: 100));
        var split = Protocols.Create("cold-users").Split(log, 4);
        split.Test.History.Count.ShouldBe(0);
        foreach (var model in (IRecommender[])[new Popularity(), new Ease(), new RandomScores(), new MultDae(new MultDaeOptions { Layers = [8], Epochs = 2 })])
        {
            model.Fit(split.DataFor(model), new FitContext());
            var lists = new HashSet<string>();
            var report = Evaluator.Evaluate(model, split.Test, new EvaluationOptions { Lists = (_, items, _) => lists.Add(string.Join(' ', items.ToArray())) }, TestContext.Current.CancellationToken);
            (report.Users, report.UsersWithoutHeldOut).ShouldBe((split.Test.Users, 0), model.Name);
            lists.Count.ShouldBe(model is RandomScores ? split.Test.Users : 1, model.Name);
            report.UsersWithEqualScores.ShouldBe(model is Ease ? split.Test.Users : 0, model.Name);
        }
    }

    // Ten interactions at the times 1 … 10: the cuts are 9 and 10.
    [Fact]
    public void GlobalTime_ByHand_CutsAtTheTimesOfTheNinthAndTheTenth()
    {
        var log = Interactions.From(
        [
            new("a", "p", 5, 1), new("b", "p", 5, 2), new("a", "q", 5, 3), new("c", "r", 5, 4), new("b", "r", 5, 5),
            new("a", "r", 5, 6), new("c", "p", 5, 7), new("d", "q", 5, 8), new("b", "q", 5, 9), new("e", "r", 4, 10),
        ]);
        var split = Protocols.Create("global-time").Split(log, 1);
        split.Train.Count.ShouldBe(8);
        SplitView.Pairs(split.Validation!.HeldOut).ShouldBe([("b", "q")]);
        SplitView.Sequence(split.Validation.History, 0).ShouldBe(["p", "r"]);
        SplitView.Pairs(split.Test.HeldOut).ShouldBe([("e", "r")]);
        split.Test.History.Csr.RowLength(0).ShouldBe(0); // new, and evaluated all the same
        split.Description.ShouldBe(
            "One moment for all users: ratings ≥ 4 count as 1, users with ≥ 1 interactions: 5 users, 3 items, 10 interactions; before 1970-01-01 00:00:09 UTC train (8 interactions of 4 users, 3 items), from then on validate (1 of 1 users, 0 of them new), from 1970-01-01 00:00:10 UTC on test (1 of 1 users, 1 of them new); "
            + "the history is what a user did before, nothing for new ones (no draw, so the seed changes nothing). Left out: 0 interactions of validation and 0 interactions of the test with items that training lacks. Validation selects epochs; every model learns from the training part alone.");
    }

    // Of ten, six lie at the time of the cut at 80 %: all of them come after it.
    [Fact]
    public void GlobalTime_TimesEqualToTheCut_AllLieAfterIt()
    {
        long[] times = [1, 2, 3, 5, 5, 5, 5, 5, 5, 8];
        var log = Interactions.From(times.Select((time, k) => new Interaction($"u{k % 4}", $"i{k % 3}", 5, time)));
        log.Count.ShouldBe(10);
        var split = Protocols.Create("global-time").Split(log, 1);
        (split.Train.Count, split.Validation!.HeldOut.Count, split.Test.HeldOut.Count).ShouldBe((3, 6, 1));
    }

    [Fact]
    public void GlobalTime_UnknownItemsAndNewUsers_AreCounted()
    {
        var split = Protocols.Create("global-time").Split(Log("i2"), 1);
        split.Description.ShouldContain("validate (1 of 2 users, 1 of them new)");
        split.Description.ShouldContain("test (1 of 2 users, 1 of them new)"); // by then n is known
        split.Description.ShouldContain("Left out: 1 interaction of validation and 1 interaction of the test with items that training lacks.");
        SplitView.Pairs(split.Test.History).ShouldBe([("n", "i1")]);
        Should.Throw<InvalidDataException>(() => Protocols.Create("global-time").Split(Log("new"), 1)).Message
            .ShouldStartWith("None of the 2 interactions after the cut is with one of the 4 items seen in training (");

        static Interactions Log(string last) => Interactions.From(
        [
            .. Enumerable.Range(0, 16).Select(k => new Interaction($"u{k % 4}", $"i{k / 4}", 5, k)),
            new("u0", "new", 5, 16), new("n", "i1", 5, 17), new("m", "other", 5, 18), new("n", last, 5, 19),
        ]);
    }

    [Fact]
    public void GlobalTime_WithoutTimes_SaysThatTheyAreMissing() =>
        Should.Throw<InvalidDataException>(() => Protocols.Create("global-time").Split(Interactions.From(RandomLog.Of(1, times: false)), 1))
            .Message.ShouldBe("The protocol 'global-time' cuts the log at one moment, and the data has no time column.");

    [Theory]
    [InlineData(0, 0)] // all at once
    [InlineData(1, 5)] // five before the cut, and none between the cuts
    public void GlobalTime_TimesThatTellNothing_AreRefused(int step, int before)
    {
        var log = Interactions.From(Enumerable.Range(0, 10).Select(k => new Interaction($"u{k % 5}", $"i{k}", 5, step * Math.Min(k, 5))));
        Should.Throw<InvalidDataException>(() => Protocols.Create("global-time").Split(log, 1)).Message
            .ShouldContain($"of which {before} lie before the cut at 80 % and 0 between that and the one at 90 %");
    }

    [Fact]
    public void GlobalTime_MinimumPerUser_IsOneUnlessAskedFor()
    {
        var lines = RandomLog.Of(8);
        var (log, core) = (Interactions.From(lines), RandomLog.Kept(lines, 4));
        Protocols.Create("global-time").Split(log, 1).Description.ShouldContain($"users with ≥ 1 interactions: {RandomLog.Kept(lines, 4, 1).Select(x => x.User).Distinct().Count()} users");
        Protocols.Create("global-time", new ProtocolOptions { MinimumPerUser = 5 }).Split(log, 1).Description.ShouldContain($"users with ≥ 5 interactions: {core.Select(x => x.User).Distinct().Count()} users");
    }

    // A column without interactions breaks no model of interactions, and tells it nothing.
    [Fact]
    public void ColdItems_EveryRankingModel_TrainsOnEmptyColumns()
    {
        var split = Protocols.Create("cold-items", new ProtocolOptions { HeldOutItems = 5 }).Split(Interactions.From(RandomLog.Of(2)), 2);
        foreach (var entry in ModelCatalog.BuiltIn.All.Where(e => e.Ranks && !e.NeedsRatings))
        {
            var options = entry.Options.Where(o => o.Name == "epochs").ToDictionary(o => o.Name, _ => "2");
            var model = (IRecommender)entry.Create(options);
            model.Fit(split.With(TestMatrix.Learn(model, split.Train).ItemFeatures, null).DataFor(model), new FitContext(), TestContext.Current.CancellationToken);
            var report = Evaluator.Evaluate(model, split.Test, new EvaluationOptions { Metrics = [Encore.Metrics.MetricCatalog.BuiltIn.Ranking("ndcg@10")] }, TestContext.Current.CancellationToken);
            report.Users.ShouldBe(split.Test.Users, entry.Name);
        }
    }
}
