using System.CommandLine;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore config</c>: files that describe runs.</summary>
internal static class ConfigCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("config", "Write, check and describe the files that encore run takes") { Init(terminal), Check(terminal), From(terminal), Schema(terminal) };
        Examples.AddTo(command, "encore config init experiment.toml --model mult-vae", "encore config check experiment.toml", "encore config from latest", "encore config schema");
        return command;
    }

    private static Command Init(Terminal terminal)
    {
        var file = new Argument<string?>("file") { Description = "The file to write. Default: standard output", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
        var kind = new Option<string>("--command") { Description = $"{string.Join(", ", terminal.Kinds.Names)}. Default train, with several models compare", HelpName = "NAME" };
        var models = new Option<string[]>("--model") { Description = "A model; may be given several times. Default mult-vae", HelpName = "NAME" };
        var command = new Command("init", "Write a file with every key and option, commented") { file, kind, models };
        command.SetAction(result =>
        {
            string[] given = result.GetValue(models) is { Length: > 0 } some ? some : ["mult-vae"];
            string name = result.GetValue(kind) ?? (given.Length > 1 ? "compare" : "train");
            if (!terminal.Kinds.Names.Contains(name))
            {
                throw new ArgumentException($"--command: found {name}, expected one of {string.Join(", ", terminal.Kinds.Names)}.{Suggestion.DidYouMean(name, terminal.Kinds.Names)}");
            }

            var count = terminal.Kinds.Find(name).Models;
            if (given.Length > 1 && count != ModelCount.Several)
            {
                throw new ArgumentException($"--model: found {given.Length} models, but the command {name} takes one. Use --command compare for several.");
            }

            string text = ConfigText.Begin(name, count == ModelCount.None ? [] : [.. given.Select(terminal.Kinds.Registry.Models.Find)], terminal.Kinds);
            if (result.GetValue(file) is not { } path)
            {
                terminal.Output.Write(text);
                return Tool.Success;
            }

            WholeFile.WriteNew(path, text, "Choose another name.");
            terminal.Error.WriteLine($"Wrote {path}. Try: encore run {path}");
            return Tool.Success;
        });
        return command;
    }

    private static Command Check(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "The file", HelpName = "FILE" };
        var command = new Command("check", "Check a file, and print the equivalent command line") { file };
        command.SetAction(result =>
        {
            var words = ConfigText.Arguments(ConfigFile.Read(result.GetValue(file)!, terminal.Kinds), terminal.Kinds);
            terminal.Output.WriteLine($"encore {string.Join(' ', words.Select(Quoted))}");
            return Tool.Success;
        });
        return command;
    }

    // As a shell takes it for one word.
    private static string Quoted(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_=.,:/@+%".Contains(c, StringComparison.Ordinal))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static Command From(Terminal terminal)
    {
        var id = new Argument<string>("id") { Description = "The run's id, its beginning or end, or latest", HelpName = "ID" };
        var runs = CommandOptions.Runs();
        var command = new Command("from", "Print the file that describes a recorded run") { id, runs };
        command.SetAction(result =>
        {
            var store = new RunStore(CommandOptions.RunsFolder(result.GetValue(runs)));
            var run = store.Find(result.GetValue(id)!);
            terminal.Output.Write(RunHost.ConfigTextOf(store, run, terminal.Kinds) ?? throw new FileNotFoundException(run.Description.Parent is { } parent
                ? $"Run {run.Id} belongs to {parent}, which has the configuration: encore config from {parent}"
                : $"Run {run.Id} has no configuration: it ended before one was written, or another program began it."));
            return Tool.Success;
        });
        return command;
    }

    private static Command Schema(Terminal terminal)
    {
        var command = new Command("schema", "Print the JSON schema of the files, for editors");
        command.SetAction(_ =>
        {
            terminal.Output.WriteLine(ConfigSchema.Text(terminal.Kinds));
            return Tool.Success;
        });
        return command;
    }
}
