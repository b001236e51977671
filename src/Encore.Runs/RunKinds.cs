using Encore.Experiments;

namespace Encore.Runs;

/// <summary>The kinds of run that a program knows: <c>train</c>, <c>compare</c>, <c>tune</c>, and those that it adds.</summary>
public sealed class RunKinds
{
    /// <summary>The kinds.</summary>
    /// <param name="registry">The models, metrics, protocols and readers that runs can name; null: Encore's own.</param>
    /// <param name="more">Kinds beside the three that are built in.</param>
    /// <exception cref="ArgumentException">A kind shares a key that does not exist.</exception>
    public RunKinds(Registry? registry = null, params IReadOnlyList<RunKind> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        Registry = registry ?? new Registry();
        All = [new TrainKind(), new CompareKind(), new TuneKind(), .. more];
        Names = [.. All.Select(k => k.Name)];
        foreach (var kind in more)
        {
            if (kind.SharedKeys.Keys.Except(ConfigKeys.All.Select(k => k.Key)).FirstOrDefault() is { } unknown)
            {
                throw new ArgumentException($"The kind of run {kind.Name} shares the key {unknown}, which there is not.{Suggestion.DidYouMean(unknown, ConfigKeys.All.Select(k => k.Key))}", nameof(more));
            }
        }

        Keys = [.. ConfigKeys.All.Select(key => Shared(key, more)), .. more.SelectMany(k => k.Keys)];
    }

    /// <summary>The models, metrics, protocols and readers that runs can name.</summary>
    public Registry Registry { get; }

    /// <summary>The plug-ins that have added to <see cref="Registry"/>.</summary>
    public IReadOnlyList<PluginIdentity> Plugins { get; init; } = [];

    /// <summary>All kinds, those that were added last.</summary>
    public IReadOnlyList<RunKind> All { get; }

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The keys of their configurations.</summary>
    public IReadOnlyList<ConfigKey> Keys { get; }

    /// <summary>The kind of a name.</summary>
    /// <exception cref="ArgumentException">There is none; the message has those that there are.</exception>
    public RunKind Find(string name) => All.FirstOrDefault(k => k.Name == name)
        ?? throw new ArgumentException($"Found the kind of run {name}, expected one of {string.Join(", ", Names)}.{Suggestion.DidYouMean(name, Names)}");

    /// <summary>The key of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public ConfigKey Key(string key) => Keys.FirstOrDefault(k => k.Key == key) ?? throw new ArgumentException($"Found the key {key}, expected one of {string.Join(", ", Keys.Select(k => k.Key))}.");

    // The key as it is for the kinds that were added and share it too.
    private static ConfigKey Shared(ConfigKey key, IReadOnlyList<RunKind> more)
    {
        RunKind[] sharing = [.. more.Where(k => k.SharedKeys.ContainsKey(key.Key))];
        return sharing.Length == 0 ? key : key with
        {
            Kinds = [.. key.Kinds, .. sharing.Select(k => k.Name)],
            Descriptions = key.Descriptions.Concat(
                from kind in sharing
                where kind.SharedKeys[key.Key] is not null
                select KeyValuePair.Create(kind.Name, kind.SharedKeys[key.Key]!)).ToDictionary(),
        };
    }
}

/// <summary>How many models a kind of run is about.</summary>
public enum ModelCount
{
    /// <summary>None that are asked for: it has its own.</summary>
    None,

    /// <summary>One.</summary>
    One,

    /// <summary>Any number; none: those that the kind takes by default.</summary>
    Several,
}

/// <summary>A kind of run: a name, the keys of its configuration, and what it does.</summary>
public abstract class RunKind
{
    /// <summary>The name, as in <c>command = "train"</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How many models it is about.</summary>
    public abstract ModelCount Models { get; }

    /// <summary>Whether it searches options (<see cref="TuneConfig.Space"/>).</summary>
    public virtual bool Searches => false;

    /// <summary>The data of a configuration that names none.</summary>
    public virtual string DefaultData => Encore.Data.DataSpec.Demo;

    /// <summary>The ways in which its result can be shown (<c>output.format</c>), the default first.</summary>
    public abstract IReadOnlyList<string> Formats { get; }

    /// <summary>The keys of <see cref="ConfigKeys.All"/> that have a meaning for it, by name, and what they say for it; null: what
    /// they say for others. The keys know the built-in kinds themselves.</summary>
    public virtual IReadOnlyDictionary<string, string?> SharedKeys => System.Collections.ObjectModel.ReadOnlyDictionary<string, string?>.Empty;

    /// <summary>Keys of its own beside <see cref="ConfigKeys.All"/>.</summary>
    public virtual IReadOnlyList<ConfigKey> Keys => [];

    /// <summary>Checks a configuration and makes the work that it asks for; folders of results are made, and nothing is
    /// read.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="registry">The models, metrics, protocols and readers that it can name.</param>
    /// <param name="resumes">Whether a run goes on, so that parts of its results may be there.</param>
    /// <exception cref="RunConfigException">It asks for what does not exist, or contradicts itself.</exception>
    public abstract RunWork Prepare(RunConfig config, Registry registry, bool resumes);
}
