using System.CommandLine;
using Encore.Dashboard;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore dashboard</c>: the runs of a folder in a browser.</summary>
internal sealed class DashboardCommand
{
    private readonly Option<string?> _runs = new("--runs") { Description = $"The folder that keeps runs. Default: the variable {RunStore.FolderVariable}, or runs", HelpName = "DIR" };
    private readonly HostingArguments _hosting = new(8081);
    private readonly Option<bool> _allowOthers = new("--allow-others") { Description = "Listen where other machines reach it, though it asks for no key: they see every run and can remove runs" };

    private DashboardCommand()
    {
    }

    public static Command Create(Terminal terminal) => new DashboardCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("dashboard", "Show runs in a browser, while they train and afterwards") { _runs, _allowOthers };
        _hosting.AddTo(command);
        command.SetAction((result, cancellationToken) => RunAsync(result, terminal, cancellationToken));
        Examples.AddTo(command, "encore dashboard", "encore dashboard --runs experiments --port 9000");
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var options = _hosting.Apply(result, new DashboardOptions { Runs = CommandOptions.RunsFolder(result.GetValue(_runs)), AllowsOthers = result.GetValue(_allowOthers) });
        var app = DashboardServer.Create(options);
        await DashboardServer.RunAsync(app, url =>
        {
            if (!_hosting.IsJson(result)) // the log says it
            {
                terminal.Error.WriteLine($"Runs of {Path.GetFullPath(options.Runs)} at {url}. Stop with Ctrl-C.");
            }
        }, cancellationToken).ConfigureAwait(false);
        return Tool.Success;
    }
}
