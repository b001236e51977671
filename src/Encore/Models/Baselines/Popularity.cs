using Encore.Storage;

namespace Encore.Models;

/// <summary>What <see cref="Popularity"/> can be told: nothing.</summary>
public sealed record PopularityOptions;

/// <summary>
/// The baseline that keeps everyone honest: an item's score is the number of its training users, whoever asks.
/// Time O(interactions), memory one number an item; a score for n items is a copy.
/// </summary>
/// <remarks>An empty history gets the same answer as any other. Counts above 2²⁴ are rounded to 24 bits.</remarks>
public sealed class Popularity : IRecommender, IStoredModel, ILinearModel
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
        var train = Guard.Trainable(data, context, Name, cancellationToken);
        _learnt = new Learnt(train.Items, Array.ConvertAll(train.Csr.ColumnCounts(), count => (float)count));
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

    bool ILinearModel.IsLinear => true;

    double ILinearModel.Weight(int from, int target) => 0;

    double ILinearModel.Baseline(int item) => Guard.Fitted(_learnt, Name).Counts[item];

    private sealed record Learnt(IdMap Items, float[] Counts);
}
