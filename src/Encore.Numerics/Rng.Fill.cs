using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Encore.Numerics;

/// <content>Many numbers at once: blocks of the generator do not depend on each other, so eight run side by side.</content>
public partial struct Rng
{
    // Blocks at once, four words each.
    private const int Side = 8, SideWords = 4 * Side;

    /// <summary>Fills with what <see cref="NextUInt32"/> would return, call after call.</summary>
    internal void Fill(Span<uint> words)
    {
        int i = 0;
        while (_left > 0 && i < words.Length)
        {
            words[i++] = NextUInt32();
        }

        for (; i <= words.Length - SideWords; i += SideWords)
        {
            var (low, high) = Blocks();
            var target = MemoryMarshal.Cast<uint, ulong>(words.Slice(i, SideWords));
            for (int b = 0; b < Side; b++)
            {
                target[2 * b] = low[b];
                target[(2 * b) + 1] = high[b];
            }

            _block += Side;
        }

        while (i < words.Length)
        {
            words[i++] = NextUInt32();
        }
    }

    /// <summary>Fills with standard normal numbers: the pairs of <see cref="NextGaussianPair"/> one after another, but for
    /// the last bits, as logarithm and angle are computed eight at a time. An odd number at the end wastes its other
    /// half.</summary>
    internal void FillGaussian<T>(Span<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (_left > 0)
        {
            throw new InvalidOperationException("Pairs begin where a block does: draw nothing else from this stream before them.");
        }

        Span<double> both = stackalloc double[2 * Side];
        for (; values.Length > 0; values = values[Math.Min(values.Length, 2 * Side)..])
        {
            // −2·log(1 − u) of u in [0, 1), and an angle in [0, 2π).
            var (low, high) = Blocks();
            var r = Vector512.Sqrt(Vector512.Log(Vector512<double>.One - Unit(low)) * -2.0);
            var (sin, cos) = Vector512.SinCos(Unit(high) * (2.0 * Math.PI));
            (r * cos).CopyTo(both);
            (r * sin).CopyTo(both[Side..]);
            int count = Math.Min(values.Length, 2 * Side);
            for (int j = 0; j < count; j++)
            {
                values[j] = T.CreateTruncating(both[(j / 2) + (j % 2 * Side)]);
            }

            _block += (ulong)(count + 1) / 2;
        }
    }

    // 53 random bits of each number, as in NextDouble.
    private static Vector512<double> Unit(Vector512<ulong> words) =>
        Vector512.ConvertToDouble((words >>> 11).AsInt64()) * (1.0 / (1UL << 53));

    // The next eight blocks: of each the first two words as one number, and the last two.
    private readonly (Vector512<ulong> Low, Vector512<ulong> High) Blocks()
    {
        var word = Vector512.Create(0xffffffffUL);
        var counter = Vector512.Create(_block) + Vector512<ulong>.Indices;
        Vector512<ulong> c0 = counter & word, c1 = counter >>> 32;
        Vector512<ulong> c2 = Vector512.Create(_stream & 0xffffffff), c3 = Vector512.Create(_stream >> 32);
        Vector512<ulong> m0 = Vector512.Create((ulong)Multiplier0), m1 = Vector512.Create((ulong)Multiplier1);
        var (k0, k1) = ((uint)_seed, (uint)(_seed >> 32));
        for (int round = 0; round < 10; round++)
        {
            Vector512<ulong> p0 = Multiply(m0, c0), p1 = Multiply(m1, c2);
            (c0, c1, c2, c3) = ((p1 >>> 32) ^ c1 ^ Vector512.Create((ulong)k0), p1 & word, (p0 >>> 32) ^ c3 ^ Vector512.Create((ulong)k1), p0 & word);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0 | (c1 << 32), c2 | (c3 << 32));
    }

    // Of numbers below 2³².
    private static Vector512<ulong> Multiply(Vector512<ulong> x, Vector512<ulong> y) =>
        Avx512F.IsSupported ? Avx512F.Multiply(x.AsUInt32(), y.AsUInt32()) : x * y;
}
