using System.Runtime.InteropServices;

namespace Encore.Numerics.Dispatch;

/// <summary>
/// Memory for packed panels, aligned to cache lines. Each calling thread keeps one and grows it to the largest call it
/// made, so that loops over GEMM allocate nothing.
/// </summary>
internal sealed unsafe class PackBuffer
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static PackBuffer? _ofThread;

    private byte[] _memory = [];

    /// <summary>The calling thread's buffer.</summary>
    public static PackBuffer OfThread => _ofThread ??= new PackBuffer();

    /// <summary>At least <paramref name="bytes"/> aligned bytes, what was there before them lost. The array is pinned
    /// for good, so the pointer holds for as long as this object is referenced.</summary>
    public void* Get(long bytes)
    {
        if (_memory.LongLength < bytes + Alignment)
        {
            _memory = GC.AllocateUninitializedArray<byte>(checked((int)(bytes + Alignment)), pinned: true);
        }

        void* start = Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0).ToPointer();
        return (void*)(((nint)start + Alignment - 1) & ~(nint)(Alignment - 1));
    }
}
