using Encore.Evaluation;
using Encore.Models;
using Encore.Networks;
using Encore.Training;

namespace Encore.Tests.Models;

public sealed class AutoRecTests : RatingContractTests<AutoRec>
{
    protected override AutoRec Create() => AutoRecCases.Small(RatingRowKind.Item);

    [Theory]
    [InlineData(RatingRowKind.Item)]
    [InlineData(RatingRowKind.User)]
    public void Predict_TwoTastes_FindsThem(RatingRowKind by) => AutoRecCases.FindsTwoTastes(AutoRecCases.Small(by, 150));

    [Theory]
    [InlineData(RatingRowKind.Item, Activation.Sigmoid, Activation.Sigmoid)]
    [InlineData(RatingRowKind.User, Activation.Identity, Activation.Tanh)]
    [InlineData(RatingRowKind.User, Activation.Selu, Activation.Relu)]
    public void Predict_BoundedOutput_CoversTheScale(RatingRowKind by, Activation encoder, Activation output) =>
        AutoRecCases.FindsTwoTastes(new AutoRec(new AutoRecOptions
        {
            By = by,
            Encoder = encoder,
            Output = output,
            Hidden = [8],
            Epochs = 200,
            BatchSize = 8,
            LearningRate = 0.01,
            L2 = 0.01,
            Schedule = LearningRateSchedule.Constant,
        }));

    [Fact]
    public void Predict_ByItemsForAStranger_IsTheItemsDampedMean()
    {
        var train = TestMatrix.Random(1, 20, 10, valued: true);
        var model = Fitted(train);
        var one = TestMatrix.Of(1, 10, (_, i) => i == 5 ? 4 : 0);
        var stranger = new InteractionMatrix(TestMatrix.Ids(1000, 1), train.Items, one.Csr);
        var predictions = new float[2];
        model.Predict(new Histories(stranger, 0, 1), [0, 2], [0, 3], predictions);
        double mean = train.Csr.Values.Average(r => (double)r);
        var ratings = train.Transposed.RowValues(0).ToArray();
        predictions[0].ShouldBe((float)(((3 * mean) + ratings.Sum()) / (3 + ratings.Length)), 1e-5);
        predictions[1].ShouldBe((float)mean, 1e-6);
        TestMatrix.Scores(model, stranger)[0].ShouldBe(predictions[0]);
    }

    [Fact]
    public void Predict_ByItems_DependsOnTheUserNotOnTheRequest()
    {
        var train = TestMatrix.Of(20, 10, (u, i) => (u + i) % 3 == 0 ? 0 : 1 + ((u * i) % 5));
        var model = Fitted(train);
        var others = new InteractionMatrix(train.Users, train.Items, TestMatrix.Random(2, 20, 10, valued: true).Csr);
        PredictAll(model, others).ShouldBe(PredictAll(model, train));

        // The same users in other rows are found by their ids.
        var some = new InteractionMatrix(TestMatrix.Ids(5, 6), train.Items, TestMatrix.Random(3, 6, 10, valued: true).Csr);
        PredictAll(model, some).ShouldBe(PredictAll(model, train).AsSpan(4 * 10, 60).ToArray());
    }

    [Fact]
    public void Predict_ByUsers_FoldsNewUsersIn()
    {
        var train = TestMatrix.Random(1, 20, 10, valued: true);
        var model = AutoRecCases.Small(RatingRowKind.User);
        model.Fit(train, new FitContext());
        var renamed = new InteractionMatrix(TestMatrix.Ids(1000, 20), train.Items, train.Csr);
        PredictAll(model, renamed).ShouldBe(PredictAll(model, train));
    }

    [Fact]
    public void Predict_WithoutAnyRating_IsTheMean()
    {
        var train = TestMatrix.Random(1, 20, 10, valued: true);
        var nothing = new InteractionMatrix(TestMatrix.Ids(1000, 1), train.Items, TestMatrix.Of(1, 10, (_, _) => 0).Csr);
        foreach (var by in Enum.GetValues<RatingRowKind>())
        {
            var model = AutoRecCases.Small(by);
            model.Fit(train, new FitContext());
            PredictAll(model, nothing).ShouldAllBe(r => Math.Abs(r - train.Csr.Values.Average()) < 1e-5);
        }
    }

    [Theory]
    [InlineData(RatingRowKind.Item)]
    [InlineData(RatingRowKind.User)]
    public void Fit_Refit_LearnsFromBothForTheSelectedEpochs(RatingRowKind by)
    {
        var both = TestMatrix.Random(1, 30, 20, valued: true);
        var (train, held) = AutoRecCases.Cut(both);
        var data = new TrainingData(train) { Validation = new EvaluationSet(train, held), WithValidation = both };
        var model = AutoRecCases.Small(by);
        model.Fit(data, new FitContext());
        int best = model.Training!.BestEpoch;
        model.Training.Epochs.Count.ShouldBe(12 + best);

        // The same as training on both from the start.
        var plain = AutoRecCases.Small(by, best);
        plain.Fit(both, new FitContext());
        PredictAll(model, both).ShouldBe(PredictAll(plain, both));
    }

    [Fact]
    public void Fit_WithoutRefit_KeepsTheBestEpoch()
    {
        var both = TestMatrix.Random(1, 30, 20, valued: true);
        var (train, held) = AutoRecCases.Cut(both);
        var set = new EvaluationSet(train, held);
        var model = AutoRecCases.Small(RatingRowKind.Item, refit: false);
        model.Fit(new TrainingData(train) { Validation = set, WithValidation = both }, new FitContext());
        var training = model.Training!;
        training.Epochs.Count.ShouldBe(12);
        training.Epochs[training.BestEpoch - 1].MetricValue.ShouldBe(training.Epochs.Min(e => e.MetricValue));
        Evaluator.EvaluateRatings(model, set).Metrics["rmse"].Mean.ShouldBe(training.Epochs[training.BestEpoch - 1].MetricValue);
        training.Epochs.ShouldAllBe(e => double.IsFinite(e.ValidationLoss) && e.ValidationLoss >= (e.MetricValue * e.MetricValue) - 1e-6);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(13)]
    public void Fit_StoppedWhileItSelectsOrRefits_GoesOnToTheSameBits(int stopAfter)
    {
        var both = TestMatrix.Of(30, 20, (u, i) => u % 2 == i % 2 ? 5 : 1);
        var (train, held) = AutoRecCases.Cut(both);
        var data = new TrainingData(train) { Validation = new EvaluationSet(train, held), WithValidation = both };
        var whole = Create();
        whole.Fit(data, new FitContext());

        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var checkpoint = new CheckpointOptions { Path = Path.Combine(folder.FullName, "c") };
            using var source = new CancellationTokenSource();
            int epochs = 0;
            var stopped = new FitContext
            {
                Checkpoint = checkpoint,
                Callback = new Watcher(() =>
                {
                    if (++epochs == stopAfter)
                    {
                        source.Cancel();
                    }
                }),
            };
            Should.Throw<OperationCanceledException>(() => Create().Fit(data, stopped, source.Token));
            var resumed = Create();
            resumed.Fit(data, new FitContext { Checkpoint = checkpoint with { Resume = true } });
            PredictAll(resumed, both).ShouldBe(PredictAll(whole, both));
            resumed.Training!.Epochs.Count.ShouldBe(whole.Training!.Epochs.Count);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Fit_Loss_IsTheMeanErrorAndThePenaltyOfTheWholeData()
    {
        // No step worth the name: the reported loss is that of the first weights.
        var train = TestMatrix.Random(1, 20, 10, valued: true);
        double Loss(double l2)
        {
            var model = new AutoRec(new AutoRecOptions { Hidden = [8], Epochs = 1, BatchSize = 100, LearningRate = 1e-12, L2 = l2 });
            model.Fit(train, new FitContext());
            return model.Training!.Epochs[0].Loss;
        }

        (Loss(20) - Loss(0)).ShouldBe(2 * (Loss(10) - Loss(0)), 1e-9);
        (Loss(10) - Loss(0)).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Fit_EqualRatings_LearnsNothing()
    {
        var model = Fitted(TestMatrix.Random(1, 20, 10));
        model.Training!.Epochs.ShouldBeEmpty();
        model.Training.Stopped.ShouldBe("equal ratings");
    }

    [Fact]
    public void Create_NoHiddenLayer_Throws() =>
        Should.Throw<ArgumentException>(() => new AutoRec(new AutoRecOptions { Hidden = [] })).Message.ShouldStartWith("AutoRecOptions.Hidden: found ");
}

internal sealed class Watcher(Action epochEnded) : ITrainingCallback
{
    public void EpochEnded(EpochReport report) => epochEnded();
}

public sealed class AutoRecByUserTests : RatingContractTests<AutoRec>
{
    protected override AutoRec Create() => AutoRecCases.Small(RatingRowKind.User);
}

public sealed class AutoRecRankingTests : ModelContractTests<AutoRec>
{
    protected override AutoRec Create() => AutoRecCases.Small(RatingRowKind.Item);

    // All values of the board are equal: nothing to learn, and the lowest unseen item wins.
    protected override int CheckerboardAnswer(int user) => user == 0 || user % 2 == 1 ? 0 : 1;

    [Fact]
    public void Score_Ratings_IsThePredictionBeforeClamping()
    {
        var train = TestMatrix.Random(1, 20, 10, valued: true);
        foreach (var by in Enum.GetValues<RatingRowKind>())
        {
            var model = AutoRecCases.Small(by, 100);
            model.Fit(train, new FitContext());
            AutoRecCases.ScoresShouldMatchPredictions(model, model, train);
        }
    }
}

public sealed class AutoRecUserRankingTests : ModelContractTests<AutoRec>
{
    protected override AutoRec Create() => AutoRecCases.Small(RatingRowKind.User);

    protected override int CheckerboardAnswer(int user) => user == 0 || user % 2 == 1 ? 0 : 1;
}

internal static class AutoRecCases
{
    public static AutoRec Small(RatingRowKind by, int epochs = 12, bool refit = true) => new(new AutoRecOptions
    {
        By = by,
        Hidden = [8],
        Epochs = epochs,
        BatchSize = 8,
        LearningRate = 0.01,
        L2 = 0.1,
        Refit = refit,
        Schedule = LearningRateSchedule.Constant,
    });

    /// <summary>Users of one parity give items of theirs 5 and the others 1; every fifth place is held out.</summary>
    public static void FindsTwoTastes(IRatingPredictor model)
    {
        float Rating(int u, int i) => u % 2 == i % 2 ? 5 : 1;
        var train = TestMatrix.Of(30, 20, (u, i) => (u + (3 * i)) % 5 == 0 ? 0 : Rating(u, i));
        model.Fit(train, new FitContext());
        for (int u = 0; u < 30; u++)
        {
            int[] asked = [.. Enumerable.Range(0, 20).Where(i => (u + (3 * i)) % 5 == 0)];
            var predictions = new float[asked.Length];
            model.Predict(new Histories(train, u, 1), [0, asked.Length], asked, predictions);
            for (int k = 0; k < asked.Length; k++)
            {
                predictions[k].ShouldBe(Rating(u, asked[k]), 0.8, $"user {u}, item {asked[k]}");
            }
        }
    }

    /// <summary>A tenth of the ratings held out.</summary>
    public static (InteractionMatrix Train, InteractionMatrix Held) Cut(InteractionMatrix both)
    {
        var dense = TestMatrix.Dense(both);
        bool Out(int u, int i) => ((7 * u) + i) % 10 == 0;
        int users = both.Users.Count, items = both.Items.Count;
        return (TestMatrix.Of(users, items, (u, i) => Out(u, i) ? 0 : (float)dense[u, i]),
            TestMatrix.Of(users, items, (u, i) => Out(u, i) ? (float)dense[u, i] : 0));
    }

    public static void ScoresShouldMatchPredictions(IRatingPredictor model, IRecommender ranker, InteractionMatrix train)
    {
        int n = train.Items.Count;
        var scores = TestMatrix.Scores(ranker, train);
        var predictions = new float[n];
        for (int u = 0; u < train.Users.Count; u++)
        {
            if (train.Csr.RowLength(u) > 0)
            {
                model.Predict(new Histories(train, u, 1), [0, n], [.. Enumerable.Range(0, n)], predictions);
                for (int i = 0; i < n; i++)
                {
                    predictions[i].ShouldBe(Math.Clamp(scores[(u * n) + i], 1, 5), 1e-4, $"user {u}, item {i}");
                }
            }
        }
    }
}
