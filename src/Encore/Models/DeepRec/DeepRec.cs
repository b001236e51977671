using System.Buffers;
using System.Globalization;
using Encore.Networks;
using Encore.Numerics;
using Encore.Storage;
using Encore.Training;

namespace Encore.Models;

/// <summary>What <see cref="DeepRec"/> minimises.</summary>
public enum DeepRecLoss
{
    /// <summary>The mean square over ratings.</summary>
    Square,

    /// <summary>The mean over users of each user's root mean squared error: users with few ratings weigh as much as those
    /// with many.</summary>
    RmsePerUser,
}

/// <summary>What <see cref="DeepRec"/> can be told.</summary>
public sealed record DeepRecOptions : TrainingOptions
{
    /// <summary>The paper's training: batches of 128 with SGD at 1e-3, momentum 0.9.</summary>
    public DeepRecOptions()
    {
        (Epochs, BatchSize, Optimizer, LearningRate, Momentum) = (100, 128, OptimizerKind.Sgd, 1e-3, 0.9);
    }

    /// <summary>Widths of all layers between the items on both sides; the middle one is the code. Default
    /// 512,512,1024,512,512.</summary>
    [Option("widths of all layers between the items on both sides; the middle one is the code", Minimum = 1)]
    public IReadOnlyList<int> Layers { get; init; } = [512, 512, 1024, 512, 512];

    /// <summary>Activation of every layer but the last. Default SELU.</summary>
    [Option("activation of every layer but the last")]
    public Activation Activation { get; init; } = Activation.Selu;

    /// <summary>Activation of the last layer. Default identity.</summary>
    [Option("activation of the last layer")]
    public Activation LastActivation { get; init; } = Activation.Identity;

    /// <summary>Probability with which a number of the code is dropped. Default 0.8.</summary>
    [Option("probability of dropping a number of the code", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.8;

    /// <summary>How often the output of a batch is fed again, densely, after its update. Default 0; the paper takes 1,
    /// with a learning rate of 0.005.</summary>
    [Option("how often a batch's output is fed again; the paper then takes a learning-rate of 0.005", Minimum = 0)]
    public int Refeed { get; init; }

    /// <summary>Whether the decoder has the encoder's weights, transposed. Default false.</summary>
    [Option("whether the decoder has the encoder's weights, transposed")]
    public bool Tied { get; init; }

    /// <summary>λ of λ/2·‖W‖² on all weights, beside the mean loss of a rating. Default 0.</summary>
    [Option("λ of λ/2·‖weights‖², beside the mean loss of a rating", Minimum = 0)]
    public double L2 { get; init; }

    /// <summary>Whether the model learns anew from training and validation ratings, for as many epochs as validation
    /// selected. Default true.</summary>
    [Option("whether to learn anew from training and validation ratings for the selected number of epochs")]
    public bool Refit { get; init; } = true;

    /// <summary>What is minimised at the observed places; what is fed again always has the mean square. Default
    /// square.</summary>
    [Option("what is minimised: the mean square over ratings, or the mean over users of each user's RMSE")]
    [Later]
    public DeepRecLoss Loss { get; init; } = DeepRecLoss.Square;
}

/// <summary>
/// DeepRec (Kuchaiev &amp; Ginsburg 2017, "Training deep autoencoders for collaborative filtering"): a deep autoencoder of
/// users' ratings with SELU layers and much dropout on its code.
/// <code>
/// loss = Σ mask·(x − f(x))² / Σ mask over a batch                                        (equation 1)
/// dense re-feeding: after the update, input f(x), target f(x), all items count, and update again (section 2.3)
/// </code>
/// Time an epoch: for each user three times the multiply-adds of the inner layers, and 5·width a rating; with re-feeding
/// 7·width·n a user more. One pass of the optimiser over all weights for each feeding of a batch. Memory: 16 bytes a
/// weight.
/// </summary>
/// <remarks>
/// f(x) of re-feeding is the output of the forward pass that the update came from, its dropout included, as in the
/// authors' code. The input is the history that comes with the request, so a new user is served like a known one; an
/// empty history and an item without training ratings get the mean of all ratings. Predictions are clamped to the range
/// of the training ratings; as a recommender it ranks by the prediction before clamping, and items for an empty history
/// by their damped means. Where all ratings are equal there is nothing to learn.
/// </remarks>
public sealed class DeepRec : NeuralRatingPredictor
{
    private readonly DeepRecOptions _options;
    private DeepRecNetwork<float>? _network;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public DeepRec(DeepRecOptions? options = null)
    {
        _options = OptionSet<DeepRecOptions>.Validated(options);
        var layers = _options.Layers;
        if (_options.Tied && (layers.Count % 2 == 0 || !layers.SequenceEqual(layers.Reverse())))
        {
            throw new ArgumentException(
                $"DeepRecOptions.Layers: found {string.Join(',', layers)}; a tied decoder needs an odd number of widths that read the same backwards.",
                nameof(options));
        }
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"DeepRec {string.Join('-', _options.Layers)}{(_options.Refeed > 0 ? $" re-feeding {_options.Refeed}" : "")}{(_options.Tied ? " tied" : "")}");

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<DeepRecOptions>.Settings(_options);

    private protected override Parameter<float> ItemVectors =>
        _network!.Parameters.LastOrDefault(p => p.Name == "output.weight") ?? _network.Parameters[0];

    private protected override (string Ratings, string Known) Build(OnnxGraph graph, RatingScale scale)
    {
        string history = graph.History(), x = history;
        var byName = _network!.Parameters.ToDictionary(p => p.Name);
        x = graph.Dense(x, byName["input.weight"], byName["input.bias"], transposed: false, _options.Activation);
        int code = _options.Layers.Count / 2;
        for (int l = 1; l < _options.Layers.Count; l++)
        {
            string name = l <= code ? $"encoder{l}" : $"decoder{l - code}";
            bool tied = _options.Tied && l > code;
            x = graph.Dense(x, byName[tied ? $"encoder{(2 * code) - l + 1}.weight" : $"{name}.weight"], byName[$"{name}.bias"], tied, _options.Activation);
        }

        var output = byName[_options.Tied ? "input.weight" : "output.weight"];
        return (graph.Dense(x, output, byName["output.bias"], transposed: true, _options.LastActivation), graph.HasAny(history));
    }

    private protected override void WriteNetwork(TensorWriter to) => to.Add(_network!.Parameters);

    private protected override void ReadNetwork(TensorReader from, RatingScale scale)
    {
        _network = Make(scale.Items.Count);
        from.Read(_network.Parameters);
    }

    private DeepRecNetwork<float> Make(int items) =>
        new(items, _options.Layers, _options.Activation, _options.LastActivation, _options.Tied)
        {
            Loss = _options.Loss,
        };

    private protected override bool Refits => _options.Refit;

    private protected override long MemoryNeeded(InteractionMatrix train) =>
        DeepRecTraining.Memory(train.Items.Count, _options.Layers, _options.BatchSize, _options.Refeed, train.Count);

    private protected override TrainingReport Train(
        TrainingData data, RatingScale scale, FitContext context, int? epochs, CancellationToken cancellationToken)
    {
        var train = data.Interactions;
        if (!context.WarmStart)
        {
            _network = Make(train.Items.Count);
            _network.Initialise(context.Seed, scale.Mean);
        }

        var job = new DeepRecTraining(_network!, train, _options.Dropout, _options.Refeed, _options.L2, Validate)
        {
            Fingerprint = NeuralRecommender.Fingerprint(Name, _options, train, context),
        };
        return Trainer.Run(job, _options with { Epochs = epochs ?? _options.Epochs }, data, context, Name, cancellationToken);
    }

    private protected override Knowledge Knows(Histories histories, int r) =>
        histories.Items(r).Length > 0 ? Knowledge.All : Knowledge.Nothing;

    private protected override void PredictChecked(
        float[]? codes, Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
    {
        var places = Places(_network!.Items, offsets, items);
        float[] top = ArrayPool<float>.Shared.Rent(histories.Count * _network.Top);
        float[] s = ArrayPool<float>.Shared.Rent(places.Count);
        _network.Encode(Compute, Inputs(histories), top);
        _network.Decode(Compute, places, top, s);
        s.AsSpan(0, places.Count).CopyTo(predictions);
        ArrayPool<float>.Shared.Return(top);
        ArrayPool<float>.Shared.Return(s);
    }

    private protected override void ScoreChecked(Histories histories, Span<float> scores)
    {
        float[] top = ArrayPool<float>.Shared.Rent(histories.Count * _network!.Top);
        _network.Encode(Compute, Inputs(histories), top);
        _network.Output(Compute, top, histories.Count, scores);
        ArrayPool<float>.Shared.Return(top);
    }

    private SparseBatch<float> Inputs(Histories histories)
    {
        var input = new SparseBatch<float>(_network!.Items);
        for (int r = 0; r < histories.Count; r++)
        {
            input.AddRow(histories.Items(r), histories.Values(r));
        }

        return input;
    }
}
