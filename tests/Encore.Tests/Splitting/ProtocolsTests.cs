using Encore.Splitting;

namespace Encore.Tests.Splitting;

/// <summary>Sizes, options and errors of each protocol.</summary>
public sealed class ProtocolsTests
{
    [Fact]
    public void Create_Mistyped_SuggestsAName() =>
        Should.Throw<ArgumentException>(() => Protocols.Create("stong"))
            .Message.ShouldBe("Found protocol 'stong', expected one of strong, weak, rating, temporal, leave-last-out, cold-items, cold-users, global-time. Did you mean strong?");

    // protocols.md, P1: ML-20M 10,000 + 10,000, ML-1M 750 + 750, else a tenth each.
    [Theory]
    [InlineData(10, 1)]
    [InlineData(99, 9)]
    [InlineData(4_999, 499)]
    [InlineData(5_000, 750)]
    [InlineData(6_040, 750)]
    [InlineData(9_999, 750)]
    [InlineData(10_000, 1_000)]
    [InlineData(99_999, 9_999)]
    [InlineData(138_493, 10_000)]
    public void HeldOutUsers_Default_FollowsThePaper(int users, int expected) =>
        Cut.HeldOutUsers(users, new ProtocolOptions()).ShouldBe(expected);

    [Theory]
    [InlineData(9, null, "Found 9 users after filtering, expected at least 10: a tenth of them is held out for validation and as many for test. Filter less, or ask for 1 to 4 with --held-out-users.")]
    [InlineData(6, null, "Found 6 users after filtering, expected at least 10: a tenth of them is held out for validation and as many for test. Filter less, or ask for 1 to 2 with --held-out-users.")]
    [InlineData(3, null, "Found 3 users after filtering, expected at least 10: a tenth of them is held out for validation and as many for test. Filter less, or ask for 1 with --held-out-users.")]
    [InlineData(1, null, "Found 1 user after filtering, expected at least 10: a tenth of them is held out for validation and as many for test. Filter less: 3 users are the fewest that can be split, with --held-out-users 1.")]
    [InlineData(0, null, "Found 0 users after filtering, expected at least 10: a tenth of them is held out for validation and as many for test. Filter less: 3 users are the fewest that can be split, with --held-out-users 1.")]
    [InlineData(10, 5, "Found 10 users after filtering, too few for 5 held-out users: validation takes 5, test as many, and at least one must be left to train. Filter less, or ask for 1 to 4 with --held-out-users.")]
    [InlineData(10, 50, "Found 10 users after filtering, too few for 50 held-out users: validation takes 50, test as many, and at least one must be left to train. Filter less, or ask for 1 to 4 with --held-out-users.")]
    public void HeldOutUsers_NobodyLeftToTrain_SaysWhatIsTrue(int users, int? asked, string message)
    {
        Should.Throw<InvalidDataException>(() => Cut.HeldOutUsers(users, new ProtocolOptions { HeldOutUsers = asked })).Message.ShouldBe(message);

        // What the message advises works, and one more does not.
        int most = (users - 1) / 2;
        if (most > 0)
        {
            Cut.HeldOutUsers(users, new ProtocolOptions { HeldOutUsers = most }).ShouldBe(most);
        }

        Should.Throw<InvalidDataException>(() => Cut.HeldOutUsers(users, new ProtocolOptions { HeldOutUsers = most + 1 }));
    }

    [Theory]
    [InlineData("strong")]
    [InlineData("temporal")]
    [InlineData("cold-users")]
    public void NewUsers_HeldOutUsers_IsHonoured(string name)
    {
        var split = Protocols.Create(name, new ProtocolOptions { HeldOutUsers = 7 })
            .Split(Interactions.From(RandomLog.Of(1)), 1);
        (split.Validation!.Users, split.Test.Users).ShouldBe((7, 7));
    }

    [Fact]
    public void Strong_HeldOutUsers_HoldOutAFifthAtRandom()
    {
        var lines = RandomLog.Of(5, users: 200);
        var split = Protocols.Create("strong").Split(Interactions.From(lines), 5);
        int laterThanHistory = 0;
        for (int u = 0; u < split.Test.Users; u++)
        {
            var (history, held) = (split.Test.History.Csr.RowLength(u), split.Test.HeldOut.Csr.RowLength(u));
            held.ShouldBe((history + held) / 5);
            string user = split.Test.History.Users[u];
            var time = lines.Where(x => x.User == user).ToDictionary(x => x.Item, x => x.Time!.Value);
            long first = SplitView.Sequence(split.Test.HeldOut, u).Min(i => time[i]);
            laterThanHistory += first > SplitView.Sequence(split.Test.History, u).Max(i => time[i]) ? 1 : 0;
        }

        laterThanHistory.ShouldBeLessThan(split.Test.Users); // a draw, not the end of the history
    }

    [Fact]
    public void Strong_OtherSeed_HoldsOutOtherItemsOfTheSameUser()
    {
        // Everybody has all items, so that nothing but the draw of the items can differ.
        var log = Interactions.From(Enumerable.Range(0, 20).SelectMany(u =>
            Enumerable.Range(0, 30).Select(i => new Interaction($"u{u}", $"i{i}", 5))));
        var folds = Enumerable.Range(1, 20)
            .Select(seed => Protocols.Create("strong").Split(log, (ulong)seed).Test.HeldOut)
            .SelectMany(held => Enumerable.Range(0, held.Users.Count).Select(u => (
                User: held.Users[u], Items: string.Join(' ', SplitView.Sequence(held, u)))))
            .ToArray();
        folds.Select(f => f.User).Distinct().Count().ShouldBeLessThan(folds.Length); // some are drawn more than once
        folds.Select(f => f.Items).Distinct().Count().ShouldBe(folds.Length);
    }

    [Fact]
    public void Strong_UsersOfFewTrainingItems_HaveNothingHeldOut()
    {
        // Everybody has the five common items; each user has some of their own that training never sees.
        var lines = Enumerable.Range(0, 20).SelectMany(u => Enumerable.Range(0, 6).Select(i =>
            new Interaction($"u{u}", i < 4 ? $"common{i}" : $"own{u}-{i}", 5)));
        var split = Protocols.Create("strong").Split(Interactions.From(lines), 1);
        split.Test.HeldOut.Count.ShouldBe(0); // ⌊4/5⌋
        split.Test.History.Count.ShouldBe(4 * split.Test.Users);
    }

    [Theory]
    [InlineData(5, 1, 1)]
    [InlineData(14, 1, 1)]
    [InlineData(15, 2, 2)] // 1.5 rounds away from zero
    [InlineData(20, 2, 2)]
    [InlineData(100, 10, 10)]
    public void Weak_EachUser_HoldsOutARoundedTenthTwice(int n, int validation, int test)
    {
        var split = Protocols.Create("weak").Split(OneUser(n), 1);
        (split.Validation!.HeldOut.Count, split.Test.HeldOut.Count, split.Train.Count)
            .ShouldBe((validation, test, n - validation - test));
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 1, 1)]
    public void Weak_ShortHistories_TestFirstThenTraining(int n, int train, int validation)
    {
        var split = Protocols.Create("weak", new ProtocolOptions { MinimumPerUser = 1 }).Split(OneUser(n), 1);
        (split.Train.Count, split.Validation!.HeldOut.Count, split.Test.HeldOut.Count).ShouldBe((train, validation, 1));
    }

    [Theory]
    [InlineData(10, 1, 1)]
    [InlineData(100, 10, 9)]
    [InlineData(1_234, 123, 111)]
    public void Rating_AllRatings_NineTenthsTrainAndATenthOfThemValidates(int n, int test, int validation)
    {
        var log = Interactions.From(Enumerable.Range(0, n)
            .Select(k => new Interaction($"u{k % 7}", $"i{k}", 1 + (k % 5))));
        var split = Protocols.Create("rating").Split(log, 1);
        (split.Test.HeldOut.Count, split.Validation!.HeldOut.Count, split.Train.Count)
            .ShouldBe((test, validation, n - test - validation));
        (split.Train.Users.Count, split.Train.Items.Count).ShouldBe((7, n)); // all keep their place
    }

    [Fact]
    public void Rating_ImplicitFeedback_SaysThatRatingsAreMissing() =>
        Should.Throw<InvalidDataException>(() => Protocols.Create("rating")
            .Split(Interactions.From(RandomLog.Of(1), hasRatings: false), 1))
            .Message.ShouldBe("The protocol 'rating' predicts ratings, and the data has no rating column.");

    [Fact]
    public void Rating_Repetitions_AreFiveUnlessAskedFor()
    {
        Protocols.Create("rating").Repetitions.ShouldBe(5);
        Protocols.Create("rating", new ProtocolOptions { Repetitions = 2 }).Repetitions.ShouldBe(2);
        Protocols.Create("strong").Repetitions.ShouldBe(1);
    }

    [Theory]
    [InlineData(5, 4)]
    [InlineData(7, 5)]
    [InlineData(9, 7)]
    [InlineData(10, 8)]
    [InlineData(15, 12)]
    [InlineData(1_000, 800)]
    public void Temporal_HeldOutUsers_FirstFourFifthsAreTheHistory(int n, int history)
    {
        var lines = Enumerable.Range(0, 10)
            .SelectMany(u => Enumerable.Range(0, n).Select(k => new Interaction($"u{u}", $"i{k}", 4, (k * 37) % 1009)));
        var test = Protocols.Create("temporal").Split(Interactions.From(lines), 1).Test;
        (test.History.Count, test.HeldOut.Count).ShouldBe((history, n - history));
        string[] inTime = [.. Enumerable.Range(0, n).OrderBy(k => (k * 37) % 1009).Select(k => $"i{k}")];
        SplitView.Sequence(test.History, 0).ShouldBe(inTime[..history]);
        SplitView.Sequence(test.HeldOut, 0).ShouldBe(inTime[history..]);
    }

    [Fact]
    public void Temporal_UsersOfMoreThanAThousand_AreLeftOut()
    {
        var lines = Enumerable.Range(0, 11)
            .SelectMany(u => Enumerable.Range(0, u == 3 ? 1_001 : 10).Select(k =>
                new Interaction($"u{u}", $"i{k}", 4, k)));
        var log = Interactions.From(lines);
        Users(Protocols.Create("temporal").Split(log, 1)).ShouldBe(10);
        Users(Protocols.Create("temporal", new ProtocolOptions { MaximumPerUser = 2_000 }).Split(log, 1)).ShouldBe(11);
    }

    [Theory]
    [InlineData("strong", 4f, 1)]
    [InlineData("strong", 3.5f, 0)]
    [InlineData("temporal", 4f, 1)]
    [InlineData("temporal", 3.5f, 0)]
    [InlineData("temporal", 3.6f, 1)]
    public void NewUsers_Threshold_IsThePapers(string name, float rating, int kept)
    {
        // The protocols differ at 3.6, which is above 3.5 but below 4.
        var log = Interactions.From(Enumerable.Range(0, 10)
            .SelectMany(u => Enumerable.Range(0, 6).Select(i =>
                new Interaction($"u{u}", $"i{i}", i == 5 ? rating : 5, i))));
        string description = Protocols.Create(name).Split(log, 1).Description;
        description.ShouldContain($"{50 + (10 * kept)} interactions");
    }

    [Fact]
    public void LeaveLastOut_EachUser_LastIsTestAndTheOneBeforeValidation()
    {
        var log = Interactions.From(
        [
            new("a", "p", 5, 50), new("a", "q", 5, 10), new("a", "r", 5, 30), new("a", "s", 5, 20),
            new("a", "t", 5, 40),
        ]);
        var split = Protocols.Create("leave-last-out").Split(log, 1);
        SplitView.Sequence(split.Train, 0).ShouldBe(["q", "s", "r"]);
        SplitView.Sequence(split.Validation!.HeldOut, 0).ShouldBe(["t"]);
        SplitView.Sequence(split.Test.History, 0).ShouldBe(["q", "s", "r", "t"]);
        SplitView.Sequence(split.Test.HeldOut, 0).ShouldBe(["p"]);
    }

    [Fact]
    public void LeaveLastOut_TwoInteractions_AreTooFew() =>
        Should.Throw<InvalidDataException>(() =>
            Protocols.Create("leave-last-out", new ProtocolOptions { MinimumPerUser = 2 }).Split(OneUser(2), 1))
            .Message.ShouldContain("Found 1 users, the shortest history 2 interactions");

    [Theory]
    [InlineData("strong")]
    [InlineData("weak")]
    [InlineData("rating")]
    [InlineData("temporal")]
    [InlineData("leave-last-out")]
    public void Split_FilterOptions_AreHonoured(string name)
    {
        var lines = RandomLog.Of(9, users: 80);
        var options = new ProtocolOptions { MinimumRating = 3, MinimumPerUser = 8, MaximumPerUser = 14 };
        var kept = RandomLog.Kept(lines, 3, 8, 14);
        var split = Protocols.Create(name, options).Split(Interactions.From(lines), 1);
        Users(split).ShouldBe(kept.Select(x => x.User).Distinct().Count());
        split.Description.ShouldContain(name == "rating" ? $"{kept.Length} ratings"
            : $"ratings ≥ 3 count as 1, users with 8…14 interactions: {Users(split)} users");
    }

    [Theory]
    [InlineData("strong")]
    [InlineData("weak")]
    [InlineData("rating")]
    [InlineData("temporal")]
    [InlineData("leave-last-out")]
    public void Split_MinimumPerItem_KeepsTheCore(string name)
    {
        // The items 2, 20, 21, … are met by fewer.
        Interaction[] lines = [.. RandomLog.Of(9, users: 80)
            .Where(x => !x.Item.StartsWith("item2", StringComparison.Ordinal) || x.User.EndsWith('3'))];
        Interaction[] core = [.. lines.Where(x => x.Value >= 3)];
        for (int before = -1; before != core.Length;)
        {
            before = core.Length;
            core = [.. core.GroupBy(x => x.User).Where(g => g.Count() >= 7).SelectMany(g => g).GroupBy(x => x.Item)
                .Where(g => g.Count() >= 12).SelectMany(g => g)];
        }

        core.Select(x => x.Item).Distinct().Count().ShouldBeInRange(5, 24); // of 25: the data tests something
        var options = new ProtocolOptions { MinimumRating = 3, MinimumPerUser = 7, MinimumPerItem = 12 };
        var split = Protocols.Create(name, options).Split(Interactions.From(lines), 1);
        split.Description.ShouldContain(name == "rating"
            ? $"{core.Length} ratings"
            : $"items with ≥ 12: {Users(split)} users, {split.Train.Items.Count} items, {core.Length} interactions");
        (Users(split), split.Train.Items.Count)
            .ShouldBe((core.Select(x => x.User).Distinct().Count(), core.Select(x => x.Item).Distinct().Count()));
    }

    [Fact]
    public void ProtocolOptions_ValuesThatMeanNothing_AreRefused()
    {
        Should.Throw<ArgumentException>(() => new ProtocolOptions { HeldOutUsers = 0 })
            .Message.ShouldStartWith("Found 0 held-out users, expected at least 1.");
        Should.Throw<ArgumentException>(() => new ProtocolOptions { Repetitions = -1 })
            .Message.ShouldStartWith("Found -1 repetitions, expected at least 1.");
        Should.Throw<ArgumentException>(() => new ProtocolOptions { MinimumRating = float.NaN })
            .Message.ShouldStartWith("Found a minimum rating that is not a number.");
    }

    [Fact]
    public void Split_ImplicitFeedback_KeepsEveryLine()
    {
        var log = Interactions.From(Enumerable.Range(0, 10)
            .SelectMany(u => Enumerable.Range(0, 5).Select(i => new Interaction($"u{u}", $"i{i}"))), hasRatings: false);
        Protocols.Create("strong").Split(log, 1).Description.ShouldContain(
            "implicit feedback, users with ≥ 5 interactions: 10 users, 5 items, 50 interactions");
    }

    private static Interactions OneUser(int n) =>
        Interactions.From(Enumerable.Range(0, n).Select(k => new Interaction("u", $"i{k}", 5, k)));

    private static int Users(Split split) => split.Train.Users.Count
        + (ReferenceEquals(split.Train.Users, split.Test.History.Users) || split.TrainAndValidation is not null ? 0
            : split.Validation!.Users + split.Test.Users);
}
