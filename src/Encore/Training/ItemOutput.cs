using System.Numerics;
using System.Numerics.Tensors;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>
/// The output layer over items, s = h·Wᵀ + b without activation: all items (<see cref="Forward"/>), or only those that
/// a batch asks for (<see cref="Observed"/>). W is [items, inputs], a row for each item, as the input layer has it: a
/// tied decoder shares the input layer's matrix.
/// </summary>
internal sealed class ItemOutput<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Numbers of a chunk of scores: 8 MB in single precision, and two chunks are in memory at once, so that the last-level
    // cache holds them. At least so many rows, or W's gradient would come and go too often.
    private const int ChunkNumbers = 2 * 1024 * 1024, LeastChunk = 512;

    // Rows of a task, enough to pay for W's way through the cache; more where W does not fit there.
    private const int BlockRows = 24, BlockRowsOfLarge = 84, LargeWeights = 2 * 1024 * 1024;

    // Items of a task of W's gradient.
    private const int BlockItems = 192;

    private readonly bool _tied;
    private readonly PackedMatrix<T> _w = new();                    // W
    private readonly PackedMatrix<T> _wT = new();                   // Wᵀ
    private readonly PackedMatrix<T>[] _h = [new(), new()];         // a chunk's h
    private readonly T[][] _s = [[], []];                           // a chunk's scores
    private double[] _losses = [];

    /// <param name="name">Name of the layer.</param>
    /// <param name="inputs">Width of h.</param>
    /// <param name="items">Number of items.</param>
    /// <param name="tied">The input layer's W; <see cref="BackwardWeights"/> and <see cref="ObservedBackwardWeights"/> add
    /// to its gradient, so that layer's backward comes first. Null: a W of its own.</param>
    public ItemOutput(string name, int inputs, int items, Parameter<T>? tied = null)
    {
        (Inputs, Items, _tied) = (inputs, items, tied is not null);
        Weight = tied ?? new Parameter<T>($"{name}.weight", items, inputs);
        Bias = new Parameter<T>($"{name}.bias", 1, items);
    }

    public int Inputs { get; }

    public int Items { get; }

    /// <summary>W, [items, inputs].</summary>
    public Parameter<T> Weight { get; }

    /// <summary>b, [items].</summary>
    public Parameter<T> Bias { get; }

    /// <summary>s = h·Wᵀ + b: h [rows, inputs], s [rows, items].</summary>
    public void Forward(ReadOnlySpan<T> h, int rows, Span<T> s)
    {
        Dense.Gemm(Transpose.No, Transpose.Yes, rows, Items, Inputs, T.One, h, Inputs, Weight.Value, Inputs, T.Zero, s, Items);
        Rows.AddBias(s[..(rows * Items)], Items, Bias.Value);
    }

    /// <summary>∂loss/∂h from dS [rows, items].</summary>
    public void BackwardInput(ReadOnlySpan<T> dS, int rows, Span<T> dH) =>
        Dense.Gemm(Transpose.No, Transpose.No, rows, Inputs, Items, T.One, dS, Items, Weight.Value, Inputs, T.Zero, dH, Inputs);

    /// <summary>Gradients of W and b from dS [rows, items] and h [rows, inputs]. A tied W's gradient is added to.</summary>
    public void BackwardWeights(ReadOnlySpan<T> dS, ReadOnlySpan<T> h, int rows)
    {
        T beta = _tied ? T.One : T.Zero;
        Dense.Gemm(Transpose.Yes, Transpose.No, Items, Inputs, rows, T.One, dS, Items, h, Inputs, beta, Weight.Gradient, Inputs);
        Rows.Sum(dS, rows, Items, Bias.Gradient);
    }

    /// <summary>What <see cref="Gradient"/> left to do, where it was told to.</summary>
    public SideWork Deferred { get; private set; }

    /// <summary>What turns a row of scores [items] into ∂loss/∂s, and returns the row's loss.</summary>
    public delegate double RowLoss(Span<T> s, int row);

    /// <summary>
    /// The loss over all items and its gradients: W's and b's, overwriting what was there, and ∂loss/∂h. A tied input
    /// layer's backward comes after it, and adds.
    /// </summary>
    /// <param name="h">[rows, inputs].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="loss">The loss; rows come in any order, on all threads.</param>
    /// <param name="dH">Receives ∂loss/∂h, [rows, inputs].</param>
    /// <param name="chunkRows">Rows whose scores exist at once; null: <see cref="ChunkRows"/>.</param>
    /// <param name="defer">Whether the last chunk's share of W's and b's gradients is left to the caller, as
    /// <see cref="Deferred"/>.</param>
    /// <returns>Σ over rows of the loss.</returns>
    /// <remarks>A block of rows goes forward, through its loss and back to dH on one thread, while its scores lie in the
    /// cache; W's gradient takes a chunk of rows, while the next chunk's blocks run.</remarks>
    public double Gradient(T[] h, int rows, RowLoss loss, T[] dH, int? chunkRows = null, bool defer = false)
    {
        int chunk = Math.Min(rows, chunkRows ?? ChunkRows(Items));
        int blockRows = (long)Items * Inputs > LargeWeights ? BlockRowsOfLarge : BlockRows;
        int blocks = (chunk + blockRows - 1) / blockRows, itemBlocks = (Items + BlockItems - 1) / BlockItems;
        Buffers.Grow(ref _losses, rows);
        _wT.Pack(Transpose.Yes, Inputs, Items, Weight.Value);
        _w.Pack(Transpose.No, Items, Inputs, Weight.Value);
        int chunks = rows == 0 ? 0 : (rows + chunk - 1) / chunk;
        Deferred = default;
        for (int c = 0; c <= chunks; c++)
        {
            if (defer && c == chunks && c > 0)
            {
                Deferred = new SideWork(itemBlocks, task =>
                    WeightGradient(chunks - 1, rows - ((chunks - 1) * chunk), task * BlockItems));
                break;
            }

            int first = c * chunk, count = Math.Min(chunk, rows - first);
            if (c < chunks)
            {
                Buffers.Grow(ref _s[c % 2], count * Items);
                _h[c % 2].Pack(Transpose.No, count, Inputs, h.AsSpan(first * Inputs, count * Inputs));
            }

            int before = c > 0 ? itemBlocks : 0, now = c < chunks ? blocks : 0, of = c;
            Workers.For(before + now, task =>
            {
                if (task < before)
                {
                    WeightGradient(of - 1, Math.Min(chunk, rows - ((of - 1) * chunk)), task * BlockItems);
                }
                else
                {
                    int start = (task - before) * blockRows;
                    Block(_s[of % 2], h, first + start, start, Math.Min(blockRows, count - start), loss, dH);
                }
            });
        }

        if (rows == 0)
        {
            Weight.Gradient.AsSpan().Clear();
            Bias.Gradient.AsSpan().Clear();
        }

        double sum = 0;
        foreach (double l in _losses.AsSpan(0, rows))
        {
            sum += l;
        }

        return sum;
    }

    /// <summary>Rows whose scores exist at once in <see cref="Gradient"/>; a function of the number of items alone, as
    /// sums over rows are cut there.</summary>
    public static int ChunkRows(int items) => Math.Max(LeastChunk, ChunkNumbers / Math.Max(1, items));

    private void Block(T[] scores, T[] h, int row, int at, int count, RowLoss loss, T[] dH)
    {
        if (count <= 0)
        {
            return;
        }

        var s = scores.AsSpan(at * Items, count * Items);
        _wT.Multiply(count, h.AsSpan(row * Inputs), Inputs, Bias.Value, s, Items);
        for (int r = 0; r < count; r++)
        {
            _losses[row + r] = loss(s.Slice(r * Items, Items), row + r);
        }

        _w.Multiply(count, s, Items, dH.AsSpan(row * Inputs), Inputs);
    }

    private void WeightGradient(int chunk, int rows, int first)
    {
        var s = _s[chunk % 2].AsSpan(0, rows * Items);
        int count = Math.Min(BlockItems, Items - first);
        _h[chunk % 2].MultiplyTransposed(
            count, s[first..], Items, chunk > 0, Weight.Gradient.AsSpan(first * Inputs), Inputs);
        var b = Bias.Gradient.AsSpan(first, count);
        if (chunk == 0)
        {
            b.Clear();
        }

        for (int r = 0; r < rows; r++)
        {
            TensorPrimitives.Add(b, s.Slice((r * Items) + first, count), b);
        }
    }

    /// <summary>s at the observed places only: values[e] = h_r·W_i + b_i.</summary>
    public void Observed(SparseBatch<T> places, ReadOnlySpan<T> h, T[] values) =>
        Sparse.SampledProduct(places, h, Weight.Value, Inputs, Bias.Value, values);

    /// <summary>∂loss/∂h from ∂loss/∂s at the observed places.</summary>
    public void ObservedBackwardInput(SparseBatch<T> places, T[] dValues, Span<T> dH) =>
        Sparse.Multiply(places, dValues, Weight.Value, Inputs, dH);

    /// <summary>Gradients of W and b from ∂loss/∂s at the observed places. A tied W needs
    /// <paramref name="scratch"/> [items, inputs].</summary>
    public void ObservedBackwardWeights(SparseBatch<T> places, T[] dValues, ReadOnlySpan<T> h, T[]? scratch = null)
    {
        if (_tied)
        {
            ArgumentNullException.ThrowIfNull(scratch);
            Sparse.TransposeMultiply(places, dValues, h, Inputs, scratch.AsSpan());
            Rows.Add(scratch, Weight.Gradient, Items * Inputs);
        }
        else
        {
            Sparse.TransposeMultiply(places, dValues, h, Inputs, Weight.Gradient.AsSpan());
        }

        Bias.Gradient.AsSpan().Clear();
        for (int e = 0; e < places.Count; e++)
        {
            Bias.Gradient[places.Indices[e]] += dValues[e];
        }
    }
}
