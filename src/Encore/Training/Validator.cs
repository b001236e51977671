using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Encore.Evaluation;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>What was measured on the validation users.</summary>
/// <param name="Metric">The metric that selects the epoch.</param>
/// <param name="Loss">The loss without noise and penalties, a mean; NaN where it is not defined.</param>
[Experimental(Preview.Networks)]
public readonly record struct ValidationResult(double Metric, double Loss = double.NaN);

/// <summary>Scores every item for some users, [users, items].</summary>
[Experimental(Preview.Networks)]
public delegate void ScoreUsers(Histories histories, Span<float> scores);

/// <summary>Predicts ratings, not clamped: those of user r are at <c>items[offsets[r]..offsets[r + 1]]</c>.</summary>
[Experimental(Preview.Networks)]
public delegate void PredictUsers(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions);

/// <summary>The loss of a validation user given the scores of all items, which it may overwrite. Called on any
/// thread.</summary>
/// <param name="user">The row of the user in <see cref="Validator.Users"/>; something is held out of theirs.</param>
/// <param name="scores">The scores, [items].</param>
[Experimental(Preview.Networks)]
public delegate double UserLoss(int user, Span<float> scores);

/// <summary>Measures a network on the validation users while it is trained.</summary>
[Experimental(Preview.Networks)]
public sealed class Validator
{
    private readonly string _model;
    private readonly EvaluationOptions _options;

    internal Validator(EvaluationSet users, InteractionMatrix train, Metric metric, string model, bool rankSeenItems, Compute compute)
    {
        (Users, Metric, _model) = (users, metric, model);
        _options = new EvaluationOptions { Metrics = [metric], Train = train, ExcludeSeen = !rankSeenItems, Compute = compute };
    }

    /// <summary>The users.</summary>
    public EvaluationSet Users { get; }

    /// <summary>The metric that selects the epoch.</summary>
    public Metric Metric { get; }

    /// <summary>Scores each user once: the metric of the ranking, and the mean loss of the users of whom something is held
    /// out.</summary>
    /// <param name="score">Scores users.</param>
    /// <param name="loss">The loss of a user; null: none.</param>
    /// <param name="cancellationToken">Stops between blocks of users.</param>
    /// <exception cref="TrainingDivergedException">A score is not finite.</exception>
    public ValidationResult Rank(ScoreUsers score, UserLoss? loss, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(score);
        var (items, held) = (Users.History.Items.Count, Users.HeldOut.Csr);
        double sum = 0;
        int users = 0;
        var report = Evaluator.Evaluate(new Ranker(_model, Users.History.Items, score), Users, _options, loss is null ? null : (start, count, scores) =>
        {
            sum += Losses.Sum(_options.Compute, count, r =>
            {
                if (held.RowLength(start + r) == 0)
                {
                    return 0;
                }

                // Of its own: the ranking comes after it.
                float[] own = ArrayPool<float>.Shared.Rent(items);
                scores.AsSpan(r * items, items).CopyTo(own);
                double of = loss(start + r, own.AsSpan(0, items));
                ArrayPool<float>.Shared.Return(own);
                return of;
            });
            for (int r = start; r < start + count; r++)
            {
                users += held.RowLength(r) > 0 ? 1 : 0;
            }
        }, cancellationToken);
        return new ValidationResult(report.Metrics[Metric.Name].Mean, users == 0 ? double.NaN : sum / users);
    }

    /// <summary>Predicts each held-out rating once: the metric of the predictions within the range of the ratings, and the
    /// mean squared error of the predictions as they are.</summary>
    /// <param name="predict">Predicts ratings.</param>
    /// <param name="range">The range of the training ratings.</param>
    /// <param name="cancellationToken">Stops between blocks of users.</param>
    /// <exception cref="TrainingDivergedException">A prediction is not finite.</exception>
    public ValidationResult Rate(PredictUsers predict, RatingRange range, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(predict);
        var rater = new Rater(_model, Users, predict, range);
        var report = Evaluator.EvaluateRatings(rater, Users, _options, cancellationToken);
        return new ValidationResult(report.Metrics[Metric.Name].Mean, rater.MeanSquare);
    }

    // What the evaluator takes for a model: a network in training has no model that could be asked.
    private sealed class Ranker(string name, IdMap items, ScoreUsers score) : IRecommender, IIterativeModel
    {
        public string Name => name;

        public IdMap Items => items;

        public TrainingReport? Training => null;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException($"{name} is in training.");

        public void Score(Histories histories, Span<float> scores) => score(histories, scores);
    }

    private sealed class Rater(string name, EvaluationSet users, PredictUsers predict, RatingRange range) : IRatingPredictor, IIterativeModel
    {
        private double _squares;
        private long _count;

        public string Name => name;

        public IdMap Items => users.History.Items;

        public TrainingReport? Training => null;

        public double MeanSquare => _count == 0 ? double.NaN : _squares / _count;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException($"{name} is in training.");

        public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
        {
            predict(histories, offsets, items, predictions);
            for (int r = 0; r < histories.Count; r++)
            {
                var held = users.HeldOut.Csr.RowValues(histories.Start + r);
                for (int k = 0; k < held.Length; k++)
                {
                    double error = (double)predictions[offsets[r] + k] - held[k];
                    _squares += error * error;
                }

                _count += held.Length;
            }

            range.Clamp(predictions);
        }
    }
}
