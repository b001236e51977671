using Encore.Networks;
using Encore.Numerics;
using Encore.Storage;
using Encore.Training;

namespace Encore.Models;

/// <summary>
/// What the networks that predict ratings share: checks, the fallbacks, clamping, and learning anew from training and
/// validation ratings once the epoch is selected.
/// </summary>
public abstract class NeuralRatingPredictor : IRatingPredictor, IRecommender, IIterativeModel, IStoredModel, IOnnxModel, IItemVectors, IPredictionNotes, ILearnsOn
{
    private RatingScale? _scale;
    private LearnedUsers? _learnedUsers;

    private protected NeuralRatingPredictor()
    {
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_scale, Name).Items;

    /// <inheritdoc/>
    /// <remarks>After a refit its epochs come behind those of the selection. Where all ratings are equal there is nothing
    /// to learn, and there are no epochs.</remarks>
    public TrainingReport? Training { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="TrainingDivergedException">The loss is no number any more, or far above where it began.</exception>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        Guard.SameItemsForWarmStart(data, context, _scale?.Items, Name);
        (_scale, Training) = (null, null);
        var train = Guard.Trainable(data, context, Name, cancellationToken);
        MemoryBudget.Require(
            MemoryNeeded(train), $"{Name} of {train.Users.Count:N0} users and {train.Items.Count:N0} items",
            "Use smaller layers or a smaller batch-size.", context.MemoryLimit);
        Compute = context.Compute;
        try
        {
            var clock = new FitClock();
            _scale = RatingScale.Of(train); // callbacks may ask the model while it learns
            var training = _scale.IsConstant ? new TrainingReport([], 0, "equal ratings") : Learn(data, context with { Clock = clock }, cancellationToken);
            Training = training.After(clock.Earlier);
            var learned = Refits && !context.WarmStart && data.Validation is not null ? data.WithValidation ?? train : train;
            _learnedUsers = context.WarmStart ? _learnedUsers?.With(learned) : LearnedUsers.Of(learned);
        }
        catch
        {
            _scale = null;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
    {
        var scale = Guard.Fitted(_scale, Name);
        Guard.Predictable(histories, scale.Items, offsets, items, predictions.Length);
        PredictFree(scale, scale.IsConstant ? null : ItemCodes(), histories, offsets, items, predictions);
        scale.Range.Clamp(predictions);
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var scale = Guard.Fitted(_scale, Name);
        Guard.Scorable(histories, scale.Items, scores.Length);
        if (scale.IsConstant)
        {
            scores.Fill(scale.Low);
            return;
        }

        ScoreChecked(histories, scores);
        int n = scale.Items.Count;
        for (int r = 0; r < histories.Count; r++)
        {
            var row = scores.Slice(r * n, n);
            if (Knows(histories, r) != Knowledge.All)
            {
                scale.ItemMeans.CopyTo(row);
            }

            for (int i = 0; i < n; i++)
            {
                row[i] = scale.Rated[i] ? row[i] : scale.Mean;
            }
        }
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => Settings;

    float IStoredModel.HistoryValue => Guard.Fitted(_scale, Name).High;

    RatingRange? IStoredModel.Ratings => Guard.Fitted(_scale, Name).Range;

    string? IPredictionNotes.NoteFor(string? user, bool hasKnown, bool hasHistory) => PredictionNoteFor(user, hasKnown, hasHistory);

    void IStoredModel.Write(TensorWriter writer)
    {
        var scale = Guard.Fitted(_scale, Name);
        writer.Add("scale", [scale.Low, scale.High, scale.Mean]);
        writer.Add("items.mean", scale.ItemMeans);
        writer.Add("items.rated", Array.ConvertAll(scale.Rated, rated => rated ? (byte)1 : (byte)0));
        LearnedUsersTensor.Write(_learnedUsers, writer);
        if (!scale.IsConstant)
        {
            WriteNetwork(writer);
        }
    }

    void IStoredModel.Read(TensorReader reader, StoredContext context)
    {
        Compute = context.Compute;
        float[] scale = reader.Finite("scale", 3);
        if (scale[0] > scale[1])
        {
            throw new InvalidDataException($"{reader.Path}: the lowest rating is {scale[0]}, the highest {scale[1]}.");
        }

        var read = new RatingScale(
            context.Items, scale[0], scale[1], scale[2], reader.Finite("items.mean", context.Items.Count),
            Array.ConvertAll(reader.Read<byte>("items.rated", context.Items.Count), rated => rated != 0));
        if (!read.IsConstant)
        {
            ReadNetwork(reader, read);
        }

        _learnedUsers = LearnedUsersTensor.Read(reader);
        _scale = read;
    }

    void IOnnxModel.Build(OnnxGraph graph)
    {
        var scale = Guard.Fitted(_scale, Name);
        if (scale.IsConstant)
        {
            throw new NotSupportedException($"{Name} learnt from equal ratings and has no network to export.");
        }

        int n = scale.Items.Count;
        var (ratings, known) = Build(graph, scale);
        string orMeans = graph.Where(known, ratings, graph.Constant(scale.ItemMeans, 1, n));
        graph.Ratings(graph.Where(graph.Constant(scale.Rated, 1, n), orMeans, graph.Scalar(scale.Mean)), scale.Low, scale.High);
    }

    LearnedUsers? ILearnsOn.LearnedUsers => _learnedUsers;

    (ReadOnlyMemory<float> Values, int Width)? IItemVectors.ItemVectors =>
        Guard.Fitted(_scale, Name).IsConstant ? null : (ItemVectors.Value, ItemVectors.Columns);

    /// <summary>What training and scores run on: that of the last fit, or of the loading.</summary>
    private protected Compute Compute { get; private set; } = Compute.Default;

    private protected abstract IReadOnlyDictionary<string, string> Settings { get; }

    private protected abstract Parameter<float> ItemVectors { get; }

    /// <summary>Builds the network as an ONNX graph.</summary>
    /// <returns>The ratings [batch, items], and whether the model knows enough of each user for them, [batch, 1].</returns>
    private protected abstract (string Ratings, string Known) Build(OnnxGraph graph, RatingScale scale);

    private protected abstract void WriteNetwork(TensorWriter to);

    private protected abstract void ReadNetwork(TensorReader from, RatingScale scale);

    /// <summary>What a network knows of a user.</summary>
    private protected enum Knowledge
    {
        /// <summary>No rating: predictions are the mean of all.</summary>
        Nothing,

        /// <summary>Ratings that the network cannot take in: predictions are the items' means.</summary>
        Stranger,

        /// <summary>All that it needs.</summary>
        All,
    }

    /// <summary>What the network makes of items and predictions need: computed once for many users. Null: nothing.</summary>
    private protected virtual float[]? ItemCodes() => null;

    /// <summary>Whether learning starts anew from training and validation ratings once the epoch is selected.</summary>
    private protected abstract bool Refits { get; }

    /// <summary>Bytes that training takes: parameters with gradient and optimiser state, and the largest batch.</summary>
    private protected abstract long MemoryNeeded(InteractionMatrix train);

    /// <summary>Trains from the start, for so many epochs where they are given.</summary>
    private protected abstract TrainingReport Train(
        TrainingData data, RatingScale scale, FitContext context, int? epochs, CancellationToken cancellationToken);

    /// <summary>What is said beside predictions; null: nothing.</summary>
    private protected virtual string? PredictionNoteFor(string? user, bool hasKnown, bool hasHistory) => hasKnown ? null
        : $"{PredictionNote.NothingKnown(user, hasHistory)}: {MeanForEach}.";

    /// <summary>The answer where nothing is known of a user, in words.</summary>
    private protected string MeanForEach => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"each item gets the mean of all training ratings, {Guard.Fitted(_scale, Name).Mean:F3}");

    private protected abstract Knowledge Knows(Histories histories, int r);

    /// <summary>Predictions on the scale of the ratings, not clamped; those of users it does not know are not used.</summary>
    private protected abstract void PredictChecked(
        float[]? codes, Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions);

    private protected abstract void ScoreChecked(Histories histories, Span<float> scores);

    /// <summary>The places that predictions are asked for, [users, items].</summary>
    private protected static SparseBatch<float> Places(int n, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items)
    {
        var places = new SparseBatch<float>(n);
        for (int r = 0; r < offsets.Length - 1; r++)
        {
            foreach (int item in items[offsets[r]..offsets[r + 1]])
            {
                places.Add(item, 0);
            }

            places.EndRow();
        }

        return places;
    }

    /// <summary>Measures the network on validation users. It keeps nothing: others may ask for predictions at the same
    /// time.</summary>
    private protected ValidationResult Validate(Validator validator, CancellationToken cancellationToken)
    {
        var (scale, codes) = (_scale!, ItemCodes());
        return validator.Rate(
            (histories, offsets, items, predictions) => PredictFree(scale, codes, histories, offsets, items, predictions), scale.Range, cancellationToken);
    }

    private TrainingReport Learn(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        if (!Refits || context.WarmStart || data.Validation is null || data.WithValidation is not { } both)
        {
            return Train(data, _scale!, context, null, cancellationToken);
        }

        // A search that has ended is in its checkpoint: a resumed run goes through it at once.
        var search = Train(data, _scale!, context.Checkpoint is null
            ? context
            : context with { Checkpoint = context.Checkpoint with { Path = context.Checkpoint.Path + ".search" } }, null, cancellationToken);
        _scale = RatingScale.Of(both);
        var final = Train(new TrainingData(both), _scale, context, search.BestEpoch, cancellationToken);
        return new TrainingReport([.. search.Epochs, .. final.Epochs], search.BestEpoch, search.Stopped);
    }

    private void PredictFree(
        RatingScale scale, float[]? codes, Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
    {
        if (scale.IsConstant)
        {
            predictions.Fill(scale.Low);
            return;
        }

        PredictChecked(codes, histories, offsets, items, predictions);
        for (int r = 0; r < histories.Count; r++)
        {
            var knows = Knows(histories, r);
            for (int k = offsets[r]; k < offsets[r + 1]; k++)
            {
                predictions[k] = knows == Knowledge.Nothing || !scale.Rated[items[k]] ? scale.Mean
                    : knows == Knowledge.Stranger ? scale.ItemMeans[items[k]]
                    : predictions[k];
            }
        }
    }
}

/// <summary>The range of the training ratings, and the answers where a network has none.</summary>
internal sealed class RatingScale
{
    // Ratings at the mean that each item is given in advance, as the rating baseline has them.
    private const double Damping = 3;

    private RatingScale(IdMap items) =>
        (Items, ItemMeans, Rated) = (items, new float[items.Count], new bool[items.Count]);

    public RatingScale(IdMap items, float low, float high, float mean, float[] itemMeans, bool[] rated) =>
        (Items, Low, High, Mean, ItemMeans, Rated) = (items, low, high, mean, itemMeans, rated);

    public IdMap Items { get; }

    public float Low { get; private set; } = float.PositiveInfinity;

    public float High { get; private set; } = float.NegativeInfinity;

    public float Mean { get; private set; }

    /// <summary>Mean rating of each item, damped towards <see cref="Mean"/>.</summary>
    public float[] ItemMeans { get; }

    /// <summary>Whether an item has a training rating.</summary>
    public bool[] Rated { get; }

    public bool IsConstant => Low == High;

    public RatingRange Range => new(Low, High);

    public static RatingScale Of(InteractionMatrix train)
    {
        var scale = new RatingScale(train.Items);
        double total = 0;
        foreach (float r in train.Csr.Values)
        {
            (scale.Low, scale.High, total) = (Math.Min(scale.Low, r), Math.Max(scale.High, r), total + r);
        }

        double mean = total / train.Count;
        var byItem = train.Transposed;
        for (int i = 0; i < byItem.Rows; i++)
        {
            double sum = Damping * mean;
            foreach (float r in byItem.RowValues(i))
            {
                sum += r;
            }

            scale.ItemMeans[i] = (float)(sum / (Damping + byItem.RowLength(i)));
            scale.Rated[i] = byItem.RowLength(i) > 0;
        }

        scale.Mean = (float)mean;
        return scale;
    }
}
