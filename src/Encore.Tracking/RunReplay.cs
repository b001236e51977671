namespace Encore.Tracking;

/// <summary>Writes runs that are kept to another place, with the times that they had.</summary>
public static class RunReplay
{
    /// <summary>Writes a run.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="run">The run; one that has not ended is left open there, as if interrupted.</param>
    /// <param name="begin">Begins it in the other place, such as <c>TensorBoardSink.Begin</c>. Runs that belong to another
    /// come after it.</param>
    /// <exception cref="InvalidDataException">The run's figures cannot be read.</exception>
    /// <exception cref="IOException">The run cannot be written there.</exception>
    public static void Send(RunStore store, Run run, Func<Run, IRunLog> begin)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(begin);
        var lines = MetricsFile.Read(store.MetricsOf(run.Id));
        using var log = begin(run);
        foreach (var line in lines)
        {
            log.Log(line);
        }

        string artifacts = store.ArtifactsOf(run.Id);
        foreach (string file in RunLinks.Files(artifacts).Select(f => f.FullName).Order(StringComparer.Ordinal))
        {
            log.AddArtifact(file, Path.GetRelativePath(artifacts, file).Replace('\\', '/'));
        }

        if (run.Status is RunStatus.Finished or RunStatus.Failed or RunStatus.Stopped)
        {
            log.Finish(new RunOutcome(run.Status, run.Metrics, run.Error));
        }
    }
}
