using Encore.Experiments;
using Encore.Numerics;

namespace Encore.Testing;

/// <summary>A model under test, with its data.</summary>
internal sealed class Candidate
{
    private const int Users = 37, Items = 29;

    private readonly ModelContractOptions _options;
    private IModel? _fitted;

    public Candidate(ModelEntry entry, ModelContractOptions options, CancellationToken cancellationToken)
    {
        (Entry, _options, Token) = (entry, options, cancellationToken);
        if (!Models.All.Contains(entry))
        {
            throw new ArgumentException(
                $"Found no model {entry.Name} of this kind in the catalogue, expected one: set {nameof(ModelContractOptions)}.{nameof(ModelContractOptions.Models)}.", nameof(options));
        }

        var values = options.Options.ToDictionary();
        foreach (var (name, small) in (ReadOnlySpan<(string, string)>)[("epochs", "3"), ("batch-size", "8")])
        {
            if (entry.IsIterative && entry.Options.Any(o => o.Name == name))
            {
                values.TryAdd(name, small);
            }
        }

        Options = values;
        entry.Settings(values); // refuses unknown ones
        Train = Data(options.Seed, Users, Items);
        Validation = new EvaluationSet(Train, Data(options.Seed + 1, Users, Items, except: Train));
    }

    public ModelEntry Entry { get; }

    public ModelCatalog Models => _options.Models ?? ModelCatalog.BuiltIn;

    public IReadOnlyDictionary<string, string> Options { get; }

    public CancellationToken Token { get; }

    public InteractionMatrix Train { get; }

    public EvaluationSet Validation { get; }

    public FitContext Context => new() { Seed = _options.Seed };

    /// <summary>A model that has learned from <see cref="Train"/>, for checks that leave it as it is.</summary>
    public IModel Fitted => _fitted ??= Fit(Train);

    public IModel Create() => Entry.Create(Options);

    public IModel Fit(InteractionMatrix train, Compute? compute = null)
    {
        var model = Create();
        model.Fit(Learn(train), Context with { Compute = compute ?? Compute.Default }, Token);
        return model;
    }

    /// <summary><see cref="Train"/> with weights by the place of an interaction.</summary>
    public InteractionMatrix Weighted(Func<int, float> weight) => new(Train.Users, Train.Items, Train.Csr)
    {
        Weights = new InteractionWeights([.. Enumerable.Range(0, (int)Train.Count).Select(weight)]),
    };

    /// <summary>What a model learns from, with features of items and users where it asks for them.</summary>
    public TrainingData Learn(InteractionMatrix train, EvaluationSet? validation = null) => new(train)
    {
        Validation = validation,
        ItemFeatures = Entry.NeedsItemFeatures ? Known(train.Items, "kind", 4) : null,
        UserFeatures = typeof(IUsesUserFeatures).IsAssignableFrom(Entry.ModelType) ? Known(train.Users, "group", 3) : null,
    };

    /// <summary>Other users of other items.</summary>
    public InteractionMatrix Others() => Data(_options.Seed + 2, Users + 3, Items - 4);

    public InteractionMatrix Data(ulong seed, int users, int items, InteractionMatrix? except = null)
    {
        var (rows, columns, values) = (new List<int>(), new List<int>(), new List<float>());
        for (int u = 0; u < users; u++)
        {
            for (int i = 0; i < items; i++)
            {
                var rng = new Rng(seed, (uint)u, (uint)i);
                bool isThere = rng.NextDouble() < (except is null ? 0.3 : 0.1) && u != 2 && i != 3;
                if (isThere && except?.Csr.RowIndices(u).Contains(i) != true)
                {
                    rows.Add(u);
                    columns.Add(i);
                    values.Add(Entry.NeedsRatings ? 1 + rng.NextInt32(5) : 1);
                }
            }
        }

        var csr = CsrMatrix.FromEntries(users, items, [.. rows], [.. columns], [.. values]);
        return new InteractionMatrix(Ids(1, users), Ids(100, items), csr);

        static IdMap Ids(int first, int count) => IdMap.FromSorted([.. Enumerable.Range(first, count).Select(id => (long)id)]);
    }

    // A group, and a number, for all but one in seven.
    private static Features Known(IdMap ids, string name, int groups)
    {
        static string[] Cell(int i, string value) => i % 7 == 6 ? [] : [value];
        return Features.Of(
            new FeatureTable(ids,
            [
                new FeatureValues(name, [.. Enumerable.Range(0, ids.Count).Select(i => Cell(i, $"{i % groups}"))]),
                new FeatureValues("size", [.. Enumerable.Range(0, ids.Count).Select(i => Cell(i, $"{i * i % 11}"))]),
            ]),
            [new FeatureRecipe(name), new FeatureRecipe("size") { Kind = FeatureKind.Number }]);
    }

    /// <summary>All that a model says of users: scores of all items, then predictions of all ratings.</summary>
    public static float[] Outputs(IModel model, InteractionMatrix users, int first = 0, int count = -1)
    {
        var histories = new Histories(users, first, count < 0 ? users.Users.Count : count);
        int items = users.Items.Count;
        var scores = new float[model is IRecommender ? histories.Count * items : 0];
        (model as IRecommender)?.Score(histories, scores);
        var predictions = new float[model is IRatingPredictor ? histories.Count * items : 0];
        (model as IRatingPredictor)?.Predict(
            histories, [.. Enumerable.Range(0, histories.Count + 1).Select(r => r * items)], [.. Enumerable.Range(0, histories.Count * items).Select(k => k % items)], predictions);
        return [.. scores, .. predictions];
    }
}
