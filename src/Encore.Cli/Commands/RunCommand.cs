using System.CommandLine;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore run FILE</c>: what a configuration file describes.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "A configuration file in TOML or JSON: encore config init writes one", HelpName = "FILE" };
        var command = new Command("run", "Do what a configuration file describes; options behind the file override it") { file };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (result, cancellationToken) =>
        {
            var configured = ConfigFile.Read(result.GetValue(file)!, terminal.Kinds);
            var (kind, parsed) = Parse(configured.Config.Kind, configured.Config.Models, result.UnmatchedTokens, terminal);
            return await Tool.IsWrongAsync(parsed, terminal).ConfigureAwait(false) ? Tool.Usage : kind.Run(parsed, configured, terminal, cancellationToken);
        });
        Examples.AddTo(command,
            "encore run experiment.toml",
            "encore run experiment.toml --seed 2 --set epochs=10",
            "encore run examples/mult-vae-ml-1m.toml --output json");
        return command;
    }

    /// <summary>Options as a kind's own command takes them.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="models">The models, of which a command that takes one has it as its argument.</param>
    /// <param name="options">The options.</param>
    /// <param name="terminal">Where the command writes.</param>
    public static (KindCommand Kind, ParseResult Result) Parse(string kind, IReadOnlyList<ModelConfig> models, IReadOnlyList<string> options, Terminal terminal)
    {
        var command = KindCommand.Of(kind);
        string[] subject = terminal.Kinds.Find(kind).Models == ModelCount.One ? [models[0].Name] : [];
        return (command, new RootCommand { command.Make(terminal) }.Parse([kind, .. subject, .. options], Tool.Parsing));
    }
}
