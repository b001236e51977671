
namespace Encore.Tests;

public sealed class InteractionsTests
{
    private static readonly Interaction[] Log =
    [
        new("b", "x", 3, 20), new("a", "y", 5, 10), new("b", "y", 4, 10), new("b", "x", 2, 5), new("a", "x", 1, 10),
    ];

    [Fact]
    public void From_TimesAndDuplicates_OrdersByTimeAndKeepsTheLast()
    {
        var log = Interactions.From(Log);
        (log.RowsRead, log.Duplicates, log.Count).ShouldBe((5, 1, 4));
        log.UserItems(0).ToArray().ShouldBe([1, 0]); // equal times keep the order of the log
        log.UserItems(1).ToArray().ShouldBe([1, 0]);
        log.UserValues(1).ToArray().ShouldBe([4, 3]);
        log.Times.ToArray().ShouldBe([10, 10, 10, 20]);
    }

    [Theory]
    [InlineData(DuplicatePolicy.KeepLast, 3)]
    [InlineData(DuplicatePolicy.Sum, 5)]
    [InlineData(DuplicatePolicy.Max, 3)]
    public void From_Duplicates_FollowThePolicy(DuplicatePolicy policy, float expected) =>
        Interactions.From(Log, policy).UserValues(1)[1].ShouldBe(expected);

    [Fact]
    public void From_DuplicatesAsErrors_NamesUserAndItem() =>
        Should.Throw<InvalidDataException>(() => Interactions.From(Log, DuplicatePolicy.Error))
            .Message.ShouldContain("User b has item x more than once");

    [Fact]
    public void From_NotANumber_NamesRowUserAndItem() =>
        Should.Throw<InvalidDataException>(() => Interactions.From([new("u", "i", float.NaN)]))
            .Message.ShouldContain("Row 1 (user u, item i): found value NaN");

    [Fact]
    public void From_SomeTimesMissing_Throws() =>
        Should.Throw<InvalidDataException>(() => Interactions.From([new("u", "i", 1, 5), new("u", "j", 1)]))
            .Message.ShouldContain("Interaction 2 (user u, item j) has no time");

    [Fact]
    public void Filter_NothingAsked_KeepsEverything() =>
        Interactions.From(Log).Filter(new InteractionFilter()).Count.ShouldBe(4);

    [Fact]
    public void Filter_Core_IteratesUntilBothMinimaHold()
    {
        // Dropping z (one user) leaves c with one item; dropping c leaves every user and item with two.
        var log = Interactions.From(
        [
            new("a", "x"), new("a", "y"), new("b", "x"), new("b", "y"), new("c", "y"), new("c", "z"),
        ]);
        var core = log.Filter(new InteractionFilter { MinimumPerUser = 2, MinimumPerItem = 2 });
        (core.Users.Count, core.Items.Count, core.Count).ShouldBe((2, 2, 4));
        core.Users[1].ShouldBe("b");
    }

    [Fact]
    public void Filter_MinimumRatingAndMaximumPerUser_DropBeforeTheCore()
    {
        var log = Interactions.From(Log).Filter(new InteractionFilter { MinimumRating = 3, Binarize = true });
        (log.Users.Count, log.Items.Count, log.Count).ShouldBe((2, 2, 3));
        log.Values.ToArray().ShouldBe([1, 1, 1]);
        log.HasRatings.ShouldBeFalse();
        Interactions.From(Log).Filter(new InteractionFilter { MaximumPerUser = 1 }).Count.ShouldBe(0);
    }

    [Fact]
    public void ToMatrix_Rows_AreSortedAndRememberTheirSequence()
    {
        var matrix = Interactions.From(Log).ToMatrix();
        matrix.Csr.RowIndices(0).ToArray().ShouldBe([0, 1]);
        matrix.Csr.RowValues(0).ToArray().ShouldBe([1, 5]);
        matrix.Sequence(0).ToArray().ShouldBe([1, 0]);
        matrix.Transposed.RowIndices(0).ToArray().ShouldBe([0, 1]);
    }
}
