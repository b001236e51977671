using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli;

/// <summary>Shows on a terminal what happens in a run.</summary>
/// <param name="work">The line of progress.</param>
/// <param name="terminal">The terminal.</param>
/// <param name="quiet">Whether only warnings and errors are shown.</param>
/// <param name="isTable">Whether results are a table for people, which data and protocol stand above.</param>
/// <param name="runs">The folder of runs as it was given; null: it was not.</param>
internal sealed class TerminalObserver(Work work, Terminal terminal, bool quiet, bool isTable = false, string? runs = null) : RunObserver
{
    /// <summary>Work that is no run, told what happens in it.</summary>
    public static RunSession Session(Work work, Terminal terminal, bool quiet) => new(new TerminalObserver(work, terminal, quiet), terminal.Kinds);

    public override void At(string stage, double fraction, string detail) => work.At(stage, fraction, detail);

    public override void Say(RunMessage kind, string text)
    {
        if (quiet && kind is not (RunMessage.Warning or RunMessage.Error))
        {
            return;
        }

        // In a window the words of long lines stay whole; a log has a line for each.
        string line = Line(kind, text);
        terminal.Error.WriteLine(kind == RunMessage.Progress && terminal.Status is { } status
            ? string.Join('\n', TextLines.Wrap(line.Replace("  ", " \u00A0", StringComparison.Ordinal), status.Width, 4))
            : line);
    }

    public override void DataRead(DataDescription data, Split split)
    {
        if (isTable)
        {
            terminal.Status?.Show("");
            terminal.WriteHead(data, split);
        }
    }

    public override void Stopped(Run run) =>
        terminal.Error.WriteLine($"Run {run.Id} can be resumed: encore runs resume {run.Id}{(runs is null ? "" : $" --runs {runs}")}");
}
