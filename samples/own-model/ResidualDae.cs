using System.Numerics;
using System.Numerics.Tensors;
using Encore.Models;
using Encore.Networks;
using Encore.Training;

namespace OwnModel;

/// <summary>Options for <see cref="ResidualDae"/>.</summary>
public sealed record ResidualDaeOptions : TrainingOptions
{
    /// <summary>At most 50 epochs of two sweeps, in batches of 200 with Adam at 1e-3.</summary>
    public ResidualDaeOptions() => (Epochs, BatchSize, LearningRate, Patience) = (50, 200, 1e-3, 5);

    /// <summary>Width of the code, K. Default 200.</summary>
    [Option("width of the code, K", Minimum = 1)]
    public int Width { get; init; } = 200;

    /// <summary>Residual layers. Default 2.</summary>
    [Option("residual layers of the encoder", Minimum = 0, ExclusiveMaximum = 65)]
    public int Depth { get; init; } = 2;

    /// <summary>Probability of dropping an input in the encoder's sweep. Default 0.5.</summary>
    [Option("probability of dropping an input in the encoder's sweep", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.5;
}

/// <summary>
/// A denoising autoencoder with residual layers whose encoder and decoder are trained in turns, as Shenbin et al. (2020)
/// train RecVAE: the encoder learns to see through corruption, the decoder from clean codes.
/// <code>
/// x/‖x‖₂ → dropout → h₀ = tanh(x·W + b) → h_l = h_{l−1} + g_l⊙tanh(h_{l−1}·W_l + b_l) → s = h·Vᵀ + c
/// loss = mean over users of −Σ_i x_i·log softmax(s)_i
/// epoch = one sweep that trains the encoder, and one without dropout that trains V and c
/// </code>
/// Time an epoch: about 5·n·K + 4·L·K² multiply-adds a user for n items and L layers. Memory: 20 bytes a weight, and the
/// scores of a batch.
/// </summary>
/// <param name="options">The options; null: their defaults.</param>
public sealed class ResidualDae(ResidualDaeOptions? options = null) : NeuralRecommender<ResidualDaeOptions>(options)
{
    private ResidualNetwork<float>? _network;

    /// <inheritdoc/>
    public override string Name => $"Residual DAE {Options.Width}×{Options.Depth}";

    /// <inheritdoc/>
    protected override IReadOnlyList<Parameter<float>> NetworkParameters => _network!.Parameters;

    /// <inheritdoc/>
    protected override void CreateNetwork(int items) => _network = new ResidualNetwork<float>(items, Options.Width, Options.Depth);

    /// <inheritdoc/>
    protected override void Initialise(ulong seed) => _network!.Initialise(seed);

    /// <inheritdoc/>
    protected override long TrainingMemory(InteractionMatrix train)
    {
        // Parameters; each layer's values, their gradients and a share; the output's own.
        long n = train.Items.Count, k = Options.Width, rows = Math.Min(Options.BatchSize, train.Users.Count);
        return (20 * ((2 * n * k) + (Options.Depth * k * k))) + (12 * rows * k * (Options.Depth + 1)) + ItemOutput.Memory(train.Items.Count, Options.Width, rows);
    }

    /// <inheritdoc/>
    protected override TrainingJob CreateJob(InteractionMatrix train, string fingerprint) =>
        new ResidualTraining(_network!, train, Options) { Fingerprint = fingerprint };

    /// <inheritdoc/>
    protected override void ScoreHistories(Histories histories, Span<float> scores) => ResidualTraining.Score(Compute, _network!, histories, scores);

    /// <inheritdoc/>
    protected override void BuildGraph(OnnxGraph graph) => _network!.Build(graph);
}

/// <summary>The network of <see cref="ResidualDae"/>.</summary>
internal sealed class ResidualNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ItemInput<T> _input;
    private readonly ResidualLayer<T>[] _layers;
    private readonly ItemOutput<T> _output;

    public ResidualNetwork(int items, int width, int depth)
    {
        _input = new ItemInput<T>("input", items, width, Activation.Tanh);
        _layers = [.. Enumerable.Range(1, depth).Select(l => new ResidualLayer<T>($"residual{l}", width))];
        _output = new ItemOutput<T>("output", width, items);
        Encoder = [_input.Weight, _input.Bias, .. _layers.SelectMany(l => l.Parameters)];
        Decoder = [_output.Weight, _output.Bias];
        Parameters = [.. Encoder, .. Decoder];
    }
    public int Items => _input.Items;
    public IReadOnlyList<Parameter<T>> Encoder { get; }
    public IReadOnlyList<Parameter<T>> Decoder { get; }
    public IReadOnlyList<Parameter<T>> Parameters { get; }
    // Matrices uniform as Glorot and Bengio have them, biases and gates 0.
    public void Initialise(ulong seed)
    {
        foreach (var (stream, parameter) in Parameters.Index().Where(p => p.Item.Rows > 1 && p.Item.Columns > 1))
        {
            Initial.Xavier(parameter, seed, stream);
        }
    }
    // The loss of a batch, Σ over rows of −Σ_i x_i·log softmax(s)_i, and the gradients of what is trained: of the input x/‖x‖₂,
    // corrupted as wanted, and the target x, [rows, items] each.
    public double Gradient(Tape<T> tape, SparseBatch<T> input, SparseBatch<T> target, T scale)
    {
        tape.Begin();
        double loss = tape.Loss(_output, Code(tape, input), (scores, row) => Losses.Multinomial(scores, target, row, scale));
        tape.Backward();
        return loss;
    }
    public void Scores(Compute compute, SparseBatch<T> input, Span<T> scores)
    {
        using var tape = new Tape<T>(records: false, compute);
        _output.Scores(compute, Code(tape, input).Data, input.Rows, scores);
    }
    public void Build(OnnxGraph graph)
    {
        string h = graph.Dense(graph.Normalise(graph.History()), _input.Weight, _input.Bias, transposed: false, Activation.Tanh);
        h = _layers.Aggregate(h, (below, layer) => layer.Build(graph, below));
        graph.Scores(graph.Dense(h, _output.Weight, _output.Bias, transposed: true, Activation.Identity));
    }

    private Value<T> Code(Tape<T> tape, SparseBatch<T> input) =>
        _layers.Aggregate(tape.Sums(_input, input), (h, layer) => tape.Apply(layer, h));
}

/// <summary>Trains a <see cref="ResidualNetwork{T}"/>: an epoch is a sweep of the encoder and one of the decoder.</summary>
internal sealed class ResidualTraining : TrainingJob
{
    private readonly ResidualNetwork<float> _network;
    private readonly InteractionMatrix _train;
    private readonly double _dropout;
    private readonly EpochPlan _plan;
    private readonly SparseBatch<float> _input, _target;

    public ResidualTraining(ResidualNetwork<float> network, InteractionMatrix train, ResidualDaeOptions options)
    {
        (_network, _train, _dropout, _input, _target) = (network, train, options.Dropout, new(network.Items), new(network.Items));
        ParameterGroup encoder = new("encoder", network.Encoder), decoder = new("decoder", network.Decoder);
        _plan = new EpochPlan(new Phase("encoder", encoder), new Phase("decoder", decoder) { CountsLoss = false });
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count;

    public override EpochPlan Plan(int epoch) => _plan;

    public override double Gradient(in Batch batch)
    {
        _input.Clear();
        _target.Clear();
        foreach (int user in batch.Rows)
        {
            Add(_input, _train.Csr.RowIndices(user), _train.Csr.RowValues(user));
            _target.AddRow(_train.Csr.RowIndices(user), _train.Csr.RowValues(user));
            if (batch.Phase.Name == "encoder")
            {
                Corruption.Mask(_input.RowValues(_input.Rows - 1), _dropout, batch.Rng(Purpose.Corruption, user));
            }
        }

        return _network.Gradient(Tape, _input, _target, batch.Scale);
    }

    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken)
    {
        var held = new SparseBatch<float>(_network.Items);
        for (int user = 0; user < validator.Users.Users; user++)
        {
            held.AddRow(validator.Users.HeldOut.Csr.RowIndices(user), validator.Users.HeldOut.Csr.RowValues(user));
        }

        return validator.Rank(
            (histories, scores) => Score(Compute, _network, histories, scores), (user, scores) => Losses.Multinomial(scores, held, user, 0f), cancellationToken);
    }

    public static void Score(Compute compute, ResidualNetwork<float> network, Histories histories, Span<float> scores)
    {
        var input = new SparseBatch<float>(network.Items);
        for (int r = 0; r < histories.Count; r++)
        {
            Add(input, histories.Items(r), histories.Values(r));
        }

        network.Scores(compute, input, scores);
    }

    // x/‖x‖₂; an empty history stays empty.
    private static void Add(SparseBatch<float> batch, ReadOnlySpan<int> items, ReadOnlySpan<float> values)
    {
        float norm = TensorPrimitives.Norm(values);
        for (int k = 0; k < items.Length; k++)
        {
            batch.Add(items[k], norm > 0 ? values[k] / norm : 0);
        }

        batch.EndRow();
    }
}
