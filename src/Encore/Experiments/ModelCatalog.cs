using Encore.Models;

namespace Encore.Experiments;

/// <summary>The models that Encore has, one line each.</summary>
public static class ModelCatalog
{
    /// <summary>All models, baselines first.</summary>
    public static IReadOnlyList<ModelEntry> All { get; } =
    [
        ModelEntry.Of<Popularity, PopularityOptions>("popularity", "Popularity", "baseline", o => new(o)),
        ModelEntry.Of<ItemKnn, ItemKnnOptions>("itemknn", "Item-kNN", "Deshpande & Karypis 2004", o => new(o)),
        ModelEntry.Of<RatingMean, RatingMeanOptions>("rating-mean", "Rating mean", "baseline", o => new(o), needsRatings: true),
        ModelEntry.Of<RatingBias, RatingBiasOptions>("rating-bias", "Rating bias", "Koren 2010", o => new(o), needsRatings: true),
        ModelEntry.Of<AutoRec, AutoRecOptions>("autorec", "AutoRec", "Sedhain et al. 2015", o => new(o), needsRatings: true),
        ModelEntry.Of<DeepRec, DeepRecOptions>("deeprec", "DeepRec", "Kuchaiev & Ginsburg 2017", o => new(o), needsRatings: true),
        ModelEntry.Of<Ease, EaseOptions>("ease", "EASE", "Steck 2019", o => new(o)),
        ModelEntry.Of<Dlae, DlaeOptions>("dlae", "DLAE", "Steck 2020", o => new(o)),
        ModelEntry.Of<Edlae, EdlaeOptions>("edlae", "EDLAE", "Steck 2020", o => new(o)),
        ModelEntry.Of<Mdae, MdaeOptions>("mdae", "MDAE", "Chen et al. 2012", o => new(o)),
        ModelEntry.Of<MultVae, MultVaeOptions>("mult-vae", "Mult-VAE", "Liang et al. 2018", o => new(o)),
        ModelEntry.Of<MultDae, MultDaeOptions>("mult-dae", "Mult-DAE", "Liang et al. 2018", o => new(o)),
        ModelEntry.Of<Svae, SvaeOptions>("svae", "SVAE", "Sachdeva et al. 2018", o => new(o)),
        ModelEntry.Of<GaussianVae, GaussianVaeOptions>("vae", "Gaussian VAE", "Kingma & Welling 2014", o => new(o)),
        ModelEntry.Of<Cdae, CdaeOptions>("cdae", "CDAE", "Wu et al. 2016", o => new(o)),
        ModelEntry.Of<Dae, DaeOptions>("dae", "DAE", "Vincent et al. 2008", o => new(o)),
        ModelEntry.Of<Sdae, SdaeOptions>("sdae", "SDAE", "Vincent et al. 2010", o => new(o)),
    ];

    /// <summary>The model of a name, in any case.</summary>
    /// <exception cref="ArgumentException">No model has the name; the message suggests one and lists all.</exception>
    public static ModelEntry Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var names = All.Select(entry => entry.Name);
        return All.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"No model is named {name}.{Suggestion.DidYouMean(name, names)} The models: {string.Join(", ", names)}.");
    }
}
