using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>
/// A vector for each item, W [items, width]. A batch looks each of its distinct items up once: what is linear in the
/// vector is then computed once an item, however many rows name it.
/// </summary>
internal sealed class Embedding<T>(string name, int items, int width)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public int Items { get; } = items;

    public int Width { get; } = width;

    /// <summary>W, [items, width].</summary>
    public Parameter<T> Weight { get; } = new($"{name}.weight", items, width);

    /// <summary>The vectors of the distinct items of a batch, in the order of their first row.</summary>
    public void Forward(ReadOnlySpan<int> items, Lookup lookup)
    {
        lookup.Fill(items, Items);
        Buffers.Grow(ref lookup.Vectors, lookup.Count * Width);
        for (int d = 0; d < lookup.Count; d++)
        {
            Weight.Value.AsSpan(lookup.Items[d] * Width, Width).CopyTo(lookup.Vectors.AsSpan(d * Width));
        }
    }

    /// <summary>Gradient of W from that of the distinct vectors [distinct, width].</summary>
    public void Backward(Lookup lookup, T[] dVectors)
    {
        if (!Weight.Begin())
        {
            Weight.Gradient.AsSpan().Clear();
        }

        for (int d = 0; d < lookup.Count; d++)
        {
            dVectors.AsSpan(d * Width, Width).CopyTo(Weight.Gradient.AsSpan(lookup.Items[d] * Width));
        }
    }

    /// <summary>Which distinct items a batch has, and which rows name them.</summary>
    internal sealed class Lookup
    {
        private const int Block = 16;

        private int[] _of = [];      // [items]: place among the distinct ones, plus 1; 0: not there
        private int[] _rowsOf = [];  // rows by distinct item, ascending
        private int[] _offsets = [];

        /// <summary>Number of distinct items.</summary>
        public int Count { get; private set; }

        /// <summary>The distinct items.</summary>
        public int[] Items = [];

        /// <summary>For each row, the place of its item among the distinct ones.</summary>
        public int[] Index = [];

        /// <summary>The vectors of the distinct items, [distinct, width].</summary>
        public T[] Vectors = [];

        /// <summary>sums[d] = Σ of x's rows that name the distinct item d, rows ascending.</summary>
        public void Sum(Compute compute, T[] x, int width, T[] sums) => compute.For((Count + Block - 1) / Block, block =>
        {
            for (int d = block * Block; d < Math.Min(Count, (block + 1) * Block); d++)
            {
                var target = sums.AsSpan(d * width, width);
                target.Clear();
                for (int e = _offsets[d]; e < _offsets[d + 1]; e++)
                {
                    Elementwise.Add(target, x.AsSpan(_rowsOf[e] * width, width), target);
                }
            }
        });

        internal void Fill(ReadOnlySpan<int> rows, int items)
        {
            Buffers.Grow(ref Index, rows.Length);
            Buffers.Grow(ref _rowsOf, rows.Length);
            if (_of.Length < items)
            {
                (_of, Items, _offsets) = (new int[items], new int[items], new int[items + 2]);
            }

            Count = 0;
            _offsets.AsSpan().Clear();
            for (int r = 0; r < rows.Length; r++)
            {
                ref int place = ref _of[rows[r]];
                if (place == 0)
                {
                    Items[Count++] = rows[r];
                    place = Count;
                }

                Index[r] = place - 1;
                _offsets[place + 1]++;
            }

            // Counted one place late, so that after the fill each offset has moved to the start of the next item.
            for (int d = 2; d <= Count; d++)
            {
                _offsets[d] += _offsets[d - 1];
            }

            for (int r = 0; r < rows.Length; r++)
            {
                _rowsOf[_offsets[Index[r] + 1]++] = r;
            }

            for (int d = 0; d < Count; d++)
            {
                _of[Items[d]] = 0;
            }
        }
    }
}
