namespace Encore.Runs;

/// <summary>A configuration and where each of its keys was said, for errors.</summary>
/// <param name="Config">The configuration.</param>
/// <param name="Origins">By key what to call the place: <c>experiment.toml:12</c>, or an option such as
/// <c>--trials</c>.</param>
public sealed record Configured(RunConfig Config, IReadOnlyDictionary<string, string> Origins)
{
    /// <summary>The error in words that say where: <c>experiment.toml:12: tune.trials: found 0, …</c>, or <c>--trials: found
    /// 0, …</c>.</summary>
    /// <param name="error">The error.</param>
    /// <param name="keys">The keys that there are.</param>
    public string Explain(RunConfigException error, IReadOnlyList<ConfigKey> keys)
    {
        ArgumentNullException.ThrowIfNull(error);
        string problem = error.Explain(Name);
        return error.Key.Length == 0 ? problem
            : IsOfFile(error.Key) ? $"{Origins[error.Key]}: {error.Key}: {problem}"
            : $"{Name(error.Key)}: {problem}";

        string Name(string key) => IsOfFile(key) ? key : keys.FirstOrDefault(k => k.Key == key)?.Option ?? key;
    }

    private bool IsOfFile(string key) => Origins.TryGetValue(key, out string? origin) && !origin.StartsWith('-');
}
