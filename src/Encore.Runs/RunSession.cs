using Encore.Experiments;
using Encore.Tracking;

namespace Encore.Runs;

/// <summary>A command's run, or none.</summary>
internal sealed class RunSession : IDisposable
{
    /// <summary>Seconds between two checkpoints, unless something else is said.</summary>
    public const double CheckpointSeconds = 30;

    /// <summary>The work of a command whose run is not kept.</summary>
    public static readonly RunSession None = new(null, null);

    private readonly List<(Action<Exception> Finish, IDisposable Owned)> _owned = [];

    public RunSession(RunTracker? tracker, TrackedRun? run) => (Tracker, Run) = (tracker, run);

    /// <summary>Where runs are written; null: nowhere.</summary>
    public RunTracker? Tracker { get; }

    /// <summary>The run; null: it is not kept.</summary>
    public TrackedRun? Run { get; }

    /// <summary>Says on what data the run works.</summary>
    /// <exception cref="InvalidDataException">The run is resumed, and began with other data.</exception>
    public void Describe(RunData data, string? protocol)
    {
        if (Run is { IsResumed: true } && Run.Stored.Run.Description.Data is { Fingerprint: { } then } before && data.Fingerprint is { } now && then != now)
        {
            throw new InvalidDataException(
                $"Run {Run.Id} cannot go on: it began with data of {before.Source} whose digest is {then}, found {now}. The data has changed.");
        }

        Run?.Describe(d => d with { Data = data, Protocol = protocol });
    }

    /// <summary>A journal for an experiment's models; null where nothing is kept.</summary>
    public RunJournal? Journal(IReadOnlyList<ExperimentModel> models)
    {
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

    /// <summary>A journal for the article's comparison; null where nothing is kept.</summary>
    public ArticleJournal? Article()
    {
        if (Tracker is null || Run is null)
        {
            return null;
        }

        var journal = new ArticleJournal(Tracker, Run);
        return Own(journal, journal.Finish);
    }

    /// <summary>Where a model is kept that is written nowhere else; null: nowhere.</summary>
    public string? ModelFile => Run is null ? null : Path.Combine(Tracker!.Store.ArtifactsOf(Run.Id), "model.encore");

    /// <summary>A context whose training the run keeps, with checkpoints to resume from.</summary>
    public FitContext Watch(IModel model, FitContext context, double checkpointSeconds) =>
        Run is null ? context : RunJournal.Watched(Run, Tracker!.Store, model, context, checkpointSeconds);

    /// <summary>Keeps a text with the run: beside its place first, so that there is never half of it.</summary>
    public void Keep(string name, string text)
    {
        if (Run is not null)
        {
            string path = Path.Combine(Tracker!.Store.ArtifactsOf(Run.Id), name), temporary = Format.Text($"{path}.{Environment.ProcessId}.tmp");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(temporary, text);
            File.Move(temporary, path, overwrite: true);
            Run.AddArtifact(path, name);
        }
    }

    /// <summary>Ends what an exception has cut off.</summary>
    public void Finish(Exception exception) => _owned.ForEach(o => o.Finish(exception));

    public void Dispose() => _owned.ForEach(o => o.Owned.Dispose());

    public T Own<T>(T owned, Action<Exception> finish)
        where T : IDisposable
    {
        _owned.Add((finish, owned));
        return owned;
    }
}
