using System.CommandLine;
using Encore.Cli.Configuration;
using Encore.Experiments;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore config</c>: files that describe runs.</summary>
internal sealed class ConfigCommand
{
    private readonly Terminal _terminal;

    private ConfigCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new ConfigCommand(terminal).Make();

    private Command Make()
    {
        var command = new Command("config", "Write, check and describe the files that encore run takes") { Init(), Check(), From(), Schema() };
        Examples.AddTo(command, "encore config init experiment.toml --model mult-vae", "encore config check experiment.toml", "encore config from latest", "encore config schema");
        return command;
    }

    private Command Init()
    {
        var file = new Argument<string?>("file") { Description = "The file to write. Default: standard output", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
        var kind = new Option<string>("--command") { Description = $"{string.Join(", ", ConfigFile.Commands)}. Default train, with several models compare", HelpName = "NAME" };
        var models = new Option<string[]>("--model") { Description = "A model; may be given several times. Default mult-vae", HelpName = "NAME" };
        var command = new Command("init", "Write a file with every key and option, commented") { file, kind, models };
        command.SetAction(result =>
        {
            string[] given = result.GetValue(models) is { Length: > 0 } some ? some : ["mult-vae"];
            string name = result.GetValue(kind) ?? (given.Length > 1 ? "compare" : "train");
            if (!ConfigFile.Commands.Contains(name))
            {
                throw new ArgumentException($"--command: found {name}, expected one of {string.Join(", ", ConfigFile.Commands)}.{Suggestion.DidYouMean(name, ConfigFile.Commands)}");
            }

            if (given.Length > 1 && name is not "compare")
            {
                throw new ArgumentException($"--model: found {given.Length} models, only compare takes several; found the command {name}.");
            }

            string text = ConfigText.Begin(RunCommand.Named(name, _terminal), name == "article" ? [] : [.. given.Select(ModelCatalog.BuiltIn.Find)]);
            if (result.GetValue(file) is not { } path)
            {
                _terminal.Output.Write(text);
                return Tool.Success;
            }

            if (File.Exists(path))
            {
                throw new IOException($"{path} is there already, and is not overwritten. Give another name.");
            }

            File.WriteAllText(path, text);
            _terminal.Error.WriteLine($"Wrote {path}. Try: encore run {path}");
            return Tool.Success;
        });
        return command;
    }

    private Command Check()
    {
        var file = new Argument<string>("file") { Description = "The file", HelpName = "FILE" };
        var command = new Command("check", "Check a file, and print the command line that says the same") { file };
        command.SetAction(result =>
        {
            string[] arguments = ConfigFile.Arguments(result.GetValue(file)!, name => RunCommand.Named(name, _terminal), []);
            _terminal.Output.WriteLine($"encore {string.Join(' ', arguments.Select(Quoted))}");
            return Tool.Success;
        });
        return command;
    }

    // As a shell takes it for one word.
    private static string Quoted(string word) => word.All(c => char.IsAsciiLetterOrDigit(c) || "-_=.,:/@+%".Contains(c, StringComparison.Ordinal))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private Command From()
    {
        var id = new Argument<string>("id") { Description = "The run's id, its beginning or end, or latest", HelpName = "ID" };
        var runs = new Option<string?>("--runs") { Description = $"The folder that keeps runs. Default: the variable {RunStore.FolderVariable}, or runs", HelpName = "DIR" };
        var command = new Command("from", "Print the file that describes a run that was kept") { id, runs };
        command.SetAction(result =>
        {
            var store = new RunStore(RunArguments.Folder(result.GetValue(runs)));
            var run = store.Find(result.GetValue(id)!);
            string path = Path.Combine(store.ArtifactsOf(run.Id), RunArguments.ConfigName);
            _terminal.Output.Write(File.Exists(path) ? ConfigPaths.Absolute(path, run.Description.Directory ?? Environment.CurrentDirectory) : throw new FileNotFoundException(run.Description.Parent is { } parent
                ? $"Run {run.Id} belongs to {parent}, which has the configuration: encore config from {parent}"
                : $"Run {run.Id} has no configuration with it: it ended before it was written, or was not begun by this tool."));
            return Tool.Success;
        });
        return command;
    }

    private Command Schema()
    {
        var command = new Command("schema", "Print the JSON schema of the files, for editors");
        command.SetAction(_ =>
        {
            var options = ConfigFile.Commands.SelectMany(c => RunCommand.Named(c, _terminal).Options).ToArray();
            _terminal.Output.WriteLine(ConfigSchema.Text(name => Array.Find(options, o => o.Name == name)?.Description));
            return Tool.Success;
        });
        return command;
    }
}
