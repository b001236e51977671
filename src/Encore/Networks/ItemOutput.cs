using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

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
    private readonly PackedMatrix<T> _h = new();                    // h of all rows
    private readonly T[][] _s = [[], []];                           // a chunk's scores
    private readonly Pipeline _pipeline = new();
    private double[] _losses = [];
    private int[] _through = [];                                    // blocks of a chunk that have their loss
    private int[] _added = [];                                      // tasks of W's gradient that have a chunk
    private T[] _sums = [];                                         // of each block of two chunks, ∂loss/∂b
    private int _rows;
    private int _chunk;
    private int _blockRows;
    private int _blocksAChunk;

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

    /// <summary>What <see cref="AddTo"/> left to do once its pipeline has run.</summary>
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
    /// <returns>Σ over rows of the loss.</returns>
    public double Gradient(T[] h, int rows, RowLoss loss, T[] dH, int? chunkRows = null)
    {
        _pipeline.Clear();
        AddTo(_pipeline, rows, (first, count) => Block(
            first, count, h.AsSpan(first * Inputs, count * Inputs), loss, dH.AsSpan(first * Inputs, count * Inputs)), chunkRows);
        _pipeline.Run();
        return Loss;
    }

    /// <summary>
    /// <see cref="Gradient"/> as tasks: blocks of rows, each of which must call <see cref="Block"/>, and the gradients of
    /// W and b.
    /// </summary>
    /// <param name="pipeline">Receives the tasks.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="block">Runs for a first row and a number of rows, on any thread.</param>
    /// <param name="chunkRows">As in <see cref="Gradient"/>.</param>
    /// <param name="defer">Whether the last two chunks' share of the gradients of W and b is left to the caller, as
    /// <see cref="Deferred"/>.</param>
    /// <remarks>A block of rows goes forward, through its loss and back to dH on one thread, while its scores lie in the
    /// cache; W's gradient takes a chunk of rows, after the next chunk's blocks have been handed out.</remarks>
    public void AddTo(Pipeline pipeline, int rows, Action<int, int> block, int? chunkRows = null, bool defer = false)
    {
        Deferred = default;
        if (rows == 0)
        {
            Weight.Gradient.AsSpan().Clear();
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
        _wT.Pack(Transpose.Yes, Inputs, Items, Weight.Value);
        _w.Pack(Transpose.No, Items, Inputs, Weight.Value);
        _h.Reserve(rows, Inputs);
        int kept = defer ? Math.Max(0, chunks - 2) : chunks;
        for (int c = 0; c <= chunks; c++)
        {
            int now = c, before = c - 1;
            if (now < chunks)
            {
                int of = RowsOf(now);
                Buffers.Grow(ref _s[now % 2], of * Items);
                pipeline.Add((of + blockRows - 1) / blockRows, task =>
                {
                    // Scores of the chunk before the last make room.
                    if (now < 2 || pipeline.Wait(ref _added[now - 2], itemBlocks))
                    {
                        int start = task * blockRows;
                        block((now * _chunk) + start, Math.Min(blockRows, of - start));
                        Interlocked.Increment(ref _through[now]);
                    }
                });
            }

            if (before >= 0 && before < kept)
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

        if (kept < chunks)
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

    /// <summary>A block of rows forward, through its loss and back: h and dH are its rows, [count, inputs].</summary>
    public void Block(int first, int count, ReadOnlySpan<T> h, RowLoss loss, Span<T> dH)
    {
        int chunk = first / _chunk, at = first - (chunk * _chunk);
        var s = _s[chunk % 2].AsSpan(at * Items, count * Items);
        var sums = Sums(chunk, at / _blockRows);
        sums.Clear();
        _h.SetRows(first, count, h);
        _wT.Multiply(count, h, Inputs, Bias.Value, s, Items);
        for (int r = 0; r < count; r++)
        {
            var row = s.Slice(r * Items, Items);
            _losses[first + r] = loss(row, first + r);
            Elementwise.Add(sums, row, sums);
        }

        _w.Multiply(count, s, Items, dH, Inputs);
    }

    /// <summary>Σ over rows of the loss, once all blocks are through.</summary>
    public double Loss
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

    /// <summary>Most rows whose scores exist at once in <see cref="Gradient"/>.</summary>
    public static int ChunkRows(int items) =>
        Math.Min(Math.Max(LeastChunk, ChunkNumbers / Math.Max(1, items)), Array.MaxLength / Math.Max(1, items));

    /// <summary>Bytes that a loss over all items takes beside the parameters, in single precision: W and Wᵀ once more, packed
    /// for the kernels, and the scores of two chunks.</summary>
    /// <param name="items">Items.</param>
    /// <param name="inputs">Width of h.</param>
    /// <param name="rows">Rows of a batch.</param>
    public static long Memory(int items, int inputs, long rows) =>
        (2L * 4 * items * inputs) + (4L * Math.Min(rows, 2L * ChunkRows(items)) * items);

    private int RowsOf(int chunk) => Math.Min(_chunk, _rows - (chunk * _chunk));

    // A chunk's share of the gradients of some items.
    private void WeightGradient(int chunk, int first)
    {
        int rows = RowsOf(chunk), count = Math.Min(BlockItems, Items - first);
        var s = _s[chunk % 2].AsSpan(0, rows * Items);
        _h.MultiplyTransposed(
            chunk * _chunk, rows, count, s[first..], Items, chunk > 0, Weight.Gradient.AsSpan(first * Inputs), Inputs);
        var b = Bias.Gradient.AsSpan(first, count);
        if (chunk == 0)
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
    public void Observed(SparseBatch<T> places, ReadOnlySpan<T> h, T[] values) =>
        Sparse.SampledProduct(places, h, Weight.Value, Inputs, Bias.Value, values);

    /// <summary>
    /// The loss at the observed places, and ∂loss/∂h. <see cref="ObservedBackwardWeights"/> comes after it, with what it
    /// left in <paramref name="values"/>, ∂loss/∂s at the places.
    /// </summary>
    /// <param name="places">The places.</param>
    /// <param name="h">[rows, inputs].</param>
    /// <param name="loss">The loss of a row's places; rows come in any order, on all threads.</param>
    /// <param name="values">Receives a number for each place.</param>
    /// <param name="dH">Receives ∂loss/∂h, [rows, inputs].</param>
    /// <returns>Σ over rows of the loss.</returns>
    /// <remarks>A row of places goes forward and back at once, while the rows of W that it names lie in the cache. The
    /// places are sorted by item beside it.</remarks>
    public double ObservedGradient(SparseBatch<T> places, T[] h, RowLoss loss, T[] values, T[] dH)
    {
        int rows = places.Rows;
        Buffers.Grow(ref _losses, rows);
        _rows = rows;
        Workers.For(1 + rows, task =>
        {
            if (task == 0)
            {
                places.ByColumn();
                return;
            }

            int r = task - 1, start = places.Offsets[r], end = places.Offsets[r + 1];
            Sparse.SampledProduct(places, r, r + 1, h, Weight.Value, Inputs, Bias.Value, values);
            _losses[r] = loss(values.AsSpan(start, end - start), r);
            Sparse.Multiply(places, r, r + 1, values, Weight.Value, Inputs, dH.AsSpan());
        });
        return Loss;
    }

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
        var items = places.Indices;
        for (int e = 0; e < items.Length; e++)
        {
            Bias.Gradient[items[e]] += dValues[e];
        }
    }
}
