using System.Numerics;
using Encore.Networks;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Models;

/// <summary>
/// RecVAE's encoder: dense layers, each fed by the sum of all before it.
/// <code>
/// h₁ = LN₁(swish(x·W₁ + b₁));  h_l = LN_l(swish(h_{l−1}·W_l + b_l + h₁ + … + h_{l−1}));  μ = h·Wμ + bμ,  log σ² = h·Wσ + bσ
/// </code>
/// </summary>
internal sealed class RecVaeEncoder<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>ε of the layer normalisations: that of the authors' code, whose paper does not say.</summary>
    public const double NormEpsilon = 0.1;

    private readonly ItemInput<T> _input;
    private readonly Linear<T>[] _layers;
    private readonly Swish<T> _swish;
    private readonly LayerNorm<T>[] _norms;
    private readonly Linear<T> _mu;
    private readonly Linear<T> _logVariance;

    /// <param name="prefix">In front of the parameters' names.</param>
    /// <param name="items">Items.</param>
    /// <param name="hidden">Width of each hidden layer, H.</param>
    /// <param name="depth">Hidden layers.</param>
    /// <param name="code">Width of the code, K.</param>
    public RecVaeEncoder(string prefix, int items, int hidden, int depth, int code)
    {
        _input = new ItemInput<T>($"{prefix}encoder1", items, hidden);
        _layers = [.. Enumerable.Range(2, depth - 1).Select(l => new Linear<T>($"{prefix}encoder{l}", hidden, hidden))];
        _swish = new Swish<T>(hidden);
        _norms = [.. Enumerable.Range(1, depth).Select(l => new LayerNorm<T>($"{prefix}norm{l}", hidden, NormEpsilon))];
        _mu = new Linear<T>($"{prefix}mu", hidden, code);
        _logVariance = new Linear<T>($"{prefix}logvar", hidden, code);
        Parameters =
        [
            _input.Weight, _input.Bias, .. _layers.SelectMany(l => l.Parameters), .. _norms.SelectMany(n => n.Parameters),
            .. _mu.Parameters, .. _logVariance.Parameters,
        ];
    }

    public IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>Uniform in ±1/√inputs, weights and biases, as PyTorch has it; the normalisations change nothing.</summary>
    public void Initialise(ulong seed)
    {
        Uniform(_input.Weight, _input.Bias, _input.Items, seed, 0);
        foreach (var (l, layer) in _layers.Append(_mu).Append(_logVariance).Index())
        {
            Uniform(layer.Weight, layer.Bias, layer.Inputs, seed, 2 * (l + 1));
        }
    }

    public static void Uniform(Parameter<T> weight, Parameter<T> bias, int inputs, ulong seed, int stream)
    {
        Initial.Uniform(weight, 1 / Math.Sqrt(inputs), seed, stream);
        Initial.Uniform(bias, 1 / Math.Sqrt(inputs), seed, stream + 1);
    }

    /// <summary>Gives another encoder of the same shape the weights of this one.</summary>
    public void CopyTo(RecVaeEncoder<T> other)
    {
        foreach (var (p, parameter) in Parameters.Index())
        {
            parameter.Value.CopyTo(other.Parameters[p].Value.AsSpan());
        }
    }

    /// <summary>μ and log σ², each [rows, K], of histories [rows, items].</summary>
    public (Value<T> Mu, Value<T> LogVariance) Encode(Tape<T> tape, SparseBatch<T> x)
    {
        var h = Top(tape, x);
        return (tape.Apply(_mu, h), tape.Apply(_logVariance, h));
    }

    /// <summary>μ alone.</summary>
    public Value<T> Mean(Tape<T> tape, SparseBatch<T> x) => tape.Apply(_mu, Top(tape, x));

    public string Build(OnnxGraph graph, string x)
    {
        List<string> h = [];
        for (int l = 0; l < _norms.Length; l++)
        {
            string sum = l == 0
                ? graph.Dense(x, _input.Weight, _input.Bias, transposed: false, Activation.Identity)
                : _layers[l - 1].Build(graph, h[^1]);
            h.Add(_norms[l].Build(graph, _swish.Build(graph, h.Aggregate(sum, (a, b) => graph.Node("Add", [a, b])))));
        }

        return _mu.Build(graph, h[^1]);
    }

    private Value<T> Top(Tape<T> tape, SparseBatch<T> x)
    {
        var h = new Value<T>[_norms.Length];
        for (int l = 0; l < h.Length; l++)
        {
            var sum = l == 0 ? tape.Sums(_input, x) : tape.Add([tape.Apply(_layers[l - 1], h[l - 1]), .. h.AsSpan(0, l)]);
            h[l] = tape.Apply(_norms[l], tape.Apply(_swish, sum));
        }

        return h[^1];
    }
}

/// <summary>
/// RecVAE's network: encoder, code, one linear layer to the items, and the composite prior.
/// <code>
/// z = μ + σ⊙ε;  s = z·Wᵀ + b
/// loss = mean over rows of −Σ_i x_i·log softmax(s)_i + w_u·Σ_d (log N(z_d; μ_d, σ²_d) − log p(z_d))
/// </code>
/// </summary>
internal sealed class RecVaeNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ItemOutput<T> _output;

    public RecVaeNetwork(int items, int hidden, int depth, int code)
    {
        Encoder = new RecVaeEncoder<T>("", items, hidden, depth, code);
        _output = new ItemOutput<T>("output", code, items);
        Decoder = [_output.Weight, _output.Bias];
        Parameters = [.. Encoder.Parameters, .. Decoder];
    }

    public RecVaeEncoder<T> Encoder { get; }

    /// <summary>The parameters between code and scores.</summary>
    public IReadOnlyList<Parameter<T>> Decoder { get; }

    public IReadOnlyList<Parameter<T>> Parameters { get; }

    public int Items => _output.Items;

    /// <summary>Width of the code, K.</summary>
    public int Code => _output.Inputs;

    public void Initialise(ulong seed)
    {
        Encoder.Initialise(seed);
        RecVaeEncoder<T>.Uniform(_output.Weight, _output.Bias, Code, seed, 1000);
    }

    /// <summary>The loss of a batch, and the gradients of the parameters that are trained.</summary>
    /// <param name="tape">The tape of the training.</param>
    /// <param name="input">x/‖x‖₂, corrupted as wanted, [rows, items].</param>
    /// <param name="target">x, [rows, items].</param>
    /// <param name="epsilon">ε, [rows, K].</param>
    /// <param name="scale">Factor of the gradients, 1 / rows.</param>
    /// <param name="prior">The earlier encoder's μ and log σ² of the histories without corruption, [rows, K] each, and the
    /// weight of each row's divergence; null: no divergence, as a step of the decoder alone needs none.</param>
    /// <param name="targetWeights">How much each target counts; null: all alike.</param>
    /// <returns>Σ over rows of −log p, and Σ over rows of w·divergence.</returns>
    public (double Nll, double Divergence) Gradient(
        Tape<T> tape, SparseBatch<T> input, SparseBatch<T> target, T[] epsilon, T scale, (Value<T> Mu, Value<T> LogVariance, T[] Weights)? prior,
        SparseBatch<T>? targetWeights = null)
    {
        Parameters.BeginStep();
        tape.Begin();
        var (mu, logVariance) = Encoder.Encode(tape, input);
        var z = tape.Sample(mu, logVariance, epsilon);
        double nll = tape.Loss(_output, z, (s, r) => Losses.Multinomial(s, target, r, scale, targetWeights is null ? [] : targetWeights.RowValues(r))), divergence = 0;
        if (prior is var (oldMu, oldLogVariance, weights))
        {
            divergence = tape.Term([z, mu, logVariance], (first, count) =>
            {
                double sum = 0;
                for (int r = first; r < first + count; r++)
                {
                    var row = (r * Code)..((r + 1) * Code);
                    sum += CompositePrior.Divergence<T>(
                        z.Data[row], mu.Data[row], logVariance.Data[row], oldMu.Data[row], oldLogVariance.Data[row],
                        z.Gradient[row], mu.Gradient[row], logVariance.Gradient[row], weights[r], scale);
                }

                return sum;
            });
        }

        tape.Backward();
        return (nll, divergence);
    }

    /// <summary>The scores of every item at z = μ; any number of threads may ask at once.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="input">x/‖x‖₂, [rows, items].</param>
    /// <param name="scores">Receives [rows, items].</param>
    public void Scores(Compute compute, SparseBatch<T> input, Span<T> scores)
    {
        using var tape = new Tape<T>(records: false, compute);
        _output.Scores(compute, Encoder.Mean(tape, input).Data, input.Rows, scores);
    }

    public void Build(OnnxGraph graph) => graph.Scores(graph.Dense(
        Encoder.Build(graph, graph.Normalise(graph.History())), _output.Weight, _output.Bias, transposed: true, Activation.Identity));
}
