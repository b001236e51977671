using Encore.Numerics;

namespace Encore.Networks;

/// <summary>What training draws random numbers for; each purpose has streams of its own.</summary>
internal enum Purpose
{
    Shuffle = 1,
    Initial,
    Dropout,
    Corruption,
    Noise,
    Negatives,
}

/// <summary>The random numbers of training: a function of seed, purpose, epoch (or pass) and row, so that batches,
/// threads and a resumed run draw the same.</summary>
internal static class Streams
{
    public static Rng Of(ulong seed, Purpose purpose, int first, int second) =>
        new(seed ^ ((ulong)purpose * 0x9E3779B97F4A7C15), (uint)first, (uint)second);
}
