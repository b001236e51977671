using Encore.Data;
using Encore.Experiments;

namespace Encore.Runs;

/// <summary>Writes a configuration's split as files, which <see cref="DataConfig.SplitFolder"/> and other tools read.</summary>
public static class SplitFiles
{
    /// <summary>Reads, splits and writes.</summary>
    /// <param name="config">The data and its protocol.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="format"><c>tsv</c> or <c>csv</c>.</param>
    /// <param name="registry">The protocols and readers that there are; null: Encore's own.</param>
    /// <param name="session">Told what was assumed, and how far it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The split, the data in a line, the files' names, and how often the protocol repeats itself.</returns>
    /// <exception cref="ArgumentException">The configuration is wrong.</exception>
    /// <exception cref="IOException">The folder has files of a split already.</exception>
    public static (Split Split, DataDescription Data, IReadOnlyList<string> Files, int Repetitions) Write(
        RunConfig config, string folder, string format, RunSession session, Registry? registry = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var input = new RunInput(config, registry);
        var (split, log, data) = input.ReadSplit(session, cancellationToken);
        session.At("write", 0);
        return (split, data, SplitWriter.Write(split, folder, log, format), input.Repetitions);
    }
}
