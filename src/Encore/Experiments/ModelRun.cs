using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Serialization;
using Encore.Evaluation;
using Encore.Metrics;
using Encore.Models;
using Encore.Numerics;

namespace Encore.Experiments;

/// <summary>
/// One model fitted once and measured: the one service behind experiments, tuning, training and whoever compares models by
/// hand, so that a figure, a time and a peak of memory mean the same everywhere. Fitting and measuring take the calling
/// thread, and all cores.
/// </summary>
public sealed record ModelRun
{
    // Models that this process has fitted: the first fit of a type compiles its code.
    private static readonly ConcurrentDictionary<Type, bool> Fitted = new();

    /// <summary>What the run is called, its repetition and its seed.</summary>
    public required ModelRunKey Key { get; init; }

    /// <summary>The model; what it learned before is forgotten, unless the context asks for a warm start.</summary>
    public required IModel Model { get; init; }

    /// <summary>What it learns from.</summary>
    public required TrainingData Data { get; init; }

    /// <summary>The split that data and measurements come from, for the journal; null: none.</summary>
    public Split? Split { get; init; }

    /// <summary>What is measured once the model is fitted, in this order; at least one.</summary>
    public required IReadOnlyList<Measurement> Measure { get; init; }

    /// <summary>How it is fitted; the seed is that of <see cref="Key"/>.</summary>
    public FitContext Context { get; init; } = new();

    /// <summary>Keeps what is found; null: nothing is kept.</summary>
    public IModelRunJournal? Journal { get; init; }

    /// <summary>Whether the peak of memory is measured. It takes a garbage collection first and, on Linux, a reset of the
    /// process's high-water mark; it is a figure of the whole process, so that it says nothing where several runs share one.
    /// Default false.</summary>
    public bool MeasuresMemory { get; init; }

    /// <summary>Told how far the run is.</summary>
    public IProgress<FitProgress>? Progress { get; init; }

    /// <summary>Fits and measures, or takes from the journal what was found before.</summary>
    /// <exception cref="ArgumentException">There is no measurement, or the model cannot do what one measures.</exception>
    /// <exception cref="InvalidDataException">The data cannot train this model.</exception>
    /// <exception cref="InsufficientMemoryException">The model needs more memory than the machine has.</exception>
    /// <exception cref="TrainingDivergedException">The training went wrong.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ModelRunResult Execute(CancellationToken cancellationToken = default)
    {
        Check();
        return Journal?.Find(this) ?? Begin(cancellationToken);
    }

    private ModelRunResult Begin(CancellationToken cancellationToken)
    {
        try
        {
            var context = Context with { Seed = Key.Seed, Progress = Progress ?? Context.Progress };
            var result = Run(Journal?.Started(this, context) ?? context, cancellationToken);
            Journal?.Ended(this, result);
            return result;
        }
        catch (OverflowException error)
        {
            // A size beyond 32 bits that a model does not expect, whose text says nothing.
            var failure = new InsufficientMemoryException(FormattableString.Invariant(
                $"{Key.Model} cannot be computed on {Data.Interactions.Users.Count:N0} users and {Data.Interactions.Items.Count:N0} items: a size is beyond the 2,147,483,647 that an array can have."), error);
            Journal?.Failed(this, failure);
            throw failure;
        }
        catch (Exception error) when (IsOfTheModel(error))
        {
            Journal?.Failed(this, error);
            throw;
        }
    }

    /// <summary>As <see cref="Execute"/>, but a failure of the model (data that cannot train it, memory, a size that no array
    /// has, a training that diverged) is a result too: one model's failure does not end a comparison.</summary>
    /// <exception cref="ArgumentException">There is no measurement, or the model cannot do what one measures.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ModelRunOutcome TryExecute(CancellationToken cancellationToken = default)
    {
        Check();
        if (Journal?.Find(this) is { } found)
        {
            return new ModelRunOutcome(found, null); // a journal that cannot be read is no failure of the model
        }

        try
        {
            return new ModelRunOutcome(Begin(cancellationToken), null);
        }
        catch (Exception error) when (IsOfTheModel(error))
        {
            return new ModelRunOutcome(null, error);
        }
    }

    // OutOfMemoryException is what the runtime throws, InsufficientMemoryException (derived) what a model expects.
    private static bool IsOfTheModel(Exception error) => error is OutOfMemoryException or InvalidDataException or TrainingDivergedException;

    private void Check()
    {
        if (Measure.Count == 0)
        {
            throw new ArgumentException($"{Key.Model}: found nothing to measure, expected at least one measurement.");
        }

        foreach (var measurement in Measure)
        {
            if (measurement.IsRating ? Model is not IRatingPredictor : Model is not IRecommender)
            {
                throw new ArgumentException(
                    $"Model {Key.Model} does not {(measurement.IsRating ? "predict ratings" : "rank items")}, which {(Split is null ? $"the measurement {measurement.Name}" : $"the protocol {Split.Protocol}")} measures.");
            }
        }
    }

    private ModelRunResult Run(FitContext context, CancellationToken cancellationToken)
    {
        if (MeasuresMemory)
        {
            PeakMemory.Reset();
        }

        bool isFirst = Fitted.TryAdd(Model.GetType(), true);
        Guard.UsableWeights(Data, Model, Model.Name); // a model of others may not look
        Progress?.Report(new FitProgress("fit", 0));
        long start = Stopwatch.GetTimestamp();
        Model.Fit(Data, context, cancellationToken);
        double fitted = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var training = (Model as IIterativeModel)?.Training;
        var reports = Measure.Select(m => m.Of(Model, training, context.Compute, Progress, cancellationToken)).ToArray();
        return new ModelRunResult(
            reports[0], (training?.EarlierSeconds ?? 0) + fitted, Stopwatch.GetElapsedTime(start).TotalSeconds - fitted,
            MeasuresMemory ? PeakMemory.Read() : null, training)
        {
            IncludesCompilation = isFirst,
            Others = Measure.Skip(1).Zip(reports.Skip(1)).ToDictionary(m => m.First.Name, m => m.Second),
        };
    }
}

/// <summary>What is measured of a fitted model.</summary>
/// <param name="Name">What it is called, such as <c>test</c>.</param>
/// <param name="Users">The users.</param>
/// <param name="IsRating">Whether ratings are predicted rather than items ranked.</param>
public sealed record Measurement(string Name, EvaluationSet Users, bool IsRating)
{
    /// <summary>Metrics and settings; a <see cref="ModelRun"/> measures on what its context computes on.</summary>
    public EvaluationOptions Options { get; init; } = new();

    /// <summary>Called once the last user is measured, such as to complete a file of lists; null: nothing.</summary>
    public Action? Complete { get; init; }

    /// <summary>Whether the value that training found on its validation users at its best epoch is taken where there is one,
    /// instead of measuring it again. <see cref="EvaluationOptions.Metrics"/> is then that one metric, and the report has no
    /// values by user.</summary>
    public bool TakeFromTraining { get; init; }

    internal EvaluationReport Of(IModel model, TrainingReport? training, Compute compute, IProgress<FitProgress>? progress, CancellationToken cancellationToken)
    {
        if (TakeFromTraining && Options.Metrics is [var metric]
            && training?.Epochs.FirstOrDefault(e => e.Epoch == training.BestEpoch && e.Metric == metric.Name) is { MetricValue: var value } && !double.IsNaN(value))
        {
            return new EvaluationReport
            {
                Model = model.Name,
                Metrics = new Dictionary<string, MetricValue> { [metric.Name] = new(value, double.NaN) },
                LowerIsBetter = new Dictionary<string, bool> { [metric.Name] = metric.LowerIsBetter },
                PerUser = new Dictionary<string, double[]>(),
                UserRows = [],
                UsersWithoutHeldOut = 0,
            };
        }

        var options = progress is null ? Options with { Compute = compute } : Options with { Compute = compute, Progress = new Relay<double>(share => progress.Report(new FitProgress("evaluate", share))) };
        var report = IsRating
            ? Evaluator.EvaluateRatings((IRatingPredictor)model, Users, options, cancellationToken)
            : Evaluator.Evaluate((IRecommender)model, Users, options, cancellationToken);
        Complete?.Invoke();
        return report;
    }
}

/// <summary>A model's run within an experiment.</summary>
/// <param name="Model">The model's name in the experiment.</param>
/// <param name="Repetition">The repetition, from 0.</param>
/// <param name="Seed">The seed of its split and its training.</param>
public readonly record struct ModelRunKey(string Model, int Repetition, ulong Seed);

/// <summary>What a model's run found.</summary>
public sealed class ModelRunResult(EvaluationReport report, double fitSeconds, double evaluateSeconds, long? peakBytes, TrainingReport? training)
{
    /// <summary>What it reached, of the first measurement.</summary>
    public EvaluationReport Report { get; } = report;

    /// <summary>Seconds to fit; those before it went on from a checkpoint count
    /// (<see cref="TrainingReport.EarlierSeconds"/>).</summary>
    public double FitSeconds { get; } = fitSeconds;

    /// <summary>Seconds to score, rank and measure, of all measurements.</summary>
    public double EvaluateSeconds { get; } = evaluateSeconds;

    /// <summary>Most resident memory of the process meanwhile, the data included; null where it was not
    /// measured.</summary>
    public long? PeakBytes { get; } = peakBytes;

    /// <summary>How the training of an iterative model went; null for closed forms.</summary>
    public TrainingReport? Training { get; } = training;

    /// <summary>The reports of further measurements by name; not kept in files.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, EvaluationReport> Others { get; init; } = new Dictionary<string, EvaluationReport>();

    /// <summary>Whether the process fitted a model of this type for the first time, so that the time to fit includes compiling
    /// its code: tenths of a second.</summary>
    public bool IncludesCompilation { get; init; }
}

/// <summary>A run's result or its failure.</summary>
public sealed class ModelRunOutcome(ModelRunResult? result, Exception? failure)
{
    /// <summary>What was found; null where the run failed.</summary>
    public ModelRunResult? Result { get; } = result;

    /// <summary>Why it failed; null where it did not.</summary>
    public Exception? Failure { get; } = failure;
}

/// <summary>Keeps model runs, each by its <see cref="ModelRun.Key"/>; called on the threads of the runs.</summary>
public interface IModelRunJournal
{
    /// <summary>What a run found when it was executed before; null where it has not ended yet.</summary>
    ModelRunResult? Find(ModelRun run);

    /// <summary>A run begins.</summary>
    /// <param name="run">Which.</param>
    /// <param name="context">What its model would be fitted with.</param>
    /// <returns>What it is fitted with: a callback and a checkpoint may be added, nothing else changed.</returns>
    FitContext Started(ModelRun run, FitContext context);

    /// <summary>A run has ended.</summary>
    void Ended(ModelRun run, ModelRunResult result);

    /// <summary>A run has failed.</summary>
    void Failed(ModelRun run, Exception exception);
}
