using System.Globalization;
using Encore.Networks;
using Encore.Storage;
using Encore.Training;

namespace Encore.Models;

/// <summary>What <see cref="Svae"/> can be told.</summary>
public sealed record SvaeOptions : TrainingOptions
{
    /// <summary>Batches of 16 users with Adam at 2e-3, halved every 6 epochs. The paper takes a user a step, at 1e-3 and
    /// with weight decay, which in batches costs accuracy.</summary>
    public SvaeOptions()
    {
        (Epochs, BatchSize, Optimizer, LearningRate) = (24, 16, OptimizerKind.Adam, 2e-3);
        (Schedule, ScheduleEvery, ScheduleFactor, Patience) = (LearningRateSchedule.Step, 6, 0.5, 4);
    }

    /// <summary>Width of the items' embeddings. Default 256.</summary>
    [Option("width of the items' embeddings", Minimum = 1)]
    public int Embedding { get; init; } = 256;

    /// <summary>Width of the recurrent state. Default 200.</summary>
    [Option("width of the recurrent state", Minimum = 1)]
    public int Hidden { get; init; } = 200;

    /// <summary>Width of the layer between the state and the code. Default 150.</summary>
    [Option("width of the layer between state and code", Minimum = 1)]
    public int Encoder { get; init; } = 150;

    /// <summary>Width of the code z. Default 64.</summary>
    [Option("width of the code", Minimum = 1)]
    public int Code { get; init; } = 64;

    /// <summary>Width of the layer between the code and the scores. Default 150.</summary>
    [Option("width of the layer between code and scores", Minimum = 1)]
    public int Decoder { get; init; } = 150;

    /// <summary>Items that a step predicts, k. Default 8; the paper's is 4.</summary>
    [Option("next items that a step predicts", Minimum = 1)]
    public int NextK { get; init; } = 8;

    /// <summary>Longest history; of a longer one the latest items count, in training and in prediction. Default 0:
    /// any.</summary>
    [Option("items of a history that count, the latest; 0: all", Minimum = 0)]
    public int MaxLength { get; init; }

    /// <summary>β, the weight of the KL divergence after annealing. Default 0.005.</summary>
    [Option("weight of the KL divergence after annealing, β", Minimum = 0)]
    public double Beta { get; init; } = 0.005;

    /// <summary>Steps over which β rises from 0. Default 2,000.</summary>
    [Option("steps over which β rises from 0", Minimum = 0)]
    public int AnnealSteps { get; init; } = 2_000;

    /// <summary>Probability of dropping a number of the recurrent state on its way to the code. Default 0.5; the paper has
    /// none. Without it the network knows its training users by heart after some epochs.</summary>
    [Option("probability of dropping a number of the state before the code", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.5;
}

/// <summary>
/// SVAE (Sachdeva et al. 2018, "Sequential variational autoencoders for collaborative filtering"): a recurrent network
/// reads a history in the order of time; at every step a variational autoencoder predicts the next items.
/// <code>
/// h_t = GRU(e_{item t}, h_{t−1}) → tanh layer → μ_t, log σ²_t;  z_t = μ_t + σ_t⊙ε → tanh layer → s_t
/// loss = mean over steps of −(1/|T_t|)·Σ_{i∈T_t} log softmax(s_t)_i + β·KL(N(μ_t, σ_t²) ‖ N(0, I))
/// T_t = the next k items;  scores = s at z = μ after the whole history
/// </code>
/// Time an epoch: 6·n·D multiply-adds a step for n items and a decoder of width D, beside 9·H² for the recurrent state
/// of width H; and one pass of the optimiser over n·(E + D) weights a batch. Memory: 16 bytes a weight, and the numbers
/// of a batch's steps, but never their scores at once.
/// </summary>
/// <remarks>
/// An empty history has the state 0: it is answered by what the decoder makes of it, much as by popularity. Without an
/// order of time, items in ascending order stand for it. Values do not matter, only the order.
/// </remarks>
public sealed class Svae : NeuralRecommender
{
    private readonly SvaeOptions _options;
    private SvaeNetwork<float>? _network;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Svae(SvaeOptions? options = null) => _options = OptionSet<SvaeOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"SVAE {_options.Hidden}-{_options.Code} k={_options.NextK} β={_options.Beta}");

    private SvaeWidths Widths => new(_options.Embedding, _options.Hidden, _options.Encoder, _options.Code, _options.Decoder);

    private protected override bool IsSequential => true;

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<SvaeOptions>.Settings(_options);

    private protected override IReadOnlyList<Parameter<float>> Parameters => _network!.Parameters;

    private protected override void Build(OnnxGraph graph) => _network!.Build(graph);

    private protected override void Make(int items) =>
        _network = new SvaeNetwork<float>(items, Widths);

    private protected override long MemoryNeeded(InteractionMatrix train) =>
        SvaeTraining.Memory(train, Widths, _options.BatchSize, _options.MaxLength);

    private protected override TrainingReport Train(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        var train = data.Interactions;
        if (!context.WarmStart)
        {
            Make(train.Items.Count);
            _network!.Initialise(context.Seed);
        }

        var job = new SvaeTraining(
            _network!, train, _options.NextK, _options.MaxLength, _options.Beta, _options.AnnealSteps, _options.Dropout)
        {
            Fingerprint = Fingerprint(Name, _options, train, context),
        };
        return Trainer.Run(job, _options, data, context, Name, cancellationToken);
    }

    private protected override void ScoreChecked(Histories histories, Span<float> scores) =>
        SvaeTraining.Score(Compute, _network!, histories, _options.MaxLength, scores);
}
