using Encore.Numerics;
using Encore.Storage;

namespace Encore.Models;

/// <summary>What <see cref="Popularity"/> can be told: nothing.</summary>
public sealed record PopularityOptions;

/// <summary>
/// The baseline that keeps everyone honest: an item's score is the number of its training users, whoever asks; of weighted
/// interactions the sum of their weights, such as all plays, or those of late where there is a half-life.
/// Time O(interactions), memory one number an item; a score for n items is a copy.
/// </summary>
/// <remarks>An empty history gets the same answer as any other. Counts above 2²⁴ are rounded to 24 bits.</remarks>
public sealed class Popularity : IRecommender, IStoredModel, ILinearModel, IUsesWeights
{
    private Learnt? _learnt;

    /// <summary>A model that has learnt nothing yet.</summary>
    public Popularity(PopularityOptions? options = null) => OptionSet<PopularityOptions>.Validated(options);

    /// <inheritdoc/>
    public string Name => "Popularity";

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learnt, Name).Items;

    /// <inheritdoc/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learnt = null;
        var train = Guard.Trainable(data, context, this, cancellationToken);
        _learnt = new Learnt(train.Items, train.Weights is { } weights
            ? Sums(train.Csr, weights)
            : Array.ConvertAll(train.Csr.ColumnCounts(), count => (float)count));
    }

    private static float[] Sums(CsrMatrix x, InteractionWeights weights)
    {
        var sums = new double[x.Columns];
        for (int k = 0; k < x.ColumnIndices.Length; k++)
        {
            sums[x.ColumnIndices[k]] += weights.Values[k];
        }

        return Array.ConvertAll(sums, sum => (float)sum);
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, counts) = Guard.Fitted(_learnt, Name);
        Guard.Scorable(histories, items, scores.Length);
        for (int r = 0; r < histories.Count; r++)
        {
            counts.CopyTo(scores[(r * items.Count)..]);
        }
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => new Dictionary<string, string>();

    void IStoredModel.Write(TensorWriter writer) => writer.Add("counts", Guard.Fitted(_learnt, Name).Counts);

    void IStoredModel.Read(TensorReader reader, StoredContext context) => _learnt = new Learnt(context.Items, reader.Finite("counts", context.Items.Count));

    WeightUse IUsesWeights.WeightUse => WeightUse.Values;

    bool ILinearModel.IsLinear => true;

    double ILinearModel.Weight(int from, int target) => 0;

    double ILinearModel.Baseline(int item) => Guard.Fitted(_learnt, Name).Counts[item];

    private sealed record Learnt(IdMap Items, float[] Counts);
}
