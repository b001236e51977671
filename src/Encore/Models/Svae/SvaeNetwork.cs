using System.Numerics;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Models;

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
    private readonly Linear<T> _encoder;          // [H, encoder]
    private readonly Linear<T> _mu;               // [encoder, K]
    private readonly Linear<T> _logVar;           // [encoder, K]
    private readonly Linear<T> _decoder;          // [K, decoder]
    private readonly ItemOutput<T> _output;       // [items, decoder]
    private readonly Embedding<T>.Lookup _lookup = new();
    private readonly LinearBlocks<T> _encoderBlocks;
    private readonly LinearBlocks<T> _muBlocks;
    private readonly LinearBlocks<T> _logVarBlocks;
    private readonly LinearBlocks<T> _decoderBlocks;
    private readonly Pipeline _pipeline = new();
    private readonly int? _chunk;                 // rows of s
    private T[] _a = [];
    private T[] _m = [];
    private T[] _v = [];
    private T[] _z = [];
    private T[] _d = [];
    private T[] _dZ = [];
    private T[] _dA2 = [];
    private T[] _dH = [];
    private double[] _kl = [];                    // of each row
    private int _drawn;

    /// <param name="items">Number of items.</param>
    /// <param name="widths">Widths of the layers.</param>
    /// <param name="chunk">Rows of scores that are in memory at once; null: what
    /// <see cref="ItemOutput{T}"/> finds right.</param>
    public SvaeNetwork(int items, SvaeWidths widths, int? chunk = null)
    {
        (Items, Code, Hidden) = (items, widths.Code, widths.Hidden);
        _embedding = new Embedding<T>("embedding", items, widths.Embedding);
        _gru = new Gru<T>("gru", widths.Embedding, widths.Hidden);
        _encoder = new Linear<T>("encoder1", widths.Hidden, widths.Encoder, Activation.Tanh);
        _mu = new Linear<T>("mu", widths.Encoder, widths.Code, Activation.Identity);
        _logVar = new Linear<T>("logvar", widths.Encoder, widths.Code, Activation.Identity);
        _decoder = new Linear<T>("decoder1", widths.Code, widths.Decoder, Activation.Tanh);
        _output = new ItemOutput<T>("output", widths.Decoder, items);
        (_encoderBlocks, _decoderBlocks) = (new(_encoder), new(_decoder));
        (_muBlocks, _logVarBlocks) = (new(_mu), new(_logVar));
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

    public Embedding<T> Embedding => _embedding;

    public Gru<T> Gru => _gru;

    public Linear<T> Encoder => _encoder;

    public Linear<T> Mu => _mu;

    public Linear<T> Decoder => _decoder;

    public ItemOutput<T> ItemScores => _output;

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
    /// <param name="compute">What it runs on.</param>
    /// <param name="inputs">The items of each history but the last, packed.</param>
    /// <param name="target">For each of their rows the weights of the next items, [rows, items].</param>
    /// <param name="epsilon">ε, [rows, K].</param>
    /// <param name="beta">β.</param>
    /// <param name="mask">Factors of the recurrent state, [rows, H]: dropout; null: none.</param>
    /// <param name="beside">What fills ε and the mask, beside the recurrent part; empty where they are there.</param>
    /// <param name="meanOf">Factor of the gradients; null: 1 / rows.</param>
    /// <returns>Σ over rows of −log p, and Σ over rows of KL.</returns>
    public (double Nll, double Kl) Gradient(
        Compute compute, PackedSequences inputs, SparseBatch<T> target, T[] epsilon, double beta, T[]? mask = null, SideWork beside = default, T? meanOf = null)
    {
        int rows = inputs.Rows;
        Parameters.BeginStep();
        if (rows == 0)
        {
            foreach (var parameter in Parameters)
            {
                parameter.Begin();
                parameter.Gradient.AsSpan().Clear();
            }

            return (0, 0);
        }

        Grow(rows);
        _embedding.Forward(inputs.Items, _lookup);
        foreach (var layer in (LinearBlocks<T>[])[_encoderBlocks, _muBlocks, _logVarBlocks, _decoderBlocks])
        {
            layer.Begin(compute, rows);
        }

        // The histories' states, and, above them, whatever can be computed from those that are done.
        T scale = meanOf ?? T.One / T.CreateTruncating(rows);
        var pass = new Pass(target, epsilon, mask, beside.Tasks, scale, T.CreateTruncating(beta) * scale);
        _pipeline.Clear();
        _drawn = 0;
        var h = _gru.AddTo(compute, _pipeline, inputs, _lookup);
        _pipeline.Add(beside.Tasks, task =>
        {
            beside.Run(task);
            Interlocked.Increment(ref _drawn);
        });
        _output.AddTo(compute, _pipeline, rows, (first, count) => Block(inputs, h, first, count, pass), _chunk, defer: true);
        _pipeline.Run(compute);

        // Back through the histories, the weights' gradients beside them.
        var output = _output.Deferred;
        var dH = _gru.Backward(compute, inputs, _lookup, _dH, new SideWork(4 + output.Tasks, task =>
        {
            switch (task)
            {
                case 0:
                    _encoderBlocks.WeightGradient(h);
                    break;
                case 1:
                    _muBlocks.WeightGradient(_a);
                    break;
                case 2:
                    _logVarBlocks.WeightGradient(_a);
                    break;
                case 3:
                    _decoderBlocks.WeightGradient(_z);
                    break;
                default:
                    output.Run(task - 4);
                    break;
            }
        }));
        _embedding.Backward(_lookup, dH);
        double kl = 0;
        for (int row = 0; row < rows; row++)
        {
            kl += _kl[row];
        }

        return (_output.LossSum, kl);
    }

    // A block of rows from its states up to the scores and back to ∂loss/∂h, on one thread.
    private void Block(PackedSequences inputs, T[] states, int first, int count, Pass pass)
    {
        if (!_pipeline.Wait(ref _drawn, pass.Draws) || !_gru.Wait(_pipeline, inputs.StepOf(first + count - 1)))
        {
            return;
        }

        Span<T> Of(T[] x, int width) => x.AsSpan(first * width, count * width);
        Span<T> h = Of(states, Hidden), a = Of(_a, _mu.Inputs), m = Of(_m, Code), v = Of(_v, Code), z = Of(_z, Code);
        Span<T> d = Of(_d, _output.Inputs), dZ = Of(_dZ, Code), dH = Of(_dH, Hidden), dA = _encoderBlocks.Gradient(first, count);
        if (pass.Mask is not null)
        {
            Elementwise.Multiply(h, Of(pass.Mask, Hidden), h);
        }

        _encoderBlocks.Forward(h, count, a);
        _muBlocks.Forward(a, count, m);
        _logVarBlocks.Forward(a, count, v);
        Reparametrisation.Forward(m, v, Of(pass.Epsilon, Code), z);
        _decoderBlocks.Forward(z, count, d);
        _output.Block(first, count, d, pass.Loss, _decoderBlocks.Gradient(first, count));

        // Backward
        _decoderBlocks.Backward(first, count, d, dZ);
        Span<T> dM = _muBlocks.Gradient(first, count), dV = _logVarBlocks.Gradient(first, count);
        for (int r = 0; r < count; r++)
        {
            var row = (r * Code)..((r + 1) * Code);
            _kl[first + r] = Reparametrisation.Backward<T>(m[row], v[row], z[row], dZ[row], dM[row], dV[row], pass.KlScale);
        }

        var other = Of(_dA2, _mu.Inputs);
        _muBlocks.Backward(first, count, m, dA);
        _logVarBlocks.Backward(first, count, v, other);
        Elementwise.Add(dA, other, dA);
        _encoderBlocks.Backward(first, count, a, dH);
        if (pass.Mask is not null)
        {
            Elementwise.Multiply(dH, Of(pass.Mask, Hidden), dH);
        }
    }

    /// <summary>The scores after every step with the given ε, [rows, items].</summary>
    public void StepScores(Compute compute, PackedSequences inputs, T[] epsilon, Span<T> scores)
    {
        int rows = inputs.Rows;
        Grow(rows);
        _embedding.Forward(inputs.Items, _lookup);
        _encoder.Forward(compute, _gru.Forward(compute, inputs, _lookup), rows, _a);
        _mu.Forward(compute, _a, rows, _m);
        _logVar.Forward(compute, _a, rows, _v);
        Reparametrisation.Forward(compute, _m, _v, epsilon, _z, rows * Code);
        _decoder.Forward(compute, _z, rows, _d);
        _output.Scores(compute, _d, rows, scores);
    }

    /// <summary>The scores of every item after each whole history, z = μ; any number of threads may ask at once.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="histories">The histories, packed; an empty one has the state 0.</param>
    /// <param name="scores">Receives [histories, items].</param>
    public void Scores(Compute compute, PackedSequences histories, Span<T> scores)
    {
        int count = histories.Count;
        var lookup = new Embedding<T>.Lookup();
        var h = new T[count * Hidden];
        _embedding.Forward(histories.Items, lookup);
        _gru.Last(compute, histories, lookup, h);
        foreach (var layer in (Linear<T>[])[_encoder, _mu, _decoder])
        {
            var y = new T[count * layer.Outputs];
            layer.Forward(compute, h, count, y);
            h = y;
        }

        _output.Scores(compute, h, count, scores);
    }

    private void Grow(int rows)
    {
        Buffers.Grow(ref _a, rows * _mu.Inputs);
        Buffers.Grow(ref _m, rows * Code);
        Buffers.Grow(ref _v, rows * Code);
        Buffers.Grow(ref _z, rows * Code);
        Buffers.Grow(ref _d, rows * _output.Inputs);
        Buffers.Grow(ref _dZ, rows * Code);
        Buffers.Grow(ref _dA2, rows * _mu.Inputs);
        Buffers.Grow(ref _dH, rows * Hidden);
        Buffers.Grow(ref _kl, rows);
    }

    // What the blocks of a batch share.
    private sealed class Pass(SparseBatch<T> target, T[] epsilon, T[]? mask, int draws, T scale, T klScale)
    {
        public T[] Epsilon { get; } = epsilon;

        public T[]? Mask { get; } = mask;

        public int Draws { get; } = draws;

        public T KlScale { get; } = klScale;

        public double Loss(Span<T> s, int row) => Losses.Multinomial(s, target, row, scale);
    }
}
