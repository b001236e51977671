using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Encore.Experiments;
using Encore.Tuning;

namespace Encore.Runs;

/// <summary>Configurations as TOML, as JSON and as command lines.</summary>
public static class ConfigText
{
    internal static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A configuration as TOML, which <see cref="ConfigFile.Read(string, RunKinds)"/> takes.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="kinds">The kinds of run.</param>
    /// <param name="include">Which keys it has; null: all.</param>
    public static string Toml(RunConfig config, RunKinds kinds, Func<ConfigKey, bool>? include = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(kinds);
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{ConfigFile.Command} = {Quoted(config.Kind)}\n");
        if (config.Data.Query is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"{ConfigFile.Folder} = {Quoted(config.Folder)}\n");
        }

        string table = "";
        foreach (var (key, value) in Said(config, kinds).Where(k => include?.Invoke(k.Key) ?? true))
        {
            OpenTable(text, key, ref table);
            text.Append(CultureInfo.InvariantCulture, $"{key.Name} = {TomlOf(key.Kind, value)}\n");
        }

        if (config.Tune.Space.Count > 0)
        {
            text.Append("\n[tune.space]\n");
            foreach (var (option, values) in config.Tune.Space)
            {
                text.Append(CultureInfo.InvariantCulture, $"{option} = {Quoted(values)}\n");
            }
        }

        bool single = Distinct(config.Models);
        foreach (var model in config.Models)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[[{ConfigFile.Models}]]\n{ConfigFile.Name} = {Quoted(model.Name)}\n");
            if (HasOwnLabel(model, single))
            {
                text.Append(CultureInfo.InvariantCulture, $"{ConfigFile.Label} = {Quoted(model.Label!)}\n");
            }

            foreach (var (option, kind, value) in Options(model, kinds.Registry.Models))
            {
                text.Append(CultureInfo.InvariantCulture, $"{option} = {TomlOf(kind, value)}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>A configuration as JSON, which <see cref="ConfigFile.Read(string, RunKinds)"/> and <see cref="ConfigFile.OfJson"/> take.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="kinds">The kinds of run.</param>
    public static JsonElement Json(RunConfig config, RunKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(kinds);
        var root = new JsonObject { [ConfigFile.Command] = config.Kind, [ConfigFile.Folder] = config.Folder };
        foreach (var (key, value) in Said(config, kinds))
        {
            (key.Table.Length == 0 ? root : Table(root, key.Table))[key.Name] = JsonOf(value);
        }

        foreach (var (option, values) in config.Tune.Space)
        {
            Table(Table(root, "tune"), "space")[option] = values;
        }

        if (config.Models.Count > 0)
        {
            bool single = Distinct(config.Models);
            root[ConfigFile.Models] = new JsonArray([.. config.Models.Select(model =>
            {
                var node = new JsonObject { [ConfigFile.Name] = model.Name };
                if (HasOwnLabel(model, single))
                {
                    node[ConfigFile.Label] = model.Label;
                }

                foreach (var (option, kind, value) in Options(model, kinds.Registry.Models))
                {
                    node[option] = kind == ConfigKind.Text ? value : JsonNode.Parse(TomlOf(kind, value));
                }

                return (JsonNode)node;
            })]);
        }

        return JsonSerializer.SerializeToElement(root);
    }

    /// <summary>The command line that says the same, word by word, the program's name left out.</summary>
    /// <param name="configured">The configuration; of the seed only what was said is in it.</param>
    /// <param name="kinds">The kinds of run.</param>
    public static IReadOnlyList<string> Arguments(Configured configured, RunKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(configured);
        ArgumentNullException.ThrowIfNull(kinds);
        var config = configured.Config;
        List<string> words = [config.Kind];
        if (kinds.Find(config.Kind).Models == ModelCount.One)
        {
            var model = config.Models[0];
            words.AddRange([model.Name, .. model.Options.SelectMany(o => (string[])["--set", $"{o.Key}={o.Value}"])]);
        }
        else if (config.Models.Count > 0)
        {
            bool plain = Distinct(config.Models) && config.Models.All(m => m.Label is null || m.Label == m.Name);
            words.AddRange(["--models", string.Join(',', config.Models.Select(m => plain ? m.Name : LabelOf(m.Name, m.Options)))]);
            words.AddRange(plain ? config.Models.SelectMany(m => m.Options.SelectMany(o => (string[])["--set", $"{m.Name}.{o.Key}={o.Value}"])) : []);
        }

        foreach (var (key, value) in Said(config, kinds).Where(k => k.Key.Key != "plugins") // an identity is no file to load
            .Where(k => k.Key.Key != ConfigKeys.Seed || config.Seed != 1 || configured.Origins.ContainsKey(ConfigKeys.Seed)))
        {
            words.AddRange(key.IsFlag ? [key.Option]
                : key.IsRepeated ? ((IReadOnlyList<string>)value).SelectMany(v => (string[])[key.Option, v])
                : [key.Option, ConfigKey.Words(value)]);
        }

        return [.. words, .. config.Tune.Space.SelectMany(s => (string[])["--space", $"{s.Key}={s.Value}"])];
    }

    /// <summary>A file to begin with: every key and every option, those with a usual value as comments, each with what it
    /// does.</summary>
    /// <param name="kind">The kind of run.</param>
    /// <param name="models">The models.</param>
    /// <param name="kinds">The kinds of run.</param>
    public static string Begin(string kind, IReadOnlyList<ModelEntry> models, RunKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(kinds);
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"# What encore run does: {string.Join(", ", kinds.Names.SkipLast(1))} or {kinds.Names[^1]}\n");
        text.Append(CultureInfo.InvariantCulture, $"{ConfigFile.Command} = \"{kind}\"\n");
        string table = "";
        foreach (var key in kinds.Keys.Where(k => k.IsFor(kind)))
        {
            OpenTable(text, key, ref table);
            text.Append(CultureInfo.InvariantCulture, $"# {key.DescriptionFor(kind)}\n");
            text.Append(key.Key switch
            {
                ConfigKeys.Seed => "seed = 1\n",
                ConfigKeys.Source => $"source = \"{kinds.Find(kind).DefaultData}\"\n",
                "protocol.name" => $"name = \"{(models.Any(m => m.Ranks && !m.NeedsRatings) ? "strong" : "rating")}\"\n",
                _ => $"# {key.Name} = {key.Example}\n",
            });
        }

        if (kinds.Find(kind).Searches)
        {
            text.Append("\n[tune.space]\n# Options to search: a range, log:RANGE, or words with | between. Default: what matters most for the model\n");
            foreach (var dimension in models.Where(SearchSpace.HasDefault).SelectMany(model => SearchSpace.Default(model).Dimensions))
            {
                text.Append(CultureInfo.InvariantCulture, $"# {dimension.Name} = \"{dimension}\"\n");
            }
        }

        foreach (var model in models)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n# {model.Title} ({model.Reference})\n[[{ConfigFile.Models}]]\n{ConfigFile.Name} = \"{model.Name}\"\n");
            foreach (var option in model.Options)
            {
                string value = option.Default.Length == 0 ? "\"\"" : TomlOf(KindOf(option), option.Default);
                text.Append(CultureInfo.InvariantCulture, $"# {option.Name} = {value}    # {option.Description} ({option.Type})\n");
            }
        }

        return text.ToString();
    }

    /// <summary>The configuration with its models' options written out, so that it says the same under other defaults: all
    /// options where each model comes once, else those that differ from the defaults.</summary>
    internal static RunConfig WrittenOut(RunConfig config, ModelCatalog catalog)
    {
        bool plain = Distinct(config.Models);
        return config with { Models = [.. config.Models.Select(m => m with { Options = Written(catalog.Find(m.Name), m.Options, plain) })] };
    }

    /// <summary>What a model with options is called where a model comes several times.</summary>
    internal static string LabelOf(string name, IReadOnlyDictionary<string, string> options) => string.Join(':', [name, .. options.Select(o => $"{o.Key}={o.Value}")]);

    /// <summary>What a model's option looks like in a file.</summary>
    internal static ConfigKind KindOf(ModelOption option) =>
        option.Kind == OptionKind.Whole ? ConfigKind.Whole
        : option.Kind == OptionKind.Number ? ConfigKind.Number
        : option.Kind == OptionKind.Wholes ? ConfigKind.Wholes
        : option.Kind == OptionKind.Flag ? ConfigKind.Boolean
        : ConfigKind.Text;

    private static IReadOnlyDictionary<string, string> Written(ModelEntry model, IReadOnlyDictionary<string, string> options, bool plain)
    {
        var (all, defaults) = (model.Settings(options), model.Settings());
        return plain ? all : all.Where(o => defaults[o.Key] != o.Value).ToDictionary();
    }

    private static bool Distinct(IReadOnlyList<ModelConfig> models) => models.Select(m => m.Name).Distinct().Count() == models.Count;

    // What reading the file would not call it by itself.
    private static bool HasOwnLabel(ModelConfig model, bool single) => model.Label is { } label && label != (single ? model.Name : LabelOf(model.Name, model.Options));

    private static IEnumerable<(ConfigKey Key, object Value)> Said(RunConfig config, RunKinds kinds) => kinds.Keys
        .Where(k => k.IsFor(config.Kind)).Select(k => (Key: k, Value: k.Get(config)!)).Where(k => k.Value is not null);

    // Options with their kinds; those without a value have none in a file either.
    private static IEnumerable<(string Option, ConfigKind Kind, string Value)> Options(ModelConfig model, ModelCatalog catalog)
    {
        var known = catalog.Find(model.Name).Options;
        foreach (var (name, value) in model.Options.Where(o => o.Value.Length > 0))
        {
            var option = known.FirstOrDefault(o => o.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            yield return (option?.Name ?? name, option is null ? ConfigKind.Text : KindOf(option), value);
        }
    }

    private static void OpenTable(StringBuilder text, ConfigKey key, ref string table)
    {
        if (key.Table.Length > 0 && key.Table != table)
        {
            table = key.Table;
            text.Append(CultureInfo.InvariantCulture, $"\n[{table}]\n");
        }
    }

    private static JsonObject Table(JsonObject root, string name)
    {
        if (root[name] is not JsonObject table)
        {
            root[name] = table = [];
        }

        return table;
    }

    private static JsonNode JsonOf(object value) => value switch
    {
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        ulong number => JsonValue.Create(number),
        int number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        IEnumerable<string> texts => new JsonArray([.. texts.Select(t => JsonValue.Create(t))]),
        IEnumerable<int> wholes => new JsonArray([.. wholes.Select(w => JsonValue.Create(w))]),
        _ => throw new ArgumentException($"Found a value of type {value.GetType()}.", nameof(value)),
    };

    private static string TomlOf(ConfigKind kind, object value) => value switch
    {
        IEnumerable<string> texts => $"[{string.Join(", ", texts.Select(Quoted))}]",
        > (ulong)long.MaxValue and ulong large => Quoted(ConfigKey.Words(large)), // TOML's integers have a sign
        _ => TomlOf(kind, ConfigKey.Words(value)),
    };

    private static string TomlOf(ConfigKind kind, string value) => kind switch
    {
        ConfigKind.Whole or ConfigKind.Number or ConfigKind.Boolean => value,
        ConfigKind.Wholes => $"[{string.Join(", ", value.Split(','))}]",
        ConfigKind.Texts => $"[{string.Join(", ", value.Split(',').Select(Quoted))}]",
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
                < ' ' or '\x7F' => FormattableString.Invariant($"\\u{(int)c:X4}"),
                _ => c.ToString(),
            });
        }

        return text.Append('"').ToString();
    }
}
