using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>What a denoising model does to its input, and dropout of hidden layers.</summary>
[Experimental(Preview.Networks)]
public static class Corruption
{
    // Random words that are drawn at once.
    private const int Words = 256;

    /// <summary>
    /// Zeroes each value of a sparse row with probability p and scales those kept by 1/(1 − p) ("inverted dropout").
    /// </summary>
    public static void Mask<T>(Span<T> values, double p, Rng rng, bool rescale = true)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (p <= 0)
        {
            return;
        }

        T kept = T.CreateTruncating(rescale ? 1 / (1 - p) : 1);
        Span<T> mask = stackalloc T[Words];
        for (; values.Length > 0; values = values[Math.Min(Words, values.Length)..])
        {
            var part = values[..Math.Min(Words, values.Length)];
            Dropout(mask[..part.Length], p, kept, ref rng);
            Elementwise.Multiply(part, mask[..part.Length], part);
        }
    }

    /// <summary>Adds normal noise to the stored values of a sparse row: zeros stay zeros, the row stays sparse.</summary>
    public static void Gaussian<T>(Span<T> values, double deviation, Rng rng)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int e = 0; e < values.Length && deviation > 0; e++)
        {
            values[e] += T.CreateTruncating(deviation * rng.NextGaussian());
        }
    }

    /// <summary>
    /// Dropout of a dense layer: mask [rows, columns] of 0 and 1/(1 − p), and y ⊙= mask. A row's stream is keyed by
    /// <paramref name="pass"/> and by its place in the training data.
    /// </summary>
    public static void Dropout<T>(Compute compute, T[] y, T[] mask, int columns, ReadOnlySpan<int> rows, double p, ulong seed, int pass)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] keys = [.. rows];
        T kept = T.CreateTruncating(1 / (1 - p));
        compute.For(keys.Length, r =>
        {
            var rng = Streams.Of(seed, Purpose.Dropout, pass, keys[r]);
            Span<T> part = y.AsSpan(r * columns, columns), of = mask.AsSpan(r * columns, columns);
            Dropout(of, p, kept, ref rng);
            Elementwise.Multiply<T>(part, of, part);
        });
    }

    /// <summary>Fills a mask with 0, with probability p, and <paramref name="kept"/>: a number's <see cref="Rng.NextSingle"/>
    /// decides.</summary>
    public static void Dropout<T>(Span<T> mask, double p, T kept, ref Rng rng)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // NextSingle is a whole number of 24 bits over 2²⁴: below p where the whole number is below this.
        uint least = (uint)Math.Ceiling(p * (1 << 24));
        Span<uint> words = stackalloc uint[Words];
        for (; mask.Length > 0; mask = mask[Math.Min(Words, mask.Length)..])
        {
            var bits = words[..Math.Min(Words, mask.Length)];
            rng.Fill(bits);
            if (typeof(T) == typeof(float))
            {
                Elementwise.Mask(bits, least, float.CreateTruncating(kept), MemoryMarshal.Cast<T, float>(mask));
                continue;
            }

            for (int k = 0; k < bits.Length; k++)
            {
                mask[k] = bits[k] >> 8 < least ? T.Zero : kept;
            }
        }
    }

    /// <summary>Standard normal numbers, [rows, columns]: ε of the reparametrisation z = μ + σ ⊙ ε.</summary>
    public static void Noise<T>(Compute compute, T[] epsilon, int columns, ReadOnlySpan<int> rows, ulong seed, int pass)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] keys = [.. rows];
        compute.For(keys.Length, r =>
        {
            var rng = Streams.Of(seed, Purpose.Noise, pass, keys[r]);
            rng.FillGaussian(epsilon.AsSpan(r * columns, columns));
        });
    }

    /// <summary>mask = 0 where a number of 16 random bits is below <paramref name="drop"/>, <paramref name="kept"/>
    /// elsewhere.</summary>
    internal static void Decide(ReadOnlySpan<ushort> bits, uint drop, float kept, Span<float> mask) =>
        Elementwise.Mask(bits[..mask.Length], drop, kept, mask);
}
