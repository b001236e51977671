using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>
/// Computes a network from parts and remembers how, so that <see cref="Backward"/> can go the way back: reverse-mode
/// differentiation over matrices. Losses (<see cref="Loss"/>, <see cref="Term"/>) write the gradients of what they are given
/// at once; <see cref="Backward"/> takes the rest in the reverse order of recording. The first share of a gradient
/// overwrites, those after it add, in that order, whatever the number of threads.
/// </summary>
/// <remarks>
/// Its memory is used again from step to step where a step records the same things. A tape belongs to one training job or
/// to one call that scores, and is not for several threads at once; layers and item units are. Where nothing below a value
/// is trained, no gradient is computed for it.
/// </remarks>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
[Experimental(Preview.Networks)]
public sealed class Tape<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Rows of a task of Term, whose sums are added in order.
    private const int TermRows = 32;

    private const int KlBlock = 4096;

    private readonly bool _records;
    private readonly List<Value<T>> _values = [];
    private int _count;
    private T[] _share = [];

    /// <summary>An empty tape.</summary>
    /// <param name="records">Whether it goes back. One that only computes takes its memory from a pool, and gives it back
    /// when it is disposed of.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    public Tape(bool records = true, Compute? compute = null) => (_records, Compute) = (records, compute ?? Compute.Default);

    /// <summary>What it runs on.</summary>
    public Compute Compute { get; }

    /// <summary>Begins a step: what was recorded is forgotten, and its values' memory used again.</summary>
    public void Begin() => _count = 0;

    /// <summary>f(x·W + b) of sparse rows.</summary>
    /// <param name="input">The item unit.</param>
    /// <param name="x">The rows, [rows, items]; they must stay as they are until the step ends.</param>
    public Value<T> Sums(ItemInput<T> input, SparseBatch<T> x)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(x);
        var y = New(Operation.Sums, x.Rows, input.Outputs, input.Weight.IsTrained || input.Bias.IsTrained);
        (y.Input, y.Sparse) = (input, x);
        input.Forward(Compute, x, y.Numbers);
        return y;
    }

    /// <summary>Rows of a table, such as a vector for each user.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">A row of the table for each row of the result; −1: zeros.</param>
    public Value<T> Rows(Parameter<T> table, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(table);
        var y = New(Operation.Rows, rows.Length, table.Columns, table.IsTrained);
        y.Table = table;
        Buffers.Grow(ref y.Keys, rows.Length);
        rows.CopyTo(y.Keys);
        for (int r = 0; r < rows.Length; r++)
        {
            var row = y.Data.Slice(r * y.Width, y.Width);
            if (rows[r] < 0)
            {
                row.Clear();
            }
            else
            {
                table.Value.AsSpan(rows[r] * y.Width, y.Width).CopyTo(row);
            }
        }

        return y;
    }

    /// <summary>Numbers that nothing trains.</summary>
    /// <param name="x">[rows, width]; a copy is taken.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers of a row.</param>
    public Value<T> Constant(ReadOnlySpan<T> x, int rows, int width)
    {
        var y = New(Operation.Constant, rows, width, needsGradient: false);
        x[..y.Count].CopyTo(y.Data);
        return y;
    }

    /// <summary>What a layer makes of x.</summary>
    public Value<T> Apply(Layer<T> layer, Value<T> x)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(x);
        if (x.Width != layer.Inputs)
        {
            throw new ArgumentException($"{layer.GetType().Name}: found rows of {x.Width} numbers, expected {layer.Inputs}.", nameof(x));
        }

        bool isTrained = x.NeedsGradient;
        for (int p = 0; p < layer.Parameters.Count && !isTrained; p++)
        {
            isTrained = layer.Parameters[p].IsTrained;
        }

        // The weights of a mirrored layer are another's own.
        isTrained |= layer is Linear<T> { Weight.IsTrained: true };
        var y = New(Operation.Apply, x.Rows, layer.Outputs, isTrained, x);
        y.Layer = layer;
        layer.Forward(Compute, x.Numbers, x.Rows, y.Numbers);
        return y;
    }

    /// <summary>f(x).</summary>
    public Value<T> Activate(Activation f, Value<T> x)
    {
        ArgumentNullException.ThrowIfNull(x);
        var y = New(Operation.Activate, x.Rows, x.Width, x.NeedsGradient, x);
        y.Activation = f;
        x.Data.CopyTo(y.Data);
        Activations.Forward(Compute, f, y.Numbers, y.Count);
        return y;
    }

    /// <summary>The sum of values of one shape, added from left to right.</summary>
    public Value<T> Add(params ReadOnlySpan<Value<T>> terms)
    {
        bool needs = false;
        foreach (var term in terms)
        {
            needs |= term.NeedsGradient;
        }

        var y = New(Operation.Add, terms[0].Rows, terms[0].Width, needs, terms);
        terms[0].Data.CopyTo(y.Data);
        for (int t = 1; t < terms.Length; t++)
        {
            SameShape(terms[0], terms[t]);
            Networks.Rows.Add(Compute, terms[t].Numbers, y.Numbers, y.Count);
        }

        return y;
    }

    /// <summary>Two values beside each other, [rows, width of a + width of b].</summary>
    public Value<T> Concat(Value<T> a, Value<T> b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Rows != b.Rows)
        {
            throw new ArgumentException($"Found {a.Rows} and {b.Rows} rows beside each other, expected as many.", nameof(b));
        }

        var y = New(Operation.Concat, a.Rows, a.Width + b.Width, a.NeedsGradient || b.NeedsGradient, a, b);
        for (int r = 0; r < a.Rows; r++)
        {
            var row = y.Data.Slice(r * y.Width, y.Width);
            a.Data.Slice(r * a.Width, a.Width).CopyTo(row);
            b.Data.Slice(r * b.Width, b.Width).CopyTo(row[a.Width..]);
        }

        return y;
    }

    /// <summary>x⊙mask: dropout where the mask is 0 or 1 / (1 − p).</summary>
    /// <param name="x">The value.</param>
    /// <param name="mask">A factor for each number; it must stay as it is until the step ends.</param>
    public Value<T> Multiply(Value<T> x, T[] mask)
    {
        ArgumentNullException.ThrowIfNull(x);
        var y = New(Operation.Multiply, x.Rows, x.Width, x.NeedsGradient, x);
        y.Factors = mask;
        Elementwise.Multiply(x.Data, mask.AsSpan(0, x.Count), y.Data);
        return y;
    }

    /// <summary>The same numbers, through which no gradient goes.</summary>
    public Value<T> Detach(Value<T> x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Constant(x.Data, x.Rows, x.Width);
    }

    /// <summary>Other numbers, whose gradient goes to x as it is: a straight-through estimator, as a discrete code needs
    /// it.</summary>
    /// <param name="x">What the gradient goes to.</param>
    /// <param name="q">The numbers, of the shape of x.</param>
    public Value<T> PassThrough(Value<T> x, ReadOnlySpan<T> q)
    {
        ArgumentNullException.ThrowIfNull(x);
        var y = New(Operation.PassThrough, x.Rows, x.Width, x.NeedsGradient, x);
        q[..y.Count].CopyTo(y.Data);
        return y;
    }

    /// <summary>z = μ + e^(½ log σ²)⊙ε (Kingma &amp; Welling 2014, section 2.4).</summary>
    /// <param name="mu">μ.</param>
    /// <param name="logVariance">log σ².</param>
    /// <param name="epsilon">ε, of the shape of μ.</param>
    public Value<T> Sample(Value<T> mu, Value<T> logVariance, T[] epsilon)
    {
        ArgumentNullException.ThrowIfNull(mu);
        ArgumentNullException.ThrowIfNull(logVariance);
        SameShape(mu, logVariance);
        var z = New(Operation.Sample, mu.Rows, mu.Width, mu.NeedsGradient || logVariance.NeedsGradient, mu, logVariance);
        Reparametrisation.Forward(Compute, mu.Numbers, logVariance.Numbers, epsilon, z.Numbers, z.Count);
        return z;
    }

    /// <summary>The loss of the item scores of h: over all items or, where places are named, at those alone. Gradients of the
    /// unit are written where it is trained.</summary>
    /// <param name="output">The item unit.</param>
    /// <param name="h">What the scores are made from, [rows, inputs of the unit].</param>
    /// <param name="loss">The loss of a row, and ∂loss/∂scores.</param>
    /// <param name="places">The places; null: all items.</param>
    /// <returns>Σ over rows of the loss.</returns>
    public double Loss(ItemOutput<T> output, Value<T> h, RowLoss<T> loss, SparseBatch<T>? places = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(h);
        bool adds = h.NeedsGradient && h.HasGradient;
        T[]? dH = h.NeedsGradient ? Share(h) : null;
        double sum = places is null ? output.Loss(Compute, h.Numbers, h.Rows, loss, dH) : output.Loss(Compute, places, h.Numbers, loss, dH);
        Shared(h, dH, adds);
        return sum;
    }

    /// <summary>A loss of one's own: a function of rows that adds to the gradients of the values it depends on.</summary>
    /// <param name="of">The values; their <see cref="Value{T}.Gradient"/> is there to be added to.</param>
    /// <param name="rows">The loss of rows, given the first one and their number; called for blocks of rows that do not depend
    /// on the number of threads, on any thread.</param>
    /// <returns>The sum of what it returned, in the order of the rows.</returns>
    public double Term(ReadOnlySpan<Value<T>> of, Func<int, int, double> rows)
    {
        foreach (var value in of)
        {
            Open(value);
        }

        int count = of[0].Rows;
        var sums = new double[(count + TermRows - 1) / TermRows];
        Compute.For(sums.Length, block => sums[block] = rows(block * TermRows, Math.Min(TermRows, count - (block * TermRows))));
        return Sum(sums);
    }

    /// <summary>Σ weight·(y − x)², whose gradient counts <paramref name="scale"/> times.</summary>
    /// <param name="y">y.</param>
    /// <param name="x">What y is to be, of the shape of y.</param>
    /// <param name="scale">Factor of the gradient, not of what is returned.</param>
    /// <param name="weight">The weight of each square.</param>
    internal double Square(Value<T> y, ReadOnlySpan<T> x, T scale, double weight)
    {
        bool adds = y.HasGradient;
        T[] share = Share(y);
        y.Data.CopyTo(share);
        double sum = Losses.SquareObserved(share.AsSpan(0, y.Count), x, scale, Activation.Identity, weight);
        Shared(y, share, adds);
        return sum;
    }

    /// <summary>Σ KL(N(μ, σ²) ‖ N(0, I)), whose gradient counts <paramref name="scale"/> times.</summary>
    /// <param name="mu">μ.</param>
    /// <param name="logVariance">log σ².</param>
    /// <param name="scale">Factor of the gradient, not of what is returned.</param>
    public double GaussianKl(Value<T> mu, Value<T> logVariance, T scale)
    {
        ArgumentNullException.ThrowIfNull(mu);
        ArgumentNullException.ThrowIfNull(logVariance);
        Open(mu);
        Open(logVariance);
        var sums = new double[(mu.Count + KlBlock - 1) / KlBlock];
        Compute.For(sums.Length, block =>
        {
            int start = block * KlBlock, length = Math.Min(KlBlock, mu.Count - start);
            sums[block] = Losses.GaussianKl(
                mu.Data.Slice(start, length), logVariance.Data.Slice(start, length),
                mu.Gradient.Slice(start, length), logVariance.Gradient.Slice(start, length), scale);
        });
        return Sum(sums);
    }

    /// <summary>Takes the losses' gradients down to all parameters that are trained.</summary>
    public void Backward()
    {
        for (int v = _count - 1; v >= 0; v--)
        {
            var y = _values[v];
            if (y.NeedsGradient && y.HasGradient)
            {
                GoBack(y);
            }
        }
    }

    /// <summary>Gives memory back to the pool; values are gone.</summary>
    public void Dispose()
    {
        foreach (var value in _records ? [] : _values)
        {
            ArrayPool<T>.Shared.Return(value.Numbers);
            value.Numbers = [];
        }

        _values.Clear();
        _count = 0;
    }

    private void GoBack(Value<T> y)
    {
        switch (y.Made)
        {
            case Operation.Sums:
                y.Input!.Backward(Compute, y.Sparse!, y.Numbers, y.Slopes);
                break;
            case Operation.Rows:
                RowsBackward(y);
                break;
            case Operation.Apply:
                var x = y.Of[0];
                bool adds = x.HasGradient;
                T[]? dX = x.NeedsGradient ? Share(x) : null;
                y.Layer!.Backward(Compute, x.Numbers, y.Numbers, y.Slopes, y.Rows, dX);
                Shared(x, dX, adds);
                break;
            case Operation.Activate:
                Activations.Backward(Compute, y.Activation, y.Numbers, y.Slopes, y.Count);
                Pass(y, y.Of[0]);
                break;
            case Operation.Add:
                for (int t = 0; t < y.Of.Count; t++)
                {
                    Pass(y, y.Of[t], isLast: t == y.Of.Count - 1);
                }

                break;
            case Operation.Concat:
                ConcatBackward(y);
                break;
            case Operation.Multiply:
                Elementwise.Multiply(y.Gradient, y.Factors.AsSpan(0, y.Count), y.Gradient);
                Pass(y, y.Of[0]);
                break;
            case Operation.PassThrough:
                Pass(y, y.Of[0]);
                break;
            case Operation.Sample:
                SampleBackward(y);
                break;
            case Operation.Constant:
            default:
                break;
        }
    }

    // z's slope with respect to log σ² is ½(z − μ).
    private void SampleBackward(Value<T> z)
    {
        var (mu, logVariance) = (z.Of[0], z.Of[1]);
        if (logVariance.NeedsGradient)
        {
            bool adds = logVariance.HasGradient;
            T[] share = Share(logVariance);
            T half = T.CreateTruncating(0.5);
            Networks.Rows.For(Compute, z.Count, (start, length) =>
            {
                for (int j = start; j < start + length; j++)
                {
                    share[j] = half * z.Slopes[j] * (z.Numbers[j] - mu.Numbers[j]);
                }
            });
            Shared(logVariance, share, adds);
        }

        Pass(z, mu);
    }

    private void ConcatBackward(Value<T> y)
    {
        int from = 0;
        foreach (var x in y.Of)
        {
            if (x.NeedsGradient)
            {
                bool adds = x.HasGradient;
                T[] share = Share(x);
                for (int r = 0; r < y.Rows; r++)
                {
                    y.Gradient.Slice((r * y.Width) + from, x.Width).CopyTo(share.AsSpan(r * x.Width));
                }

                Shared(x, share, adds);
            }

            from += x.Width;
        }
    }

    private static void RowsBackward(Value<T> y)
    {
        y.Table!.BeginRows(y.Keys.AsSpan(0, y.Rows));
        var gradient = y.Table.Gradient.AsSpan();
        for (int r = 0; r < y.Rows; r++)
        {
            if (y.Keys[r] >= 0)
            {
                var row = gradient.Slice(y.Keys[r] * y.Width, y.Width);
                Elementwise.Add(row, y.Gradient.Slice(r * y.Width, y.Width), row);
            }
        }
    }

    // The gradient of y is a share of x's. The last one to take it may have its memory: nobody reads it any more.
    private void Pass(Value<T> y, Value<T> x, bool isLast = true)
    {
        if (!x.NeedsGradient)
        {
            return;
        }

        if (x.HasGradient)
        {
            Networks.Rows.Add(Compute, y.Slopes, x.Slopes, x.Count);
        }
        else if (isLast)
        {
            (x.Slopes, y.Slopes) = (y.Slopes, x.Slopes);
        }
        else
        {
            Buffers.Grow(ref x.Slopes, x.Count);
            y.Gradient.CopyTo(x.Slopes);
        }

        x.HasGradient = true;
    }

    // Where a share of x's gradient goes: its place, or beside it what is to be added.
    private T[] Share(Value<T> x)
    {
        if (x.HasGradient)
        {
            Buffers.Grow(ref _share, x.Count);
            return _share;
        }

        Buffers.Grow(ref x.Slopes, x.Count);
        return x.Slopes;
    }

    private void Shared(Value<T> x, T[]? share, bool adds)
    {
        if (share is null)
        {
            return;
        }

        if (adds)
        {
            Networks.Rows.Add(Compute, share, x.Slopes, x.Count);
        }

        x.HasGradient = true;
    }

    // A gradient that can be added to.
    private static void Open(Value<T> x)
    {
        if (!x.HasGradient)
        {
            Buffers.Grow(ref x.Slopes, x.Count);
            x.Gradient.Clear();
            x.HasGradient = true;
        }
    }

    private Value<T> New(Operation made, int rows, int width, bool needsGradient, params ReadOnlySpan<Value<T>> of)
    {
        if (_count == _values.Count)
        {
            _values.Add(new Value<T>());
        }

        var value = _values[_count++];
        (value.Made, value.Rows, value.Width) = (made, rows, width);
        (value.NeedsGradient, value.HasGradient) = (_records && needsGradient, false);
        int count = checked(rows * width);
        if (_records)
        {
            Buffers.Grow(ref value.Numbers, count);
        }
        else if (value.Numbers.Length < count)
        {
            ArrayPool<T>.Shared.Return(value.Numbers);
            value.Numbers = ArrayPool<T>.Shared.Rent(count);
        }

        value.Of.Clear();
        value.Of.AddRange(of);
        return value;
    }

    private static void SameShape(Value<T> a, Value<T> b)
    {
        if (a.Rows != b.Rows || a.Width != b.Width)
        {
            throw new ArgumentException($"Found [{b.Rows}, {b.Width}], expected [{a.Rows}, {a.Width}].", nameof(b));
        }
    }

    private static double Sum(double[] sums)
    {
        double sum = 0;
        foreach (double of in sums)
        {
            sum += of;
        }

        return sum;
    }
}
