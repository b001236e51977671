using System.CommandLine;
using Encore.Experiments;
using Encore.Runs;

namespace Encore.Cli.Configuration;

/// <summary>A configuration file, checked and turned into the command line that says the same.</summary>
internal static class ConfigFile
{
    public const string Command = "command", Models = "models", Name = "name", Space = "tune.space.";

    /// <summary>The commands that a file can ask for.</summary>
    public static IReadOnlyList<string> Commands { get; } = ["train", "compare", "tune", "article"];

    /// <summary>The command line of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="command">Makes a command by its name, to know its options.</param>
    /// <param name="overrides">Options that win over the file's.</param>
    /// <exception cref="ArgumentException">A key is not known, a value is of the wrong kind, or the command has no such
    /// option; the message says where in the file.</exception>
    public static string[] Arguments(string path, Func<string, Command> command, IReadOnlyList<string> overrides)
    {
        var entries = ConfigReader.Read(path);
        var asked = entries.FirstOrDefault(e => e.Key == Command);
        string name = asked?.As(ConfigKind.Text) ?? throw new ArgumentException($"{path}: found no {Command}, expected {Command} = \"…\" with one of {string.Join(", ", Commands)}.");
        if (!Commands.Contains(name))
        {
            throw new ArgumentException($"{asked.Where}: found the command {name}, expected one of {string.Join(", ", Commands)}.{Suggestion.DidYouMean(name, Commands)}");
        }

        var target = command(name);
        var won = Won(target, overrides);
        var arguments = new List<string>();
        foreach (var entry in entries.Where(e => e.Model < 0 && e != asked))
        {
            if (entry.Key.StartsWith(Space, StringComparison.Ordinal) && entry.Path.Count == 3)
            {
                continue;
            }

            var key = ConfigKeys.All.FirstOrDefault(k => k.Key == entry.Key) ?? throw Unknown(entry);
            if (target.Options.All(o => o.Name != key.Option))
            {
                throw new ArgumentException($"{entry.Where}: {entry.Key} has no meaning for the command {name}.");
            }

            if (!won.Contains(key.Option))
            {
                arguments.Add(key.Option);
                arguments.Add(ConfigPaths.Absolute(key, entry.As(key.Kind), Path.GetDirectoryName(Path.GetFullPath(path))!));
            }
        }

        var models = entries.Where(e => e.Model >= 0).GroupBy(e => e.Model).Select(g => ModelOf(g, path)).ToArray();
        var spaces = entries.Where(e => e.Model < 0 && e.Key.StartsWith(Space, StringComparison.Ordinal) && e.Path.Count == 3).ToArray();
        if (spaces.Length > 0 && name != "tune")
        {
            throw new ArgumentException($"{spaces[0].Where}: {spaces[0].Key} has no meaning for the command {name}.");
        }

        string[] subject = name switch
        {
            "train" or "tune" => OfOne(models, path, name),
            "compare" => won.Contains("--models") ? [] : OfSeveral(models),
            _ when models.Length > 0 => throw new ArgumentException($"{models[0].Where}: the command {name} has models of its own."),
            _ => [],
        };
        if (!won.Contains("--space"))
        {
            arguments.AddRange(spaces.SelectMany(s => (string[])["--space", $"{s.Path[2]}={s.As(ConfigKind.Text)}"]));
        }

        return [name, .. subject, .. arguments, .. overrides];
    }

    /// <summary>What a model's option looks like in a file.</summary>
    public static ConfigKind KindOf(ModelOption option) =>
        option.Kind == OptionKind.Whole ? ConfigKind.Whole
        : option.Kind == OptionKind.Number ? ConfigKind.Number
        : option.Kind == OptionKind.Wholes ? ConfigKind.Wholes
        : option.Kind == OptionKind.Flag ? ConfigKind.Boolean
        : ConfigKind.Text;

    private static Listed ModelOf(IEnumerable<ConfigEntry> entries, string path)
    {
        var all = entries.ToArray();
        var named = Array.Find(all, e => e.Path is [Models, Name]) ?? throw new ArgumentException($"{all[0].Where}: found a model without a name, expected name = \"…\".");
        ModelEntry model;
        try
        {
            model = ModelCatalog.BuiltIn.Find(named.As(ConfigKind.Text));
        }
        catch (ArgumentException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new ArgumentException($"{named.Where}: {error.Message}", error);
        }

        var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in all.Where(e => e != named))
        {
            string name = entry.Path[^1];
            var option = model.Options.FirstOrDefault(o => entry.Path.Count == 2 && o.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (option is null)
            {
                throw new ArgumentException(
                    $"{entry.Where}: {model.Name} has no option {string.Join('.', entry.Path.Skip(1))}.{Suggestion.DidYouMean(name, model.Options.Select(o => o.Name))} Its options: {string.Join(", ", model.Options.Select(o => o.Name))}.");
            }

            string text = entry.As(KindOf(option));
            try
            {
                model.Create(new Dictionary<string, string> { [option.Name] = text });
            }
            catch (ArgumentException error)
            {
                throw new ArgumentException($"{entry.Where}: {error.Message}", error);
            }

            options[option.Name] = text;
        }

        return new Listed(model, options, named.Where);
    }

    private static string[] OfOne(Listed[] models, string path, string command) => models.Length == 1
        ? [models[0].Model.Name, .. models[0].Options.SelectMany(o => (string[])["--set", $"{o.Key}={o.Value}"])]
        : throw new ArgumentException($"{(models.Length > 1 ? models[1].Where : path)}: found {models.Length} models, expected one for the command {command}.");

    // Plain names where each comes once: rows of the table are then called by them.
    private static string[] OfSeveral(Listed[] models)
    {
        if (models.Length == 0)
        {
            return [];
        }

        if (models.Select(m => m.Model.Name).Distinct().Count() == models.Length)
        {
            return ["--models", string.Join(',', models.Select(m => m.Model.Name)), .. models.SelectMany(m => m.Options.SelectMany(o => (string[])["--set", $"{m.Model.Name}.{o.Key}={o.Value}"]))];
        }

        return ["--models", string.Join(',', models.Select(m => string.Join(':', [m.Model.Name, .. m.Options.Select(o => $"{o.Key}={o.Value}")])))];
    }

    // The names, as the command has them, of the options that a command line gives.
    private static HashSet<string> Won(Command command, IReadOnlyList<string> overrides)
    {
        var names = overrides.Where(o => o.StartsWith('-')).Select(o => o.Split('=')[0]).ToHashSet();
        string[] sources = ["--data", "--split-dir", "--train", "--validation", "--test"];
        HashSet<string> won = [.. command.Options.Where(o => names.Contains(o.Name) || o.Aliases.Any(names.Contains)).Select(o => o.Name)];
        if (sources.Any(won.Contains))
        {
            won.UnionWith(sources); // another source takes the place of the file's, whatever kind that was
        }

        return won;
    }

    private static ArgumentException Unknown(ConfigEntry entry)
    {
        string[] known = [Command, Models, .. ConfigKeys.All.Select(k => k.Key)];
        string[] close = [.. known.Where(k => k.Contains('.', StringComparison.Ordinal) == (entry.Path.Count > 1))];
        string[] tables = [.. ConfigKeys.All.Where(k => k.Key.Contains('.', StringComparison.Ordinal)).Select(k => k.Key.Split('.')[0]).Distinct()];
        string[] siblings = entry.Path.Count > 1 && tables.Contains(entry.Path[0]) ? [.. known.Where(k => k.StartsWith(entry.Path[0] + '.', StringComparison.Ordinal))] : close;
        return new ArgumentException(
            $"{entry.Where}: found the key {entry.Key}.{Suggestion.DidYouMean(entry.Key, siblings)} The keys: {string.Join(", ", siblings)}.");
    }

    private sealed record Listed(ModelEntry Model, Dictionary<string, string> Options, string Where);
}
