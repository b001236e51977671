using System.Collections.Concurrent;
using Encore.Experiments;

namespace Encore.Tracking;

/// <summary>
/// Keeps each model of an experiment as a run of its own, which belongs to the experiment's; give it to
/// <see cref="Experiment.Journal"/>. Networks write checkpoints, so that an experiment that was cut off goes on where it was:
/// what had ended is not run again, and the model that ran is trained from its checkpoint to the same bits.
/// </summary>
public sealed class RunJournal : IModelRunJournal, IDisposable
{
    private readonly RunTracker _tracker;
    private readonly TrackedRun _parent;
    private readonly Func<ModelRunKey, RunDescription> _describe;
    private readonly List<Run> _before;
    private (InteractionMatrix? Of, string Digest) _fingerprint = (null, "");
    private readonly ConcurrentDictionary<ModelRunKey, TrackedRun> _current = new();
    private readonly Lock _lock = new();

    /// <summary>A journal.</summary>
    /// <param name="tracker">Where runs are written.</param>
    /// <param name="parent">The experiment's run.</param>
    /// <param name="describe">Says what a model's run is; parent, data, protocol, seed and repetition are filled
    /// in, and the parent's tags added.</param>
    public RunJournal(RunTracker tracker, TrackedRun parent, Func<ModelRunKey, RunDescription> describe)
    {
        ArgumentNullException.ThrowIfNull(tracker);
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(describe);
        (_tracker, _parent, _describe) = (tracker, parent, describe);
        _before = parent.IsResumed ? [.. tracker.Store.Children(parent.Id)] : [];
    }

    /// <summary>Seconds between two checkpoints of a network. Default 30.</summary>
    public double CheckpointSeconds { get; init; } = 30;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is not what the experiment began with.</exception>
    public ModelRunResult? Find(ModelRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (Before(run) is not { } before)
        {
            return null;
        }

        string now = Fingerprint(run);
        if (before.Description.Data?.Fingerprint is { } then && then != now)
        {
            throw new InvalidDataException(
                $"Run {_parent.Id} cannot go on: its model {run.Key.Model} began with training data whose digest is {then}, found {now}. The data has changed, or is read in another way.");
        }

        return before.Status == RunStatus.Finished ? _tracker.Store.Result(before.Id) : null;
    }

    /// <inheritdoc/>
    public FitContext Started(ModelRun run, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(context);
        var train = Train(run);
        var tracked = Before(run) is { Status: not RunStatus.Finished } before
            ? _tracker.Resume(before.Id)
            : _tracker.Begin(_describe(run.Key).Within(_parent) with
            {
                Data = new RunData(
                    _parent.Stored.Run.Description.Data?.Source ?? "", Fingerprint(run), train.Users.Count, train.Items.Count,
                    train.Count, run.Split?.Description ?? ""),
                Protocol = run.Split?.Protocol,
                Seed = run.Key.Seed,
                Repetition = run.Key.Repetition,
            });
        tracked.Measures(run.Measure.SelectMany(m => m.Options.Metrics ?? []).DistinctBy(m => m.Name).ToDictionary(m => m.Name, m => m.LowerIsBetter));
        if (!_current.TryAdd(run.Key, tracked))
        {
            throw new InvalidOperationException($"The model {run.Key.Model}, repetition {run.Key.Repetition}, is being run already.");
        }

        return Watched(tracked, _tracker.Store, run.Model, context, CheckpointSeconds);
    }

    /// <inheritdoc/>
    public void Ended(ModelRun run, ModelRunResult result)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(result);
        if (_current.TryRemove(run.Key, out var tracked))
        {
            tracked.Stored.Save(result);
            tracked.Finish(new RunOutcome(RunStatus.Finished, RunRecorder.Summary(result)));
        }
    }

    /// <inheritdoc/>
    public void Failed(ModelRun run, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (_current.TryRemove(run.Key, out var tracked))
        {
            tracked.Finish(exception);
        }
    }

    /// <summary>Ends the runs of models on which an exception has ended the experiment; where there is none nothing
    /// happens.</summary>
    public void Finish(Exception exception)
    {
        foreach (var key in _current.Keys)
        {
            if (_current.TryRemove(key, out var tracked))
            {
                tracked.Finish(exception);
            }
        }
    }

    /// <summary>Lets go of the runs of models that have not ended.</summary>
    public void Dispose()
    {
        foreach (var tracked in _current.Values)
        {
            tracked.Dispose();
        }
    }

    /// <summary>A context that writes a training to a run, with a checkpoint where the model learns in epochs.</summary>
    /// <param name="run">The run that is written to.</param>
    /// <param name="store">Its store.</param>
    /// <param name="model">The model.</param>
    /// <param name="context">What it would be fitted with.</param>
    /// <param name="checkpointSeconds">Seconds between two checkpoints.</param>
    public static FitContext Watched(TrackedRun run, RunStore store, IModel model, FitContext context, double checkpointSeconds) => context with
    {
        Callback = new RunRecorder(run, context.Callback),
        Checkpoint = context.Checkpoint ?? (model is IIterativeModel
            ? new CheckpointOptions { Path = store.CheckpointOf(run.Id), Resume = true, EverySeconds = checkpointSeconds, KeepAtEnd = false }
            : null),
    };

    private static InteractionMatrix Train(ModelRun run) => run.Split?.Train ?? run.Data.Interactions;

    private Run? Before(ModelRun run) => _before.FirstOrDefault(r =>
        r.Description.Name == run.Key.Model && r.Description.Repetition == run.Key.Repetition && r.Description.Protocol == run.Split?.Protocol);

    // Of large data it takes a moment, and all models of a repetition share a split.
    private string Fingerprint(ModelRun run)
    {
        var train = Train(run);
        lock (_lock)
        {
            if (!ReferenceEquals(_fingerprint.Of, train))
            {
                _fingerprint = (train, train.Digest());
            }

            return _fingerprint.Digest;
        }
    }
}
