using Encore.Experiments;

namespace Encore.Cli;

/// <summary>The models of a run.</summary>
/// <param name="Models">Each with the options that it has.</param>
/// <param name="Spaces">What is searched, by option; null: nothing is.</param>
internal sealed record RunModels(
    IReadOnlyList<(ModelEntry Model, IReadOnlyDictionary<string, string> Options)> Models, IReadOnlyDictionary<string, string>? Spaces = null)
{
    /// <summary>Those of a comparison: all options where names are plain, those that differ from the defaults where one model
    /// comes several times and is called by them.</summary>
    public static RunModels Of(IReadOnlyList<ExperimentModel> models)
    {
        bool plain = models.Select(m => m.Model).Distinct().Count() == models.Count;
        return new RunModels([.. models.Select(m => (ModelCatalog.BuiltIn.Find(m.Model!), plain ? m.Options : Changed(m)))]);
    }

    private static Dictionary<string, string> Changed(ExperimentModel model)
    {
        var defaults = ModelCatalog.BuiltIn.Find(model.Model!).Settings();
        return model.Options.Where(o => defaults[o.Key] != o.Value).ToDictionary();
    }
}
