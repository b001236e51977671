using Encore.Splitting;

namespace Encore.Tests.Splitting;

public sealed class PredefinedSplitTests
{
    private static readonly Interactions Train = Log(("a", "x"), ("a", "y"), ("b", "y"), ("b", "z"));

    [Fact]
    public void NewUsers_UnknownAndRepeatedItems_AreLeftOutAndCounted()
    {
        var split = PredefinedSplit.NewUsers(Train, null, null, Log(("c", "x"), ("c", "new")),
            Log(("c", "x"), ("c", "z"), ("d", "y")));
        SplitView.Pairs(split.Test.History).ShouldBe([("c", "x")]);
        SplitView.Pairs(split.Test.HeldOut).ShouldBe([("c", "z"), ("d", "y")], ignoreOrder: true);
        split.Test.History.Items.ShouldBeSameAs(Train.Items);
        split.Validation.ShouldBeNull();
        split.Description.ShouldContain("left out: 1 interactions with items that training lacks, 1 held-out interactions that the history has");
    }

    [Fact]
    public void NewUsers_HalfAValidation_Throws() =>
        Should.Throw<ArgumentException>(() => PredefinedSplit.NewUsers(Train, Train, null, Train, Train))
            .Message.ShouldContain("expected both or neither");

    [Fact]
    public void NewUsers_NothingHeldOut_Throws() =>
        Should.Throw<InvalidDataException>(() =>
            PredefinedSplit.NewUsers(Train, null, null, Log(("c", "x")), Log(("c", "x"))))
            .Message.ShouldContain("No test interaction is left");

    [Fact]
    public void KnownUsers_Validation_IsPartOfTheTestHistory()
    {
        var split = PredefinedSplit.KnownUsers(Train, Log(("a", "z"), ("stranger", "x")), Log(("a", "z"), ("b", "x")));
        SplitView.Pairs(split.Validation!.HeldOut).ShouldBe([("a", "z")]);
        SplitView.Pairs(split.Test.History)
            .ShouldBe([("a", "x"), ("a", "y"), ("a", "z"), ("b", "y"), ("b", "z")], ignoreOrder: true);
        SplitView.Pairs(split.Test.HeldOut).ShouldBe([("b", "x")]);
        split.Description.ShouldContain("1 users that training lacks, 1 held-out interactions that the history has");
    }

    private static Interactions Log(params (string User, string Item)[] lines) =>
        Interactions.From(lines.Select(l => new Interaction(l.User, l.Item)), hasRatings: false);
}
