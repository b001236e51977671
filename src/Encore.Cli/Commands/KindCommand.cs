using System.CommandLine;
using Encore.Experiments;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary>A command that is a kind of run: its options are a configuration, which a host executes.</summary>
/// <param name="name">The kind.</param>
/// <param name="description">What it does.</param>
/// <param name="each">What has a line of its own as it ends; null: nothing.</param>
internal abstract class KindCommand(string name, string description, string? each)
{
    private readonly Option<bool> _quiet = CommandOptions.Quiet(each);
    private readonly Option<string?> _runs = CommandOptions.Runs();
    private readonly Option<bool> _noTrack = new("--no-track") { Description = "Keep nothing of the run" };

    /// <summary>The options that keys have.</summary>
    protected ConfigOptions Keys { get; } = new(name);

    /// <summary>The command of a kind of run.</summary>
    public static KindCommand Of(string kind) => kind switch
    {
        "train" => new TrainCommand(),
        "compare" => new CompareCommand(),
        "tune" => new TuneCommand(),
        _ => new ArticleCommand(),
    };

    /// <summary>The command.</summary>
    public Command Make(Terminal terminal)
    {
        var command = new Command(name, description);
        AddTo(command);
        command.Add(_quiet);
        command.Add(_runs);
        command.Add(_noTrack);
        Keys.AddTo(command, ConfigOptions.Tracking);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, null, terminal, cancellationToken)));
        Examples.AddTo(command, Lines);
        return command;
    }

    /// <summary>Runs a command line, perhaps on top of a file's configuration.</summary>
    public int Run(ParseResult result, Configured? file, Terminal terminal, CancellationToken cancellationToken)
    {
        var configured = Configure(result, file, Environment.CurrentDirectory, terminal.Kinds.Registry);
        var host = new RunHost(terminal.Kinds)
        {
            Store = result.GetValue(_noTrack) ? null : CommandOptions.RunsFolder(result.GetValue(_runs)),
            MlflowUrl = Keys.Given(result, "tracking.mlflow"),
        };
        return Execute(configured, result.GetValue(_quiet), result.GetValue(_runs), (config, observer) => host.Execute(config, observer, cancellationToken), terminal);
    }

    /// <summary>Continues a run.</summary>
    public int Resume(Configured configured, bool quiet, string? runs, Func<RunConfig, RunObserver, RunResult> resume, Terminal terminal) => Execute(configured, quiet, runs, resume, terminal);

    /// <summary>The configuration that a command line says on top of another.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="from">The other; null: none.</param>
    /// <param name="folder">Where relative paths of the command line start.</param>
    /// <param name="registry">The models that it can name.</param>
    public Configured Configure(ParseResult result, Configured? from, string folder, Registry registry)
    {
        var configured = Keys.Apply(from ?? Keys.Empty(folder), result, folder);
        return configured with { Config = Subject(result, configured.Config, registry) };
    }

    /// <summary>Examples for its help.</summary>
    protected abstract string[] Lines { get; }

    /// <summary>Adds its arguments and options.</summary>
    protected abstract void AddTo(Command command);

    /// <summary>The configuration with the models that a command line names.</summary>
    protected abstract RunConfig Subject(ParseResult result, RunConfig config, Registry registry);

    /// <summary>Writes what the run came to.</summary>
    protected abstract void Show(RunResult result, string format, Terminal terminal);

    private int Execute(Configured configured, bool quiet, string? runs, Func<RunConfig, RunObserver, RunResult> execute, Terminal terminal)
    {
        string format = configured.Config.Output.Format?.ToLowerInvariant() ?? "table";
        RunResult result;
        try
        {
            result = Work.Run(terminal, quiet, work => execute(configured.Config, new TerminalObserver(work, terminal, quiet, format == "table", runs)));
        }
        catch (RunConfigException error)
        {
            throw new ArgumentException(configured.Explain(error, terminal.Kinds.Keys), error);
        }

        Show(result, format, terminal);
        if (!quiet && result.Run is { } run)
        {
            terminal.Error.WriteLine($"Run {run.Id}");
        }

        return result.Outcome.Status == Tracking.RunStatus.Failed ? Tool.Failure : Tool.Success;
    }
}
