using System.CommandLine;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs resume ID</c>: continues a run that was cut off, from its record.</summary>
internal static class RunsResumeCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string>("id") { Description = "The run: its id, the beginning or end of it, or latest", HelpName = "ID" };
        var runs = CommandOptions.Runs();
        var output = new Option<string?>("--output") { Description = "How the result is shown, as the run's own command has it. Default: as the run began", HelpName = "FORMAT" };
        var quiet = CommandOptions.Quiet("epoch or trial");
        var command = new Command("resume", "Continue a run that was interrupted, stopped or failed, to the figures that it would have had") { id, runs, output, quiet };
        command.SetAction((result, cancellationToken) =>
        {
            var store = new RunStore(CommandOptions.RunsFolder(result.GetValue(runs)));
            var run = store.Find(result.GetValue(id)!);
            RunHost.CheckResumable(run);
            var config = RunHost.ConfigOf(run, terminal.Kinds) ?? OfCommand(run, terminal);
            if (result.GetValue(output) is { } format)
            {
                config = config with { Output = config.Output with { Format = format } };
            }

            var host = new RunHost(terminal.Kinds) { Store = store.Folder };
            return Task.FromResult(KindCommand.Of(config.Kind).Resume(
                new Configured(config, new Dictionary<string, string>()), result.GetValue(quiet), result.GetValue(runs),
                (c, observer) => host.Resume(run, c, observer, cancellationToken), terminal));
        });
        Examples.AddTo(command, "encore runs resume latest", "encore runs resume 3f2a");
        return command;
    }

    // Of an earlier release, which kept the command line alone.
    private static RunConfig OfCommand(Run run, Terminal terminal)
    {
        string[] words = [.. run.Description.Command];
        if (words.Length == 0 || !terminal.Kinds.Names.Contains(words[0]))
        {
            throw new ArgumentException($"Run {run.Id} was not begun by this tool, so there is no command to continue with.");
        }

        var command = KindCommand.Of(words[0]);
        var parsed = new RootCommand { command.Make(terminal) }.Parse(words, Tool.Parsing);
        return parsed.Errors.Count == 0
            ? command.Configure(parsed, null, run.Description.Directory ?? Environment.CurrentDirectory, terminal.Kinds.Registry).Config
            : throw new InvalidDataException($"The command of run {run.Id} cannot be read: {parsed.Errors[0].Message}");
    }
}
