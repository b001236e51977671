using Encore.Tracking;

namespace Encore.Runs;

/// <summary>The work of a run, checked and ready.</summary>
public abstract class RunWork : IDisposable
{
    /// <summary>What the run is, for its record; what the configuration says beside is filled in.</summary>
    public abstract RunDescription Description { get; }

    /// <summary>The configuration with all that is asked for written out, such as the models of a comparison that named
    /// none.</summary>
    public abstract RunConfig Config { get; }

    /// <summary>Does it.</summary>
    /// <param name="session">The run, or none where nothing is kept.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public abstract RunResult Execute(RunSession session, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes away what work that did not come to its end had begun.</summary>
    /// <param name="disposing">Whether it is disposed rather than finalized.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>What a run came to.</summary>
public abstract class RunResult
{
    /// <summary>How it ended, with its figures.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>The run in its store; null where nothing was kept.</summary>
    public Run? Run { get; internal set; }
}

/// <summary>What a message of a run is.</summary>
public enum RunMessage
{
    /// <summary>What was assumed, such as how a log was understood.</summary>
    Note,

    /// <summary>What is likely to be a mistake.</summary>
    Warning,

    /// <summary>What failed while the rest goes on.</summary>
    Error,

    /// <summary>A part that ended: an epoch, a trial.</summary>
    Progress,

    /// <summary>What was written where.</summary>
    Information,
}

/// <summary>Told what happens in a run, on the thread that works; this one does nothing.</summary>
public class RunObserver
{
    /// <summary>Where the work is.</summary>
    /// <param name="stage">What is being done.</param>
    /// <param name="fraction">The share that is done, in [0, 1].</param>
    /// <param name="detail">More about it; may be empty.</param>
    public virtual void At(string stage, double fraction, string detail)
    {
    }

    /// <summary>Something to say. It is in the run's log too.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="text">The text, without a prefix such as <c>warning:</c>.</param>
    public virtual void Say(RunMessage kind, string text)
    {
    }

    /// <summary>The data is read and split, and training comes next. Not told by comparisons, whose splits come one by
    /// one.</summary>
    public virtual void DataRead(DataDescription data, Split split)
    {
    }

    /// <summary>A run was stopped, and can be resumed.</summary>
    public virtual void Stopped(Run run)
    {
    }

    /// <summary>A message as a line of a log.</summary>
    public static string Line(RunMessage kind, string text) => kind switch
    {
        RunMessage.Note => $"note: {text}",
        RunMessage.Warning => $"warning: {text}",
        RunMessage.Error => $"error: {text}",
        _ => text,
    };
}
