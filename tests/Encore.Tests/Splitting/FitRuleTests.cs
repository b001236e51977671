using Encore.Experiments;
using Encore.Models;
using Encore.Splitting;

namespace Encore.Tests.Splitting;

/// <summary>One rule says what every model learns from, closed form or network, and the description says the rule.</summary>
public sealed class FitRuleTests
{
    private static readonly Interactions Log = Interactions.From(RandomLog.Of(1));

    [Theory]
    [InlineData("strong", FitOn.Train)]
    [InlineData("weak", FitOn.Train)]
    [InlineData("temporal", FitOn.Train)]
    [InlineData("leave-last-out", FitOn.Train)]
    [InlineData("rating", FitOn.TrainAndValidation)]
    [InlineData("cold-items", FitOn.Train)]
    [InlineData("cold-users", FitOn.Train)]
    [InlineData("global-time", FitOn.Train)]
    public void Split_Protocol_HasItsRuleAndSaysIt(string name, FitOn rule)
    {
        var split = Protocols.Create(name).Split(Log, 1);
        split.FitOn.ShouldBe(rule);
        split.Refit.ShouldBeSameAs(rule == FitOn.Train ? null : split.TrainAndValidation);
        split.Description.ShouldEndWith(rule == FitOn.Train
            ? "Validation selects epochs; every model learns from the training part alone."
            : "Validation selects epochs; then every model learns from training and validation together.");
    }

    [Theory]
    [InlineData("weak", FitOn.TrainAndValidation)]
    [InlineData("leave-last-out", FitOn.TrainAndValidation)]
    [InlineData("rating", FitOn.Train)]
    public void Split_OtherRuleAsked_TakesIt(string name, FitOn rule)
    {
        var split = Protocols.Create(name, new ProtocolOptions { FitOn = rule }).Split(Log, 1);
        split.FitOn.ShouldBe(rule);
        split.Description.ShouldContain(rule == FitOn.Train ? "from the training part alone" : "from training and validation together");
    }

    [Theory]
    [InlineData("strong", "no training users")]
    [InlineData("temporal", "no training users")]
    [InlineData("cold-users", "no training users")]
    [InlineData("cold-items", "no model may know")]
    [InlineData("global-time", "users of its own")]
    public void Split_ValidationApart_IsNotLearnedFrom(string name, string reason) =>
        Should.Throw<ArgumentException>(() => Protocols.Create(name, new ProtocolOptions { FitOn = FitOn.TrainAndValidation }).Split(Log, 1))
            .Message.ShouldContain(reason);

    // A network gets the training part and the rest beside it, a closed form all at once.
    [Theory]
    [InlineData("rating", true)]
    [InlineData("weak", false)]
    public void Run_ClosedFormAndNetwork_LearnFromTheSame(string name, bool both)
    {
        var (closed, network) = (new Seen(), new SeenNetwork());
        var report = new Experiment(Log, Protocols.Create(name, new ProtocolOptions { Repetitions = 1 }))
        {
            Models = [new("closed", () => closed), new("network", () => network)],
        }.Run();
        var split = report.Split;
        closed.Train!.Count.ShouldBe(both ? split.TrainAndValidation!.Count : split.Train.Count);
        (network.Data!.WithValidation ?? network.Train!).Count.ShouldBe(closed.Train.Count);
        network.Train!.Count.ShouldBe(split.Train.Count, "its epoch is selected on what it has not seen");
    }

    [Fact]
    public void Fit_RankingNetworkWithBoth_LearnsAnewForTheSelectedEpochs()
    {
        var split = Protocols.Create("weak", new ProtocolOptions { FitOn = FitOn.TrainAndValidation }).Split(Log, 1);
        var options = new MultDaeOptions { Layers = [8], Epochs = 12, BatchSize = 20, LearningRate = 0.05 };
        var model = new MultDae(options);
        model.Fit(new TrainingData(split.Train) { Validation = split.Validation, WithValidation = split.Refit }, new FitContext());
        int best = model.Training!.BestEpoch;
        best.ShouldBeInRange(1, 12);
        var again = new MultDae(options with { Epochs = best });
        again.Fit(split.TrainAndValidation!, new FitContext());
        Tests.Models.TestMatrix.Scores(model, split.Test.History).ShouldBe(Tests.Models.TestMatrix.Scores(again, split.Test.History));
    }

    [Fact]
    public void Fit_TunedBetaWithBoth_KeepsTheBetaOfTheSearch()
    {
        var split = Protocols.Create("weak", new ProtocolOptions { FitOn = FitOn.TrainAndValidation }).Split(Log, 1);
        var model = new MultVae(new MultVaeOptions { Layers = [8, 4], Epochs = 4, BatchSize = 20, TuneBeta = true });
        model.Fit(new TrainingData(split.Train) { Validation = split.Validation, WithValidation = split.Refit }, new FitContext());
        model.Training!.Epochs.Count.ShouldBeGreaterThan(4, "those of the refit follow those of the search");
    }

    [Fact]
    public void Fit_NothingHeldOutOfValidation_RunsAllEpochs()
    {
        // Users with fewer than five interactions have nothing held out.
        var log = Interactions.From(Enumerable.Range(0, 60).SelectMany(u => Enumerable.Range(0, 3).Select(k => new Interaction($"u{u}", $"i{(u + k) % 7}"))), hasRatings: false);
        var split = Protocols.Create("strong", new ProtocolOptions { MinimumPerUser = 1 }).Split(log, 1);
        split.Description.ShouldContain("None of the 6 validation users has anything held out, so networks run all their epochs");
        var model = new MultDae(new MultDaeOptions { Layers = [4], Epochs = 3, Patience = 1 });
        model.Fit(new TrainingData(split.Train) { Validation = split.Validation }, new FitContext());
        (model.Training!.Epochs.Count, model.Training.BestEpoch, model.Training.Stopped).ShouldBe((3, 3, "all epochs"));
    }

    [Fact]
    public void Rating_Filters_AreInTheDescription()
    {
        var options = new ProtocolOptions { MinimumRating = 2, MinimumPerUser = 3, MaximumPerUser = 500, MinimumPerItem = 2 };
        Protocols.Create("rating", options).Split(Log, 1).Description.ShouldContain(" items (ratings ≥ 2, users with ≥ 3, users with ≤ 500, items with ≥ 2); ");
        Protocols.Create("rating").Split(Log, 1).Description.ShouldNotContain("(ratings");
    }

    private class Seen : IRatingPredictor, IRecommender
    {
        public TrainingData? Data { get; private set; }

        public InteractionMatrix? Train => Data?.Interactions;

        public string Name => "seen";

        public IdMap Items => Train!.Items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) => Data = data;

        public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions) => predictions.Fill(3);

        public void Score(Histories histories, Span<float> scores) => scores.Fill(1);
    }

    private sealed class SeenNetwork : Seen, IIterativeModel
    {
        public TrainingReport? Training => null;
    }
}
