using System.CommandLine;
using Encore.Cli.Output;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs show ID</c>: all that is known of a run.</summary>
internal sealed class RunsShowCommand
{
    private readonly RunsArguments _runs = new();
    private readonly Option<int?> _epochs = new("--epochs") { Description = "Lines of figures to show, the last ones. Default 5", HelpName = "N" };
    private readonly Option<string?> _output = new("--output") { Description = "table (default) or json", HelpName = "FORMAT" };

    public static Command Create(Terminal terminal) => new RunsShowCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("show", "Show a run: what was asked for, how it went, what it reached, what it left") { _epochs, _output };
        _runs.AddIdTo(command).AddFolderTo(command);
        command.SetAction(result =>
        {
            bool json = CommandOptions.Choice<ShowFormat>(result.GetValue(_output), "--output") == ShowFormat.Json;
            int epochs = result.GetValue(_epochs) ?? 5;
            if (epochs < 0)
            {
                throw new ArgumentException(Format.Text($"--epochs: found {epochs}, expected a whole number ≥ 0."));
            }

            var store = _runs.Store(result);
            var run = _runs.Run(result, store);
            var read = new RunLines(message => terminal.Error.WriteLine($"error: {message}"));
            if (json)
            {
                terminal.Output.WriteLine(RunExport.Json(store, run, read));
            }
            else
            {
                RunOutput.Text(store, run, epochs, read, terminal);
            }

            return read.IsComplete ? Tool.Success : Tool.Failure;
        });
        Examples.AddTo(command, "encore runs show latest", "encore runs show 0a1b --epochs 20", "encore runs show 20260131 --output json");
        return command;
    }

    private enum ShowFormat
    {
        Table,
        Json,
    }
}
