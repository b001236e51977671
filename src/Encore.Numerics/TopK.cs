using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

/// <summary>Selects the best of many scores without sorting them all.</summary>
public static class TopK
{
    private const int StackKeys = 256;

    /// <summary>
    /// Writes the indices of the largest scores into <paramref name="indices"/>, best first, equal scores by lower
    /// index. A score of −∞ marks what must not be chosen.
    /// </summary>
    /// <param name="scores">The scores, [n].</param>
    /// <param name="indices">Receives at most its length of indices.</param>
    /// <returns>How many were written: the smaller of the length of <paramref name="indices"/> and the number of
    /// scores above −∞.</returns>
    /// <exception cref="ArgumentException">A score is NaN, which has no rank.</exception>
    /// <remarks>
    /// Equivalent to a stable sort by descending score, cut off. Time O(n + k log k log(n/k)) for scores in random
    /// order: a heap holds the best k, and whole vectors of scores below its worst are passed over.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Select(ReadOnlySpan<float> scores, Span<int> indices)
    {
        int k = Math.Min(indices.Length, scores.Length);
        ulong[]? rented = k > StackKeys ? ArrayPool<ulong>.Shared.Rent(k) : null;
        Span<ulong> heap = rented is null ? stackalloc ulong[StackKeys] : rented;
        int count;
        switch (Kernel.Current)
        {
            case InstructionSet.V512:
                count = OfferAll<Vector512<float>, Simd512<float>>(scores, heap, k);
                break;
            case InstructionSet.V256:
                count = OfferAll<Vector256<float>, Simd256<float>>(scores, heap, k);
                break;
            case InstructionSet.V128:
                count = OfferAll<Vector128<float>, Simd128<float>>(scores, heap, k);
                break;
            case InstructionSet.Scalar:
            default:
                count = OfferAll<float, SimdScalar<float>>(scores, heap, k);
                break;
        }

        var best = heap[..count];
        best.Sort();
        for (int r = 0; r < count; r++)
        {
            indices[r] = (int)~(uint)best[count - 1 - r];
        }

        if (rented is not null)
        {
            ArrayPool<ulong>.Shared.Return(rented);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int OfferAll<TVector, TSimd>(ReadOnlySpan<float> scores, Span<ulong> heap, int k)
        where TVector : unmanaged
        where TSimd : ISimd<float, TVector>
    {
        int count = 0, i = 0;
        float worst = float.NegativeInfinity;
        fixed (float* from = scores)
        {
            for (; i <= scores.Length - TSimd.Lanes; i += TSimd.Lanes)
            {
                // Not (score <= worst) rather than score > worst: NaN must not pass by unseen.
                if (TSimd.AllAtMost(TSimd.Load(from + i), TSimd.Broadcast(worst)))
                {
                    continue;
                }

                for (int j = i; j < i + TSimd.Lanes; j++)
                {
                    Offer(scores[j], j, heap, k, ref count, ref worst);
                }
            }
        }

        for (; i < scores.Length; i++)
        {
            Offer(scores[i], i, heap, k, ref count, ref worst);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Offer(float score, int index, Span<ulong> heap, int k, ref int count, ref float worst)
    {
        if (score <= worst)
        {
            return;
        }

        if (float.IsNaN(score))
        {
            throw new ArgumentException($"Score {index} is NaN; expected a number.", nameof(score));
        }

        ulong key = Key(score, index);
        if (count < k)
        {
            heap[count] = key;
            SiftUp(heap, count++);
        }
        else if (k > 0)
        {
            heap[0] = key;
            SiftDown(heap[..count]);
        }

        if (count == k)
        {
            worst = k == 0 ? float.PositiveInfinity : Score(heap[0]);
        }
    }

    // One integer orders by score, then by lower index: the float's bits made monotone above, the index inverted below.
    private static ulong Key(float score, int index)
    {
        int bits = BitConverter.SingleToInt32Bits(score + 0f); // −0 + 0 = +0: the two zeros are one score
        uint ordered = (uint)bits ^ ((uint)(bits >> 31) | 0x8000_0000u);
        return ((ulong)ordered << 32) | ~(uint)index;
    }

    private static float Score(ulong key)
    {
        uint ordered = (uint)(key >> 32);
        uint bits = (ordered & 0x8000_0000u) != 0 ? ordered ^ 0x8000_0000u : ~ordered;
        return BitConverter.UInt32BitsToSingle(bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SiftUp(Span<ulong> heap, int child)
    {
        ulong key = heap[child];
        while (child > 0 && heap[(child - 1) / 2] > key)
        {
            heap[child] = heap[(child - 1) / 2];
            child = (child - 1) / 2;
        }

        heap[child] = key;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SiftDown(Span<ulong> heap)
    {
        ulong key = heap[0];
        int parent = 0;
        for (int child; (child = (2 * parent) + 1) < heap.Length; parent = child)
        {
            if (child + 1 < heap.Length && heap[child + 1] < heap[child])
            {
                child++;
            }

            if (heap[child] >= key)
            {
                break;
            }

            heap[parent] = heap[child];
        }

        heap[parent] = key;
    }
}
