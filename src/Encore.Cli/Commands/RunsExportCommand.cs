using System.CommandLine;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs export ID …</c>: runs for other programs.</summary>
internal sealed class RunsExportCommand
{
    private readonly RunsArguments _runs = new();
    private readonly Option<string?> _format = new("--format", "-f") { Description = "csv (default): the recorded metrics, one column each; json: everything", HelpName = "FORMAT" };
    private readonly Option<bool> _long = new("--long") { Description = "csv: one line per value" };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "The file to write. Default: standard output", HelpName = "PATH" };

    public static Command Create(Terminal terminal) => new RunsExportCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("export", "Export runs, with the runs that belong to them, for other programs") { _format, _long, _out };
        _runs.AddIdsTo(command).AddWhereTo(command).AddFolderTo(command);
        command.SetAction(result => Run(result, terminal));
        Examples.AddTo(command,
            "encore runs export latest > curve.csv",
            "encore runs export --where \"model=multvae\" --format csv --long --out curves.csv",
            "encore runs export 0a1b --format json --out run.json");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal)
    {
        var format = CommandOptions.Choice<ExportFormat>(result.GetValue(_format), "--format");
        if (result.GetValue(_long) && format != ExportFormat.Csv)
        {
            throw new ArgumentException("--long: found another --format, expected csv.");
        }

        var store = _runs.Store(result);
        var runs = Runs(result, store, terminal);
        var read = new RunLines(message => terminal.Error.WriteLine($"error: {message}"));
        string text = format == ExportFormat.Json ? RunExport.Json(store, runs, read) : result.GetValue(_long) ? RunExport.LongCsv(store, runs, read) : RunExport.WideCsv(store, runs, read);
        if (result.GetValue(_out) is not { } path)
        {
            terminal.Output.Write(text);
            return read.IsComplete ? Tool.Success : Tool.Failure;
        }

        WholeFile.WriteNew(path, text, "Choose another file for --out.");
        terminal.Error.WriteLine(Format.Text($"Wrote {runs.Length} run{(runs.Length == 1 ? "" : "s")} to {path}."));
        return read.IsComplete ? Tool.Success : Tool.Failure;
    }

    // A comparison has no lines of its own: its models come with it.
    private Run[] Runs(ParseResult result, RunStore store, Terminal terminal)
    {
        var all = RunsArguments.All(store, terminal);
        var named = _runs.Runs(result, store).Concat(_runs.Where(result) is { } where ? RunsArguments.Named("--where", () => RunSelection.Select(all, where, children: false)) : []);
        Run[] runs = [.. named.SelectMany(r => RunSelection.Family(r, all)).DistinctBy(r => r.Id)];
        return runs.Length > 0 ? runs : throw new ArgumentException("export: found no run. Give ids, or a --where that matches some.");
    }

    private enum ExportFormat
    {
        Csv,
        Json,
    }
}
