using System.Diagnostics;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Models;
using Encore.Numerics;
using Encore.Runs;
using Encore.Splitting;

namespace Encore.Article;

/// <summary>
/// The article's comparison of autoencoders on MovieLens 1M, twice: row by row as its public code measured, leaks
/// included, each beside the same trained model without them; and the same models under the honest protocols.
/// </summary>
public sealed class ArticleComparison
{
    private static readonly RankingMetric[] Ranking =
    [
        new PrecisionMetric(100), new CappedRecallMetric(100), new RecallMetric(100), new NdcgMetric(100),
    ];

    private readonly Interactions _log;
    private TemporalRun? _svae;

    /// <summary>A comparison on a log with ratings and times.</summary>
    /// <exception cref="InvalidDataException">The log has no ratings.</exception>
    public ArticleComparison(Interactions log)
    {
        ArgumentNullException.ThrowIfNull(log);
        _log = log.HasRatings ? log : throw new InvalidDataException(
            "The article's comparison predicts ratings too, and the data has no rating column.");
    }

    /// <summary>The rows that there are, in the article's order.</summary>
    public static IReadOnlyList<string> RowNames => ArticleTable.Names;

    /// <summary>The rows to run, in any case. Default: all.</summary>
    public IReadOnlyList<string> Rows { get; init; } = ArticleTable.Names;

    /// <summary>Whether the honest protocols are run too. Default true.</summary>
    public bool Honest { get; init; } = true;

    /// <summary>Whether far fewer epochs are run than the article's. Default false.</summary>
    public bool Quick { get; init; }

    /// <summary>The seed of splits and training. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What it runs on. Default <see cref="Compute.Default"/>.</summary>
    public Compute Compute { get; init; } = Compute.Default;

    /// <summary>Metrics of the honest protocols beside their own, such as those that a report draws.</summary>
    public IReadOnlyList<string> MoreRankingMetrics { get; init; } = [];

    /// <summary>Length of the lists in which the honest protocols count items; 0: none are. Default 0.</summary>
    public int CountItemsAt { get; init; }

    /// <summary>Told how far it is.</summary>
    public IProgress<ExperimentProgress>? Progress { get; init; }

    /// <summary>Told each of the article's rows once it is done.</summary>
    public IProgress<ArticleRow>? Finished { get; init; }

    /// <summary>Keeps what each row and each model found, and knows what a comparison that was cut off had found before;
    /// null: nothing is kept.</summary>
    public ArticleJournal? Journal { get; init; }

    /// <summary>Runs it.</summary>
    /// <exception cref="ArgumentException">A row does not exist.</exception>
    /// <exception cref="InvalidDataException">The data is too small for a protocol.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ArticleReport Run(CancellationToken cancellationToken = default)
    {
        string[] rows = [.. Rows.Select(Find).Distinct()];
        long start = Stopwatch.GetTimestamp();
        var found = new List<ArticleRow>();
        foreach (string row in ArticleTable.Names.Intersect(rows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            found.Add(Journal?.Find(row) ?? Row(row, cancellationToken));
            Finished?.Report(found[^1]);
        }

        ExperimentReport[] honest = Honest ? [.. ArticleProtocols.Of(rows, Quick).Select(block => RunHonest(block, cancellationToken))] : [];
        return new ArticleReport(found, honest, Quick, Seed, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static string Find(string name) => ArticleTable.Names.FirstOrDefault(r => r.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"The article has no row {name}.{Suggestion.DidYouMean(name, ArticleTable.Names)} Its rows: {string.Join(", ", ArticleTable.Names)}.");

    private ArticleRow Row(string row, CancellationToken cancellationToken) => row switch
    {
        "AutoRec" => AutoRec(row, cancellationToken),
        "DeepRec" => DeepRec(row, cancellationToken),
        "CDAE" => TopN(row, new ArticleCdae(ArticleSettings.Cdae(Quick)), ArticleLeaks.SelectEpochOnTestUsers | ArticleLeaks.NormaliseWithinBatch, cancellationToken),
        "MultVAE" => TopN(row, new ArticleVae(ArticleSettings.MultVae(Quick)), ArticleLeaks.SelectEpochOnTestUsers, cancellationToken),
        "SVAE" => Svae(row, cancellationToken),
        _ => TopN(row, new Ease(new EaseOptions { L2 = 1000 }), ArticleLeaks.None, cancellationToken),
    };

    private ArticleRow AutoRec(string row, CancellationToken cancellationToken)
    {
        var split = ArticleSplits.Ratings(_log, Seed);
        var model = new AutoRec(ArticleSettings.AutoRec(Quick));
        const string Leaking = "the test ratings are the input", Honest = "the training ratings are the input";
        var found = Fit(row, model, new TrainingData(split.Train), split, false, cancellationToken,
            new(Leaking, new EvaluationSet(split.Test.HeldOut, split.Test.HeldOut), IsRating: true), new(Honest, split.Test, IsRating: true));
        int epochs = found.Training!.Epochs.Count;
        return Make(row, model.Name, split, found,
        [
            new(Leaking, ArticleLeaks.TestRatingsAsInput, new() { Epochs = epochs, Rmse = found.Report.Metrics["rmse"].Mean, Seconds = Seconds(found) }),
            new(Honest, ArticleLeaks.None, new() { Epochs = epochs, Rmse = found.Others[Honest].Metrics["rmse"].Mean }),
        ]);
    }

    private ArticleRow DeepRec(string row, CancellationToken cancellationToken)
    {
        var split = ArticleSplits.RatingsByUser(_log, Seed);
        var model = new DeepRec(ArticleSettings.DeepRec(Quick));
        var found = Fit(row, model, Selecting(split), split, false, cancellationToken, new Measurement("test", split.Test, IsRating: true));
        int epochs = found.Training!.Epochs.Count, best = found.Training.BestEpoch;
        return Make(row, model.Name, split, found,
        [
            new("mean over users of each user's RMSE", ArticleLeaks.MeanOfUsersRmse,
                new() { Epochs = epochs, BestEpoch = best, Rmse = found.Report.Metrics["rmse_per_user"].Mean, Seconds = Seconds(found) }),
            new("RMSE over all ratings", ArticleLeaks.None, new() { Epochs = epochs, BestEpoch = best, Rmse = found.Report.Metrics["rmse"].Mean }),
        ]);
    }

    private ArticleRow TopN(string row, IRecommender model, ArticleLeaks leaks, CancellationToken cancellationToken)
    {
        leaks |= ArticleLeaks.RankSeenItems;
        var split = ArticleSplits.Implicit(_log, Seed, leaks);
        const string Seen = "seen items stay in the ranking", Masked = "seen items masked, all else the same";
        var found = Fit(row, model, Selecting(split), split, rankSeenItems: true, cancellationToken,
            Rank(Seen, split.Test, excludeSeen: false), Rank(Masked, split.Test, excludeSeen: true));
        return Make(row, model.Name, split, found,
        [
            new(Seen, leaks, Figures(found.Report, found.Training) with { Seconds = Seconds(found) }),
            new(Masked, leaks & ~ArticleLeaks.RankSeenItems, Figures(found.Others[Masked], found.Training)),
        ]);
    }

    private ArticleRow Svae(string row, CancellationToken cancellationToken)
    {
        var split = new TemporalProtocol(new ProtocolOptions()).Split(_log, Seed);
        var run = Temporal(split);
        var found = Fit(row, run, Selecting(split), split, false, cancellationToken, Rank("test", split.Test, excludeSeen: true));
        return Make(row, run.Name, split, found,
        [
            new(FormattableString.Invariant($"{run.TrainingUsers:N0} training users, best epoch for them"), ArticleLeaks.MeasureTrainingUsers,
                run.OfTrainingUsers with { Epochs = found.Training!.Epochs.Count, Seconds = Seconds(found) }),
            new(FormattableString.Invariant($"{split.Test.Users:N0} test users, epoch selected on validation users"), ArticleLeaks.None,
                Figures(found.Report, found.Training, capped: false)),
        ]);
    }

    // Fitted and measured once, as every other run is; the journal keeps the row that is made of it.
    private ModelRunResult Fit(
        string row, IModel model, TrainingData data, Split split, bool rankSeenItems, CancellationToken cancellationToken, params Measurement[] measure) =>
        new ModelRun
        {
            Key = new ModelRunKey(row, 0, Seed),
            Model = model,
            Data = data,
            Split = split,
            Measure = measure,
            Context = Context(row, model, split) with { RankSeenItems = rankSeenItems },
            MeasuresMemory = true,
        }.Execute(cancellationToken);

    private static double Seconds(ModelRunResult found) => found.FitSeconds + found.EvaluateSeconds;

    // The honest protocol for SVAE is the article's split: one training serves both.
    private TemporalRun Temporal(Split split) =>
        _svae ??= new TemporalRun(new Svae(ArticleSettings.Svae(Quick)), ArticleSplits.TrainingUsers(split.Train, 200));

    private ExperimentReport RunHonest(ArticleProtocols.Block block, CancellationToken cancellationToken)
    {
        var protocol = block.Protocol;
        var models = block.Models.Select(m => m.Name == "svae" ? new ExperimentModel(m.Name, () => Temporal(protocol.Split(_log, Seed))) : m);
        var report = new Experiment(_log, protocol)
        {
            Models = [.. models],
            Metrics = [.. protocol.DefaultMetrics.Union(protocol.IsRating ? [] : MoreRankingMetrics)],
            Seed = Seed,
            Compute = Compute,
            CountItemsAt = CountItemsAt,
            Progress = Progress,
            Journal = Journal?.UnderProtocol(protocol),
            MeasuresMemory = true,
        }.Run(cancellationToken);
        return report with { Rows = [.. report.Rows.Select(row => row.Model == "svae" && _svae is not null ? row with { FitSeconds = _svae.FitSeconds } : row)] };
    }

    private ArticleRow Make(string row, string settings, Split split, ModelRunResult found, ArticleMeasurement[] measurements)
    {
        var made = new ArticleRow
        {
            Model = row,
            Settings = settings,
            Split = split.Description,
            Printed = ArticleTable.IsOf(_log) ? ArticleTable.Printed(row) : null,
            Measurements = measurements,
            Difference = ArticleDifference.Of(row, measurements, ArticleTable.IsOf(_log)),
            Training = found.Training,
            PeakBytes = found.PeakBytes,
        };
        Journal?.Ended(made);
        return made;
    }

    private FitContext Context(string row, IModel model, Split split)
    {
        var context = new FitContext
        {
            Compute = Compute,
            Seed = Seed,
            Progress = new Relay<FitProgress>(p => Progress?.Report(new ExperimentProgress(row, 0, 1, p.Stage, p.Fraction, p.Detail))),
        };
        return Journal?.Started(row, model, split, context) ?? context;
    }

    private static TrainingData Selecting(Split split) => new(split.Train) { Validation = split.Validation };

    internal static Measurement Rank(string name, EvaluationSet users, bool excludeSeen) =>
        new(name, users, IsRating: false) { Options = new EvaluationOptions { Metrics = Ranking, ExcludeSeen = excludeSeen } };

    internal static ArticleFigures Figures(EvaluationReport report, TrainingReport? training, bool capped = true) => new()
    {
        Epochs = training?.Epochs.Count,
        BestEpoch = training?.BestEpoch,
        Precision = report.Metrics["precision@100"].Mean,
        Recall = report.Metrics[capped ? "recall_capped@100" : "recall@100"].Mean,
        Ndcg = report.Metrics["ndcg@100"].Mean,
    };
}
