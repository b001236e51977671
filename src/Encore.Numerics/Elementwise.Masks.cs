using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

/// <content>Masks of dropout from random bits: comparisons of whole numbers, the same on every path.</content>
internal static unsafe partial class Elementwise
{
    /// <summary>mask = 0 where the upper 24 bits of a number are below <paramref name="least"/>, <paramref name="kept"/>
    /// elsewhere.</summary>
    public static void Mask(ReadOnlySpan<uint> bits, uint least, float kept, Span<float> mask)
    {
        CheckTarget(bits.Length, mask.Length);
        fixed (uint* from = bits)
        fixed (float* to = mask)
        {
            int i = Kernel.Current switch
            {
                InstructionSet.V512 => Mask512(from, least, kept, to, bits.Length),
                InstructionSet.V256 => Mask256(from, least, kept, to, bits.Length),
                InstructionSet.V128 => Mask128(from, least, kept, to, bits.Length),
                _ => 0,
            };
            for (; i < bits.Length; i++)
            {
                to[i] = from[i] >> 8 < least ? 0 : kept;
            }
        }
    }

    /// <summary>mask = 0 where a number is below <paramref name="least"/>, <paramref name="kept"/> elsewhere.</summary>
    public static void Mask(ReadOnlySpan<ushort> bits, uint least, float kept, Span<float> mask)
    {
        Check(mask.Length, bits.Length, nameof(bits));
        fixed (ushort* from = bits)
        fixed (float* to = mask)
        {
            int i = Kernel.Current switch
            {
                InstructionSet.V512 => Mask512(from, least, kept, to, bits.Length),
                InstructionSet.V256 => Mask256(from, least, kept, to, bits.Length),
                InstructionSet.V128 => Mask128(from, least, kept, to, bits.Length),
                _ => 0,
            };
            for (; i < bits.Length; i++)
            {
                to[i] = from[i] < least ? 0 : kept;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Mask512(uint* bits, uint least, float kept, float* mask, int n)
    {
        var (bound, keep) = (Vector512.Create(least), Vector512.Create(kept));
        int i = 0;
        for (; i <= n - Vector512<uint>.Count; i += Vector512<uint>.Count)
        {
            Vector512.AndNot(keep, Vector512.LessThan(Vector512.Load(bits + i) >>> 8, bound).AsSingle()).Store(mask + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Mask512(ushort* bits, uint least, float kept, float* mask, int n)
    {
        var (bound, keep) = (Vector512.Create(least), Vector512.Create(kept));
        int i = 0;
        for (; i <= n - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(bits + i));
            Vector512.AndNot(keep, Vector512.LessThan(low, bound).AsSingle()).Store(mask + i);
            Vector512.AndNot(keep, Vector512.LessThan(high, bound).AsSingle()).Store(mask + i + Vector512<uint>.Count);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Mask256(uint* bits, uint least, float kept, float* mask, int n)
    {
        var (bound, keep) = (Vector256.Create(least), Vector256.Create(kept));
        int i = 0;
        for (; i <= n - Vector256<uint>.Count; i += Vector256<uint>.Count)
        {
            Vector256.AndNot(keep, Vector256.LessThan(Vector256.Load(bits + i) >>> 8, bound).AsSingle()).Store(mask + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Mask256(ushort* bits, uint least, float kept, float* mask, int n)
    {
        var (bound, keep) = (Vector256.Create(least), Vector256.Create(kept));
        int i = 0;
        for (; i <= n - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(bits + i));
            Vector256.AndNot(keep, Vector256.LessThan(low, bound).AsSingle()).Store(mask + i);
            Vector256.AndNot(keep, Vector256.LessThan(high, bound).AsSingle()).Store(mask + i + Vector256<uint>.Count);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Mask128(uint* bits, uint least, float kept, float* mask, int n)
    {
        var (bound, keep) = (Vector128.Create(least), Vector128.Create(kept));
        int i = 0;
        for (; i <= n - Vector128<uint>.Count; i += Vector128<uint>.Count)
        {
            Vector128.AndNot(keep, Vector128.LessThan(Vector128.Load(bits + i) >>> 8, bound).AsSingle()).Store(mask + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Mask128(ushort* bits, uint least, float kept, float* mask, int n)
    {
        var (bound, keep) = (Vector128.Create(least), Vector128.Create(kept));
        int i = 0;
        for (; i <= n - Vector128<ushort>.Count; i += Vector128<ushort>.Count)
        {
            var (low, high) = Vector128.Widen(Vector128.Load(bits + i));
            Vector128.AndNot(keep, Vector128.LessThan(low, bound).AsSingle()).Store(mask + i);
            Vector128.AndNot(keep, Vector128.LessThan(high, bound).AsSingle()).Store(mask + i + Vector128<uint>.Count);
        }

        return i;
    }
}
