using Encore.Storage;

namespace Encore.Models;

/// <summary>What <see cref="RatingMean"/> can be told: nothing.</summary>
public sealed record RatingMeanOptions;

/// <summary>
/// The least that a rating predictor has to beat: every prediction is the mean μ of the training ratings, which is
/// also the fallback of other models for users and items without ratings. Time O(ratings), memory one number.
/// </summary>
public sealed class RatingMean : IRatingPredictor, IStoredModel, IPredictionNotes
{
    private Learnt? _learnt;

    /// <summary>A model that has learnt nothing yet.</summary>
    public RatingMean(RatingMeanOptions? options = null) => OptionSet<RatingMeanOptions>.Validated(options);

    /// <inheritdoc/>
    public string Name => "Rating mean";

    /// <inheritdoc/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learnt = null;
        var train = Guard.Trainable(data, context, Name, cancellationToken);
        double sum = 0;
        foreach (float r in train.Csr.Values)
        {
            sum += r;
        }

        _learnt = new Learnt(train.Items, (float)(sum / train.Count));
    }

    /// <inheritdoc/>
    public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
    {
        var (known, μ) = Guard.Fitted(_learnt, Name);
        Guard.Predictable(histories, known, offsets, items, predictions.Length);
        predictions.Fill(μ);
    }

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learnt, Name).Items;

    IReadOnlyDictionary<string, string> IStoredModel.Settings => new Dictionary<string, string>();

    string? IPredictionNotes.NoteFor(string? user, bool hasKnown, bool hasHistory) =>
        "Rating mean predicts the mean of all training ratings, for any user, history and item.";

    void IStoredModel.Write(TensorWriter writer) => writer.Add("mean", [Guard.Fitted(_learnt, Name).Mean]);

    void IStoredModel.Read(TensorReader reader, StoredContext context) => _learnt = new Learnt(context.Items, reader.Finite("mean", 1)[0]);

    private sealed record Learnt(IdMap Items, float Mean);
}
