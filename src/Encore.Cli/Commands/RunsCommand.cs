using System.CommandLine;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs</c>: what was run, and what came out.</summary>
internal static class RunsCommand
{
    public static Command Create(Terminal terminal) => new("runs", "List, show, compare, resume, remove and export runs")
    {
        RunsResumeCommand.Create(terminal),
    };
}
