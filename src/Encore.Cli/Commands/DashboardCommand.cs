using System.CommandLine;
using System.Net.Sockets;
using Encore.Server.Dashboard;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore dashboard</c>: the runs of a folder in a browser.</summary>
internal sealed class DashboardCommand
{
    private readonly Option<string?> _runs = new("--runs") { Description = $"The folder that keeps runs. Default: the variable {RunStore.FolderVariable}, or runs", HelpName = "DIR" };
    private readonly Option<string> _host = new("--host") { Description = "Address to listen on", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
    private readonly Option<int> _port = new("--port") { Description = "Port; 0: any that is free", HelpName = "N", DefaultValueFactory = _ => 8081 };
    private readonly Option<bool> _allowOthers = new("--allow-others") { Description = "Listen where other machines reach it, though it asks for no key: they see every run and can remove runs" };

    private DashboardCommand()
    {
    }

    public static Command Create(Terminal terminal) => new DashboardCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("dashboard", "Show runs in a browser, while they train and afterwards") { _runs, _host, _port, _allowOthers };
        command.SetAction((result, cancellationToken) => RunAsync(result, terminal, cancellationToken));
        Examples.AddTo(command, "encore dashboard", "encore dashboard --runs experiments --port 9000");
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var options = new DashboardOptions
        {
            Runs = RunArguments.Folder(result.GetValue(_runs)),
            Host = result.GetValue(_host)!,
            Port = result.GetValue(_port) is >= 0 and <= 65535 and var port ? port : throw new ArgumentException("--port: expected 0 … 65535."),
            AllowsOthers = result.GetValue(_allowOthers),
        };
        try
        {
            var app = DashboardServer.Create(options);
            if (!options.IsLoopback)
            {
                terminal.Error.WriteLine($"warning: whoever reaches {options.Host} sees every run and can remove runs: the dashboard asks for no key.");
            }

            await DashboardServer.RunAsync(app, url => terminal.Error.WriteLine($"Runs of {Path.GetFullPath(options.Runs)} at {url}. Stop with Ctrl-C."), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error.GetBaseException() is SocketException)
        {
            throw new IOException($"Port {options.Port} of {options.Host} cannot be listened on: {error.GetBaseException().Message}", error);
        }

        return Tool.Success;
    }
}
