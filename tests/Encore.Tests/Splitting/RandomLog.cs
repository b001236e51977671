using Encore.Numerics;

namespace Encore.Tests.Splitting;

/// <summary>Logs at random: half stars from 0.5 to 5, no two interactions at the same time.</summary>
internal static class RandomLog
{
    public static Interaction[] Of(ulong seed, int users = 50, int items = 25, double density = 0.5, bool times = true)
    {
        var rng = new Rng(seed);
        var cells = new List<(int User, int Item)>();
        for (int u = 0; u < users; u++)
        {
            for (int i = 0; i < items; i++)
            {
                // Users differ in how much they do, so that some fall below the protocols' minimum.
                if (rng.NextDouble() < density * (1 + (u % 4)) / 3)
                {
                    cells.Add((u, i));
                }
            }
        }

        int[] time = [.. Enumerable.Range(1_000, cells.Count)];
        rng.Shuffle(time.AsSpan());
        var log = new Interaction[cells.Count];
        for (int k = 0; k < log.Length; k++)
        {
            float rating = 0.5f * (1 + Math.Max(rng.NextInt32(10), rng.NextInt32(10)));
            log[k] = new Interaction($"user{cells[k].User}", $"item{cells[k].Item}", rating, times ? time[k] : null);
        }

        return log;
    }

    public static Interaction[] Shuffled(Interaction[] log, ulong seed)
    {
        Interaction[] copy = [.. log];
        new Rng(seed, stream: 1).Shuffle(copy.AsSpan());
        return copy;
    }

    /// <summary>What a protocol should keep, computed from the lines alone.</summary>
    public static Interaction[] Kept(
        IEnumerable<Interaction> log, float minimumRating, int minimumPerUser = 5, int maximumPerUser = int.MaxValue) =>
        [.. log.Where(x => x.Value >= minimumRating).GroupBy(x => x.User)
            .Where(user => user.Count() >= minimumPerUser && user.Count() <= maximumPerUser).SelectMany(user => user)];
}
