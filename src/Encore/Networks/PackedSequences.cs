using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>
/// Sequences of different lengths, laid out step by step and the longest first: the rows of step t are those of the
/// sequences that have a step t, and these are the first ones of step t − 1. No row is padding.
/// <code>
/// a b c d        row:  0 1 2   3 4   5   6
/// e f        →         a e g   b f   c   d
/// g                    t = 0   1     2   3
/// </code>
/// </summary>
internal sealed class PackedSequences
{
    private readonly List<int> _all = [];
    private readonly List<int> _starts = [];
    private readonly List<int> _lengths = [];
    private long[] _keys = [];
    private int[] _order = [];
    private int[] _rank = [];
    private int[] _offsets = [];
    private int[] _items = [];

    /// <summary>Number of sequences, those without a step among them.</summary>
    public int Count => _starts.Count;

    /// <summary>Number of rows: steps of all sequences.</summary>
    public int Rows { get; private set; }

    /// <summary>Steps of the longest sequence.</summary>
    public int Steps { get; private set; }

    /// <summary>Item of each row.</summary>
    public ReadOnlySpan<int> Items => _items.AsSpan(0, Rows);

    /// <summary>First row of step t.</summary>
    public int Offset(int t) => _offsets[t];

    /// <summary>Sequences that have a step t: the first ones when the longest come first.</summary>
    public int Alive(int t) => _offsets[t + 1] - _offsets[t];

    /// <summary>Steps of a sequence, in the order of adding.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>The sequence of a rank, the longest first.</summary>
    public int Sequence(int rank) => _order[rank];

    /// <summary>The step that a row belongs to.</summary>
    public int StepOf(int row)
    {
        int place = _offsets.AsSpan(0, Steps).BinarySearch(row);
        return place >= 0 ? place : ~place - 1;
    }

    /// <summary>Row of a sequence's step t.</summary>
    public int Row(int sequence, int t) => _offsets[t] + _rank[sequence];

    public void Clear()
    {
        _all.Clear();
        _starts.Clear();
        _lengths.Clear();
        (Rows, Steps) = (0, 0);
    }

    /// <summary>Adds a sequence whose items are all steps; it may be empty.</summary>
    public void Add(ReadOnlySpan<int> items) => Add(items, items.Length);

    /// <summary>Adds a sequence whose last item is no step, only what the others lead to.</summary>
    public void AddWithTarget(ReadOnlySpan<int> items) => Add(items, Math.Max(0, items.Length - 1));

    private void Add(ReadOnlySpan<int> items, int steps)
    {
        _starts.Add(_all.Count);
        _lengths.Add(steps);
        _all.AddRange(items);
        Rows += steps;
    }

    /// <summary>Lays out what was added.</summary>
    public void Pack()
    {
        Buffers.Grow(ref _keys, Count);
        Buffers.Grow(ref _order, Count);
        Buffers.Grow(ref _rank, Count);
        Buffers.Grow(ref _items, Rows);
        for (int s = 0; s < Count; s++)
        {
            // Ascending keys: longer ones first, then in the order of adding.
            (_keys[s], _order[s]) = (((long)(int.MaxValue - _lengths[s]) << 32) | (uint)s, s);
        }

        Array.Sort(_keys, _order, 0, Count);
        Steps = Count == 0 ? 0 : _lengths[_order[0]];
        Buffers.Grow(ref _offsets, Steps + 1);
        for (int r = 0; r < Count; r++)
        {
            _rank[_order[r]] = r;
        }

        int row = 0;
        for (int t = 0; t < Steps; t++)
        {
            _offsets[t] = row;
            for (int r = 0; r < Count && _lengths[_order[r]] > t; r++)
            {
                _items[row++] = _all[_starts[_order[r]] + t];
            }
        }

        _offsets[Steps] = row;
    }

    /// <summary>The targets of each row: the next k items of its sequence, or as many as there are, each with an equal
    /// share of 1.</summary>
    public void Targets<T>(int k, SparseBatch<T> target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        target.Clear();
        for (int t = 0; t < Steps; t++)
        {
            for (int r = 0; r < Alive(t); r++)
            {
                int s = _order[r], next = _starts[s] + t + 1, end = s + 1 < Count ? _starts[s + 1] : _all.Count;
                int count = Math.Min(k, end - next);
                for (int i = next; i < next + count; i++)
                {
                    target.Add(_all[i], T.One / T.CreateTruncating(count));
                }

                target.EndRow();
            }
        }
    }
}
