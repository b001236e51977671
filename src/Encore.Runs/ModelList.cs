using Encore.Experiments;

namespace Encore.Runs;

/// <summary>The models of a run: as a command line lists them, and as an experiment takes them.</summary>
public static class ModelList
{
    private const string All = "all";

    /// <summary>Models as a command line lists them: <c>ease,ease:l2=200,mult-vae:layers=600,200</c>, or <c>all</c>.</summary>
    /// <param name="models">Names with options of their own behind colons; <c>all</c>: all that can be measured; null: those
    /// of them that need no epochs, and so no patience, and that can use weights where there are any.</param>
    /// <param name="catalog">The models that there are.</param>
    /// <param name="isRating">Whether ratings are predicted rather than items ranked.</param>
    /// <param name="hasItemFeatures">Whether the run names what is known of the items, so that models which need it are among
    /// all.</param>
    /// <param name="isWeighted">Whether interactions have weights.</param>
    /// <exception cref="ArgumentException">The list is empty, or an option is not written <c>OPTION=VALUE</c>.</exception>
    public static IReadOnlyList<ModelConfig> Parse(
        string? models, ModelCatalog catalog, bool isRating, bool hasItemFeatures = false, bool isWeighted = false)
    {
        string[] entries = models is null or All
            ? [.. catalog.All.Where(m => CanRun(m, isRating) && (hasItemFeatures || !m.NeedsItemFeatures) && (models == All || (!m.IsIterative && (!isWeighted || m.WeightUse != WeightUse.None)))).Select(m => m.Name)]
            : Entries(models);
        if (entries.Length == 0)
        {
            throw new ArgumentException("--models: found no name, expected at least one.");
        }

        return [.. entries.Select(entry =>
        {
            string[] parts = entry.Split(':');
            var options = parts.Skip(1).Select(part => Pair(part, $"--models: {entry}")).ToArray();
            string name = catalog.Find(parts[0]).Name;
            return new ModelConfig
            {
                Name = name,
                Label = parts.Length == 1 ? null : $"{name}:{string.Join(':', parts.Skip(1))}",
                Options = Last(options),
            };
        })];
    }

    /// <summary>The models with more options: an option that stands with a model in a list of several of its kind stays.</summary>
    /// <param name="models">The models.</param>
    /// <param name="settings"><c>MODEL.OPTION=VALUE</c>, for every model of that name.</param>
    /// <param name="catalog">The models that there are.</param>
    /// <exception cref="ArgumentException">A setting is not written so, or is for none of the models.</exception>
    public static IReadOnlyList<ModelConfig> With(IReadOnlyList<ModelConfig> models, IReadOnlyList<string> settings, ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(settings);
        var common = settings.Select(s => Setting(s, catalog)).ToArray();
        string[] unused = [.. common.Select(s => s.Model).Where(name => models.All(m => m.Name != name)).Distinct()];
        if (unused.Length > 0)
        {
            throw new ArgumentException($"--set: found options for {string.Join(", ", unused)}, expected models of this comparison: {string.Join(", ", models.Select(m => m.Label ?? m.Name))}.");
        }

        return [.. models.Select(m =>
        {
            var mine = common.Where(s => s.Model == m.Name).Select(s => (s.Option, s.Value));
            var own = m.Options.Select(o => (o.Key, o.Value));
            return m with { Options = Last([.. m.Label is null ? own.Concat(mine) : mine.Concat(own)]) };
        })];
    }

    /// <summary>The models as an experiment takes them, checked before any work begins.</summary>
    /// <param name="models">The models; none: those that need no epochs.</param>
    /// <param name="catalog">The models that there are.</param>
    /// <param name="isRating">Whether ratings are predicted rather than items ranked.</param>
    /// <param name="protocol">The protocol's name, for errors.</param>
    /// <exception cref="ArgumentException">A model, option or value does not exist, a name comes twice, or a model cannot do
    /// what the protocol measures.</exception>
    public static IReadOnlyList<ExperimentModel> Resolve(IReadOnlyList<ModelConfig> models, ModelCatalog catalog, bool isRating, string protocol)
    {
        ArgumentNullException.ThrowIfNull(models);
        var list = new List<ExperimentModel>();
        foreach (var asked in models.Count > 0 ? models : Parse(null, catalog, isRating))
        {
            var model = catalog.Find(asked.Name);
            if (!CanRun(model, isRating))
            {
                throw new ArgumentException(
                    $"{model.Name} {(isRating ? "ranks items and predicts no ratings" : "predicts ratings and has nothing to learn from which items were met")}; the protocol {protocol} {(isRating ? "predicts ratings" : "ranks items")}.");
            }

            string label = asked.Label ?? model.Name;
            if (list.Any(m => m.Name == label))
            {
                throw new ArgumentException($"--models: found {label} twice, expected each once.");
            }

            var options = new Dictionary<string, string>(asked.Options, StringComparer.OrdinalIgnoreCase);
            model.Create(options); // a wrong value is found now, not after an hour of the others' work
            list.Add(new ExperimentModel(label, () => model.Create(options)) { Model = model.Name, Options = model.Settings(options) });
        }

        return list;
    }

    /// <summary><c>OPTION=VALUE</c>, perhaps with the model's name before it.</summary>
    /// <exception cref="ArgumentException">The text is not written so.</exception>
    public static (string Name, string Value) Pair(string text, string option, string form, string model)
    {
        ArgumentNullException.ThrowIfNull(text);
        string body = text.StartsWith(model + '.', StringComparison.OrdinalIgnoreCase) ? text[(model.Length + 1)..] : text;
        int equals = body.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < body.Length - 1
            ? (body[..equals].Trim(), body[(equals + 1)..].Trim())
            : throw new ArgumentException($"{option}: found {text}, expected {form}.");
    }

    // A number is no model's name: it goes on with the list of the option before it, as in mult-vae:layers=600,200.
    private static string[] Entries(string models)
    {
        var entries = new List<string>();
        foreach (string part in models.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (entries.Count > 0 && entries[^1].Contains('=', StringComparison.Ordinal) && int.TryParse(part.Split(':')[0], out _))
            {
                entries[^1] += ',' + part;
            }
            else
            {
                entries.Add(part);
            }
        }

        return [.. entries];
    }

    private static bool CanRun(ModelEntry model, bool isRating) => isRating ? model.PredictsRatings : model.Ranks && !model.NeedsRatings;

    private static (string Model, string Option, string Value) Setting(string setting, ModelCatalog catalog)
    {
        int dot = setting.IndexOf('.', StringComparison.Ordinal), equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (dot <= 0 || equals < dot)
        {
            throw new ArgumentException($"--set: found {setting}, expected MODEL.OPTION=VALUE, such as ease.l2=500.");
        }

        var (name, value) = Pair(setting[(dot + 1)..], $"--set: {setting}");
        return (catalog.Find(setting[..dot]).Name, name, value);
    }

    private static Dictionary<string, string> Last(IEnumerable<(string Name, string Value)> pairs)
    {
        var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in pairs)
        {
            options[name] = value;
        }

        return options;
    }

    private static (string Name, string Value) Pair(string text, string where)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < text.Length - 1
            ? (text[..equals].Trim(), text[(equals + 1)..].Trim())
            : throw new ArgumentException($"{where}: found {text}, expected OPTION=VALUE.");
    }
}
