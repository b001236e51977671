using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>
/// The network of DeepRec: a user's ratings → dense layers, with dropout on the middle one (the code) → all items.
/// <code>
/// y₀ = f(x·W + b), y_l = f(y_{l−1}·W_l + b_l), the code ⊙ mask;  y = f_out(y_L·Wᵀ + b)
/// loss = Σ mask·(x − y)² / Σ mask                     a batch of ratings: observed places only
/// loss = Σ (x − y)² / (rows·items)                    fed again: x dense
/// </code>
/// A tied decoder has the encoder's weights transposed, and biases of its own.
/// </summary>
internal sealed class DeepRecNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ItemInput<T> _input;      // [items, width 0]
    private readonly Linear<T>[] _layers;         // [width l, width l + 1]; with a tied decoder only the encoder's
    private readonly TiedLinear<T>[] _tied;       // the decoder's, where it is tied
    private readonly ItemOutput<T> _output;       // [items, last width]
    private readonly int[] _widths;
    private readonly int _code;
    private readonly Activation _last;
    private readonly T[][] _y;                    // output of each layer, [rows, width]; that of the code before dropout
    private readonly T[][] _d;                    // ∂loss/∂ those
    private T[] _dropped = [];
    private T[] _s = [];
    private T[] _scratch = [];

    /// <param name="items">Number of items.</param>
    /// <param name="layers">Widths between the items on both sides; the middle one is the code.</param>
    /// <param name="activation">Of every layer but the last.</param>
    /// <param name="last">Of the output.</param>
    /// <param name="tied">Whether the decoder has the encoder's weights; the widths must then read the same backwards.</param>
    public DeepRecNetwork(int items, IReadOnlyList<int> layers, Activation activation, Activation last, bool tied)
    {
        (Items, _widths, _code, _last) = (items, [.. layers], layers.Count / 2, last);
        _input = new ItemInput<T>("input", items, _widths[0], activation);
        _layers = [.. Enumerable.Range(1, tied ? _code : _widths.Length - 1)
            .Select(l => new Linear<T>(l <= _code ? $"encoder{l}" : $"decoder{l - _code}", _widths[l - 1], _widths[l], activation))];
        _tied = tied ? [.. Enumerable.Range(1, _code).Select(l => new TiedLinear<T>($"decoder{l}", _layers[_code - l], activation))] : [];
        _output = new ItemOutput<T>("output", _widths[^1], items, tied ? _input.Weight : null);
        _y = [.. _widths.Select(_ => Array.Empty<T>())];
        _d = [.. _widths.Select(_ => Array.Empty<T>())];
        Parameters =
        [
            _input.Weight, _input.Bias, .. _layers.SelectMany(l => new[] { l.Weight, l.Bias }), .. _tied.Select(l => l.Bias),
            .. tied ? [] : new[] { _output.Weight }, _output.Bias,
        ];
    }

    public int Items { get; }

    /// <summary>What <see cref="Gradient"/> takes for the loss. The mean over rows of a row's root mean square is returned
    /// times the number of ratings, as if it were a sum over them.</summary>
    public DeepRecLoss Loss { get; init; }

    /// <summary>Width of the code.</summary>
    public int Code => _widths[_code];

    /// <summary>Width of the layer below the output.</summary>
    public int Top => _widths[^1];

    public IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>The weights, to which a penalty applies; biases are left free.</summary>
    public IEnumerable<Parameter<T>> Weights => Parameters.Where(p => p.Name.EndsWith(".weight", StringComparison.Ordinal));

    /// <summary>Xavier weights; biases 0, those of a linear last layer at <paramref name="mean"/>, which it would learn
    /// first.</summary>
    public void Initialise(ulong seed, double mean)
    {
        int stream = 0;
        foreach (var weight in Weights)
        {
            Initial.Xavier(weight, seed, stream++);
        }

        if (_last == Activation.Identity)
        {
            _output.Bias.Value.AsSpan().Fill(T.CreateTruncating(mean));
        }
    }

    /// <summary>The masked square error of a batch of ratings, summed, and the gradients of its mean.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="x">The ratings, input and target, [rows, items].</param>
    /// <param name="mask">Dropout of the code, [rows, K]; empty: none.</param>
    /// <param name="dense">Receives f(x) of all items, [rows, items], for the next feeding; empty: nothing.</param>
    /// <param name="meanOf">Factor of the gradients; null: 1 / ratings.</param>
    public double Gradient(Compute compute, SparseBatch<T> x, T[] mask, Span<T> dense, T? meanOf = null)
    {
        int rows = x.Rows;
        Parameters.BeginStep();
        Grow(rows);
        _input.Forward(compute, x, _y[0]);
        var top = Forward(compute, rows, mask);
        if (!dense.IsEmpty)
        {
            Output(compute, top, rows, dense);
        }

        Buffers.Grow(ref _s, x.Count);
        T scale = meanOf ?? T.One / T.CreateTruncating(Math.Max(1, x.Count));
        double loss = _output.ObservedGradient(compute, x, top, (s, r) => Loss == DeepRecLoss.RmsePerUser
            ? RootMeanSquare.OfRow(s, x.RowValues(r), rows, _last)
            : Losses.SquareObserved(s, x.RowValues(r), scale, _last), _s, _d[^1]);
        loss *= Loss == DeepRecLoss.RmsePerUser ? x.Count / (double)Math.Max(1, rows) : 1;
        Backward(compute, rows, mask);
        _input.Backward(compute, x, _y[0], _d[0]);
        AddTied(compute, rows, mask);
        _output.ObservedBackwardWeights(compute, x, _s, top);
        return loss;
    }

    /// <summary>The square error of all items of a dense batch, summed, and the gradients of its mean. x becomes f(x),
    /// for the next feeding.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="x">Input and target, [rows, items]; becomes f(x).</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="mask">As in <see cref="Gradient"/>.</param>
    public double GradientDense(Compute compute, T[] x, int rows, T[] mask)
    {
        Parameters.BeginStep();
        Grow(rows);
        int count = rows * Items, width = _widths[0];
        Dense.Gemm<T>(Transpose.No, Transpose.No, rows, width, Items, T.One, x, Items, _input.Weight.Value, width, T.Zero, _y[0], width, compute);
        Rows.AddBias(compute, _y[0], rows, _input.Bias.Value);
        Activations.Forward(compute, _input.Activation, _y[0], rows * width);
        var top = Forward(compute, rows, mask);
        Buffers.Grow(ref _s, count);
        Output(compute, top, rows, _s.AsSpan(0, count));                              // [rows, items]

        // Loss; s becomes dS. y is needed twice: for the activation's slope and as the next input.
        Buffers.Grow(ref _scratch, count);
        _s.AsSpan(0, count).CopyTo(_scratch);
        double loss = 0;
        T factor = T.CreateTruncating(2.0 / count);
        for (int r = 0; r < rows; r++)
        {
            var s = _s.AsSpan(r * Items, Items);
            Elementwise.Subtract(s, x.AsSpan(r * Items, Items), s);
            loss += double.CreateTruncating(TensorPrimitives.SumOfSquares<T>(s));
            Elementwise.Multiply(s, factor, s);
        }

        Activations.Backward(compute, _last, _scratch, _s, count);
        _output.BackwardInput(compute, _s.AsSpan(0, count), rows, _d[^1]);
        Backward(compute, rows, mask);
        Activations.Backward(compute, _input.Activation, _y[0], _d[0], rows * width);
        T beta = _input.Weight.Begin() ? T.One : T.Zero;
        Dense.Gemm<T>(Transpose.Yes, Transpose.No, Items, width, rows, T.One, x, Items, _d[0], width, beta, _input.Weight.Gradient, width, compute);
        _input.Bias.AddColumnSums(compute, _d[0], rows);
        AddTied(compute, rows, mask);
        _output.BackwardWeights(compute, _s.AsSpan(0, count), top, rows);
        _scratch.AsSpan(0, count).CopyTo(x);
        return loss;
    }

    /// <summary>The layer below the output, without dropout, [rows, <see cref="Top"/>]; any number of threads may ask at
    /// once.</summary>
    public void Encode(Compute compute, SparseBatch<T> x, T[] top)
    {
        int rows = x.Rows;
        var pool = ArrayPool<T>.Shared;
        var y = pool.Rent(rows * _widths[0]);
        _input.Forward(compute, x, y);
        for (int l = 1; l < _widths.Length; l++)
        {
            var next = pool.Rent(rows * _widths[l]);
            ForwardLayer(compute, l, y, rows, next);
            pool.Return(y);
            y = next;
        }

        y.AsSpan(0, rows * Top).CopyTo(top);
        pool.Return(y);
    }

    /// <summary>Outputs at some places from what <see cref="Encode"/> gave.</summary>
    public void Decode(Compute compute, SparseBatch<T> places, ReadOnlySpan<T> top, T[] s)
    {
        _output.Observed(compute, places, top, s);
        Activations.Forward(_last, s.AsSpan(0, places.Count));
    }

    /// <summary>Outputs of every item, [rows, items], from what <see cref="Encode"/> gave.</summary>
    public void Output(Compute compute, ReadOnlySpan<T> top, int rows, Span<T> s)
    {
        _output.Scores(compute, top, rows, s);
        Activations.Forward(_last, s[..(rows * Items)]);
    }

    // From y[0] to the layer below the output.
    private T[] Forward(Compute compute, int rows, T[] mask)
    {
        for (int l = 0; l < _widths.Length; l++)
        {
            if (l > 0)
            {
                ForwardLayer(compute, l, Below(l, mask), rows, _y[l]);
            }

            if (l == _code && mask.Length > 0)
            {
                int count = rows * Code;
                Elementwise.Multiply(_y[l].AsSpan(0, count), mask.AsSpan(0, count), _dropped.AsSpan(0, count));
            }
        }

        return Below(_widths.Length, mask);
    }

    // From d of the layer below the output to d[0]; gradients of the layers between.
    private void Backward(Compute compute, int rows, T[] mask)
    {
        for (int l = _widths.Length - 1; l >= 0; l--)
        {
            if (l == _code && mask.Length > 0)
            {
                int count = rows * Code;
                Elementwise.Multiply(_d[l].AsSpan(0, count), mask.AsSpan(0, count), _d[l].AsSpan(0, count));
            }

            if (l > _layers.Length)
            {
                _tied[l - _code - 1].Backward(compute, _y[l], _d[l], rows, _d[l - 1]);
            }
            else if (l > 0)
            {
                _layers[l - 1].Backward(compute, Below(l, mask), _y[l], _d[l], rows, _d[l - 1]);
            }
        }
    }

    private void AddTied(Compute compute, int rows, T[] mask)
    {
        for (int l = _code + 1; l < _widths.Length && _tied.Length > 0; l++)
        {
            _tied[l - _code - 1].AddWeightGradient(compute, Below(l, mask), _d[l], rows);
        }
    }

    private void ForwardLayer(Compute compute, int l, T[] x, int rows, T[] y)
    {
        if (l > _layers.Length)
        {
            _tied[l - _code - 1].Forward(compute, x, rows, y);
        }
        else
        {
            _layers[l - 1].Forward(compute, x, rows, y);
        }
    }

    // The input of layer l: what is below it, after dropout.
    private T[] Below(int l, T[] mask) => l - 1 == _code && mask.Length > 0 ? _dropped : _y[l - 1];

    private void Grow(int rows)
    {
        for (int l = 0; l < _widths.Length; l++)
        {
            Buffers.Grow(ref _y[l], rows * _widths[l]);
            Buffers.Grow(ref _d[l], rows * _widths[l]);
        }

        Buffers.Grow(ref _dropped, rows * Code);
    }
}
