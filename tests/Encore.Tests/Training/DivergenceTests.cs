using Encore.Evaluation;
using Encore.Experiments;
using Encore.Networks;
using Encore.Tests.Models;
using Encore.Training;

namespace Encore.Tests.Training;

/// <summary>A network that goes astray says in which epoch, and what to try, wherever it is noticed.</summary>
public sealed class DivergenceTests
{
    public static TheoryData<string> Networks { get; } = [.. ModelCatalog.BuiltIn.All.Where(m => m.IsIterative).Select(m => m.Name)];

    // Steps of any size: the first weights after one are past all numbers.
    [Theory]
    [MemberData(nameof(Networks))]
    public void Fit_StepsWithoutBounds_SaysWhichEpochAndWhatToTry(string name)
    {
        var entry = ModelCatalog.BuiltIn.Find(name);
        var model = entry.Create(new Dictionary<string, string> { ["optimizer"] = "sgd", ["learning-rate"] = "1e30", ["epochs"] = "4" });
        var ratings = TestMatrix.Random(1, 40, 30, 0.3, valued: entry.NeedsRatings);
        var validation = new EvaluationSet(ratings, TestMatrix.Random(1, 40, 30, 0.3, valued: true));
        var data = new TrainingData(ratings) { Validation = validation, ItemFeatures = TestMatrix.Learn(model, ratings).ItemFeatures };
        var error = Should.Throw<TrainingDivergedException>(() => model.Fit(data, new FitContext()));
        error.Message.ShouldMatch("diverged: in epoch [0-9]+, ");
        error.Message.ShouldContain("Try a smaller learning rate (now ");
    }

    // Finite weights whose predictions are not: validation notices.
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Run_ValidationScoreIsNotFinite_SaysWhichEpoch(float score)
    {
        var set = new EvaluationSet(TestMatrix.Of(2, 3, (_, _) => 0), TestMatrix.Of(2, 3, (_, _) => 1));
        foreach (bool isRating in (bool[])[false, true])
        {
            // A prediction that is infinite is NaN once it has been brought into the range of the ratings.
            string shown = isRating ? "NaN" : score.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var job = new Still { Fingerprint = "", Score = score, IsRating = isRating };
            Should.Throw<TrainingDivergedException>(() =>
                Trainer.Run(job, new TrainingOptions { Epochs = 2 }, new TrainingData(set.History) { Validation = set }, new FitContext(), "Still", CancellationToken.None))
                .Message.ShouldStartWith(isRating
                    ? $"Still diverged: in epoch 1, the prediction for user 1, item 100 is {shown}; all weights are finite. Try a smaller learning rate (now 0.001)"
                    : $"Still diverged: in epoch 1, the score of item 100 for user 1 is {shown}; all weights are finite. Try a smaller learning rate (now 0.001)");
        }
    }

    [Fact]
    public void Evaluate_TrainedNetworkWithoutValidation_NamesItsEpoch()
    {
        var set = new EvaluationSet(TestMatrix.Of(2, 3, (_, _) => 0), TestMatrix.Of(2, 3, (_, _) => 1));
        var model = new Scorer(float.NaN, set.History.Items) { Training = new TrainingReport([], 7, "all epochs") };
        Should.Throw<TrainingDivergedException>(() => Evaluator.Evaluate(model, set))
            .Message.ShouldStartWith("scorer diverged: with the weights of epoch 7, the score of item 100 for user 1 is NaN. Try a smaller learning rate, clip-norm");
        Should.Throw<TrainingDivergedException>(() => Evaluator.EvaluateRatings(model, set))
            .Message.ShouldStartWith("scorer diverged: with the weights of epoch 7, the prediction for user 1, item 100 is NaN. Try");
    }

    [Fact]
    public void Run_WeightsAreNotFiniteAfterTheLastStep_SaysSoWithoutValidation()
    {
        var job = new Still { Fingerprint = "", Gradients = float.NaN };
        Should.Throw<TrainingDivergedException>(() =>
            Trainer.Run(job, new TrainingOptions { Epochs = 1 }, new TrainingData(TestMatrix.Of(2, 3, (_, _) => 1)), new FitContext(), "Still", CancellationToken.None))
            .Message.ShouldStartWith("Still diverged: in epoch 1, the weights after its last step are not finite; the first layer with numbers that are not finite is w.");
    }

    /// <summary>A loss that is always 1.</summary>
    private sealed class Still : TrainingJob
    {
        private readonly Parameter<float> _weight = new("w", 1, 2);

        public float Gradients { get; init; }

        public override IReadOnlyList<Parameter<float>> Parameters => [_weight];

        public override int Rows => 4;

        public float Score { get; init; }

        public bool IsRating { get; init; }

        public override bool PredictsRatings => IsRating;

        public override double Gradient(in Batch batch)
        {
            _weight.Begin();
            _weight.Gradient.AsSpan().Fill(Gradients);
            return batch.Rows.Length;
        }

        public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) => IsRating
            ? validator.Rate((_, _, _, predictions) => predictions.Fill(Score), new RatingRange(float.NegativeInfinity, float.PositiveInfinity), cancellationToken)
            : validator.Rank((_, scores) => scores.Fill(Score), null, cancellationToken);
    }

    private sealed class Scorer(float score, IdMap items) : IRecommender, IRatingPredictor, IIterativeModel
    {
        public TrainingReport? Training { get; init; }

        public string Name => "scorer";

        public IdMap Items => items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
        }

        public void Score(Histories histories, Span<float> scores) => scores.Fill(score);

        public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> asked, Span<float> predictions) => predictions.Fill(score);
    }
}
