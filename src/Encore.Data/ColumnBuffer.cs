namespace Encore.Data;

/// <summary>A column that grows without copying what it holds: blocks, joined once at the end.</summary>
internal sealed class ColumnBuffer<T>
    where T : unmanaged
{
    private const int BlockLength = 1 << 18;

    private readonly List<T[]> _blocks = [];
    private T[] _block = [];
    private int _used;

    public long Count => ((long)_blocks.Count * BlockLength) - (_block.Length - _used);

    public void Add(T value)
    {
        if (_used == _block.Length)
        {
            NewBlock();
        }

        _block[_used++] = value;
    }

    public void Add(ReadOnlySpan<T> values)
    {
        while (values.Length > 0)
        {
            if (_used == _block.Length)
            {
                NewBlock();
            }

            int length = Math.Min(values.Length, _block.Length - _used);
            values[..length].CopyTo(_block.AsSpan(_used));
            _used += length;
            values = values[length..];
        }
    }

    /// <summary>The whole column; the blocks are let go one by one as they are copied.</summary>
    public T[] Take()
    {
        var all = GC.AllocateUninitializedArray<T>(checked((int)Count));
        for (int b = 0; b < _blocks.Count; b++)
        {
            int start = b * BlockLength;
            _blocks[b].AsSpan(0, Math.Min(BlockLength, all.Length - start)).CopyTo(all.AsSpan(start));
            _blocks[b] = [];
        }

        _blocks.Clear();
        (_block, _used) = ([], 0);
        return all;
    }

    private void NewBlock()
    {
        _blocks.Add(_block = GC.AllocateUninitializedArray<T>(BlockLength));
        _used = 0;
    }
}
