using System.Text.Json;
using Encore.Data;
using Encore.Experiments;

namespace Encore.Runs;

/// <summary>Reads configurations from TOML and JSON. A relative path starts at the folder of the file that names it.</summary>
public static class ConfigFile
{
    internal const string Command = "command", Models = "models", Name = "name", Label = "label", Folder = "folder", Schema = "$schema";

    /// <summary>Reads a file: JSON where its name ends in <c>.json</c>, else TOML.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kinds">The kinds of run that it can ask for.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">It is no TOML or JSON; the message says where.</exception>
    /// <exception cref="ArgumentException">A key is not known, has no meaning for the kind of run, or has a value of another
    /// kind; the message says where.</exception>
    public static Configured Read(string path, RunKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Read(path, Path.GetDirectoryName(Path.GetFullPath(path))!, kinds);
    }

    /// <summary>Reads a file whose relative paths start at another folder than its own.</summary>
    /// <inheritdoc cref="Read(string, RunKinds)"/>
    internal static Configured Read(string path, string folder, RunKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return Of(ConfigReader.Read(path), path, folder, kinds);
    }

    /// <summary>Reads what <see cref="ConfigText.Json"/> wrote.</summary>
    /// <param name="where">What to call it in errors.</param>
    /// <param name="json">The configuration.</param>
    /// <param name="kinds">The kinds of run that it can ask for.</param>
    /// <exception cref="ArgumentException">As <see cref="Read(string, RunKinds)"/> has it.</exception>
    public static RunConfig OfJson(string where, JsonElement json, RunKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        var entries = ConfigReader.ReadJson(where, JsonSerializer.SerializeToUtf8Bytes(json, ConfigText.Readable));
        return Of(entries, where, Path.GetFullPath("/"), kinds).Config;
    }

    /// <summary>A key's value, absolute where it is a file or folder.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="folder">Where relative paths start.</param>
    public static object Absolute(ConfigKey key, object value, string folder)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.IsPath && value is IReadOnlyList<string> specs)
        {
            string start = Path.GetFullPath(folder);
            return specs.Select(s => s.Length == 0 || s == SideInformation.None ? s : FeatureSpec.Absolute(s, start)).ToArray();
        }

        if (!key.IsPath || value is not string { Length: > 0 } path)
        {
            return value;
        }

        string place = Path.GetFullPath(path, Path.GetFullPath(folder));
        return key.Key == ConfigKeys.Source && IsDataset(path, place) ? value : place;
    }

    // A name that data has without a file, where no file of that name is in the way (DataSpec); a name without a dot that is
    // neither is told as it was given.
    private static bool IsDataset(string value, string place) => value == DataSpec.Demo
        ? !File.Exists(place)
        : !Path.Exists(place) && !Path.IsPathFullyQualified(value)
            && (DatasetCatalog.All.Any(d => d.Name.Equals(value, StringComparison.OrdinalIgnoreCase)) || !Path.GetFileName(value).Contains('.', StringComparison.Ordinal));

    private static Configured Of(IReadOnlyList<ConfigEntry> entries, string path, string folder, RunKinds kinds)
    {
        var asked = entries.FirstOrDefault(e => e.Key == Command);
        string name = asked?.As(ConfigKind.Text) ?? throw new ArgumentException($"{path}: found no {Command}, expected {Command} = \"…\" with one of {string.Join(", ", kinds.Names)}.");
        var kind = kinds.All.FirstOrDefault(k => k.Name == name)
            ?? throw new ArgumentException($"{asked.Where}: found the command {name}, expected one of {string.Join(", ", kinds.Names)}.{Suggestion.DidYouMean(name, kinds.Names)}");
        var own = entries.FirstOrDefault(e => e.Key == Folder);
        var config = new RunConfig { Kind = name, Folder = Path.GetFullPath(own?.As(ConfigKind.Text) ?? "", folder) };
        var origins = new Dictionary<string, string>();
        foreach (var entry in entries.Where(e => e.Model < 0 && e != asked && e != own && !IsSpace(e)))
        {
            var key = kinds.Keys.FirstOrDefault(k => k.Key == entry.Key) ?? throw Unknown(entry, kinds);
            if (!key.IsFor(name))
            {
                throw NoMeaning(entry, name);
            }

            config = key.Set(config, Absolute(key, entry.Of(key), folder));
            origins[key.Key] = entry.Where;
        }

        var spaces = entries.Where(IsSpace).ToArray();
        if (spaces.Length > 0 && !kind.Searches)
        {
            throw NoMeaning(spaces[0], name);
        }

        var models = entries.Where(e => e.Model >= 0).GroupBy(e => e.Model).Select(g => (Model: ModelOf([.. g], path, kinds.Registry.Models), g.First().Where)).ToArray();
        CheckCount(kind, models, path);
        return new Configured(
            config with
            {
                Models = Labelled([.. models.Select(m => m.Model)]),
                Tune = config.Tune with { Space = spaces.ToDictionary(s => s.Path[2], s => s.As(ConfigKind.Text)) },
            },
            origins);
    }

    private static bool IsSpace(ConfigEntry entry) => entry.Model < 0 && entry.Path.Count == 3 && entry.Key.StartsWith(ConfigKeys.Space, StringComparison.Ordinal);

    private static ArgumentException NoMeaning(ConfigEntry entry, string kind) => new($"{entry.Where}: {entry.Key} has no meaning for the command {kind}.");

    private static void CheckCount(RunKind kind, (ModelConfig Model, string Where)[] models, string path)
    {
        if (kind.Models == ModelCount.None && models.Length > 0)
        {
            throw new ArgumentException($"{models[0].Where}: the command {kind.Name} has models of its own.");
        }

        if (kind.Models == ModelCount.One && models.Length != 1)
        {
            throw new ArgumentException($"{(models.Length > 1 ? models[1].Where : path)}: found {models.Length} models, expected one for the command {kind.Name}.");
        }
    }

    private static ModelConfig ModelOf(ConfigEntry[] all, string path, ModelCatalog catalog)
    {
        var named = Array.Find(all, e => e.Path is [Models, Name]) ?? throw new ArgumentException($"{all[0].Where}: found a model without a name, expected name = \"…\".");
        ModelEntry model;
        try
        {
            model = catalog.Find(named.As(ConfigKind.Text));
        }
        catch (ArgumentException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new ArgumentException($"{named.Where}: {error.Message}", error);
        }

        var label = Array.Find(all, e => e.Path is [Models, Label]);
        var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in all.Where(e => e != named && e != label))
        {
            var option = model.Options.FirstOrDefault(o => entry.Path.Count == 2 && o.Name.Equals(entry.Path[^1], StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentException(
                    $"{entry.Where}: {model.Name} has no option {string.Join('.', entry.Path.Skip(1))}.{Suggestion.DidYouMean(entry.Path[^1], model.Options.Select(o => o.Name))} Its options: {string.Join(", ", model.Options.Select(o => o.Name))}.");
            string text = entry.As(ConfigText.KindOf(option));
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

        return new ModelConfig { Name = model.Name, Label = label?.As(ConfigKind.Text), Options = options };
    }

    // Where a model comes several times, its rows are called by their options.
    private static ModelConfig[] Labelled(ModelConfig[] models) => models.Select(m => m.Name).Distinct().Count() == models.Length
        ? models
        : [.. models.Select(m => m with { Label = m.Label ?? ConfigText.LabelOf(m.Name, m.Options) })];

    private static ArgumentException Unknown(ConfigEntry entry, RunKinds kinds)
    {
        string[] known = [Command, Models, .. kinds.Keys.Select(k => k.Key)];
        string[] close = [.. known.Where(k => k.Contains('.', StringComparison.Ordinal) == (entry.Path.Count > 1))];
        string[] siblings = entry.Path.Count > 1 && kinds.Keys.Any(k => k.Table == entry.Path[0])
            ? [.. known.Where(k => k.StartsWith(entry.Path[0] + '.', StringComparison.Ordinal))] : close;
        return new ArgumentException(
            $"{entry.Where}: found the key {entry.Key}.{Suggestion.DidYouMean(entry.Key, siblings)} The keys: {string.Join(", ", siblings)}.");
    }
}
