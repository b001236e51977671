using System.Diagnostics;
using Encore.Evaluation;
using Encore.Models;
using Encore.Numerics;

namespace Encore.Article;

/// <summary>SVAE, watched as the article's code watched it: after each epoch its figures on some training users, of which
/// the article prints the best. It trains once; the honest protocol then measures the same model on the test users.</summary>
internal sealed class TemporalRun(Svae model, EvaluationSet trainingUsers) : IRecommender, IIterativeModel, ITrainingCallback
{
    private ITrainingCallback? _next;
    private Compute _compute = Compute.Default;

    public string Name => model.Name;

    public IdMap Items => model.Items;

    public TrainingReport? Training => model.Training;

    /// <summary>The figures of the training users at the epoch that was best for them, by ndcg@100.</summary>
    public ArticleFigures OfTrainingUsers { get; private set; } = new() { Ndcg = double.NegativeInfinity };

    /// <summary>Number of the training users who are watched.</summary>
    public int TrainingUsers => trainingUsers.Users;

    /// <summary>Seconds of the one training.</summary>
    public double FitSeconds { get; private set; }

    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        if (FitSeconds == 0)
        {
            long start = Stopwatch.GetTimestamp();
            (_next, _compute) = (context.Callback, context.Compute);

            // No checkpoint: it would not know the best figures of the training users so far.
            model.Fit(data, context with { Callback = this, Checkpoint = null }, cancellationToken);
            FitSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    public void Score(Histories histories, Span<float> scores) => model.Score(histories, scores);

    public void EpochEnded(EpochReport report)
    {
        var measured = Evaluator.Evaluate(model, trainingUsers, ArticleComparison.Rank("training users", trainingUsers, excludeSeen: true).Options with { Compute = _compute });
        var figures = ArticleComparison.Figures(measured, null, capped: false) with { BestEpoch = report.Epoch };
        if (figures.Ndcg > OfTrainingUsers.Ndcg)
        {
            OfTrainingUsers = figures;
        }

        _next?.EpochEnded(report);
    }

    public void StepEnded(in StepReport report) => _next?.StepEnded(report);

    public bool ShouldContinue(EpochReport report) => _next?.ShouldContinue(report) ?? true;
}
