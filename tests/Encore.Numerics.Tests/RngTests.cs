using System.Runtime.InteropServices;

namespace Encore.Numerics.Tests;

public sealed class RngTests
{
    // Known answers that the authors publish with their library (Random123, kat_vectors, philox4x32-10).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u,
        0xd16cfe09u, 0x94fdcceb, 0x5001e420u, 0x24126ea1u)]
    public void Philox_KnownCounters_GiveThePublishedWords(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Rng.Philox(c0, c1, c2, c3, k0, k1).ShouldBe((x0, x1, x2, x3));

    [Fact]
    public void NextUInt32_SameSeedAndStream_SameNumbers()
    {
        var a = new Rng(7, 3);
        var b = new Rng(7, 3);
        var other = new Rng(7, 4);
        bool differs = false;
        for (int i = 0; i < 100; i++)
        {
            uint x = a.NextUInt32();
            b.NextUInt32().ShouldBe(x);
            differs |= other.NextUInt32() != x;
        }

        differs.ShouldBeTrue();
    }

    [Fact]
    public void Rng_TwoKeys_GiveTheStreamsOfTheirPair()
    {
        var a = new Rng(1, 2u, 3u);
        var b = new Rng(1, (2UL << 32) | 3);
        a.NextUInt64().ShouldBe(b.NextUInt64());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(1_000_000_007)]
    public void NextInt32_ManyDraws_AreUniform(int bound)
    {
        var rng = new Rng(11, (ulong)bound);
        const int Draws = 100_000;
        double sum = 0;
        for (int i = 0; i < Draws; i++)
        {
            int x = rng.NextInt32(bound);
            x.ShouldBeInRange(0, bound - 1);
            sum += x;
        }

        double mean = (bound - 1) / 2.0, deviation = Math.Sqrt(((double)bound * bound - 1) / 12 / Draws);
        (sum / Draws).ShouldBe(mean, (5 * deviation) + 1e-12);
    }

    [Fact]
    public void NextInt32_BoundBelowOne_Throws() => Should.Throw<ArgumentOutOfRangeException>(() =>
    {
        var rng = new Rng(1);
        rng.NextInt32(0);
    });

    [Fact]
    public void NextGaussianPair_ManyDraws_AreStandardNormalAndIndependent()
    {
        var rng = new Rng(6);
        double sum = 0, squares = 0, product = 0, tail = 0;
        const int Draws = 200_000;
        for (int i = 0; i < Draws; i++)
        {
            var (x, y) = rng.NextGaussianPair();
            sum += x + y;
            squares += (x * x) + (y * y);
            product += x * y;
            tail += (Math.Abs(x) > 1.96 ? 1 : 0) + (Math.Abs(y) > 1.96 ? 1 : 0);
        }

        (sum / Draws / 2).ShouldBe(0, 0.008);
        (squares / Draws / 2).ShouldBe(1, 0.012);
        (product / Draws).ShouldBe(0, 0.012);
        (tail / Draws / 2).ShouldBe(0.05, 0.002);
    }

    [Fact]
    public void NextGaussian_ManyDraws_HaveMeanZeroAndVarianceOne()
    {
        var rng = new Rng(5);
        double sum = 0, squares = 0;
        const int Draws = 200_000;
        for (int i = 0; i < Draws; i++)
        {
            double x = rng.NextGaussian();
            sum += x;
            squares += x * x;
        }

        (sum / Draws).ShouldBe(0, 0.012);
        (squares / Draws).ShouldBe(1, 0.016);
    }

    [Fact]
    public void NextSingle_ManyDraws_StayBelowOne()
    {
        var rng = new Rng(9);
        for (int i = 0; i < 100_000; i++)
        {
            rng.NextSingle().ShouldBeInRange(0f, 0.99999994f);
            rng.NextDouble().ShouldBeInRange(0, 0.9999999999999999);
        }
    }

    // Before, within and after blocks of eight, from any place in a block.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 5)]
    [InlineData(0, 32)]
    [InlineData(1, 31)]
    [InlineData(2, 200)]
    [InlineData(3, 65)]
    [InlineData(0, 33)]
    [InlineData(4, 3)]
    public void Fill_AnyCount_IsNextUInt32CallAfterCall(int before, int count)
    {
        Rng filled = new(0x1234567890abcdef, 0xfedcba0987654321), plain = filled;
        for (int i = 0; i < before; i++)
        {
            filled.NextUInt32().ShouldBe(plain.NextUInt32());
        }

        var words = new uint[count];
        filled.Fill(words);
        foreach (uint word in words)
        {
            word.ShouldBe(plain.NextUInt32());
        }

        filled.NextUInt32().ShouldBe(plain.NextUInt32());
    }

    [Fact]
    public void Fill_BlocksBeyond32Bits_CarriesIntoTheNextWord()
    {
        // The third field is the number of the next block.
        var filled = new Rng(1, 2);
        MemoryMarshal.Cast<Rng, ulong>(new Span<Rng>(ref filled))[2] = uint.MaxValue - 3UL;
        var plain = filled;
        var words = new uint[32];
        filled.Fill(words);
        for (uint b = 0; b < 8; b++)
        {
            ulong block = uint.MaxValue - 3UL + b;
            var (x0, x1, x2, x3) = Rng.Philox((uint)block, (uint)(block >> 32), 2, 0, 1, 0);
            words[(int)(4 * b)..(int)(4 * (b + 1))].ShouldBe([x0, x1, x2, x3]);
            plain.NextUInt32().ShouldBe(x0);
            plain.NextUInt64();
            plain.NextUInt32();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(64)]
    [InlineData(101)]
    public void FillGaussian_AnyCount_IsThePairsOneAfterAnother(int count)
    {
        Rng filled = new(3, 1UL << 40), plain = filled;
        var single = new float[count];
        var wide = new double[count];
        var again = filled;
        filled.FillGaussian<double>(wide);
        again.FillGaussian<float>(single);
        for (int i = 0; i < count; i += 2)
        {
            var (x, y) = plain.NextGaussianPair();
            wide[i].ShouldBe(x, 1e-12);
            single[i].ShouldBe((float)wide[i]);
            if (i + 1 < count)
            {
                wide[i + 1].ShouldBe(y, 1e-12);
                single[i + 1].ShouldBe((float)wide[i + 1]);
            }
        }

        uint next = plain.NextUInt32();
        filled.NextUInt32().ShouldBe(next);
        again.NextUInt32().ShouldBe(next);
    }

    [Fact]
    public void FillGaussian_WithinABlock_Throws() => Should.Throw<InvalidOperationException>(() =>
    {
        var rng = new Rng(1);
        rng.NextUInt32();
        rng.FillGaussian<float>(new float[2]);
    });

    [Fact]
    public void Shuffle_ThreeValues_ReachesEveryOrderEquallyOften()
    {
        var rng = new Rng(2);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < 60_000; i++)
        {
            char[] letters = ['a', 'b', 'c'];
            rng.Shuffle<char>(letters);
            string order = new(letters);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        counts.Count.ShouldBe(6);
        counts.Values.ShouldAllBe(count => Math.Abs(count - 10_000) < 500);
    }
}
