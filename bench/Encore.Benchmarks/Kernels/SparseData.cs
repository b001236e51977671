using Encore.Numerics;

namespace Encore.Benchmarks.Kernels;

/// <summary>Binary interactions of about MovieLens 1M's shape after the usual filter: items by a Zipf law.</summary>
internal static class SparseData
{
    public const int Users = 6034, Items = 3533, PerUser = 95;

    public static CsrMatrix Create()
    {
        var cumulative = new double[Items];
        double sum = 0;
        for (int i = 0; i < Items; i++)
        {
            cumulative[i] = sum += 1.0 / (i + 100);
        }

        var rng = new Rng(1);
        var offsets = new int[Users + 1];
        var columns = new List<int>();
        for (int u = 0; u < Users; u++)
        {
            var items = new SortedSet<int>();
            while (items.Count < PerUser)
            {
                int at = Array.BinarySearch(cumulative, rng.NextDouble() * sum);
                items.Add(Math.Min(at < 0 ? ~at : at, Items - 1));
            }

            columns.AddRange(items);
            offsets[u + 1] = columns.Count;
        }

        var values = new float[columns.Count];
        values.AsSpan().Fill(1);
        return new CsrMatrix(Users, Items, offsets, [.. columns], values);
    }
}
