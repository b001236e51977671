using System.CommandLine;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs resume ID</c>: goes on with a run that was cut off.</summary>
internal sealed class RunsResumeCommand
{
    private readonly Argument<string> _id = new("id") { Description = "The run: its id, the beginning or end of it, or latest", HelpName = "ID" };
    private readonly Option<string?> _runs = new("--runs") { Description = $"The folder that keeps runs. Default: the variable {RunStore.FolderVariable}, or runs", HelpName = "DIR" };

    private RunsResumeCommand()
    {
    }

    public static Command Create(Terminal terminal) => new RunsResumeCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("resume", "Go on with a run that was interrupted, stopped or failed, to the figures that it would have had") { _id };
        command.Add(_runs);
        command.SetAction((result, cancellationToken) => RunAsync(result, terminal, cancellationToken));
        Examples.AddTo(command, "encore runs resume latest", "encore runs resume 3f2a");
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var store = new RunStore(RunArguments.Folder(result.GetValue(_runs)));
        var run = store.Find(result.GetValue(_id)!);
        if (run.Description.Parent is { } parent)
        {
            throw new ArgumentException($"Run {run.Id} belongs to {parent}, which goes on with all that belongs to it: encore runs resume {parent}");
        }

        if (run.Description.Command.Count == 0)
        {
            throw new ArgumentException($"Run {run.Id} was not begun by this tool, so there is no command to go on with.");
        }

        if (run.Status is RunStatus.Finished or RunStatus.Running)
        {
            throw new ArgumentException($"Run {run.Id} is {(run.Status == RunStatus.Finished ? "finished; there is nothing to resume" : "running: another process works on it")}.");
        }

        string before = Environment.CurrentDirectory;
        if (run.Description.Directory is { } folder)
        {
            Environment.CurrentDirectory = Directory.Exists(folder)
                ? folder
                : throw new DirectoryNotFoundException($"Run {run.Id} began in the folder {folder}, which is not there any more; its relative paths start there.");
        }

        try
        {
            string[] args = [.. run.Description.Command, "--runs", store.Folder, RunArguments.ResumeOption, run.Id];
            return await Tool.RunAsync(args, terminal, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }
}
