using System.Runtime.InteropServices;

namespace Encore.Numerics.Dispatch;

/// <summary>Memory for packed panels, aligned to cache lines, that grows to the largest use.</summary>
/// <remarks>Native memory, freed the moment a larger one takes its place: a recursion whose calls grow step by step
/// would leave a trail of dead arrays for the collector.</remarks>
internal sealed unsafe class PackBuffer
{
    private const int Alignment = 64;

    private void* _memory;
    private long _bytes;

    ~PackBuffer() => NativeMemory.AlignedFree(_memory);

    /// <summary>At least <paramref name="bytes"/> aligned bytes, what was there before them lost. They stay until more are
    /// asked for.</summary>
    public void* Get(long bytes)
    {
        if (_bytes < bytes)
        {
            NativeMemory.AlignedFree(_memory);
            _memory = null; // or a failing allocation would leave it to be freed twice
            _bytes = 0;
            _memory = NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
            _bytes = bytes;
        }

        return _memory;
    }
}
