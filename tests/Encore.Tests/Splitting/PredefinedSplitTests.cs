using Encore.Experiments;
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
        split.Description.ShouldContain("left out: 1 interaction with items that training lacks, 1 held-out interaction that the history has");
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
        split.Description.ShouldContain("left out: 1 interaction of 1 user that training lacks, 1 held-out interaction that the history has");
        split.Description.ShouldEndWith("Validation selects epochs; every model learns from the training part alone.");
    }

    [Fact]
    public void KnownUsers_StrangersOfSeveralParts_AreCountedOnce()
    {
        var split = PredefinedSplit.KnownUsers(
            Train, Log(("s1", "x"), ("s1", "y"), ("s2", "x"), ("a", "z")), Log(("s1", "z"), ("s2", "y"), ("s3", "x"), ("b", "x")));
        split.Description.ShouldContain("left out: 6 interactions of 3 users that training lacks.");
    }

    [Fact]
    public void KnownUsers_FitOnBoth_IsTakenAndSaid()
    {
        var split = PredefinedSplit.KnownUsers(Train, Log(("a", "z")), Log(("b", "x")), fitOn: FitOn.TrainAndValidation);
        split.Refit.ShouldBeSameAs(split.TrainAndValidation);
        split.Description.ShouldEndWith("then every model learns from training and validation together.");
        Should.Throw<InvalidDataException>(() => PredefinedSplit.KnownUsers(Train, null, Log(("b", "x")), fitOn: FitOn.TrainAndValidation))
            .Message.ShouldContain("no validation part");
    }

    // As under the protocol: what training lacks is predicted by fallbacks, not dropped.
    [Fact]
    public void KnownUsers_RatingsOfColdUsersAndItems_AreKeptAsUnderTheProtocol()
    {
        var log = Interactions.From(RandomLog.Of(2, users: 40, items: 60, density: 0.06));
        var drawn = Protocols.Create("rating").Split(log, 1);
        var split = PredefinedSplit.KnownUsers(
            Part(drawn.Train), Part(drawn.Validation!.HeldOut), Part(drawn.Test.HeldOut), isRating: true);
        split.FitOn.ShouldBe(FitOn.TrainAndValidation);
        SplitView.Pairs(split.Train).ShouldBe(SplitView.Pairs(drawn.Train), ignoreOrder: true);
        SplitView.Pairs(split.Test.HeldOut).ShouldBe(SplitView.Pairs(drawn.Test.HeldOut), ignoreOrder: true);
        SplitView.Pairs(split.Test.History).ShouldBe(SplitView.Pairs(drawn.Test.History), ignoreOrder: true);
        var byItem = drawn.TrainAndValidation!.Transposed;
        int cold = SplitView.Pairs(drawn.Test.HeldOut).Count(p => byItem.RowLength(Row(drawn.Train.Items, p.Item)) == 0
            || drawn.TrainAndValidation.Csr.RowLength(Row(drawn.Train.Users, p.User)) == 0);
        cold.ShouldBeGreaterThan(0, "the test needs something that training lacks");
        split.Description.ShouldContain($"of the test ratings {cold} ");
        split.Description.ShouldNotContain("left out");
        ExperimentModel[] models = [new("bias", () => new Encore.Models.RatingBias()), new("autorec", () => new Encore.Models.AutoRec(new() { Hidden = [4], Epochs = 3 }))];
        var (own, given) = (new Experiment(log, Protocols.Create("rating", new ProtocolOptions { Repetitions = 1 })) { Models = models }.Run(), new Experiment(split) { Models = models }.Run());
        given.Rows[0].Metrics["rmse"].Mean.ShouldBe(own.Rows[0].Metrics["rmse"].Mean, 1e-12);
        given.Rows[1].Metrics["rmse"].Mean.ShouldBe(own.Rows[1].Metrics["rmse"].Mean, 1e-12);
    }

    private static int Row(IdMap ids, string id) => ids.TryGetIndex(id, out int row) ? row : throw new KeyNotFoundException(id);

    private static Interactions Part(InteractionMatrix matrix) => Interactions.From(
        Enumerable.Range(0, matrix.Users.Count).SelectMany(u => Enumerable.Range(0, matrix.Csr.RowLength(u))
            .Select(k => new Interaction(matrix.Users[u], matrix.Items[matrix.Csr.RowIndices(u)[k]], matrix.Csr.RowValues(u)[k]))));

    private static Interactions Log(params (string User, string Item)[] lines) =>
        Interactions.From(lines.Select(l => new Interaction(l.User, l.Item)), hasRatings: false);
}
