using Encore.Evaluation;
using Encore.Metrics;
using Encore.Models;
using Encore.Numerics;
using Encore.Tests.Models;
using Encore.Training;

namespace Encore.Tests.Training;

/// <summary>Validation scores users once, and leaves nothing behind in the model.</summary>
public sealed class ValidatorTests
{
    private const int Users = 30, Items = 20;

    private static readonly EvaluationSet Set = new(
        TestMatrix.Random(2, Users, Items, 0.2), TestMatrix.Of(Users, Items, (u, i) => u % 5 != 0 && (u + i) % 7 == 0 ? 1 + (i % 5) : 0));

    [Fact]
    public void Rank_MetricAndLoss_ScoreEachUserOnce()
    {
        int scored = 0;
        var model = new Table();
        var validator = new Validator(Set, Set.History, MetricCatalog.BuiltIn.Parse(["ndcg@5"], false)[0], "table", rankSeenItems: false, Compute.Default);
        var found = validator.Rank(
            (histories, scores) =>
            {
                scored += histories.Count;
                model.Score(histories, scores);
            },
            (user, scores) =>
            {
                // The scores as they came, seen items among them, and its own to overwrite.
                scores[3].ShouldBe(Table.ScoreOf(user, 3));
                double loss = scores[0] + scores[Items - 1];
                scores.Fill(float.NegativeInfinity);
                return loss;
            },
            CancellationToken.None);
        scored.ShouldBe(Users);
        found.Metric.ShouldBe(Evaluator.Evaluate(model, Set, new EvaluationOptions { Metrics = validator.Metric is { } m ? [m] : [] }).Metrics["ndcg@5"].Mean);
        int[] held = [.. Enumerable.Range(0, Users).Where(u => Set.HeldOut.Csr.RowLength(u) > 0)];
        held.Length.ShouldBe(24);
        found.Loss.ShouldBe(held.Average(u => (double)(Table.ScoreOf(u, 0) + Table.ScoreOf(u, Items - 1))), 1e-12);
    }

    [Fact]
    public void Rank_WithoutLoss_IsNoNumber() =>
        new Validator(Set, Set.History, MetricCatalog.BuiltIn.Parse(["recall@5"], false)[0], "table", rankSeenItems: false, Compute.Default)
            .Rank(new Table().Score, null, CancellationToken.None).Loss.ShouldBe(double.NaN);

    [Fact]
    public void Rate_MetricWithinTheRange_LossAsPredicted()
    {
        int predicted = 0;
        var validator = new Validator(Set, Set.History, MetricCatalog.BuiltIn.Parse(["rmse"], true)[0], "nine", rankSeenItems: false, Compute.Default);
        var found = validator.Rate(
            (_, _, _, predictions) =>
            {
                predicted += predictions.Length;
                predictions.Fill(9);
            },
            new RatingRange(1, 5), CancellationToken.None);
        float[] ratings = [.. Set.HeldOut.Csr.Values];
        predicted.ShouldBe(ratings.Length);
        found.Loss.ShouldBe(ratings.Average(r => (9.0 - r) * (9 - r)), 1e-12);
        found.Metric.ShouldBe(Math.Sqrt(ratings.Average(r => (5.0 - r) * (5 - r))), 1e-6);
    }

    [Theory]
    [InlineData(RatingRowKind.Item)]
    [InlineData(RatingRowKind.User)]
    public void Predict_WhileTheModelIsTrained_ChangesNothingOfTheTraining(RatingRowKind by)
    {
        var train = TestMatrix.Random(1, 60, 40, 0.4, valued: true);
        var data = new TrainingData(train) { Validation = new EvaluationSet(train, TestMatrix.Random(3, 60, 40, 0.3, valued: true)) };
        var options = new AutoRecOptions { By = by, Hidden = [8], Epochs = 40, BatchSize = 16, L2 = 1, Refit = false };
        var alone = new AutoRec(options);
        alone.Fit(data, new FitContext());

        var model = new AutoRec(options);
        using var started = new ManualResetEventSlim();
        using var ended = new CancellationTokenSource();
        var other = new Thread(() =>
        {
            started.Wait();
            var predictions = new float[40];
            while (!ended.IsCancellationRequested)
            {
                model.Predict(new Histories(train, 0, 1), [0, 40], [.. Enumerable.Range(0, 40)], predictions);
            }
        });
        other.Start();
        try
        {
            model.Fit(data, new FitContext { Callback = new Starts(started) });
        }
        finally
        {
            ended.Cancel();
            other.Join();
        }

        model.Training!.Epochs.Select(e => (e.Loss, e.ValidationLoss, e.MetricValue))
            .ShouldBe(alone.Training!.Epochs.Select(e => (e.Loss, e.ValidationLoss, e.MetricValue)));
    }

    private sealed class Starts(ManualResetEventSlim started) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report) => started.Set();
    }

    private sealed class Table : IRecommender
    {
        public string Name => "table";

        public IdMap Items => Set.History.Items;

        public static float ScoreOf(int user, int item) => (user * 7 + (item * 13)) % 29;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
        }

        public void Score(Histories histories, Span<float> scores)
        {
            for (int r = 0; r < histories.Count; r++)
            {
                for (int i = 0; i < ValidatorTests.Items; i++)
                {
                    scores[(r * ValidatorTests.Items) + i] = ScoreOf(histories.Start + r, i);
                }
            }
        }
    }
}
