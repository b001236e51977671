using System.Numerics;
using System.Numerics.Tensors;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>Widths of an <see cref="SvaeNetwork{T}"/>.</summary>
internal readonly record struct SvaeWidths(int Embedding, int Hidden, int Encoder, int Code, int Decoder);

/// <summary>
/// The network of SVAE: a variational autoencoder at every step of a history, whose input is the state of a recurrent
/// network there and whose target are the next items.
/// <code>
/// h_t = GRU(embedding of item t, h_{t−1});  a = tanh(h_t·W + b);  μ = a·Wμ + bμ,  log σ² = a·Wσ + bσ
/// z = μ + σ⊙ε;  d = tanh(z·W + b);  s = d·Wᵀ + b
/// loss = mean over steps of −Σ_i x_ti·log softmax(s_t)_i + β·KL(N(μ_t, σ_t²) ‖ N(0, I))
/// </code>
/// </summary>
internal sealed class SvaeNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Embedding<T> _embedding;     // [items, E]
    private readonly Gru<T> _gru;                 // [E, H]
    private readonly Mlp<T> _encoder;             // [H, encoder]
    private readonly Linear<T> _mu;               // [encoder, K]
    private readonly Linear<T> _logVar;           // [encoder, K]
    private readonly Mlp<T> _decoder;             // [K, decoder]
    private readonly ItemOutput<T> _output;       // [items, decoder]
    private readonly Embedding<T>.Lookup _lookup = new();
    private readonly int? _chunk;                 // rows of s
    private T[] _m = [];
    private T[] _v = [];
    private T[] _z = [];
    private T[] _dD = [];
    private T[] _dZ = [];
    private T[] _dM = [];
    private T[] _dV = [];
    private T[] _dA = [];
    private T[] _dA2 = [];
    private T[] _dH = [];

    /// <param name="items">Number of items.</param>
    /// <param name="widths">Widths of the layers.</param>
    /// <param name="chunk">Rows of scores that are in memory at once; null: what
    /// <see cref="ItemOutput{T}"/> finds right.</param>
    public SvaeNetwork(int items, SvaeWidths widths, int? chunk = null)
    {
        (Items, Code, Hidden) = (items, widths.Code, widths.Hidden);
        _embedding = new Embedding<T>("embedding", items, widths.Embedding);
        _gru = new Gru<T>("gru", widths.Embedding, widths.Hidden);
        _encoder = new Mlp<T>("encoder", [widths.Hidden, widths.Encoder], Activation.Tanh);
        _mu = new Linear<T>("mu", widths.Encoder, widths.Code, Activation.Identity);
        _logVar = new Linear<T>("logvar", widths.Encoder, widths.Code, Activation.Identity);
        _decoder = new Mlp<T>("decoder", [widths.Code, widths.Decoder], Activation.Tanh);
        _output = new ItemOutput<T>("output", widths.Decoder, items);
        _chunk = chunk;
        Parameters =
        [
            _embedding.Weight, .. _gru.Parameters, .. _encoder.Parameters, _mu.Weight, _mu.Bias, _logVar.Weight, _logVar.Bias,
            .. _decoder.Parameters, _output.Weight, _output.Bias,
        ];
    }

    public int Items { get; }

    /// <summary>Width of the code, K.</summary>
    public int Code { get; }

    /// <summary>Width of the recurrent state, H.</summary>
    public int Hidden { get; }

    public IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>The GRU uniform in ±1/√H, as PyTorch has it; Xavier weights and biases 0 elsewhere; normal
    /// embeddings of deviation 0.1.</summary>
    public void Initialise(ulong seed)
    {
        for (int p = 0; p < Parameters.Count; p++)
        {
            var parameter = Parameters[p];
            if (parameter == _embedding.Weight)
            {
                Initial.TruncatedNormal(parameter, 0.1, seed, p);
            }
            else if (_gru.Parameters.Contains(parameter))
            {
                Initial.Uniform(parameter, 1 / Math.Sqrt(Hidden), seed, p);
            }
            else if (parameter.Name.EndsWith(".weight", StringComparison.Ordinal))
            {
                Initial.Xavier(parameter, seed, p);
            }
        }
    }

    /// <summary>The loss of a batch and the gradients of all parameters.</summary>
    /// <param name="inputs">The items of each history but the last, packed.</param>
    /// <param name="target">For each of their rows the weights of the next items, [rows, items].</param>
    /// <param name="epsilon">ε, [rows, K].</param>
    /// <param name="beta">β.</param>
    /// <param name="mask">Factors of the recurrent state, [rows, H]: dropout; null: none.</param>
    /// <returns>Σ over rows of −log p, and Σ over rows of KL.</returns>
    public (double Nll, double Kl) Gradient(
        PackedSequences inputs, SparseBatch<T> target, T[] epsilon, double beta, T[]? mask = null)
    {
        int rows = inputs.Rows;
        if (rows == 0)
        {
            foreach (var parameter in Parameters)
            {
                parameter.Gradient.AsSpan().Clear();
            }

            return (0, 0);
        }

        T scale = T.One / T.CreateTruncating(rows);
        var (h, a, d) = Forward(inputs, epsilon, mask);
        double nll = _output.Gradient(d, rows, (s, r) => Losses.Multinomial(s, target, r, scale), _dD, _chunk);

        // Backward
        _decoder.Backward(_z, _dD, rows, _dZ);
        double kl = Reparametrisation.Backward(_m, _v, _z, _dZ, _dM, _dV, rows * Code, T.CreateTruncating(beta) * scale);
        _mu.Backward(a, _m, _dM, rows, _dA);
        _logVar.Backward(a, _v, _dV, rows, _dA2);
        Rows.Add(_dA2, _dA, rows * _mu.Inputs);
        _encoder.Backward(h, _dA, rows, _dH);
        Mask(_dH, mask, rows);
        _embedding.Backward(_lookup, _gru.Backward(inputs, _lookup, _dH));
        return (nll, kl);
    }

    /// <summary>The scores after every step with the given ε, [rows, items].</summary>
    public void StepScores(PackedSequences inputs, T[] epsilon, Span<T> scores)
    {
        var (_, _, d) = Forward(inputs, epsilon, null);
        _output.Forward(d, inputs.Rows, scores);
    }

    private (T[] H, T[] A, T[] D) Forward(PackedSequences inputs, T[] epsilon, T[]? mask)
    {
        int rows = inputs.Rows;
        Grow(rows);
        _embedding.Forward(inputs.Items, _lookup);
        var h = _gru.Forward(inputs, _lookup);                           // [rows, H]
        Mask(h, mask, rows);
        var a = _encoder.Forward(h, rows);                               // [rows, encoder]
        _mu.Forward(a, rows, _m);
        _logVar.Forward(a, rows, _v);
        Reparametrisation.Forward(_m, _v, epsilon, _z, rows * Code);
        return (h, a, _decoder.Forward(_z, rows));                       // [rows, decoder]
    }

    /// <summary>The scores of every item after each whole history, z = μ; any number of threads may ask at once.</summary>
    /// <param name="histories">The histories, packed; an empty one has the state 0.</param>
    /// <param name="scores">Receives [histories, items].</param>
    public void Scores(PackedSequences histories, Span<T> scores)
    {
        int count = histories.Count;
        var lookup = new Embedding<T>.Lookup();
        var h = new T[count * Hidden];
        _embedding.Forward(histories.Items, lookup);
        _gru.Last(histories, lookup, h);
        foreach (var layer in (Linear<T>[])[.. _encoder.Layers, _mu, .. _decoder.Layers])
        {
            var y = new T[count * layer.Outputs];
            layer.Forward(h, count, y);
            h = y;
        }

        _output.Forward(h, count, scores);
    }

    private void Mask(T[] x, T[]? mask, int rows)
    {
        if (mask is not null)
        {
            Rows.For(rows * Hidden, (start, length) => TensorPrimitives.Multiply(
                x.AsSpan(start, length), mask.AsSpan(start, length), x.AsSpan(start, length)));
        }
    }

    private void Grow(int rows)
    {
        Buffers.Grow(ref _m, rows * Code);
        Buffers.Grow(ref _v, rows * Code);
        Buffers.Grow(ref _z, rows * Code);
        Buffers.Grow(ref _dM, rows * Code);
        Buffers.Grow(ref _dV, rows * Code);
        Buffers.Grow(ref _dZ, rows * Code);
        Buffers.Grow(ref _dD, rows * _output.Inputs);
        Buffers.Grow(ref _dA, rows * _mu.Inputs);
        Buffers.Grow(ref _dA2, rows * _mu.Inputs);
        Buffers.Grow(ref _dH, rows * Hidden);
    }
}
