using Encore.Experiments;

namespace Encore.Tracking;

/// <summary>
/// Keeps each model of an experiment as a run of its own, which belongs to the experiment's; give it to
/// <see cref="Experiment.Journal"/>. Networks write checkpoints, so that an experiment that was cut off goes on where it was:
/// what had ended is not run again, and the model that ran is trained from its checkpoint to the same bits.
/// </summary>
public sealed class RunJournal : IExperimentJournal, IDisposable
{
    private readonly RunTracker _tracker;
    private readonly TrackedRun _parent;
    private readonly Func<ModelRunKey, RunDescription> _describe;
    private readonly List<Run> _before;
    private (InteractionMatrix? Of, string Digest) _fingerprint = (null, "");
    private TrackedRun? _current;

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
    public ModelRunResult? Find(ModelRunKey run, Split split)
    {
        ArgumentNullException.ThrowIfNull(split);
        if (Before(run, split) is not { } before)
        {
            return null;
        }

        string now = Fingerprint(split);
        if (before.Description.Data?.Fingerprint is { } then && then != now)
        {
            throw new InvalidDataException(
                $"Run {_parent.Id} cannot go on: its model {run.Model} began with training data whose digest is {then}, found {now}. The data has changed, or is read in another way.");
        }

        return before.Status == RunStatus.Finished ? _tracker.Store.Result(before.Id) : null;
    }

    /// <inheritdoc/>
    public FitContext Started(ModelRunKey run, IModel model, Split split, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(context);
        _current = Before(run, split) is { Status: not RunStatus.Finished } before
            ? _tracker.Resume(before.Id)
            : _tracker.Begin(_describe(run).Within(_parent) with
            {
                Data = new RunData(
                    _parent.Stored.Run.Description.Data?.Source ?? "", Fingerprint(split), split.Train.Users.Count, split.Train.Items.Count,
                    split.Train.Count, split.Description),
                Protocol = split.Protocol,
                Seed = run.Seed,
                Repetition = run.Repetition,
            });
        return Watched(_current, _tracker.Store, model, context, CheckpointSeconds);
    }

    /// <inheritdoc/>
    public void Ended(ModelRunKey run, IModel model, ModelRunResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        _current!.Stored.Save(result);
        _current.Finish(new RunOutcome(RunStatus.Finished, RunRecorder.Summary(result)));
        _current = null;
    }

    /// <inheritdoc/>
    public void Failed(ModelRunKey run, Exception exception)
    {
        _current!.Finish(exception);
        _current = null;
    }

    /// <summary>Ends the run of the model on which an exception has ended the experiment; where there is none nothing
    /// happens.</summary>
    public void Finish(Exception exception)
    {
        _current?.Finish(exception);
        _current = null;
    }

    /// <summary>Lets go of the run of a model that has not ended.</summary>
    public void Dispose() => _current?.Dispose();

    /// <summary>A context that writes a training to a run, with a checkpoint where the model learns in epochs.</summary>
    internal static FitContext Watched(TrackedRun run, RunStore store, IModel model, FitContext context, double checkpointSeconds) => context with
    {
        Callback = new RunRecorder(run, context.Callback),
        Checkpoint = context.Checkpoint ?? (model is IIterativeModel
            ? new CheckpointOptions { Path = store.CheckpointOf(run.Id), Resume = true, EverySeconds = checkpointSeconds, KeepAtEnd = false }
            : null),
    };

    private Run? Before(ModelRunKey run, Split split) => _before.FirstOrDefault(r =>
        r.Description.Name == run.Model && r.Description.Repetition == run.Repetition && r.Description.Protocol == split.Protocol);

    // Of large data it takes a moment, and all models of a repetition share a split.
    private string Fingerprint(Split split)
    {
        if (!ReferenceEquals(_fingerprint.Of, split.Train))
        {
            _fingerprint = (split.Train, split.Train.Digest());
        }

        return _fingerprint.Digest;
    }
}
