using System.Globalization;

namespace Encore.Tracking;

/// <summary>
/// What a run can be asked for by name: fields such as <c>model</c> or <c>started</c>, metrics such as <c>ndcg@100</c>, options
/// such as <c>l2</c>, keys of the configuration such as <c>data.source</c>. A name that is no field means a metric, else an
/// option, else a key of the configuration; <c>metric.NAME</c>, <c>option.NAME</c> and <c>config.NAME</c> say which.
/// </summary>
public sealed class RunField
{
    private const string MetricPrefix = "metric.", OptionPrefix = "option.", ConfigPrefix = "config.";

    private static readonly Known[] AllKnown =
    [
        new("id", RunFieldKind.Text, r => [r.Id]),
        new("kind", RunFieldKind.Text, r => [r.Description.Kind]),
        new("name", RunFieldKind.Name, r => [r.Description.Name]),
        new("model", RunFieldKind.Name, r => [r.Description.Model ?? ""]),
        new("status", RunFieldKind.Status, r => [NameOf(r.Status)]),
        new("data", RunFieldKind.Text, r => r.Description.Data is not { } data ? [""]
            : data.Fingerprint is { } fingerprint ? [data.Source, fingerprint] : [data.Source]),
        new("protocol", RunFieldKind.Text, r => [r.Description.Protocol ?? ""]),
        new("seed", RunFieldKind.Number, r => [(double)r.Description.Seed]),
        new("parent", RunFieldKind.Text, r => [r.Description.Parent ?? ""]),
        new("tag", RunFieldKind.Text, r => r.Description.Tags is { Count: > 0 } tags ? [.. tags] : [""]),
        new("started", RunFieldKind.Time, r => [r.Started]),
        new("ended", RunFieldKind.Time, r => r.Ended is { } ended ? [ended] : []),
        new("duration", RunFieldKind.Duration, _ => []),
        new("seconds", RunFieldKind.Duration, _ => []),
        new("epochs", RunFieldKind.Number, r => r.Metrics.TryGetValue(MetricKeys.Epochs, out double epochs) ? [epochs] : []),
        new("repetition", RunFieldKind.Number, r => [(double)r.Description.Repetition]),
        new("resumed", RunFieldKind.Number, r => [(double)r.Resumed]),
        new("users", RunFieldKind.Number, r => r.Description.Data is { } data ? [(double)data.Users] : []),
        new("items", RunFieldKind.Number, r => r.Description.Data is { } data ? [(double)data.Items] : []),
        new("interactions", RunFieldKind.Number, r => r.Description.Data is { } data ? [(double)data.Interactions] : []),
        new("commit", RunFieldKind.Text, r => [r.Commit ?? ""]),
        new("error", RunFieldKind.Text, r => [r.Error ?? ""]),
    ];

    private readonly Known? _known;

    private RunField(string name)
    {
        Name = name;
        _known = Array.Find(AllKnown, k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The names of the fields that every run has.</summary>
    public static IReadOnlyList<string> Fields { get; } = [.. AllKnown.Select(k => k.Name)];

    /// <summary>The name.</summary>
    public string Name { get; }

    internal RunFieldKind Kind => _known?.Kind ?? RunFieldKind.Open;

    /// <summary>A field, metric, option or key by its name; whether a run has it shows later (<see cref="Check"/>).</summary>
    /// <exception cref="FormatException">The name is empty.</exception>
    public static RunField Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        name = name.Trim();
        return name.Length > 0 ? new RunField(name) : throw new FormatException("Found no name, expected one such as model or ndcg@100.");
    }

    /// <summary>Seconds that processes worked on a run, the one that works on it now included.</summary>
    public static double SecondsOf(Run run, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Seconds + (run.Status == RunStatus.Running ? Math.Max(0, (now - run.SessionStarted).TotalSeconds) : 0);
    }

    /// <summary>What a run has under the name: a <see cref="string"/>, <see cref="double"/> or
    /// <see cref="DateTimeOffset"/>; several where it has several tags, none where it has nothing. Fields of text that a run
    /// has not, such as the parent of most, are the empty text.</summary>
    /// <param name="run">The run.</param>
    /// <param name="now">The time, for how long it has been running.</param>
    public IReadOnlyList<object> ValuesOf(Run run, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Kind switch
        {
            RunFieldKind.Duration => [SecondsOf(run, now)],
            RunFieldKind.Open => Open(run) is { } value ? [value] : [],
            _ => _known!.Values(run),
        };
    }

    /// <summary>Makes sure that a name means something.</summary>
    /// <param name="runs">The runs that are asked; none: nothing is wrong.</param>
    /// <exception cref="FormatException">It is no field, and no run has a metric, option or key of the name; the message has
    /// the closest that there is.</exception>
    public void Check(IReadOnlyList<Run> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (_known is not null || runs.Count == 0 || runs.Any(r => Open(r) is not null))
        {
            return;
        }

        throw new FormatException($"No run has {Name}: it is no field, metric, option or key of the configuration.{Suggestion.DidYouMean(Name, Names(runs))}");
    }

    // All that could have been meant, fields first.
    private static IEnumerable<string> Names(IReadOnlyList<Run> runs) => Fields
        .Concat(runs.SelectMany(r => r.Metrics.Keys))
        .Concat(runs.SelectMany(r => r.Description.Options.Keys).SelectMany(key => (string[])[key, OptionPrefix + key]))
        .Concat(runs.SelectMany(r => r.Description.Config.Keys))
        .Distinct();

    private object? Open(Run run)
    {
        var description = run.Description;
        if (Find(run.Metrics, Name, out double metric) || (After(MetricPrefix) is { } m && Find(run.Metrics, m, out metric)))
        {
            return metric;
        }

        return (After(OptionPrefix) is { } o && Find(description.Options, o, out string? text))
            || (After(ConfigPrefix) is { } c && Find(description.Config, c, out text))
            || Find(description.Options, Name, out text)
            || Find(description.Config, Name, out text)
            ? text
            : null;
    }

    private string? After(string prefix) => Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? Name[prefix.Length..] : null;

    private static bool Find<T>(IReadOnlyDictionary<string, T> values, string name, out T? value)
    {
        if (values.TryGetValue(name, out value))
        {
            return true;
        }

        // Whoever types a query does not look up how a name is written.
        foreach (var (key, other) in values)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                value = other;
                return true;
            }
        }

        return false;
    }

    /// <summary>A value as text, numbers as they read back.</summary>
    internal static string TextOf(object value) => value switch
    {
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    /// <summary>A status as queries and tables have it.</summary>
    public static string NameOf(RunStatus status) => status switch
    {
        RunStatus.Running => "running",
        RunStatus.Finished => "finished",
        RunStatus.Failed => "failed",
        RunStatus.Stopped => "stopped",
        _ => "interrupted",
    };

    private sealed record Known(string Name, RunFieldKind Kind, Func<Run, IReadOnlyList<object>> Values);
}

/// <summary>What values of a field are compared as.</summary>
internal enum RunFieldKind
{
    /// <summary>A metric, option or key: numbers where both sides are, else text.</summary>
    Open,

    /// <summary>Text in any case.</summary>
    Text,

    /// <summary>Text in any case, hyphens and the like aside: multvae is mult-vae.</summary>
    Name,

    /// <summary>One of the states.</summary>
    Status,

    /// <summary>A number.</summary>
    Number,

    /// <summary>Seconds, also as 90s, 15m, 2h or 1d.</summary>
    Duration,

    /// <summary>A day, or a time of one, in UTC.</summary>
    Time,
}
