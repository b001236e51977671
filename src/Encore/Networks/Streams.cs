using System.Text;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>What training draws random numbers for; each purpose has streams of its own.</summary>
/// <param name="Id">The number that keeps its streams apart from those of other purposes.</param>
[System.Diagnostics.CodeAnalysis.Experimental(Preview.Networks)]
public readonly record struct Purpose(ulong Id)
{
    /// <summary>The order of the rows of a sweep.</summary>
    public static Purpose Shuffle { get; } = new(1);

    /// <summary>First weights.</summary>
    public static Purpose Initial { get; } = new(2);

    /// <summary>Dropout of hidden layers.</summary>
    public static Purpose Dropout { get; } = new(3);

    /// <summary>Corruption of the input.</summary>
    public static Purpose Corruption { get; } = new(4);

    /// <summary>The noise of a variational code.</summary>
    public static Purpose Noise { get; } = new(5);

    /// <summary>Items that a sampled loss draws.</summary>
    public static Purpose Negatives { get; } = new(6);

    /// <summary>A purpose of one's own. The same name gives the same streams; they are apart from those above.</summary>
    /// <param name="name">Its name, such as <c>pseudo-inputs</c>.</param>
    public static Purpose Named(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);

        // FNV-1a; the highest bit keeps it apart from the numbers above.
        ulong hash = 14_695_981_039_346_656_037;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 1_099_511_628_211;
        }

        return new Purpose(hash | (1UL << 63));
    }
}

/// <summary>The random numbers of training: a function of seed, purpose, sweep (or stream) and row, so that batches,
/// threads and a resumed run draw the same.</summary>
[System.Diagnostics.CodeAnalysis.Experimental(Preview.Networks)]
public static class Streams
{
    /// <summary>A stream.</summary>
    /// <param name="seed">The seed of training.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="first">The sweep over the data, or the number of a parameter.</param>
    /// <param name="second">The row.</param>
    public static Rng Of(ulong seed, Purpose purpose, int first, int second) =>
        new(seed ^ (purpose.Id * 0x9E3779B97F4A7C15), (uint)first, (uint)second);
}
