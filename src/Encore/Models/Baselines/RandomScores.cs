using Encore.Numerics;
using Encore.Storage;

namespace Encore.Models;

/// <summary>What <see cref="RandomScores"/> can be told: nothing. Its seed is that of the training.</summary>
public sealed record RandomOptions;

/// <summary>
/// The baseline of chance: uniform scores in [0, 1) that are a function of the seed, the user's id and the item. It knows
/// nothing, so what a ranking of it reaches is what a protocol gives away; unlike a model whose scores are all equal, it does
/// not favour the items that come first.
/// Time O(items) a user, memory nothing.
/// </summary>
/// <remarks>A user's scores are the same bits in whatever batch, and after saving and loading; histories change nothing. Scores
/// have 24 random bits, so that two items of a large catalogue may be equal by chance.</remarks>
public sealed class RandomScores : IRecommender, IStoredModel, IUsesWeights
{
    private Learnt? _learnt;

    /// <summary>A model that has learned nothing yet.</summary>
    public RandomScores(RandomOptions? options = null) => OptionSet<RandomOptions>.Validated(options);

    /// <inheritdoc/>
    public string Name => "Random";

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learnt, Name).Items;

    /// <inheritdoc/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learnt = null;
        var train = Guard.Trainable(data, context, this, cancellationToken);
        _learnt = new Learnt(train.Items, context.Seed);
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, seed) = Guard.Fitted(_learnt, Name);
        Guard.Scorable(histories, items, scores.Length);
        for (int r = 0; r < histories.Count; r++)
        {
            var rng = new Rng(seed, StreamOf(histories.User(r)));
            foreach (ref float score in scores.Slice(r * items.Count, items.Count))
            {
                score = rng.NextSingle();
            }
        }
    }

    WeightUse IUsesWeights.WeightUse => WeightUse.Unaffected;

    IReadOnlyDictionary<string, string> IStoredModel.Settings => new Dictionary<string, string>();

    void IStoredModel.Write(TensorWriter writer) => writer.Add("seed", [(long)Guard.Fitted(_learnt, Name).Seed]);

    void IStoredModel.Read(TensorReader reader, StoredContext context) => _learnt = new Learnt(context.Items, (ulong)reader.Read<long>("seed", 1)[0]);

    // FNV-1a of the id's UTF-16 code units: the same on every machine, which a string's own hash is not.
    private static ulong StreamOf(string user)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in user)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return hash;
    }

    private sealed record Learnt(IdMap Items, ulong Seed);
}
