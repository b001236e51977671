using System.CommandLine;
using System.Globalization;
using System.Text;
using Encore.Experiments;
using Encore.Runs;

namespace Encore.Cli.Configuration;

/// <summary>Configuration files as text.</summary>
internal static class ConfigText
{
    /// <summary>The file of a run: what its command line said, files and folders absolute, and its models with the options that
    /// matter.</summary>
    /// <param name="command">The command.</param>
    /// <param name="config">Values by key (<see cref="ConfigKeys.Of"/>).</param>
    /// <param name="models">Names of models with options by name.</param>
    /// <param name="spaces">What is searched, by option.</param>
    public static string Of(
        string command, IReadOnlyDictionary<string, string> config, IEnumerable<(ModelEntry Model, IReadOnlyDictionary<string, string> Options)> models,
        IReadOnlyDictionary<string, string>? spaces = null)
    {
        var text = new StringBuilder($"{ConfigFile.Command} = \"{command}\"\n");
        string table = "";
        config = ConfigPaths.Absolute(config, Environment.CurrentDirectory);
        foreach (var key in ConfigKeys.All.Where(k => config.ContainsKey(k.Key) && !k.Key.StartsWith("output.", StringComparison.Ordinal)))
        {
            OpenTable(text, key, ref table);
            text.Append(Line(key, config[key.Key])).Append('\n');
        }

        if (spaces is { Count: > 0 })
        {
            text.Append("\n[tune.space]\n");
            foreach (var (option, values) in spaces)
            {
                text.Append(CultureInfo.InvariantCulture, $"{option} = {Value(ConfigKind.Text, values)}\n");
            }
        }

        foreach (var (model, options) in models)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[[{ConfigFile.Models}]]\n{ConfigFile.Name} = \"{model.Name}\"\n");
            foreach (var option in model.Options.Where(o => options.ContainsKey(o.Name)))
            {
                if (options[option.Name].Length > 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{option.Name} = {Value(ConfigFile.KindOf(option), options[option.Name])}\n");
                }
            }
        }

        return text.ToString();
    }

    /// <summary>A key with its value, as a line of its table.</summary>
    public static string Line(ConfigKey key, string value) => $"{key.Key.Split('.')[^1]} = {Value(key.Kind, value)}";

    /// <summary>A file to begin with: every key and every option, those with a usual value as comments, each with what it
    /// does.</summary>
    /// <param name="command">The command, with its name.</param>
    /// <param name="models">The models.</param>
    public static string Begin(Command command, IReadOnlyList<ModelEntry> models)
    {
        var text = new StringBuilder("# What encore run does: train, compare, tune or article\n");
        text.Append(CultureInfo.InvariantCulture, $"{ConfigFile.Command} = \"{command.Name}\"\n");
        string table = "";
        foreach (var key in ConfigKeys.All)
        {
            if (command.Options.FirstOrDefault(o => o.Name == key.Option) is not { } option)
            {
                continue;
            }

            OpenTable(text, key, ref table);
            string name = key.Key.Split('.')[^1];
            text.Append(CultureInfo.InvariantCulture, $"# {option.Description}\n");
            text.Append(key.Key switch
            {
                "seed" => "seed = 1\n",
                "data.source" => $"source = \"{(command.Name == "article" ? "ml-1m" : Encore.Data.DataSpec.Demo)}\"\n",
                "protocol.name" => $"name = \"{(models.Any(m => m.Ranks && !m.NeedsRatings) ? "strong" : "rating")}\"\n",
                _ => Format(key),
            });

            string Format(ConfigKey key) => FormattableString.Invariant($"# {name} = {Example(key)}\n");
        }

        if (command.Name == "tune")
        {
            text.Append("\n[tune.space]\n# Options to search: a range, log:RANGE, or words with | between. Default: what matters most for the model\n");
            foreach (var model in models.Where(Tuning.SearchSpace.HasDefault))
            {
                foreach (var dimension in Tuning.SearchSpace.Default(model).Dimensions)
                {
                    text.Append(CultureInfo.InvariantCulture, $"# {dimension.Name} = \"{dimension}\"\n");
                }
            }
        }

        foreach (var model in models)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n# {model.Title} ({model.Reference})\n[[{ConfigFile.Models}]]\n{ConfigFile.Name} = \"{model.Name}\"\n");
            foreach (var option in model.Options)
            {
                string value = option.Default.Length == 0 ? "\"\"" : Value(ConfigFile.KindOf(option), option.Default);
                text.Append(CultureInfo.InvariantCulture, $"# {option.Name} = {value}    # {option.Description} ({option.Type})\n");
            }
        }

        return text.ToString();
    }

    private static void OpenTable(StringBuilder text, ConfigKey key, ref string table)
    {
        string[] parts = key.Key.Split('.');
        if (parts.Length == 2 && parts[0] != table)
        {
            table = parts[0];
            text.Append(CultureInfo.InvariantCulture, $"\n[{table}]\n");
        }
    }

    private static string Example(ConfigKey key) => key.Key switch
    {
        "data.columns" => "\"user=visitor,item=page\"",
        "data.query" => "\"SELECT * FROM data WHERE country = 'FR'\"",
        "data.format" => "\"auto\"",
        "data.delimiter" => "\";\"",
        "data.table" => "\"ratings\"",
        "data.encoding" => "\"latin-1\"",
        "data.quote" => "\"none\"",
        "data.escape" => "\"\\\\\"",
        "data.decimal" => "\",\"",
        "data.date-format" => "\"%d.%m.%Y\"",
        "data.bad-lines" => "\"skip\"",
        "data.time-unit" => "\"ms\"",
        "data.duplicates" => "\"keep-last\"",
        "evaluation.metrics" => "[\"ndcg@100\", \"recall@20\"]",
        "tune.search" => "\"tpe\"",
        "tune.time" => "\"20m\"",
        "tune.metric" => "\"ndcg@100\"",
        "tune.memory" => "\"8GB\"",
        _ => key.Kind switch
        {
            ConfigKind.Boolean => "true",
            ConfigKind.Number => "4.0",
            ConfigKind.Whole => key.Key switch
            {
                "threads" or "tune.parallel" => "2",
                "data.max-per-user" or "protocol.held-out-users" => "500",
                "tune.trials" => "60",
                _ => "5",
            },
            ConfigKind.Wholes => "[10, 100]",
            _ => "\"…\"",
        },
    };

    private static string Value(ConfigKind kind, string value) => kind switch
    {
        ConfigKind.Whole or ConfigKind.Number or ConfigKind.Boolean => value,
        ConfigKind.Wholes => $"[{string.Join(", ", value.Split(','))}]",
        ConfigKind.Texts => $"[{string.Join(", ", value.Split(',').Select(v => Value(ConfigKind.Text, v)))}]",
        _ => Quoted(value),
    };

    private static string Quoted(string value)
    {
        var text = new StringBuilder("\"");
        foreach (char c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                '\n' => "\\n",
                '\t' => "\\t",
                < ' ' => FormattableString.Invariant($"\\u{(int)c:X4}"),
                _ => c.ToString(),
            });
        }

        return text.Append('"').ToString();
    }
}
