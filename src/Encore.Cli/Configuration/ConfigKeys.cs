using System.CommandLine;
using Encore.Runs;

namespace Encore.Cli.Configuration;

/// <summary>A key of a configuration file and the option that says the same on the command line.</summary>
/// <param name="Key">The key with its table, such as <c>data.source</c>.</param>
/// <param name="Option">The option, such as <c>--data</c>.</param>
/// <param name="Kind">What its value looks like.</param>
/// <param name="Path">Whether its value is a file or folder (<see cref="ConfigPaths"/>); data may also be a name.</param>
internal sealed record ConfigKey(string Key, string Option, ConfigKind Kind, bool Path = false);

/// <summary>The keys of configuration files: everything that decides what comes out of a run, models aside.</summary>
internal static class ConfigKeys
{
    /// <summary>All keys, in the order in which a file has them.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        new("seed", "--seed", ConfigKind.Whole),
        new("repeat", "--repeat", ConfigKind.Whole),
        new("threads", "--threads", ConfigKind.Whole),
        new("data.source", "--data", ConfigKind.Text, Path: true),
        new("data.split-dir", "--split-dir", ConfigKind.Text, Path: true),
        new("data.train", "--train", ConfigKind.Text, Path: true),
        new("data.validation", "--validation", ConfigKind.Text, Path: true),
        new("data.test", "--test", ConfigKind.Text, Path: true),
        new("data.columns", "--columns", ConfigKind.Text),
        new("data.query", "--query", ConfigKind.Text),
        new("data.table", "--table", ConfigKind.Text),
        new("data.format", "--format", ConfigKind.Text),
        new("data.encoding", "--encoding", ConfigKind.Text),
        new("data.delimiter", "--delimiter", ConfigKind.Text),
        new("data.quote", "--quote", ConfigKind.Text),
        new("data.escape", "--escape", ConfigKind.Text),
        new("data.decimal", "--decimal", ConfigKind.Text),
        new("data.date-format", "--date-format", ConfigKind.Text),
        new("data.header", "--header", ConfigKind.Boolean),
        new("data.bad-lines", "--bad-lines", ConfigKind.Text),
        new("data.time-unit", "--time-unit", ConfigKind.Text),
        new("data.duplicates", "--duplicates", ConfigKind.Text),
        new("data.min-rating", "--min-rating", ConfigKind.Number),
        new("data.min-per-user", "--min-per-user", ConfigKind.Whole),
        new("data.min-per-item", "--min-per-item", ConfigKind.Whole),
        new("data.max-per-user", "--max-per-user", ConfigKind.Whole),
        new("protocol.name", "--protocol", ConfigKind.Text),
        new("protocol.held-out-users", "--held-out-users", ConfigKind.Whole),
        new("protocol.fit-on", "--fit-on", ConfigKind.Text),
        new("protocol.repetitions", "--repetitions", ConfigKind.Whole),
        new("evaluation.metrics", "--metrics", ConfigKind.Texts),
        new("evaluation.k", "--k", ConfigKind.Wholes),
        new("tune.search", "--search", ConfigKind.Text),
        new("tune.trials", "--trials", ConfigKind.Whole),
        new("tune.time", "--time", ConfigKind.Text),
        new("tune.metric", "--metric", ConfigKind.Text),
        new("tune.early-stopping", "--early-stopping", ConfigKind.Boolean),
        new("tune.parallel", "--parallel", ConfigKind.Whole),
        new("tune.memory", "--memory", ConfigKind.Text),
        new("output.out", "--out", ConfigKind.Text, Path: true),
        new("output.report", "--report", ConfigKind.Text, Path: true),
        new("output.items", "--items", ConfigKind.Text, Path: true),
    ];

    /// <summary>What a command line says, by key; what it leaves out is left out, the few defaults excepted that a reader
    /// would look for.</summary>
    public static IReadOnlyDictionary<string, string> Of(ParseResult result)
    {
        var config = new Dictionary<string, string>();
        foreach (var key in All)
        {
            if (result.CommandResult.Command.Options.FirstOrDefault(o => o.Name == key.Option) is { } option
                && result.GetResult(option) is { Implicit: false } given)
            {
                config[key.Key] = string.Join(',', given.Tokens.Select(t => t.Value));
            }
        }

        if (!config.Keys.Any(k => k is "data.source" or "data.split-dir" or "data.train"))
        {
            config["data.source"] = Encore.Data.DataSpec.Demo;
        }

        config.TryAdd("seed", "1");
        return config;
    }
}
