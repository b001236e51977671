using System.CommandLine;
using Encore.Runs;

namespace Encore.Cli;

/// <summary>The options of a command that keys of configurations have, and the configuration that they say.</summary>
/// <param name="kind">The kind of run, or what the options are for: <c>evaluate</c>, <c>split</c>, <c>read</c>.</param>
internal sealed class ConfigOptions(string kind)
{
    private readonly List<(ConfigKey Key, Option Option)> _options = [];

    /// <summary>What the work is about; a command's own options come between these and the rest.</summary>
    public static IReadOnlyList<string> Sources { get; } = ["data.source", "protocol.name", "seed", "data.split-dir", "data.train", "data.validation", "data.test"];

    /// <summary>How a log is read.</summary>
    public static IReadOnlyList<string> Reading { get; } =
    [
        "data.columns", "data.query", "data.table", "data.format", "data.encoding", "data.delimiter", "data.quote", "data.escape", "data.decimal", "data.date-format",
        "data.time-unit", "data.header", "data.bad-lines", "data.duplicates",
    ];

    /// <summary>What is known beside the log.</summary>
    public static IReadOnlyList<string> Features { get; } = ["data.item-features", "data.user-features", "data.item-knowledge"];

    /// <summary>What few need.</summary>
    public static IReadOnlyList<string> Details { get; } = [.. Cutting, .. Weighing];

    /// <summary>How much interactions count.</summary>
    private static IReadOnlyList<string> Weighing => ["data.weights", "data.weights-alpha", "data.weights-epsilon", "data.half-life"];

    /// <summary>The same without what a split's files do not hold.</summary>
    public static IReadOnlyList<string> Cutting =>
    [
        .. Features, .. Reading, "data.min-rating", "data.min-per-user", "data.min-per-item", "data.max-per-user", "protocol.held-out-users", "protocol.held-out-items", "protocol.history-length", "protocol.repetitions", "protocol.fit-on", "threads",
    ];

    /// <summary>Where a run is written.</summary>
    public static IReadOnlyList<string> Tracking { get; } = ["tracking.tags", "tracking.mlflow", "tracking.mlflow-experiment", "tracking.tensorboard"];

    /// <summary>Adds options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="keys">Their keys.</param>
    /// <param name="describe">Another description of a key; null: the key's.</param>
    public void AddTo(Command command, IEnumerable<string> keys, Func<string, string?>? describe = null)
    {
        foreach (string name in keys)
        {
            var key = Tool.Kinds.Key(name);
            string[] aliases = key.Alias is { } alias ? [alias] : kind == "compare" && name == "output.out" ? ["-o"] : [];
            string description = describe?.Invoke(name) ?? key.DescriptionFor(kind);
            string value = kind == "compare" && name == "output.out" ? "DIR" : key.ValueName;
            Option option = key switch
            {
                { IsFlag: true } => new Option<bool>(key.Option, aliases) { Description = description },
                { Kind: ConfigKind.Boolean } => new Option<bool?>(key.Option, aliases) { Description = description, HelpName = value },
                { IsRepeated: true } => new Option<string[]>(key.Option, aliases) { Description = description, HelpName = value },
                { Key: ConfigKeys.Seed } => new Option<string?>(key.Option, aliases) { Description = description, HelpName = value, DefaultValueFactory = _ => "1" },
                _ => new Option<string?>(key.Option, aliases) { Description = description, HelpName = value },
            };
            command.Add(option);
            _options.Add((key, option));
        }
    }

    /// <summary>What a command line says by itself.</summary>
    public RunConfig Read(ParseResult result) => Apply(Empty(Environment.CurrentDirectory), result, Environment.CurrentDirectory).Config;

    /// <summary>A configuration that says nothing yet.</summary>
    /// <param name="folder">Where relative paths start.</param>
    public Configured Empty(string folder) => new(new RunConfig { Kind = kind, Folder = Path.GetFullPath(folder) }, new Dictionary<string, string>());

    /// <summary>A configuration with what a command line says, which overrides what is there.</summary>
    /// <param name="configured">The configuration.</param>
    /// <param name="result">The command line.</param>
    /// <param name="folder">Where its relative paths start.</param>
    /// <exception cref="RunConfigException">A value is of another kind.</exception>
    public Configured Apply(Configured configured, ParseResult result, string folder)
    {
        var (config, origins) = (configured.Config, configured.Origins.ToDictionary());
        var given = _options.Where(o => result.GetResult(o.Option) is { Implicit: false }).ToArray();
        foreach (string replaced in given.SelectMany(o => o.Key.Replaces).Distinct())
        {
            config = Tool.Kinds.Key(replaced).Set(config, null!);
        }

        foreach (var (key, option) in given)
        {
            string[] words = [.. result.GetResult(option)!.Tokens.Select(t => t.Value)];
            object value = key.IsRepeated ? words : words.Length == 0 ? true : key.Parse(words[^1]);
            config = key.Set(config, ConfigFile.Absolute(key, value, folder));
            origins[key.Key] = key.Option;
        }

        return new Configured(config, origins);
    }

    /// <summary>The words of an option as they were given; null: it was not.</summary>
    public string? Given(ParseResult result, string key) =>
        result.GetResult(_options.First(o => o.Key.Key == key).Option) is { Implicit: false, Tokens: [.., var last] } ? last.Value : null;
}
