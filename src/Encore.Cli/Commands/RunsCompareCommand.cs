using System.CommandLine;
using Encore.Cli.Output;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs compare ID ID …</c>: runs side by side.</summary>
internal sealed class RunsCompareCommand
{
    private readonly RunsArguments _runs = new();

    public static Command Create(Terminal terminal) => new RunsCompareCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("compare", "Set runs side by side: what differs between them, what they reached, how they learned");
        _runs.AddIdsTo(command).AddWhereTo(command).AddOutputTo(command).AddFolderTo(command);
        command.SetAction(result =>
        {
            var format = _runs.Format(result);
            var store = _runs.Store(result);
            Run[] runs = [.. _runs.Runs(result, store).Concat(_runs.Where(result) is { } where ? RunsArguments.Named("--where", () => RunSelection.Select(RunsArguments.All(store, terminal), where, children: false)) : []).DistinctBy(r => r.Id)];
            if (runs.Length < 2)
            {
                throw new ArgumentException(Format.Text($"compare: found {runs.Length} {(runs.Length == 1 ? "run" : "runs")}, expected at least two ids, or a --where that means two."));
            }

            var read = new RunLines(message => terminal.Error.WriteLine($"error: {message}"));
            Write(RunsComparison.Of(store, runs, read), runs, format, terminal);
            return read.IsComplete ? Tool.Success : Tool.Failure;
        });
        Examples.AddTo(command,
            "encore runs compare 0a1b 2c3d",
            "encore runs compare latest 2c3d --output markdown",
            "encore runs compare --where \"model=multvae and tag=sweep\" --output csv");
        return command;
    }

    private static void Write(RunsComparison comparison, Run[] runs, RunsFormat format, Terminal terminal)
    {
        if (format != RunsFormat.Table)
        {
            string text = format == RunsFormat.Json ? comparison.Json() + "\n" : format == RunsFormat.Csv ? comparison.Csv() : comparison.Markdown();
            terminal.Output.Write(text);
            return;
        }

        foreach (var (r, run) in runs.Index())
        {
            terminal.WriteText(Format.Text($"{RunsComparison.Letter(r)}  {run.Id}"), 3);
        }

        foreach (var (title, table) in comparison.Parts)
        {
            terminal.Output.WriteLine();
            terminal.WriteText(title);
            table.Write(terminal);
        }
    }
}
