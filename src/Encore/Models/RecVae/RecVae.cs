using System.Globalization;
using Encore.Networks;
using Encore.Storage;
using Encore.Training;

namespace Encore.Models;

/// <summary>What <see cref="RecVae"/> can be told.</summary>
public sealed record RecVaeOptions : TrainingOptions
{
    /// <summary>At most 50 epochs, each of four sweeps, in batches of 500 with Adam at 5e-4, as in the authors' code.</summary>
    public RecVaeOptions()
    {
        (Epochs, BatchSize, Optimizer, LearningRate, Patience) = (50, 500, OptimizerKind.Adam, 5e-4, 10);
    }

    /// <summary>Width of each hidden layer of the encoder, H. Default 600.</summary>
    [Option("width of each hidden layer of the encoder, H", Minimum = 1)]
    public int Hidden { get; init; } = 600;

    /// <summary>Hidden layers of the encoder, each fed by the sum of all before it. Default 5.</summary>
    [Option("hidden layers of the encoder, each fed by the sum of all before it", Minimum = 1, ExclusiveMaximum = 65)]
    public int Depth { get; init; } = 5;

    /// <summary>Width of the code z, K. Default 200.</summary>
    [Option("width of the code, K", Minimum = 1)]
    public int Code { get; init; } = 200;

    /// <summary>Probability with which an input is dropped in the encoder's sweeps. Default 0.5.</summary>
    [Option("probability of dropping an input in the encoder's sweeps", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.5;

    /// <summary>γ: a user's divergence weighs γ times the sum of the history. Default 0.005, the paper's for ML-20M.</summary>
    [Option("weight of a user's divergence for each interaction of the history, γ", Minimum = 0)]
    public double Gamma { get; init; } = 0.005;

    /// <summary>β: every user's divergence weighs the same, in place of γ. Default 0: γ.</summary>
    [Option("weight of every user's divergence, β, in place of γ; 0: γ", Minimum = 0)]
    public double Beta { get; init; }

    /// <summary>Sweeps of an epoch that train the encoder. Default 3.</summary>
    [Option("sweeps of an epoch that train the encoder", Minimum = 1, ExclusiveMaximum = 1001)]
    public int EncoderSweeps { get; init; } = 3;

    /// <summary>Sweeps of an epoch that train the decoder, after the prior has taken the encoder over. Default 1.</summary>
    [Option("sweeps of an epoch that train the decoder", Minimum = 1, ExclusiveMaximum = 1001)]
    public int DecoderSweeps { get; init; } = 1;
}

/// <summary>
/// RecVAE (Shenbin et al. 2020, "RecVAE: a new variational autoencoder for top-N recommendations with implicit feedback"):
/// a variational autoencoder whose encoder is dense, whose decoder is one linear layer, and whose prior remembers what the
/// encoder said an epoch ago, so that the encoder's parameters do not forget.
/// <code>
/// x/‖x‖₂ → dropout → h_l = LN(swish(h_{l−1}·W_l + b_l + Σ_{j&lt;l} h_j)) → μ, log σ²;  z = μ + σ⊙ε;  s = z·Wᵀ + b
/// loss = mean over users of −Σ_i x_i log softmax(s)_i + γ·|x|·Σ_d (log N(z_d; μ_d, σ²_d) − log p(z_d | x))
/// p(z_d | x) = .15·N(0, 1) + .75·N(μ_old, σ²_old) + .10·N(0, e¹⁰)
/// epoch = three sweeps that train the encoder → μ_old, σ_old from this encoder → one that trains the decoder, without dropout
/// scores = s at z = μ
/// </code>
/// Of weighted interactions x_i is w_i·x_i in the loss and in |x|, and old items of the input count less where there is a half-life.
/// Time an epoch: four sweeps of about 4·n·K + 6·(4·H² + 2·H·K) multiply-adds a user for n items (the input layer 4·nnz·H),
/// and passes of two optimisers, over n·H weights in the encoder's sweeps and n·K in the decoder's. Memory: 20 bytes a weight,
/// 4 more for each of the encoder, and the scores of a batch.
/// </summary>
/// <remarks>The prior of the first epoch is the encoder's first weights. An empty history is answered by the biases, much as
/// by popularity.</remarks>
/// <param name="options">The options; null: their defaults.</param>
/// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
public sealed class RecVae(RecVaeOptions? options = null) : NeuralRecommender<RecVaeOptions>(options), IUsesWeights
{
    private RecVaeNetwork<float>? _network;

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"RecVAE {Options.Hidden}-{Options.Code} {(Options.Beta > 0 ? $"β={Options.Beta}" : $"γ={Options.Gamma}")}");

    WeightUse IUsesWeights.WeightUse => WeightUse.Loss | WeightUse.Inputs;

    /// <inheritdoc/>
    protected override IReadOnlyList<Parameter<float>> NetworkParameters => _network!.Parameters;

    /// <inheritdoc/>
    protected override void CreateNetwork(int items) =>
        _network = new RecVaeNetwork<float>(items, Options.Hidden, Options.Depth, Options.Code);

    /// <inheritdoc/>
    protected override void Initialise(ulong seed) => _network!.Initialise(seed);

    /// <inheritdoc/>
    protected override long TrainingMemory(InteractionMatrix train)
    {
        long n = train.Items.Count, h = Options.Hidden, rows = Math.Min(Options.BatchSize, train.Users.Count);
        long encoder = (n * h) + ((Options.Depth - 1) * h * h) + (2 * h * Options.Code);

        // The earlier encoder; three values of each hidden layer, with their gradients and those of the earlier encoder.
        return (24 * encoder) + (20 * n * Options.Code) + (4 * rows * h * Options.Depth * 9)
            + ItemOutput<float>.Memory(train.Items.Count, Options.Code, rows);
    }

    /// <inheritdoc/>
    protected override TrainingJob CreateJob(InteractionMatrix train, string fingerprint) =>
        new RecVaeTraining(_network!, train, Options) { Fingerprint = fingerprint };

    /// <inheritdoc/>
    protected override void ScoreHistories(Histories histories, Span<float> scores) => RecVaeTraining.Score(Compute, _network!, histories, scores);

    /// <inheritdoc/>
    protected override void BuildGraph(OnnxGraph graph) => _network!.Build(graph);
}
