using System.Collections.ObjectModel;
using System.Diagnostics;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Numerics;
using Encore.Tracking;

namespace Encore.Tuning;

/// <summary>How settings are chosen.</summary>
public enum SearchKind
{
    /// <summary>Where good trials are dense and others are not: the tree-structured Parzen estimator.</summary>
    Tpe,

    /// <summary>Each value drawn by itself.</summary>
    Random,

    /// <summary>Every combination of the grid's values.</summary>
    Grid,
}

/// <summary>What a tuning found.</summary>
/// <param name="Trials">All trials, in order.</param>
/// <param name="Best">The best of those that were trained to their end; null: there is none.</param>
/// <param name="Metric">The validation metric that counts.</param>
/// <param name="Seconds">Seconds of it all, those before it was resumed included.</param>
/// <param name="Ended">Why it ended: "all trials" or "time".</param>
public sealed record TuningReport(IReadOnlyList<Trial> Trials, Trial? Best, string Metric, double Seconds, string Ended);

/// <summary>
/// Searches a model's options for what is best for the validation users. The test users are not looked at. Trial number i
/// knows the trials up to i − <see cref="Parallel"/>, whatever came sooner or later, so that the same seed tries the same
/// settings with the same results on any machine and after any interruption; only a limit of time may end it elsewhere.
/// </summary>
public sealed class Tuner
{
    private readonly SearchSpace _space;
    private readonly Split _split;
    private readonly SharedGram _gram;
    private readonly long _start = Stopwatch.GetTimestamp();
    private TrialRuns? _runs;
    private double _bestSeconds;

    /// <summary>A tuner.</summary>
    /// <param name="space">The model and its options to search.</param>
    /// <param name="split">What trials learn from, and whose validation users count.</param>
    /// <exception cref="InvalidDataException">The split has no validation users.</exception>
    public Tuner(SearchSpace space, Split split)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(split);
        if (split.Validation is null)
        {
            throw new InvalidDataException("Found no validation users, expected some: settings are chosen on them, for the test users are looked at once.");
        }

        if (split.Validation.HeldOut.Count == 0)
        {
            throw new InvalidDataException(FormattableString.Invariant(
                $"None of the {split.Validation.Users:N0} validation users has anything held out, expected some: settings are chosen by how well it is found. Filter less, or hold out more users."));
        }

        (_space, _split, _gram) = (space, split, new SharedGram(split.Train));
        Metric = split.IsRating ? "rmse" : "ndcg@100";
    }

    /// <summary>How settings are chosen. Default <see cref="SearchKind.Tpe"/>.</summary>
    public SearchKind Search { get; init; } = SearchKind.Tpe;

    /// <summary>How many settings are tried, at most; of a grid all. Default 30.</summary>
    public int Trials { get; init; } = 30;

    /// <summary>How long it may take, with one more training of the best setting; null: as long as it takes.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Whether trials that are not among the best third at some epoch are stopped there. Default true; closed forms
    /// have no epochs.</summary>
    public bool EarlyStopping { get; init; } = true;

    /// <summary>Trials that run at once. Default 1: a trial keeps all threads busy.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>Bytes that all trials together may take; null: what the machine has free.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>The validation metric that counts. Default <c>ndcg@100</c>, for ratings <c>rmse</c>.</summary>
    public string Metric { get; init; }

    /// <summary>Knows the metric by name. Default: Encore's own.</summary>
    public MetricCatalog Catalog { get; init; } = MetricCatalog.BuiltIn;

    /// <summary>The seed of trainings and of the search. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Options that are not searched.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Where each trial is kept as a run, and <see cref="Run"/>'s run that they belong to; null: nowhere.</summary>
    public (RunTracker Tracker, TrackedRun Parent)? Journal { get; init; }

    /// <summary>What each trial runs on; trials side by side share its threads. Default <see cref="Compute.Default"/>.</summary>
    public Compute Compute { get; init; } = Compute.Default;

    /// <summary>Told each trial once it is done, in order.</summary>
    public IProgress<Trial>? Finished { get; init; }

    /// <summary>Receives the progress of running trials: the trial's number, and its progress.</summary>
    public IProgress<(int Trial, FitProgress Progress)>? Progress { get; init; }

    /// <summary>How often the Gram matrix was computed.</summary>
    internal int GramsComputed => _gram.Computed;

    private bool LowerIsBetter => Catalog.Find(Metric)!.LowerIsBetter;

    // Seconds since the search began, those of processes that were killed included.
    private double Seconds => Stopwatch.GetElapsedTime(_start).TotalSeconds + (Journal?.Parent.Stored.Run.Seconds ?? 0);

    private bool IsOver => Time is { } time && Seconds + Volatile.Read(ref _bestSeconds) >= time.TotalSeconds;

    /// <summary>Runs it.</summary>
    /// <exception cref="ArgumentException">A number is out of range, an option is both searched and set, or the model cannot
    /// do what the split measures.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidDataException">A search that is resumed began otherwise.</exception>
    public TuningReport Run(CancellationToken cancellationToken = default)
    {
        Check();
        _runs = Journal is var (tracker, parent) ? new TrialRuns(tracker, parent, _space.Model, Catalog.Parse(Metric, _split.IsRating), Seed) : null;
        int count = Search == SearchKind.Grid ? checked((int)_space.GridSize) : Trials;
        ISampler sampler = Search switch
        {
            SearchKind.Grid => new GridSampler(_space),
            SearchKind.Random => new RandomSampler(_space, Seed),
            _ => new TpeSampler(_space, Seed, LowerIsBetter),
        };
        var done = new List<Trial>();
        var running = new Queue<Task<Trial>>();
        string ended = "all trials";
        try
        {
            for (int i = 0; i < count; i++)
            {
                if (running.Count == Parallel)
                {
                    Take();
                }

                // What had ended before an interruption counts, however late it is.
                if (IsOver && _runs?.Ended(i) is null)
                {
                    ended = "time";
                    break;
                }

                Trial[] known = [.. done];
                var settings = Settings(i, sampler, known);
                int number = i;
                running.Enqueue(Parallel == 1
                    ? Task.FromResult(RunTrial(number, settings, known, cancellationToken))
                    : Task.Factory.StartNew(() => RunTrial(number, settings, known, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            }

            while (running.Count > 0)
            {
                Take();
            }
        }
        catch
        {
            // The others end by the same token, or have to be waited for: their runs are open.
            Task.WaitAll([.. running.Select(t => t.ContinueWith(_ => { }, TaskScheduler.Default))], CancellationToken.None);
            throw;
        }

        var best = done.Where(t => t.Status == TrialStatus.Complete && double.IsFinite(t.Value)).OrderBy(t => LowerIsBetter ? t.Value : -t.Value).ThenBy(t => t.Number).FirstOrDefault();
        return new TuningReport(done, best, Metric, Seconds, ended);

        void Take()
        {
            var trial = running.Dequeue().GetAwaiter().GetResult();
            done.Add(trial);
            if (trial.Status == TrialStatus.Complete && (_bestSeconds == 0 || done.Where(t => t.Status == TrialStatus.Complete).All(t => t == trial || !IsBetter(t.Value, trial.Value))))
            {
                Volatile.Write(ref _bestSeconds, trial.Seconds);
            }

            Finished?.Report(trial);
        }
    }

    /// <summary>All options of a trial, with which the model can be trained again to the same bits.</summary>
    public IReadOnlyDictionary<string, string> OptionsOf(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return All(trial.Settings);
    }

    private bool IsBetter(double value, double than) => LowerIsBetter ? value < than : value > than;

    private void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Trials, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Parallel, 1);
        Catalog.Parse(Metric, _split.IsRating);
        var model = _space.Model;
        if (_split.IsRating ? !model.PredictsRatings : !model.Ranks || model.NeedsRatings)
        {
            throw new ArgumentException(
                $"{model.Name} {(_split.IsRating ? "predicts no ratings" : "has nothing to learn from which items were met")}, which the protocol {_split.Protocol} measures.");
        }

        if (Options.Keys.FirstOrDefault(name => _space.Dimensions.Any(d => d.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) is { } both)
        {
            throw new ArgumentException($"{model.Name}.{both}: found a value and a range, expected one of them.");
        }

        if (model.IsIterative && Options.TryGetValue("metric", out string? metric) && metric != Metric)
        {
            throw new ArgumentException($"{model.Name}.metric: found {metric}, expected the metric by which settings are chosen, {Metric}.");
        }

        model.Create(Options);
    }

    // The defaults come first: whatever is found is no worse for the validation users.
    private Dictionary<string, string> Settings(int number, ISampler sampler, Trial[] known)
    {
        var defaults = _space.Model.Settings();
        if (number == 0 && Search != SearchKind.Grid && _space.Dimensions.All(d => d.Of(defaults[d.Name]) is not null))
        {
            return _space.Dimensions.ToDictionary(d => d.Name, d => defaults[d.Name]);
        }

        double[] at = sampler.Propose(number, known);
        return _space.Dimensions.Index().ToDictionary(d => d.Item.Name, d => d.Item.At(at[d.Index]));
    }

    private Dictionary<string, string> All(IReadOnlyDictionary<string, string> settings)
    {
        var options = new Dictionary<string, string>(Options, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in settings)
        {
            options[name] = value;
        }

        if (_space.Model.IsIterative)
        {
            options["metric"] = Metric;
        }

        return options;
    }

    private Trial RunTrial(int number, Dictionary<string, string> settings, Trial[] known, CancellationToken cancellationToken)
    {
        if (_runs?.Ended(number) is { } ended)
        {
            return Same(ended.Settings, settings)
                ? ended
                : throw new InvalidDataException($"Trial {number} was {ended}, and would now be {new Trial(number, settings, 0, 0, [], 0, 0, 0)}: the search cannot go on, for it was begun with other options or another release.");
        }

        var options = All(settings);
        var run = _runs?.Begin(number, options, _split.Protocol);
        try
        {
            var trial = Train(number, settings, options, known, run, cancellationToken);
            if (run is not null)
            {
                _runs!.End(run, trial);
            }

            return trial;
        }
        catch (Exception error)
        {
            run?.Finish(error);
            throw;
        }
        finally
        {
            run?.Dispose();
        }
    }

    private Trial Train(
        int number, Dictionary<string, string> settings, Dictionary<string, string> options, Trial[] known, TrackedRun? run, CancellationToken cancellationToken)
    {
        var model = _space.Model.Create(options);
        int epochs = _space.Model.IsIterative ? int.Parse(_space.Model.Settings(options)["epochs"], System.Globalization.CultureInfo.InvariantCulture) : 0;
        var halving = new SuccessiveHalving(epochs, LowerIsBetter);
        var metric = Catalog.Parse([Metric], _split.IsRating);
        var context = new FitContext
        {
            Gram = _gram,
            Metrics = Catalog,
            Compute = Compute,
            MemoryLimit = MemoryLimit / Parallel,
            Callback = new Watch(this, halving, known),
        };
        double before = run?.Stored.Run.Seconds ?? 0;
        long start = Stopwatch.GetTimestamp();
        var outcome = new ModelRun
        {
            Key = new ModelRunKey(_space.Model.Name, number, Seed),
            Model = model,
            Data = (_split with { FitOn = FitOn.Train }).DataFor(model), // validation chooses, so nobody learns from it
            Split = _split,
            Measure =
            [
                new Measurement("validation", _split.Validation!, _split.IsRating)
                {
                    Options = new EvaluationOptions { Metrics = metric, Train = _split.Train },
                    TakeFromTraining = true,
                },
            ],
            Context = run is null ? context : RunJournal.Watched(run, Journal!.Value.Tracker.Store, model, context, checkpointSeconds: 10),
            Progress = new Relay(p => Progress?.Report((number, p))),
        }.TryExecute(cancellationToken);
        double seconds = before + Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (outcome.Result is not { } result)
        {
            return new Trial(number, settings, TrialStatus.Failed, double.NaN, [], 0, 0, seconds, outcome.Failure!.Message);
        }

        var training = result.Training;
        return new Trial(
            number, settings, training?.Stopped == "callback" ? TrialStatus.Pruned : TrialStatus.Complete, result.Report.Metrics.Single().Value.Mean,
            Rungs(halving, training), training?.Epochs.Count ?? 0, training?.BestEpoch ?? 0, seconds);
    }

    private static double[] Rungs(SuccessiveHalving halving, TrainingReport? training) => training is null
        ? []
        : [.. halving.Rungs.TakeWhile(rung => rung <= training.Epochs.Count).Select(rung => training.Epochs[rung - 1].BestMetricValue)];

    private static bool Same(IReadOnlyDictionary<string, string> a, Dictionary<string, string> b) =>
        a.Count == b.Count && a.All(s => b.TryGetValue(s.Key, out string? value) && value == s.Value);

    private sealed class Watch(Tuner tuner, SuccessiveHalving halving, Trial[] known) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
        }

        public bool ShouldContinue(EpochReport report)
        {
            int rung = halving.Rungs.Index().FirstOrDefault(r => r.Item == report.Epoch, (Index: -1, Item: 0)).Index;
            bool goesOn = !tuner.EarlyStopping || rung < 0 || double.IsNaN(report.BestMetricValue) || halving.ShouldContinue(rung, report.BestMetricValue, known);
            return report.Epoch == report.Epochs || (goesOn && !tuner.IsOver);
        }
    }

    private sealed class Relay(Action<FitProgress> take) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => take(value);
    }
}
