using Encore.Experiments;

namespace Encore.Runs;

/// <summary>The models of a command line: <c>--models ease,ease:l2=200,itemknn --set ease.precision=double</c>.</summary>
internal static class ModelList
{
    private const string All = "all";

    /// <summary>The models to run, checked before any work begins.</summary>
    /// <param name="models">Names with options of their own behind colons; <c>all</c>: all that the protocol can measure;
    /// null: those of them that need no epochs, and so no patience.</param>
    /// <param name="settings"><c>MODEL.OPTION=VALUE</c>, for every model of that name.</param>
    /// <param name="isRating">Whether ratings are predicted rather than items ranked.</param>
    /// <param name="protocol">The protocol's name, for errors.</param>
    /// <exception cref="ArgumentException">A model, option or value does not exist, or the model cannot do what the
    /// protocol measures.</exception>
    public static IReadOnlyList<ExperimentModel> Parse(string? models, IReadOnlyList<string> settings, bool isRating, string protocol)
    {
        var common = Settings(settings);
        var possible = ModelCatalog.BuiltIn.All.Where(m => CanRun(m, isRating));
        string[] entries = models == All ? [.. possible.Select(m => m.Name)]
            : Entries(models) ?? [.. possible.Where(m => !m.IsIterative).Select(m => m.Name)];
        if (entries.Length == 0)
        {
            throw new ArgumentException("--models: found no name, expected at least one.");
        }

        var list = new List<ExperimentModel>();
        foreach (string entry in entries)
        {
            string[] parts = entry.Split(':');
            var model = ModelCatalog.BuiltIn.Find(parts[0]);
            if (!CanRun(model, isRating))
            {
                throw new ArgumentException(
                    $"{model.Name} {(isRating ? "ranks items and predicts no ratings" : "predicts ratings and has nothing to learn from which items were met")}; the protocol {protocol} {(isRating ? "predicts ratings" : "ranks items")}.");
            }

            var options = new Dictionary<string, string>(common.GetValueOrDefault(model.Name) ?? [], StringComparer.OrdinalIgnoreCase);
            foreach (string part in parts.Skip(1))
            {
                var (name, value) = Pair(part, $"--models: {entry}");
                options[name] = value;
            }

            string label = parts.Length == 1 ? model.Name : $"{model.Name}:{string.Join(':', parts.Skip(1))}";
            if (list.Any(m => m.Name == label))
            {
                throw new ArgumentException($"--models: found {label} twice, expected each once.");
            }

            model.Create(options); // a wrong value is found now, not after an hour of the others' work
            list.Add(new ExperimentModel(label, () => model.Create(options)) { Model = model.Name, Options = model.Settings(options) });
        }

        var unused = common.Keys.Where(name => !entries.Any(e => e.Split(':')[0].Equals(name, StringComparison.OrdinalIgnoreCase))).ToArray();
        return unused.Length == 0
            ? list
            : throw new ArgumentException($"--set: found options for {string.Join(", ", unused)}, expected models of this comparison: {string.Join(", ", list.Select(m => m.Name))}.");
    }

    // A number is no model's name: it goes on with the list of the option before it, as in mult-vae:layers=600,200.
    private static string[]? Entries(string? models)
    {
        var entries = new List<string>();
        foreach (string part in models?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
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

        return models is null ? null : [.. entries];
    }

    private static bool CanRun(ModelEntry model, bool isRating) => isRating ? model.PredictsRatings : model.Ranks && !model.NeedsRatings;

    private static Dictionary<string, Dictionary<string, string>> Settings(IReadOnlyList<string> settings)
    {
        var byModel = new Dictionary<string, Dictionary<string, string>>(StringComparer.OrdinalIgnoreCase);
        foreach (string setting in settings)
        {
            int dot = setting.IndexOf('.', StringComparison.Ordinal), equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (dot <= 0 || equals < dot)
            {
                throw new ArgumentException($"--set: found {setting}, expected MODEL.OPTION=VALUE, such as ease.l2=500.");
            }

            string model = ModelCatalog.BuiltIn.Find(setting[..dot]).Name;
            var (name, value) = Pair(setting[(dot + 1)..], $"--set: {setting}");
            if (!byModel.TryGetValue(model, out var options))
            {
                byModel.Add(model, options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase));
            }

            options[name] = value;
        }

        return byModel;
    }

    private static (string Name, string Value) Pair(string text, string where)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < text.Length - 1
            ? (text[..equals].Trim(), text[(equals + 1)..].Trim())
            : throw new ArgumentException($"{where}: found {text}, expected OPTION=VALUE.");
    }
}
