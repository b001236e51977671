namespace Encore.Numerics;

/// <summary>
/// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
/// The numbers are a pure function of (seed, stream, position), so each user, row or epoch draws from its own stream
/// and gets the same numbers whichever thread runs it and in whatever order.
/// </summary>
/// <remarks>A mutable value type: keep it in a local, pass it by <c>ref</c>.</remarks>
public partial struct Rng
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57, Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    private readonly ulong _seed;
    private readonly ulong _stream;
    private ulong _block;
    private uint _second;
    private uint _third;
    private uint _fourth;
    private int _left;

    /// <summary>The start of stream <paramref name="stream"/> of <paramref name="seed"/>.</summary>
    public Rng(ulong seed, ulong stream = 0)
    {
        _seed = seed;
        _stream = stream;
    }

    /// <summary>The stream for two keys, such as (epoch, row). Distinct pairs below 2³² give distinct streams.</summary>
    public Rng(ulong seed, uint key1, uint key2)
        : this(seed, ((ulong)key1 << 32) | key2)
    {
    }

    /// <summary>One block of Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Philox(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>A uniform 32-bit number.</summary>
    public uint NextUInt32()
    {
        if (_left == 0)
        {
            (uint first, _second, _third, _fourth) = Philox(
                (uint)_block, (uint)(_block >> 32), (uint)_stream, (uint)(_stream >> 32), (uint)_seed, (uint)(_seed >> 32));
            _block++;
            _left = 3;
            return first;
        }

        uint result = _second;
        (_second, _third) = (_third, _fourth);
        _left--;
        return result;
    }

    /// <summary>A uniform 64-bit number.</summary>
    public ulong NextUInt64() => NextUInt32() | ((ulong)NextUInt32() << 32);

    /// <summary>A uniform integer in [0, <paramref name="bound"/>), without bias (Lemire 2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        ulong product = (ulong)NextUInt32() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            uint rejected = (uint)-bound % (uint)bound;
            while ((uint)product < rejected)
            {
                product = (ulong)NextUInt32() * (uint)bound;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>A uniform number in [0, 1) with 24 random bits.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A normal number with mean 0 and standard deviation 1 (Box–Muller, one value a call).</summary>
    public double NextGaussian()
    {
        double u = 1.0 - NextDouble();
        return Math.Sqrt(-2.0 * Math.Log(u)) * Math.Cos(2.0 * Math.PI * NextDouble());
    }

    /// <summary>Two independent normal numbers with mean 0 and standard deviation 1: both values of Box–Muller, at half
    /// the price of <see cref="NextGaussian"/> each.</summary>
    public (double First, double Second) NextGaussianPair()
    {
        double r = Math.Sqrt(-2.0 * Math.Log(1.0 - NextDouble()));
        var (sin, cos) = Math.SinCos(2.0 * Math.PI * NextDouble());
        return (r * cos, r * sin);
    }

    /// <summary>Puts the values into a uniformly random order (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
