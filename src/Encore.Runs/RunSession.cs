using Encore.Data;
using Encore.Experiments;
using Encore.Tracking;

namespace Encore.Runs;

/// <summary>A run while it works: what watches it, and where it is kept, if anywhere.</summary>
public sealed class RunSession : IDisposable
{
    /// <summary>Seconds between two checkpoints, unless something else is said.</summary>
    public const double CheckpointSeconds = 30;

    private readonly RunObserver _observer;
    private readonly List<(Action<Exception> Finish, IDisposable Owned)> _owned = [];
    private LogReading? _read;

    /// <summary>Work that is not kept.</summary>
    /// <param name="observer">Told what happens.</param>
    /// <param name="kinds">The kinds of run, with the models, metrics, protocols and readers; null: Encore's own.</param>
    public RunSession(RunObserver observer, RunKinds? kinds = null)
        : this(observer, kinds ?? new RunKinds(), null, null)
    {
    }

    internal RunSession(RunObserver observer, RunKinds kinds, RunTracker? tracker, TrackedRun? run)
    {
        ArgumentNullException.ThrowIfNull(observer);
        (_observer, Kinds, Tracker, Run) = (observer, kinds, tracker, run);
    }

    /// <summary>Where runs are written; null: nowhere.</summary>
    public RunTracker? Tracker { get; }

    /// <summary>The run; null: it is not kept.</summary>
    public TrackedRun? Run { get; }

    internal RunKinds Kinds { get; }

    /// <summary>Where a model is kept that is written nowhere else; null: nowhere.</summary>
    public string? ModelFile => Run is null ? null : Path.Combine(Tracker!.Store.ArtifactsOf(Run.Id), "model.encore");

    /// <summary>Tells where the work is.</summary>
    public void At(string stage, double fraction, string detail = "") => _observer.At(stage, fraction, detail);

    /// <summary>Says something, to who watches and in the run's log.</summary>
    public void Say(RunMessage kind, string text)
    {
        _observer.Say(kind, text);
        if (Run is { HasEnded: false })
        {
            Run.Write(RunObserver.Line(kind, text));
        }
    }

    /// <summary>Says how a log was understood; not again for the next part of a split that is like the one before.</summary>
    public void Understood(LogReading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        if (_read is null || !_read.Columns.Select(c => (c.Name, c.Role)).SequenceEqual(reading.Columns.Select(c => (c.Name, c.Role))))
        {
            Say(RunMessage.Note, reading.ToString());
            reading.Notes.ToList().ForEach(note => Say(RunMessage.Note, note));
            reading.Warnings.ToList().ForEach(warning => Say(RunMessage.Warning, warning));
        }

        _read = reading;
    }

    /// <summary>Says on what data the run works.</summary>
    /// <param name="data">The data.</param>
    /// <param name="protocol">The protocol's name; null: there is none, or several.</param>
    /// <param name="split">The split, where there is one.</param>
    /// <exception cref="InvalidDataException">The run is resumed, and began with other data.</exception>
    public void Describe(DataDescription data, string? protocol, Split? split = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var found = split is null ? data.ToRunData() : data.ToRunData(split);
        if (Run is { IsResumed: true } && Run.Stored.Run.Description.Data is { Fingerprint: { } then } before && found.Fingerprint is { } now && then != now)
        {
            throw new InvalidDataException(
                $"Run {Run.Id} cannot go on: it began with data of {before.Source} whose digest is {then}, found {now}. The data has changed.");
        }

        if (Run is { IsResumed: true } && Run.Stored.Run.Description.Data is { Features: { } known } && known != found.Features)
        {
            throw new InvalidDataException(
                $"Run {Run.Id} cannot go on: it began with features of items and users whose digest is {known}, found {found.Features ?? "none"}. Their files have changed.");
        }

        Run?.Describe(d => d with { Data = found, Protocol = protocol });
    }

    /// <summary>Records which metrics the run measures, each with its direction.</summary>
    public void Measures(IEnumerable<Metric> metrics) => Run?.Measures(metrics.DistinctBy(m => m.Name).ToDictionary(m => m.Name, m => m.LowerIsBetter));

    /// <summary>Tells that all is read, and training comes next.</summary>
    public void DataRead(DataDescription data, Split split) => _observer.DataRead(data, split);

    /// <summary>A journal for an experiment's models; null where nothing is kept.</summary>
    public RunJournal? Journal(IReadOnlyList<ExperimentModel> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        if (Tracker is null || Run is null)
        {
            return null;
        }

        var byName = models.ToDictionary(m => m.Name);
        var journal = new RunJournal(Tracker, Run, key => new RunDescription
        {
            Kind = "fit",
            Name = key.Model,
            Model = byName[key.Model].Model,
            Options = byName[key.Model].Options,
            Config = Run.Stored.Run.Description.Config,
        });
        return Own(journal, journal.Finish);
    }

    /// <summary>A context whose training the run keeps, with checkpoints to resume from.</summary>
    public FitContext Watch(IModel model, FitContext context, double checkpointSeconds) =>
        Run is null ? context : RunJournal.Watched(Run, Tracker!.Store, model, context, checkpointSeconds);

    /// <summary>Keeps a text among the run's artefacts.</summary>
    public void Keep(string name, string text)
    {
        if (Run is not null)
        {
            string path = Path.Combine(Tracker!.Store.ArtifactsOf(Run.Id), name);
            WholeFile.Write(path, text);
            Run.AddArtifact(path, name);
        }
    }

    /// <summary>Something that ends with the run.</summary>
    /// <param name="owned">It is disposed with this.</param>
    /// <param name="finish">Ends it where an exception has cut it off.</param>
    public T Own<T>(T owned, Action<Exception> finish)
        where T : IDisposable
    {
        _owned.Add((finish, owned));
        return owned;
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(o => o.Owned.Dispose());

    internal void Finish(Exception exception) => _owned.ForEach(o => o.Finish(exception));
}
