namespace Encore.Tracking;

/// <summary>
/// Where runs are written: the folder of a <see cref="RunStore"/>, a server, or several at once
/// (<see cref="CompositeSink"/>). Any thread may begin runs, several at once.
/// </summary>
public interface IRunSink : IDisposable
{
    /// <summary>A run begins.</summary>
    /// <exception cref="IOException">The run cannot be written there.</exception>
    IRunLog Begin(RunDescription run);
}

/// <summary>
/// A run on its way. Any thread may write, several at once. Disposing one that has not ended leaves it interrupted.
/// </summary>
public interface IRunLog : IDisposable
{
    /// <summary>The run's id where it is written.</summary>
    string Id { get; }

    /// <summary>Adds a line of figures.</summary>
    void Log(RunMetrics metrics);

    /// <summary>Adds a line of text to the run's log.</summary>
    void Write(string line);

    /// <summary>More is known of the run than when it began, such as its data once that is read.</summary>
    /// <param name="run">What the run is now.</param>
    void Describe(RunDescription run)
    {
    }

    /// <summary>The run measures metrics; said before their values are logged, and again where there are more.</summary>
    /// <param name="lowerIsBetter">Whether smaller values are better, by the metric's name.</param>
    void Measures(IReadOnlyDictionary<string, bool> lowerIsBetter)
    {
    }

    /// <summary>Keeps a copy of a file with the run.</summary>
    /// <param name="path">The file; in a store it may have been written in its place among the artefacts.</param>
    /// <param name="name">Its name among the run's artefacts; null: the file's own.</param>
    /// <exception cref="IOException">The file cannot be read, or its copy not be written.</exception>
    void AddArtifact(string path, string? name = null);

    /// <summary>The run has ended. What is written later is an error.</summary>
    void Finish(RunOutcome outcome);
}
