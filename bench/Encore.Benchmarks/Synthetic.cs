using Encore.Numerics;

namespace Encore.Benchmarks;

/// <summary>Logs with a real data set's size and spread: users' activity is log-normal, items' popularity a Zipf law
/// with a flat head. The same arguments make the same log.</summary>
internal static class Synthetic
{
    // Deviation of log activity and the head of the Zipf law, by eye from MovieLens.
    private const double ActivityDeviation = 1.0, Head = 0.03;

    /// <summary>Ratings 1 to 5, in a random order of time.</summary>
    public static InteractionMatrix Log(int users, int items, long interactions, ulong seed = 1)
    {
        var rng = new Rng(seed);
        var cumulative = new double[items];
        double sum = 0;
        for (int i = 0; i < items; i++)
        {
            cumulative[i] = sum += 1.0 / (i + (Head * items));
        }

        var activity = new double[users];
        for (int u = 0; u < users; u++)
        {
            activity[u] = Math.Exp(ActivityDeviation * rng.NextGaussian());
        }

        double scale = interactions / activity.Sum();
        var offsets = new int[users + 1];
        var (columns, sequence) = (new List<int>((int)interactions), new List<int>((int)interactions));
        var met = new HashSet<int>();
        for (int u = 0; u < users; u++)
        {
            met.Clear();
            int wanted = (int)Math.Clamp(Math.Round(activity[u] * scale), 2, items / 3);
            while (met.Count < wanted)
            {
                int at = Array.BinarySearch(cumulative, rng.NextDouble() * sum);
                int item = Math.Min(at < 0 ? ~at : at, items - 1);
                if (met.Add(item))
                {
                    sequence.Add(item);
                }
            }

            columns.AddRange(met.Order());
            offsets[u + 1] = columns.Count;
        }

        var values = new float[columns.Count];
        foreach (ref float value in values.AsSpan())
        {
            value = 1 + rng.NextInt32(5);
        }

        return new InteractionMatrix(Ids(users), Ids(items), new CsrMatrix(users, items, offsets, [.. columns], values), [.. sequence]);
    }

    /// <summary>The same with every value 1.</summary>
    public static InteractionMatrix Binary(int users, int items, long interactions, ulong seed = 1)
    {
        var log = Log(users, items, interactions, seed);
        log.Csr.Values.AsSpan().Fill(1);
        return log;
    }

    private static IdMap Ids(int count) => IdMap.FromSorted([.. Enumerable.Range(1, count).Select(i => (long)i)]);
}
