using Encore.Metrics;
using Encore.Splitting;
using FsCheck.Xunit;

namespace Encore.Tests.Splitting;

/// <summary>What holds for every protocol, on logs at random.</summary>
public sealed class ProtocolPropertyTests
{
    private static readonly string[] NewUsers = ["strong", "temporal"];
    private static readonly string[] KnownUsers = ["weak", "rating", "leave-last-out"];
    private static readonly string[] Cold = ["cold-items", "cold-users", "global-time"]; // more of them in ColdProtocolTests
    private static readonly string[] Undrawn = ["leave-last-out", "global-time"];

    public static TheoryData<string> All => [.. Protocols.Names];

    [Fact]
    public void Names_All_AreTheOnesTestedHere() =>
        Protocols.Names.ShouldBe([.. NewUsers, .. KnownUsers, .. Cold], ignoreOrder: true);

    [Property(MaxTest = 25)]
    public void Split_KnownUsers_PartsAreDisjointAndMakeUpTheInput(ulong seed)
    {
        var lines = RandomLog.Of(seed);
        foreach (string name in KnownUsers)
        {
            var split = Protocols.Create(name).Split(Interactions.From(lines), seed);
            var (train, test) = (SplitView.Cells(split.Train), SplitView.Cells(split.Test.HeldOut));
            var validation = SplitView.Cells(split.Validation!.HeldOut);
            (string User, string Item, float Value)[] parts = [.. train, .. validation, .. test];
            var expected = name == "rating" ? lines : [.. RandomLog.Kept(lines, 4).Select(x => x with { Value = 1 })];
            parts.ShouldBe(expected.Select(x => (x.User, x.Item, x.Value)), ignoreOrder: true, name);

            // What is known at each stage: training data for validation, validation data too for the test.
            SplitView.Cells(split.Validation.History).ShouldBe(train, name);
            SplitView.Cells(split.Test.History).ShouldBe([.. train, .. validation], ignoreOrder: true, name);
            SplitView.Cells(split.TrainAndValidation!).ShouldBe(SplitView.Cells(split.Test.History), name);
            foreach (var (part, matrix) in SplitView.Matrices(split))
            {
                SplitView.Ids(matrix.Users).ShouldBe(SplitView.Ids(split.Train.Users), $"{name}: {part}");
            }
        }
    }

    [Property(MaxTest = 25)]
    public void Split_NewUsers_UsersAreDisjointAndMakeUpTheInput(ulong seed)
    {
        var lines = RandomLog.Of(seed);
        foreach (string name in NewUsers)
        {
            var split = Protocols.Create(name).Split(Interactions.From(lines), seed);
            var kept = RandomLog.Kept(lines, name == "strong" ? 4 : 3.51f);
            IdMap[] maps = [split.Train.Users, split.Validation!.History.Users, split.Test.History.Users];
            string[][] users = [.. maps.Select(SplitView.Ids)];
            users.SelectMany(u => u).ShouldBe(kept.Select(x => x.User).Distinct(), ignoreOrder: true, name);
            users[1].Length.ShouldBe(users.Sum(u => u.Length) / 10);
            users[2].Length.ShouldBe(users[1].Length);

            var trainUsers = users[0].ToHashSet();
            SplitView.Pairs(split.Train).ShouldBe(
                kept.Where(x => trainUsers.Contains(x.User)).Select(x => (x.User, x.Item)), ignoreOrder: true);
            var items = SplitView.Cells(split.Train).Select(c => c.Item).ToHashSet();
            SplitView.Ids(split.Train.Items).ShouldBe(items, ignoreOrder: true);
            foreach (var set in (EvaluationSet[])[split.Validation, split.Test])
            {
                var who = SplitView.Ids(set.History.Users).ToHashSet();
                var cells = SplitView.Cells(set.History).Concat(SplitView.Cells(set.HeldOut));
                (string, string)[] both = [.. cells.Select(c => (c.User, c.Item))];
                both.ShouldBe(kept.Where(x => who.Contains(x.User) && items.Contains(x.Item))
                    .Select(x => (x.User, x.Item)), ignoreOrder: true, name);
                SplitView.Ids(set.HeldOut.Users).ShouldBe(SplitView.Ids(set.History.Users));
            }

            split.TrainAndValidation.ShouldBeNull();
        }
    }

    [Property(MaxTest = 25)]
    public void Split_AnyProtocol_HistoryAndHeldOutNeverOverlap(ulong seed)
    {
        var log = Interactions.From(RandomLog.Of(seed));
        foreach (string name in Protocols.Names)
        {
            var split = Protocols.Create(name).Split(log, seed);
            foreach (var set in (EvaluationSet[])[split.Validation!, split.Test])
            {
                SplitView.Pairs(set.History).Overlaps(SplitView.Pairs(set.HeldOut)).ShouldBeFalse(name);
                SplitView.Pairs(split.Train).Overlaps(SplitView.Pairs(set.HeldOut)).ShouldBeFalse(name);
                set.HeldOut.Count.ShouldBeGreaterThan(0);
            }
        }
    }

    [Property(MaxTest = 15)]
    public void Split_RowsInAnotherOrder_IsTheSame(ulong seed)
    {
        var lines = RandomLog.Of(seed);
        var (log, shuffled) = (Interactions.From(lines), Interactions.From(RandomLog.Shuffled(lines, seed)));
        foreach (string name in Protocols.Names)
        {
            var protocol = Protocols.Create(name);
            SplitView.Text(protocol.Split(shuffled, seed)).ShouldBe(SplitView.Text(protocol.Split(log, seed)), name);
        }
    }

    [Property(MaxTest = 10)]
    public void Split_RowsInAnotherOrderWithoutTimes_IsTheSameWhereOrderIsNotAskedFor(ulong seed)
    {
        var lines = RandomLog.Of(seed, times: false);
        var (log, shuffled) = (Interactions.From(lines), Interactions.From(RandomLog.Shuffled(lines, seed)));
        foreach (string name in (string[])["strong", "weak", "rating", "cold-items", "cold-users"])
        {
            // The sequences are those of the lines; what lies in which part is not.
            var (a, b) = (Protocols.Create(name).Split(log, seed), Protocols.Create(name).Split(shuffled, seed));
            foreach (var ((part, one), (_, other)) in SplitView.Matrices(a).Zip(SplitView.Matrices(b)))
            {
                SplitView.Cells(other).ShouldBe(SplitView.Cells(one), $"{name}: {part}");
            }
        }
    }

    [Property(MaxTest = 10)]
    public void Split_OtherSeed_Differs(ulong seed)
    {
        var log = Interactions.From(RandomLog.Of(seed));
        foreach (string name in Protocols.Names)
        {
            var protocol = Protocols.Create(name);
            string one = SplitView.Text(protocol.Split(log, seed)), same = SplitView.Text(protocol.Split(log, seed));
            same.ShouldBe(one, name);
            bool differs = SplitView.Text(protocol.Split(log, seed + 1)) != one;
            differs.ShouldBe(!Undrawn.Contains(name), name);
        }
    }

    [Property(MaxTest = 10)]
    public void Split_AnyProtocol_SharesOneItemMapAndKeepsTheOrderOfTime(ulong seed)
    {
        var lines = RandomLog.Of(seed);
        var time = lines.ToDictionary(x => (x.User, x.Item), x => x.Time!.Value);
        foreach (string name in Protocols.Names)
        {
            var split = Protocols.Create(name).Split(Interactions.From(lines), seed);
            foreach (var (part, matrix) in SplitView.Matrices(split))
            {
                matrix.Items.ShouldBeSameAs(split.Train.Items, $"{name}: {part}");
                for (int u = 0; u < matrix.Users.Count; u++)
                {
                    SplitView.Sequence(matrix, u).Select(item => time[(matrix.Users[u], item)])
                        .ShouldBeInOrder(SortDirection.Ascending);
                    matrix.Sequence(u).ToArray().ShouldBe(matrix.Csr.RowIndices(u).ToArray(), ignoreOrder: true);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Split_NothingPasses_SaysWhatWasFound(string name)
    {
        var log = Interactions.From([new("a", "x", 5, 1), new("a", "y", 1, 2), new("b", "x", 5, 3)]);
        Should.Throw<InvalidDataException>(() => Protocols.Create(name).Split(log, 1)).Message.ShouldMatch(name switch
        {
            "rating" => "^Found 3 ratings, expected at least 10",
            "weak" => "^No user is left .*: 0 users",
            "leave-last-out" => "^Found 0 users.*expected at least 3",
            "cold-items" => "^Found 0 items after filtering, of which validation takes 0 and the test as many, a share of 0.1 each; expected at least 1 each",
            "global-time" => "^Found 2 interactions .* of which 1 lie before the cut at 80 % and 0 between",
            _ => "^Found 0 users after filtering, expected at least 10: ",
        });
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Split_Always_NamesItselfAndDescribesTheData(string name)
    {
        var protocol = Protocols.Create(name);
        var split = protocol.Split(Interactions.From(RandomLog.Of(3)), 77);
        split.Protocol.ShouldBe(name);
        split.IsRating.ShouldBe(name == "rating");
        split.Description.ShouldContain(Undrawn.Contains(name) ? "no draw" : "seed 77");
        protocol.Summary.ShouldNotBeEmpty();
        MetricCatalog.BuiltIn.Parse(protocol.DefaultMetrics, protocol.IsRating);
    }
}
