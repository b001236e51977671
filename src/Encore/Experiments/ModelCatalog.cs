using System.Diagnostics.CodeAnalysis;
using Encore.Models;

namespace Encore.Experiments;

/// <summary>The models by name. Encore's own are always there; others are added with <see cref="Register"/>. What a catalogue
/// holds is trained, resumed, saved, loaded, tuned, compared, recommended from, explained, served and, where it says how,
/// exported like any other.</summary>
public sealed class ModelCatalog
{
    private readonly List<ModelEntry> _entries = [];
    private readonly bool _isFixed;

    /// <summary>A catalogue of Encore's models, to which others can be added.</summary>
    public ModelCatalog()
        : this(isFixed: false)
    {
    }

    private ModelCatalog(bool isFixed)
    {
        Add<Popularity, PopularityOptions>("popularity", "Popularity", "baseline", o => new(o));
        Add<RandomScores, RandomOptions>("random", "Random", "baseline", o => new(o));
        Add<ItemKnn, ItemKnnOptions>("itemknn", "Item-kNN", "Deshpande & Karypis 2004", o => new(o),
            search:
            [
                ("neighbours", "log:10..1000"),
                ("shrinkage", "log:1..1000"),
            ]);
        Add<RatingMean, RatingMeanOptions>("rating-mean", "Rating mean", "baseline", o => new(o), needsRatings: true);
        Add<RatingBias, RatingBiasOptions>("rating-bias", "Rating bias", "Koren 2010", o => new(o), needsRatings: true,
            search:
            [
                ("reg-user", "log:0.5..50"),
                ("reg-item", "log:0.5..50"),
            ]);
        Add<AutoRec, AutoRecOptions>("autorec", "AutoRec", "Sedhain et al. 2015", o => new(o), needsRatings: true,
            search:
            [
                ("l2", "log:20..2000"),
                ("hidden", "200|500|1000"),
                ("learning-rate", "log:2e-4..5e-3"),
            ]);
        Add<DeepRec, DeepRecOptions>("deeprec", "DeepRec", "Kuchaiev & Ginsburg 2017", o => new(o), needsRatings: true,
            search:
            [
                ("dropout", "0..0.9"),
                ("layers", "256,256,512,256,256|512,512,1024,512,512"),
                ("learning-rate", "log:1e-4..1e-2"),
            ]);
        Add<Ease, EaseOptions>("ease", "EASE", "Steck 2019", o => new(o), search: [("l2", "log:1..10000/20")]);
        Add<Dlae, DlaeOptions>("dlae", "DLAE", "Steck 2020", o => new(o), search: [("l2", "log:1..10000/8"), ("dropout", "0..0.9/6")]);
        Add<Edlae, EdlaeOptions>("edlae", "EDLAE", "Steck 2020", o => new(o), search: [("l2", "log:1..10000/8"), ("dropout", "0..0.9/6")]);
        Add<Mdae, MdaeOptions>("mdae", "MDAE", "Chen et al. 2012", o => new(o), search: [("ridge", "log:1..10000/8"), ("corruption", "0.1..0.9/6")]);
        Add<ContentKnn, ContentKnnOptions>("content-knn", "Content-kNN", "baseline", o => new(o), search: [("neighbours", "log:10..1000")]);
        Add<GroupPopularity, GroupPopularityOptions>("group-popularity", "Group popularity", "baseline", o => new(o), search: [("shrinkage", "log:1..1000")]);
        Add<Cease, CeaseOptions>("cease", "CEASE", "Jeunen et al. 2020", o => new(o), search: [("l2", "log:10..2000/6"), ("alpha", "log:0.1..100/8")]);
        Add<AddEase, AddEaseOptions>("add-ease", "Add-EASE", "Jeunen et al. 2020", o => new(o), search: [("l2", "log:10..2000/4"), ("feature-l2", "log:1..1000/4"), ("alpha", "0.05..0.95/5")]);
        Add<Fease, FeaseOptions>("fease", "FEASE", "Cui et al. 2025", o => new(o), search: [("l2", "log:10..2000"), ("alpha", "log:0.1..30"), ("beta", "log:0.1..30"), ("delta", "log:0.1..1000"), ("neighbours", "20|50|100|200")]);
        Add<Marec, MarecOptions>("marec", "MARec", "Monteil et al. 2024", o => new(o), search: [("l2", "log:1..2000"), ("alpha", "log:0.1..100"), ("beta", "log:0.01..100"), ("shrinkage", "log:0.1..100"), ("percentile", "5|10|20|40")]);
        Add<MultVae, MultVaeOptions>("mult-vae", "Mult-VAE", "Liang et al. 2018", o => new(o),
            search:
            [
                ("layers", "200|400|600|600,200"),
                ("decoder", "mirrored|linear"),
                ("beta", "0.01..1"),
                ("dropout", "0.2..0.8"),
                ("learning-rate", "log:2e-4..5e-3"),
                ("anneal-steps", "log:200..20000"),
            ]);
        Add<MultDae, MultDaeOptions>("mult-dae", "Mult-DAE", "Liang et al. 2018", o => new(o),
            search:
            [
                ("layers", "100|200|400|600"),
                ("dropout", "0.2..0.8"),
                ("l2", "log:1e-5..1e-1"),
                ("learning-rate", "log:2e-4..5e-3"),
            ]);
        Add<EntityDae, EntityDaeOptions>("entity-dae", "Entity-DAE", "after Bellini et al. 2017", o => new(o),
            search:
            [
                ("rest", "0|50|100|200"),
                ("min-items", "2|3|5|10"),
                ("dropout", "0.2..0.8"),
                ("l2", "log:1e-5..1e-1"),
                ("learning-rate", "log:2e-4..5e-3"),
            ]);
        Add<RecVae, RecVaeOptions>("recvae", "RecVAE", "Shenbin et al. 2020", o => new(o),
            search:
            [
                ("gamma", "log:1e-3..2e-2"),
                ("hidden", "300|600"),
                ("code", "100|200"),
                ("dropout", "0.3..0.8"),
                ("learning-rate", "log:2e-4..2e-3"),
            ]);
        Add<Svae, SvaeOptions>("svae", "SVAE", "Sachdeva et al. 2018", o => new(o),
            search:
            [
                ("next-k", "1..12"),
                ("beta", "log:1e-4..1e-1"),
                ("dropout", "0..0.7"),
                ("learning-rate", "log:5e-4..5e-3"),
            ]);
        Add<GaussianVae, GaussianVaeOptions>("vae", "Gaussian VAE", "Kingma & Welling 2014", o => new(o),
            search:
            [
                ("layers", "100|200|400|600"),
                ("beta", "log:1e-5..1e-1"),
                ("dropout", "0.2..0.8"),
                ("learning-rate", "log:2e-4..5e-3"),
            ]);
        Add<Cdae, CdaeOptions>("cdae", "CDAE", "Wu et al. 2016", o => new(o),
            search:
            [
                ("width", "50|100|200|400"),
                ("corruption", "0.1..0.8"),
                ("l2", "log:1e-5..1e-1"),
                ("learning-rate", "log:5e-4..2e-2"),
            ]);
        Add<Dae, DaeOptions>("dae", "DAE", "Vincent et al. 2008", o => new(o),
            search:
            [
                ("layers", "100|200|400|600"),
                ("level", "0.2..0.8"),
                ("l2", "log:1e-6..1e-2"),
                ("learning-rate", "log:2e-4..5e-3"),
            ]);
        Add<Sdae, SdaeOptions>("sdae", "SDAE", "Vincent et al. 2010", o => new(o),
            search:
            [
                ("layers", "300,200|600,200|200,100"),
                ("level", "0.2..0.8"),
                ("l2", "log:1e-6..1e-2"),
                ("learning-rate", "log:2e-4..5e-3"),
            ]);
        _isFixed = isFixed;
    }

    /// <summary>Encore's own models; nothing can be added.</summary>
    public static ModelCatalog BuiltIn { get; } = new(isFixed: true);

    /// <summary>All models, baselines first, those that were added last.</summary>
    public IReadOnlyList<ModelEntry> All => _entries;

    /// <summary>Adds a model.</summary>
    /// <typeparam name="TModel">The model.</typeparam>
    /// <typeparam name="TOptions">Its options: a record or class each of whose properties has an
    /// <see cref="OptionAttribute"/>.</typeparam>
    /// <param name="name">The name to ask for: lower-case letters, digits and hyphens.</param>
    /// <param name="title">The name to show.</param>
    /// <param name="reference">The paper, in short.</param>
    /// <param name="create">Makes a model that has learned nothing yet.</param>
    /// <param name="needsRatings">Whether the model learns from how ratings differ, so that implicit feedback has nothing for
    /// it.</param>
    /// <param name="format">The version of the model's own format in model files (<see cref="Storage.StoredContext.Format"/>);
    /// raise it when <c>Write</c> changes.</param>
    /// <param name="search">The options that tuning searches by default, each with its values as <c>--search</c> takes them,
    /// such as <c>log:1..1000</c>; null: none.</param>
    /// <returns>The entry.</returns>
    /// <exception cref="ArgumentException">The name is taken or not allowed, the model is neither an
    /// <see cref="IRecommender"/> nor an <see cref="IRatingPredictor"/>, or it searches an option that it lacks.</exception>
    /// <exception cref="InvalidOperationException">The catalogue is <see cref="BuiltIn"/>.</exception>
    public ModelEntry Register<TModel, [DynamicallyAccessedMembers(ModelOption.Members)] TOptions>(
        string name, string title, string reference, Func<TOptions, TModel> create, bool needsRatings = false, int format = 1,
        IReadOnlyList<(string Option, string Values)>? search = null)
        where TModel : class, IModel
        where TOptions : class, new()
    {
        if (_isFixed)
        {
            throw new InvalidOperationException("ModelCatalog.BuiltIn cannot be changed; make a catalogue of your own with new ModelCatalog().");
        }

        Check(name, typeof(TModel));
        var entry = Add(name, title, reference, create, needsRatings, format, search);
        foreach (var (option, _) in entry.Search)
        {
            if (!entry.Options.Any(o => o.Name == option))
            {
                _entries.Remove(entry);
                throw new ArgumentException($"Model {name} searches {option}, expected one of its options: {string.Join(", ", entry.Options.Select(o => o.Name))}.", nameof(search));
            }
        }

        return entry;
    }

    /// <summary>The model of a name, in any case.</summary>
    /// <exception cref="ArgumentException">No model has the name; the message suggests one and lists all.</exception>
    public ModelEntry Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var names = All.Select(entry => entry.Name);
        return All.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"No model is named {name}.{Suggestion.DidYouMean(name, names)} The models: {string.Join(", ", names)}.");
    }

    /// <summary>The entry of a model; null where there is none of its type.</summary>
    public ModelEntry? EntryOf(IModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return _entries.Find(e => e.ModelType == model.GetType());
    }

    private ModelEntry Add<TModel, [DynamicallyAccessedMembers(ModelOption.Members)] TOptions>(
        string name, string title, string reference, Func<TOptions, TModel> create, bool needsRatings = false, int format = 1,
        IReadOnlyList<(string Option, string Values)>? search = null)
        where TModel : class, IModel
        where TOptions : class, new()
    {
        var entry = ModelEntry.Of(name, title, reference, create, needsRatings, format, search ?? []);
        _entries.Add(entry);
        return entry;
    }

    private void Check(string name, Type model)
    {
        if (string.IsNullOrEmpty(name) || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new ArgumentException($"Model '{name}': expected a name of lower-case letters, digits and hyphens.", nameof(name));
        }

        if (_entries.Exists(e => e.Name == name))
        {
            throw new ArgumentException($"A model is named {name} already.", nameof(name));
        }

        if (_entries.Find(e => e.ModelType == model) is { } same)
        {
            throw new ArgumentException($"{model.Name} is registered already, as {same.Name}.", nameof(name));
        }

        if (!typeof(IRecommender).IsAssignableFrom(model) && !typeof(IRatingPredictor).IsAssignableFrom(model))
        {
            throw new ArgumentException($"{model.Name} is neither an {nameof(IRecommender)} nor an {nameof(IRatingPredictor)}; expected one of them.", nameof(model));
        }
    }
}
