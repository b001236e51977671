using System.Collections.Concurrent;

namespace Encore.Tracking;

/// <summary>Writes runs to a store, and to other places beside it. Runs are resumed from the store.</summary>
public sealed class RunTracker : IRunSink
{
    private readonly IReadOnlyList<IRunSink> _others;
    private readonly ConcurrentBag<TrackedRun> _opened = [];
    private readonly ConcurrentDictionary<string, byte[]> _before = new();

    /// <summary>A tracker.</summary>
    /// <param name="store">The store.</param>
    /// <param name="others">Other places; disposed with this. They see a run that is resumed as a new one.</param>
    public RunTracker(RunStore store, params IReadOnlyList<IRunSink> others)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(others);
        (Store, _others) = (store, others);
    }

    /// <summary>The store.</summary>
    public RunStore Store { get; }

    /// <summary>Begins a run.</summary>
    /// <exception cref="IOException">It cannot be written in one of the places.</exception>
    public TrackedRun Begin(RunDescription run) => Open(Store.Begin(run));

    /// <summary>Goes on with a run (<see cref="RunStore.Resume"/>).</summary>
    public TrackedRun Resume(string id)
    {
        byte[] before = Store.FileOf(Store.Get(id));
        var run = Open(Store.Resume(id));
        _before[id] = before;
        return run;
    }

    IRunLog IRunSink.Begin(RunDescription run) => Begin(run);

    /// <summary>Takes a run back, with those that belong to it: one that began is removed from the store and from the other
    /// places, one that was resumed is in the store what it was before. For what turns out to ask for something that does not
    /// exist.</summary>
    public void Discard(TrackedRun run)
    {
        foreach (var opened in _opened.Where(r => r == run || r.Stored.Run.Description.Parent == run.Id).OrderBy(r => r == run))
        {
            opened.Dispose();
            if (_before.TryGetValue(opened.Id, out byte[]? file))
            {
                Store.Restore(opened.Id, file);
            }
            else
            {
                opened.Discard();
                Store.Remove(opened.Id);
            }
        }

        if (!Directory.EnumerateFileSystemEntries(Store.Folder).Any())
        {
            Directory.Delete(Store.Folder);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sink in _others)
        {
            sink.Dispose();
        }
    }

    private TrackedRun Open(StoredRun stored)
    {
        var logs = new List<IRunLog>();
        try
        {
            foreach (var sink in _others)
            {
                logs.Add(sink.Begin(stored.Run.Description with { Id = stored.Id }));
            }
        }
        catch (Exception error)
        {
            stored.Finish(new RunOutcome(RunStatus.Failed, new Dictionary<string, double>(), error.Message));
            stored.Dispose();
            logs.ForEach(log => log.Dispose());
            throw;
        }

        var run = new TrackedRun(stored, logs);
        _opened.Add(run);
        return run;
    }
}

/// <summary>A run on its way into a store and other places.</summary>
public sealed class TrackedRun : IRunLog
{
    private readonly CompositeLog _all, _others;

    internal TrackedRun(StoredRun stored, IReadOnlyList<IRunLog> others) =>
        (Stored, _all, _others) = (stored, new CompositeLog([stored, .. others]), new CompositeLog(others));

    /// <summary>The run in the store.</summary>
    public StoredRun Stored { get; }

    /// <inheritdoc/>
    public string Id => Stored.Id;

    /// <summary>Whether the run goes on rather than begins.</summary>
    public bool IsResumed => Stored.Run.Resumed > 0;

    /// <summary>Whether the run has ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Adds to what is known of the run, such as the data once it is read.</summary>
    public void Describe(Func<RunDescription, RunDescription> change)
    {
        Stored.Describe(change);
        _others.Describe(Stored.Run.Description);
    }

    void IRunLog.Describe(RunDescription run) => Describe(_ => run);

    /// <inheritdoc/>
    public void Log(RunMetrics metrics) => _all.Log(metrics);

    /// <inheritdoc/>
    public void Write(string line) => _all.Write(line);

    /// <inheritdoc/>
    public void Measures(IReadOnlyDictionary<string, bool> lowerIsBetter) => _all.Measures(lowerIsBetter);

    /// <inheritdoc/>
    public void AddArtifact(string path, string? name = null) => _all.AddArtifact(path, name);

    /// <inheritdoc/>
    public void Finish(RunOutcome outcome)
    {
        HasEnded = true;
        _all.Finish(outcome);
    }

    /// <summary>Ends the run, unless it has ended, as an exception ends it: stopped where the work was cancelled, failed
    /// otherwise.</summary>
    public void Finish(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (!HasEnded)
        {
            bool stopped = exception is OperationCanceledException;
            Finish(new RunOutcome(stopped ? RunStatus.Stopped : RunStatus.Failed, Stored.Run.Metrics, stopped ? null : exception.Message));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _all.Dispose();

    /// <summary>Takes the run back in the other places; the store removes it.</summary>
    internal void Discard() => _others.Discard();
}
