using System.Globalization;
using Encore.Storage;

namespace Encore.Models;

/// <summary>What <see cref="RatingBias"/> can be told.</summary>
public sealed record RatingBiasOptions
{
    /// <summary>λ₃, ratings at the mean that each user is given in advance: damps the bias of users with few. Default 5.</summary>
    [Option("damping of user biases, λ₃", Minimum = 0)]
    public double RegUser { get; init; } = 5;

    /// <summary>λ₂, ratings at the mean that each item is given in advance: damps the bias of items with few. Default 3.</summary>
    [Option("damping of item biases, λ₂", Minimum = 0)]
    public double RegItem { get; init; } = 3;

    /// <summary>How often items and users take turns. 1 is Koren's decoupled estimate. Default 10.</summary>
    [Option("how often items and users take turns", Minimum = 1)]
    public int Iterations { get; init; } = 10;
}

/// <summary>
/// The rating baseline b_ui = μ + b_u + b_i (Koren 2010, "Factor in the neighbors: scalable and accurate collaborative
/// filtering", section 2.1): how far an item is rated above the mean, and how far a user rates above what the items
/// deserve.
/// <code>
/// min_b Σ (r_ui − μ − b_u − b_i)² + λ₃·Σ_u b_u² + λ₂·Σ_i b_i²
/// b_i = Σ_u (r_ui − μ − b_u) / (λ₂ + |R(i)|)      over the users R(i) of item i
/// b_u = Σ_i (r_ui − μ − b_i) / (λ₃ + |R(u)|)      over the items R(u) of user u
/// </code>
/// The two closed forms alternate, items first, until the minimum or for some iterations. A user's bias is computed
/// from the history that comes with the request, so a new user is served like a known one.
/// Time O(ratings) an iteration; memory the transpose of the ratings and one number a user and an item.
/// </summary>
/// <remarks>
/// An empty history has b_u = 0, an item without training ratings b_i = 0: what is left is the fallback μ.
/// Predictions are clamped to the range of the training ratings. As a recommender it ranks by the prediction before
/// clamping, that is by b_i; where all values are equal there is nothing to learn and all items score the same.
/// </remarks>
public sealed class RatingBias : IRatingPredictor, IRecommender, IStoredModel, IPredictionNotes
{
    private readonly RatingBiasOptions _options;
    private Learnt? _learnt;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public RatingBias(RatingBiasOptions? options = null) => _options = OptionSet<RatingBiasOptions>.Validated(options);

    /// <inheritdoc cref="IModel.Name"/>
    public string Name => string.Create(CultureInfo.InvariantCulture,
        $"Rating bias λ₂={_options.RegItem} λ₃={_options.RegUser}");

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learnt, Name).Items;

    /// <inheritdoc cref="IModel.Fit"/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learnt = null;
        var train = Guard.Trainable(data, context, Name, cancellationToken);
        var (users, items) = (train.Csr, train.Transposed);
        double μ = 0, low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (float r in users.Values)
        {
            (μ, low, high) = (μ + r, Math.Min(low, r), Math.Max(high, r));
        }

        μ /= train.Count;
        var (b_u, b_i) = (new double[users.Rows], new double[items.Rows]);
        for (int iteration = 0; iteration < _options.Iterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ClosedForm.ForRows(context.Compute, items.Rows, i => b_i[i] = Bias(items.RowIndices(i), items.RowValues(i), μ, b_u, _options.RegItem));
            ClosedForm.ForRows(context.Compute, users.Rows, u => b_u[u] = Bias(users.RowIndices(u), users.RowValues(u), μ, b_i, _options.RegUser));
            context.Progress?.Report(new FitProgress("biases", (iteration + 1.0) / _options.Iterations));
        }

        _learnt = new Learnt(train.Items, μ, b_i, low, high);
    }

    /// <inheritdoc/>
    public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
    {
        var (known, μ, b_i, low, high) = Guard.Fitted(_learnt, Name);
        Guard.Predictable(histories, known, offsets, items, predictions.Length);
        for (int r = 0; r < histories.Count; r++)
        {
            double b_u = Bias(histories.Items(r), histories.Values(r), μ, b_i, _options.RegUser);
            for (int k = offsets[r]; k < offsets[r + 1]; k++)
            {
                predictions[k] = (float)Math.Clamp(μ + b_u + b_i[items[k]], low, high);
            }
        }
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, μ, b_i, _, _) = Guard.Fitted(_learnt, Name);
        Guard.Scorable(histories, items, scores.Length);
        for (int r = 0; r < histories.Count; r++)
        {
            double b_u = Bias(histories.Items(r), histories.Values(r), μ, b_i, _options.RegUser);
            for (int i = 0; i < b_i.Length; i++)
            {
                scores[(r * b_i.Length) + i] = (float)(μ + b_u + b_i[i]);
            }
        }
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => OptionSet<RatingBiasOptions>.Settings(_options);

    float IStoredModel.HistoryValue => (float)Guard.Fitted(_learnt, Name).High;

    RatingRange? IStoredModel.Ratings => new((float)Guard.Fitted(_learnt, Name).Low, (float)Guard.Fitted(_learnt, Name).High);

    string? IPredictionNotes.NoteFor(string? user, bool hasKnown, bool hasHistory) => hasKnown ? null
        : $"{PredictionNote.NothingKnown(user, hasHistory)}: each item gets the rating that it gets on average, without the user's bias.";

    void IStoredModel.Write(TensorWriter writer)
    {
        var (_, μ, b_i, low, high) = Guard.Fitted(_learnt, Name);
        writer.Add("scale", [μ, low, high]);
        writer.Add("items.bias", b_i);
    }

    void IStoredModel.Read(TensorReader reader, StoredContext context)
    {
        double[] scale = reader.Read<double>("scale", 3);
        double[] b_i = reader.Read<double>("items.bias", context.Items.Count);
        if (!scale.Concat(b_i).All(double.IsFinite) || scale[1] > scale[2])
        {
            throw new InvalidDataException($"{reader.Path}: the rating scale or a bias is not finite, or the lowest rating above the highest.");
        }

        _learnt = new Learnt(context.Items, scale[0], b_i, scale[1], scale[2]);
    }

    // The closed form of one side, given the biases of the other; 0 without ratings.
    private static double Bias(ReadOnlySpan<int> others, ReadOnlySpan<float> ratings, double μ, double[] b_other, double λ)
    {
        double sum = 0;
        for (int k = 0; k < others.Length; k++)
        {
            sum += ratings[k] - μ - b_other[others[k]];
        }

        return others.IsEmpty ? 0 : sum / (λ + others.Length);
    }

    private sealed record Learnt(IdMap Items, double Mean, double[] ItemBias, double Low, double High);
}
