using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>What turns the scores of a row into ∂loss/∂scores, in place, and returns the row's loss.</summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
/// <param name="scores">The scores of all items or, where places are named, of the row's places.</param>
/// <param name="row">The row of the batch.</param>
[Experimental(Preview.Networks)]
public delegate double RowLoss<T>(Span<T> scores, int row)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>
/// The output layer over items, s = h·Wᵀ + b without activation, with its loss inside: the scores of a batch never exist as
/// a whole. W is [items, inputs], a row for each item, as the input layer has it: a tied decoder shares the input layer's
/// matrix.
/// </summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
[Experimental(Preview.Networks)]
public sealed class ItemOutput<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Numbers of a chunk of scores: 8 MB in single precision, and two chunks are in memory at once, so that the last-level
    // cache holds them. At least so many rows, or W's gradient would come and go too often.
    private const int ChunkNumbers = 2 * 1024 * 1024, LeastChunk = 512;

    // Rows of a task, enough to pay for W's way through the cache; more where W does not fit there.
    private const int BlockRows = 24, BlockRowsOfLarge = 84, LargeWeights = 2 * 1024 * 1024;

    // Items of a task of W's gradient.
    private const int BlockItems = 192;

    private readonly PackedMatrix<T> _w = new();                    // W
    private readonly PackedMatrix<T> _wT = new();                   // Wᵀ
    private readonly PackedMatrix<T> _h = new();                    // h of all rows
    private readonly T[][] _s = [[], []];                           // a chunk's scores
    private readonly Pipeline _pipeline = new();
    private T[] _values = [];                                       // scores of places
    private T[] _scratch = [];                                      // a share of W's gradient
    private double[] _losses = [];
    private int[] _through = [];                                    // blocks of a chunk that have their loss
    private int[] _added = [];                                      // tasks of W's gradient that have a chunk
    private T[] _sums = [];                                         // of each block of two chunks, ∂loss/∂b
    private int _rows;
    private int _chunk;
    private int _blockRows;
    private int _blocksAChunk;
    private bool _adds;                                             // to a share of W's gradient that is there
    private bool _addsBias;

    /// <summary>A layer.</summary>
    /// <param name="name">Its parameters are name.weight and name.bias.</param>
    /// <param name="inputs">Width of h.</param>
    /// <param name="items">Number of items.</param>
    /// <param name="tied">The input layer's W; null: a W of its own.</param>
    public ItemOutput(string name, int inputs, int items, Parameter<T>? tied = null)
    {
        (Inputs, Items) = (inputs, items);
        Weight = tied ?? new Parameter<T>($"{name}.weight", items, inputs);
        Bias = new Parameter<T>($"{name}.bias", 1, items);
    }

    /// <summary>Width of h.</summary>
    public int Inputs { get; }

    /// <summary>Items.</summary>
    public int Items { get; }

    /// <summary>W, [items, inputs].</summary>
    public Parameter<T> Weight { get; }

    /// <summary>b, [items].</summary>
    public Parameter<T> Bias { get; }

    /// <summary>s = h·Wᵀ + b. Any number of threads may ask at once.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="h">[rows, inputs].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="s">Receives [rows, items].</param>
    public void Scores(Compute compute, ReadOnlySpan<T> h, int rows, Span<T> s)
    {
        Dense.Gemm(Transpose.No, Transpose.Yes, rows, Items, Inputs, T.One, h, Inputs, Weight.Value, Inputs, T.Zero, s, Items, compute);
        Rows.AddBias(compute, s[..(rows * Items)], Items, Bias.Value);
    }

    /// <summary>∂loss/∂h from dS [rows, items].</summary>
    internal void BackwardInput(Compute compute, ReadOnlySpan<T> dS, int rows, Span<T> dH) =>
        Dense.Gemm(Transpose.No, Transpose.No, rows, Inputs, Items, T.One, dS, Items, Weight.Value, Inputs, T.Zero, dH, Inputs, compute);

    /// <summary>Gradients of W and b from dS [rows, items] and h [rows, inputs].</summary>
    internal void BackwardWeights(Compute compute, ReadOnlySpan<T> dS, ReadOnlySpan<T> h, int rows)
    {
        T beta = Weight.Begin() ? T.One : T.Zero;
        Dense.Gemm(Transpose.Yes, Transpose.No, Items, Inputs, rows, T.One, dS, Items, h, Inputs, beta, Weight.Gradient, Inputs, compute);
        Bias.AddColumnSums(compute, dS, rows);
    }

    /// <summary>What <see cref="AddTo"/> left to do once its pipeline has run.</summary>
    internal SideWork Deferred { get; private set; }

    /// <summary>
    /// The loss over all items and its gradients: shares of those of W and b, where they are trained, and ∂loss/∂h.
    /// </summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="h">[rows, inputs].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="loss">The loss; rows come in any order, on all threads.</param>
    /// <param name="dH">Receives ∂loss/∂h, [rows, inputs]; null: nobody needs it.</param>
    /// <returns>Σ over rows of the loss.</returns>
    public double Loss(Compute compute, T[] h, int rows, RowLoss<T> loss, T[]? dH) => Loss(compute, h, rows, loss, dH, null);

    /// <summary>As above, with so many rows whose scores exist at once; null: <see cref="ChunkRows"/>.</summary>
    internal double Loss(Compute compute, T[] h, int rows, RowLoss<T> loss, T[]? dH, int? chunkRows)
    {
        _pipeline.Clear();
        AddTo(compute, _pipeline, rows, (first, count) => Block(
            first, count, h.AsSpan(first * Inputs, count * Inputs), loss,
            dH is null ? [] : dH.AsSpan(first * Inputs, count * Inputs)), chunkRows, needsInput: dH is not null);
        _pipeline.Run(compute);
        return LossSum;
    }

    /// <summary>
    /// The loss at named places only and its gradients: shares of those of W and b, where they are trained, and ∂loss/∂h. No
    /// other score is computed.
    /// </summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="places">The places, [rows, items].</param>
    /// <param name="h">[rows, inputs].</param>
    /// <param name="loss">The loss of a row's places, in their order; rows come in any order, on all threads.</param>
    /// <param name="dH">Receives ∂loss/∂h, [rows, inputs]; null: nobody needs it.</param>
    /// <returns>Σ over rows of the loss.</returns>
    public double Loss(Compute compute, SparseBatch<T> places, T[] h, RowLoss<T> loss, T[]? dH)
    {
        ArgumentNullException.ThrowIfNull(places);
        Buffers.Grow(ref _values, places.Count);
        double sum = ObservedGradient(compute, places, h, loss, _values, dH);
        ObservedBackwardWeights(compute, places, _values, h);
        return sum;
    }

    /// <summary>
    /// <see cref="Loss(Compute, T[], int, RowLoss{T}, T[])"/> as tasks: blocks of rows, each of which must call <see cref="Block"/>, and the gradients of
    /// W and b.
    /// </summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="pipeline">Receives the tasks.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="block">Runs for a first row and a number of rows, on any thread.</param>
    /// <param name="chunkRows">Rows whose scores exist at once; null: <see cref="ChunkRows"/>.</param>
    /// <param name="defer">Whether the last two chunks' share of the gradients of W and b is left to the caller, as
    /// <see cref="Deferred"/>.</param>
    /// <param name="needsInput">Whether blocks compute ∂loss/∂h.</param>
    /// <remarks>A block of rows goes forward, through its loss and back to dH on one thread, while its scores lie in the
    /// cache; W's gradient takes a chunk of rows, after the next chunk's blocks have been handed out.</remarks>
    internal void AddTo(
        Compute compute, Pipeline pipeline, int rows, Action<int, int> block, int? chunkRows = null, bool defer = false, bool needsInput = true)
    {
        Deferred = default;
        bool trains = Weight.IsTrained || Bias.IsTrained;
        (_adds, _addsBias) = (Weight.IsTrained && Weight.Begin(), Bias.IsTrained && Bias.Begin());
        if (rows == 0 && !_adds)
        {
            Weight.Gradient.AsSpan().Clear();
        }

        if (rows == 0 && !_addsBias)
        {
            Bias.Gradient.AsSpan().Clear();
        }

        int blockRows = (long)Items * Inputs > LargeWeights ? BlockRowsOfLarge : BlockRows;
        (_rows, _blockRows) = (rows, blockRows);
        _chunk = Math.Max(1, Math.Min(rows, chunkRows ?? ChunkRows(Items)));
        int chunks = (rows + _chunk - 1) / _chunk, itemBlocks = (Items + BlockItems - 1) / BlockItems;
        if (chunks > 1)
        {
            // Chunks alike, as the last ones may be deferred.
            int even = (rows + chunks - 1) / chunks;
            _chunk = Math.Min(_chunk, (even + blockRows - 1) / blockRows * blockRows);
            chunks = (rows + _chunk - 1) / _chunk;
        }

        _blocksAChunk = (_chunk + blockRows - 1) / blockRows;
        Buffers.Grow(ref _losses, rows);
        Buffers.Grow(ref _sums, Math.Min(2, chunks) * _blocksAChunk * Items);
        Buffers.Grow(ref _through, chunks);
        Buffers.Grow(ref _added, chunks);
        _through.AsSpan().Clear();
        _added.AsSpan().Clear();
        _wT.Pack(Transpose.Yes, Inputs, Items, Weight.Value, compute);
        if (needsInput)
        {
            _w.Pack(Transpose.No, Items, Inputs, Weight.Value, compute);
        }

        if (Weight.IsTrained)
        {
            _h.Reserve(rows, Inputs);
        }

        int kept = defer ? Math.Max(0, chunks - 2) : chunks;
        for (int c = 0; c <= chunks; c++)
        {
            int now = c, before = c - 1;
            if (now < chunks)
            {
                int of = RowsOf(now);
                int earlier = now < 2 ? 0 : trains ? itemBlocks : (RowsOf(now - 2) + blockRows - 1) / blockRows;
                Buffers.Grow(ref _s[now % 2], of * Items);
                pipeline.Add((of + blockRows - 1) / blockRows, task =>
                {
                    // Scores of the chunk before the last make room.
                    if (now < 2 || pipeline.Wait(ref (trains ? ref _added[now - 2] : ref _through[now - 2]), earlier))
                    {
                        int start = task * blockRows;
                        block((now * _chunk) + start, Math.Min(blockRows, of - start));
                        Interlocked.Increment(ref _through[now]);
                    }
                });
            }

            if (before >= 0 && before < kept && trains)
            {
                int blocks = (RowsOf(before) + blockRows - 1) / blockRows;
                pipeline.Add(itemBlocks, task =>
                {
                    if (pipeline.Wait(ref _through[before], blocks) && (before == 0 || pipeline.Wait(ref _added[before - 1], itemBlocks)))
                    {
                        WeightGradient(before, task * BlockItems);
                        Interlocked.Increment(ref _added[before]);
                    }
                });
            }
        }

        if (kept < chunks && trains)
        {
            Deferred = new SideWork(itemBlocks, task =>
            {
                for (int c = kept; c < chunks; c++)
                {
                    WeightGradient(c, task * BlockItems);
                }
            });
        }
    }

    /// <summary>A block of rows forward, through its loss and back: h and dH are its rows, [count, inputs]; dH empty: nobody
    /// needs it.</summary>
    internal void Block(int first, int count, ReadOnlySpan<T> h, RowLoss<T> loss, Span<T> dH)
    {
        int chunk = first / _chunk, at = first - (chunk * _chunk);
        var s = _s[chunk % 2].AsSpan(at * Items, count * Items);
        var sums = Sums(chunk, at / _blockRows);
        sums.Clear();
        if (Weight.IsTrained)
        {
            _h.SetRows(first, count, h);
        }

        _wT.Multiply(count, h, Inputs, Bias.Value, s, Items);
        for (int r = 0; r < count; r++)
        {
            var row = s.Slice(r * Items, Items);
            _losses[first + r] = loss(row, first + r);
            Elementwise.Add(sums, row, sums);
        }

        if (!dH.IsEmpty)
        {
            _w.Multiply(count, s, Items, dH, Inputs);
        }
    }

    /// <summary>Σ over rows of the loss, once all blocks are through.</summary>
    internal double LossSum
    {
        get
        {
            double sum = 0;
            foreach (double l in _losses.AsSpan(0, _rows))
            {
                sum += l;
            }

            return sum;
        }
    }

    /// <summary>Most rows whose scores exist at once in <see cref="Loss(Compute, T[], int, RowLoss{T}, T[])"/>.</summary>
    internal static int ChunkRows(int items) =>
        Math.Min(Math.Max(LeastChunk, ChunkNumbers / Math.Max(1, items)), Array.MaxLength / Math.Max(1, items));

    /// <inheritdoc cref="ItemOutput.Memory"/>
    internal static long Memory(int items, int inputs, long rows) =>
        (2L * 4 * items * inputs) + (4L * Math.Min(rows, 2L * ChunkRows(items)) * items);

    private int RowsOf(int chunk) => Math.Min(_chunk, _rows - (chunk * _chunk));

    // A chunk's share of the gradients of some items.
    private void WeightGradient(int chunk, int first)
    {
        int rows = RowsOf(chunk), count = Math.Min(BlockItems, Items - first);
        var s = _s[chunk % 2].AsSpan(0, rows * Items);
        if (Weight.IsTrained)
        {
            _h.MultiplyTransposed(
                chunk * _chunk, rows, count, s[first..], Items, chunk > 0 || _adds, Weight.Gradient.AsSpan(first * Inputs), Inputs);
        }

        if (!Bias.IsTrained)
        {
            return;
        }

        var b = Bias.Gradient.AsSpan(first, count);
        if (chunk == 0 && !_addsBias)
        {
            b.Clear();
        }

        for (int block = 0; block * _blockRows < rows; block++)
        {
            Elementwise.Add(b, Sums(chunk, block).Slice(first, count), b);
        }
    }

    // A block's share of the gradient of b; it lives as long as the chunk's scores.
    private Span<T> Sums(int chunk, int block) => _sums.AsSpan((((chunk % 2) * _blocksAChunk) + block) * Items, Items);

    /// <summary>s at the observed places only: values[e] = h_r·W_i + b_i.</summary>
    internal void Observed(Compute compute, SparseBatch<T> places, ReadOnlySpan<T> h, T[] values) =>
        Sparse.SampledProduct(places, h, Weight.Value, Inputs, Bias.Value, values, compute);

    /// <summary>
    /// The loss at the observed places, and ∂loss/∂h. <see cref="ObservedBackwardWeights"/> comes after it, with what it
    /// left in <paramref name="values"/>, ∂loss/∂s at the places.
    /// </summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="places">The places.</param>
    /// <param name="h">[rows, inputs].</param>
    /// <param name="loss">The loss of a row's places; rows come in any order, on all threads.</param>
    /// <param name="values">Receives a number for each place.</param>
    /// <param name="dH">Receives ∂loss/∂h, [rows, inputs]; null: nobody needs it.</param>
    /// <returns>Σ over rows of the loss.</returns>
    /// <remarks>A row of places goes forward and back at once, while the rows of W that it names lie in the cache. The
    /// places are sorted by item beside it.</remarks>
    internal double ObservedGradient(Compute compute, SparseBatch<T> places, T[] h, RowLoss<T> loss, T[] values, T[]? dH)
    {
        int rows = places.Rows;
        Buffers.Grow(ref _losses, rows);
        _rows = rows;
        compute.For(1 + rows, task =>
        {
            if (task == 0)
            {
                places.ByColumn();
                return;
            }

            int r = task - 1, start = places.Offsets[r], end = places.Offsets[r + 1];
            Sparse.SampledProduct(places, r, r + 1, h, Weight.Value, Inputs, Bias.Value, values);
            _losses[r] = loss(values.AsSpan(start, end - start), r);
            if (dH is not null)
            {
                Sparse.Multiply(places, r, r + 1, values, Weight.Value, Inputs, dH.AsSpan());
            }
        });
        return LossSum;
    }

    /// <summary>Shares of the gradients of W and b, where they are trained, from ∂loss/∂s at the observed places.</summary>
    internal void ObservedBackwardWeights(Compute compute, SparseBatch<T> places, T[] dValues, ReadOnlySpan<T> h)
    {
        if (Weight.IsTrained && Weight.Begin())
        {
            Buffers.Grow(ref _scratch, Items * Inputs);
            Sparse.TransposeMultiply(places, dValues, h, Inputs, _scratch.AsSpan(), compute);
            Rows.Add(compute, _scratch, Weight.Gradient, Items * Inputs);
        }
        else if (Weight.IsTrained)
        {
            Sparse.TransposeMultiply(places, dValues, h, Inputs, Weight.Gradient.AsSpan(), compute);
        }

        if (!Bias.IsTrained)
        {
            return;
        }

        if (!Bias.Begin())
        {
            Bias.Gradient.AsSpan().Clear();
        }

        var items = places.Indices;
        for (int e = 0; e < items.Length; e++)
        {
            Bias.Gradient[items[e]] += dValues[e];
        }
    }
}

/// <summary>What an <see cref="ItemOutput{T}"/> costs.</summary>
[Experimental(Preview.Networks)]
public static class ItemOutput
{
    /// <summary>Bytes that a loss over all items takes beside the parameters, in single precision: W and Wᵀ once more, packed
    /// for the kernels, and the scores of two chunks.</summary>
    /// <param name="items">Items.</param>
    /// <param name="inputs">Width of h.</param>
    /// <param name="rows">Rows of a batch.</param>
    public static long Memory(int items, int inputs, long rows) => ItemOutput<float>.Memory(items, inputs, rows);
}
