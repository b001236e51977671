using System.CommandLine;
using Encore.Cli.Configuration;

namespace Encore.Cli.Commands;

/// <summary><c>encore run FILE</c>: what a configuration file describes.</summary>
internal sealed class RunCommand
{
    private readonly Argument<string> _file = new("file") { Description = "A configuration file in TOML or JSON: encore config init writes one", HelpName = "FILE" };

    private RunCommand()
    {
    }

    public static Command Create(Terminal terminal) => new RunCommand().Make(terminal);

    /// <summary>A command that a file can ask for.</summary>
    public static Command Named(string name, Terminal terminal) => name switch
    {
        "train" => TrainCommand.Create(terminal),
        "compare" => CompareCommand.Create(terminal),
        "tune" => TuneCommand.Create(terminal),
        _ => ArticleCommand.Create(terminal),
    };

    private Command Make(Terminal terminal)
    {
        var command = new Command("run", "Do what a configuration file describes; options behind the file win over it") { _file };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((result, cancellationToken) => Tool.RunAsync(
            ConfigFile.Arguments(result.GetValue(_file)!, name => Named(name, terminal), result.UnmatchedTokens), terminal, cancellationToken));
        Examples.AddTo(command,
            "encore run experiment.toml",
            "encore run experiment.toml --seed 2 --set epochs=10",
            "encore run examples/mult-vae-ml-1m.toml --output json");
        return command;
    }
}
