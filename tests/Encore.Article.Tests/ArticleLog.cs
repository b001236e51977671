using Encore.Numerics;

namespace Encore.Article.Tests;

/// <summary>A log with ratings and times: users of a kind rate the items of that kind, and rate them higher.</summary>
internal static class ArticleLog
{
    public static Interactions Make(int users = 80, int items = 40)
    {
        var rows = new List<Interaction>();
        for (int u = 0; u < users; u++)
        {
            var rng = new Rng(5, (uint)u);
            int[] order = [.. Enumerable.Range(0, items)];
            rng.Shuffle(order.AsSpan());
            foreach (int i in order)
            {
                bool kin = u % 4 == i % 4;
                if (rng.NextDouble() < (kin ? 0.9 : 0.25))
                {
                    rows.Add(new Interaction($"u{u}", $"i{i}", (kin ? 4 : 1) + rng.NextInt32(2), rows.Count));
                }
            }
        }

        return Interactions.From(rows);
    }
}
