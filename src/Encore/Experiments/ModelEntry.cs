using System.Diagnostics.CodeAnalysis;

namespace Encore.Experiments;

/// <summary>A model that can be asked for by name.</summary>
public sealed class ModelEntry
{
    private readonly Func<IReadOnlyDictionary<string, string>, IModel> _create;
    private readonly Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> _settings;

    private ModelEntry(
        string name, string title, string reference, Type model, IReadOnlyList<ModelOption> options, bool needsRatings, int format,
        IReadOnlyList<(string Option, string Values)> search,
        Func<IReadOnlyDictionary<string, string>, IModel> create,
        Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> settings)
    {
        (Name, Title, Reference, ModelType, Options, NeedsRatings) = (name, title, reference, model, options, needsRatings);
        (Format, Search, _create, _settings) = (format, search, create, settings);
    }

    /// <summary>The name to ask for, such as <c>ease</c>.</summary>
    public string Name { get; }

    /// <summary>The name to show, such as "EASE".</summary>
    public string Title { get; }

    /// <summary>The paper, in short.</summary>
    public string Reference { get; }

    /// <summary>Whether the model is an <see cref="IRecommender"/>.</summary>
    public bool Ranks => typeof(IRecommender).IsAssignableFrom(ModelType);

    /// <summary>Whether the model is an <see cref="IRatingPredictor"/>.</summary>
    public bool PredictsRatings => typeof(IRatingPredictor).IsAssignableFrom(ModelType);

    /// <summary>Whether the model learns from how ratings differ and so has nothing to learn where all values are
    /// equal, as in implicit feedback.</summary>
    public bool NeedsRatings { get; }

    /// <summary>Whether the model learns in epochs (<see cref="IIterativeModel"/>) rather than in closed form.</summary>
    public bool IsIterative => typeof(IIterativeModel).IsAssignableFrom(ModelType);

    /// <summary>Whether the model cannot learn without <see cref="TrainingData.ItemFeatures"/>.</summary>
    public bool NeedsItemFeatures => typeof(INeedsItemFeatures).IsAssignableFrom(ModelType);

    /// <summary>What the model does with weights of interactions; it refuses them where that is nothing.</summary>
    public WeightUse WeightUse => typeof(IUsesWeights).IsAssignableFrom(ModelType) ? ((IUsesWeights)Create()).WeightUse : WeightUse.None;

    /// <summary>The version of the model's own format in model files, from 1.</summary>
    public int Format { get; }

    /// <summary>The options that tuning searches by default, each with its values as <c>--search</c> takes them; empty where
    /// there is nothing to search.</summary>
    public IReadOnlyList<(string Option, string Values)> Search { get; }

    /// <summary>The options that <see cref="Create"/> takes.</summary>
    public IReadOnlyList<ModelOption> Options { get; }

    /// <summary>The type of what <see cref="Create"/> makes.</summary>
    public Type ModelType { get; }

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <param name="options">Values by option name; options left out keep their defaults.</param>
    /// <returns>An <see cref="IRecommender"/> where <see cref="Ranks"/>, an <see cref="IRatingPredictor"/> where
    /// <see cref="PredictsRatings"/>, both where both.</returns>
    /// <exception cref="ArgumentException">An option that the model lacks, or a value that the option does not allow;
    /// the message says what was found and what is expected.</exception>
    public IModel Create(IReadOnlyDictionary<string, string>? options = null) =>
        _create(options ?? new Dictionary<string, string>());

    /// <summary>All options with their values, written in one way: of those left out the defaults.</summary>
    /// <inheritdoc cref="Create"/>
    public IReadOnlyDictionary<string, string> Settings(IReadOnlyDictionary<string, string>? options = null) =>
        _settings(options ?? new Dictionary<string, string>());

    internal static ModelEntry Of<TModel, [DynamicallyAccessedMembers(ModelOption.Members)] TOptions>(
        string name, string title, string reference, Func<TOptions, TModel> create, bool needsRatings, int format,
        IReadOnlyList<(string Option, string Values)> search)
        where TModel : class, IModel
        where TOptions : class, new() =>
        new(name, title, reference, typeof(TModel), OptionSet<TOptions>.All, needsRatings, format, search,
            options => create(OptionSet<TOptions>.Parse(name, options)),
            options => OptionSet<TOptions>.Settings(OptionSet<TOptions>.Parse(name, options)));
}
