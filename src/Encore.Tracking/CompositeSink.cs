namespace Encore.Tracking;

/// <summary>Writes runs to several places at once; the first one's ids count.</summary>
/// <param name="sinks">The places, at least one; disposed with this.</param>
public sealed class CompositeSink(params IReadOnlyList<IRunSink> sinks) : IRunSink
{
    /// <inheritdoc/>
    public IRunLog Begin(RunDescription run)
    {
        var logs = new List<IRunLog>();
        try
        {
            foreach (var sink in sinks)
            {
                logs.Add(sink.Begin(logs.Count == 0 ? run : run with { Id = logs[0].Id }));
            }

            return new CompositeLog(logs);
        }
        catch
        {
            logs.ForEach(log => log.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sink in sinks)
        {
            sink.Dispose();
        }
    }
}

/// <summary>A run that is written to several places.</summary>
internal sealed class CompositeLog(IReadOnlyList<IRunLog> logs) : IRunLog
{
    public string Id => logs[0].Id;

    public void Log(RunMetrics metrics) => Each(log => log.Log(metrics));

    public void Write(string line) => Each(log => log.Write(line));

    public void Describe(RunDescription run) => Each(log => log.Describe(run with { Id = log.Id }));

    public void Measures(IReadOnlyDictionary<string, bool> lowerIsBetter) => Each(log => log.Measures(lowerIsBetter));

    public void AddArtifact(string path, string? name = null) => Each(log => log.AddArtifact(path, name));

    public void Finish(RunOutcome outcome) => Each(log => log.Finish(outcome));

    public void Dispose() => Each(log => log.Dispose());

    public void Discard() => Each(log => (log as IDiscardable)?.Discard());

    private void Each(Action<IRunLog> act)
    {
        foreach (var log in logs)
        {
            act(log);
        }
    }
}

/// <summary>A run that can be taken back where it is written.</summary>
internal interface IDiscardable
{
    /// <summary>Removes what was written of the run, which has ended.</summary>
    void Discard();
}
