namespace Encore.Recommending;

/// <summary>Which items a request may get.</summary>
internal sealed class ItemFilter(ItemTable items, RecommendOptions options)
{
    private readonly bool[]? _passing = Passing(items, options.Where ?? []);

    /// <summary>Sets the scores of all others to −∞.</summary>
    public void Apply(Span<float> scores)
    {
        for (int i = 0; i < scores.Length && _passing is not null; i++)
        {
            scores[i] = _passing[i] ? scores[i] : float.NegativeInfinity;
        }

        for (int i = 0; i < scores.Length && options.MinimumUsers > 0; i++)
        {
            scores[i] = items.Users[i] >= options.MinimumUsers ? scores[i] : float.NegativeInfinity;
        }

        foreach (string id in options.Deny ?? [])
        {
            if (items.Ids.TryGetIndex(id, out int item))
            {
                scores[item] = float.NegativeInfinity;
            }
        }

        if (options.Allow is { } allow)
        {
            Only(scores, allow);
        }
    }

    // What passes all conditions; null without any.
    private static bool[]? Passing(ItemTable items, IReadOnlyList<AttributeFilter> conditions)
    {
        bool[]? all = null;
        foreach (var condition in conditions)
        {
            bool[] passing = items.Passing(condition);
            for (int i = 0; i < passing.Length && all is not null; i++)
            {
                passing[i] &= all[i];
            }

            all = passing;
        }

        return all;
    }

    private void Only(Span<float> scores, IReadOnlyCollection<string> allow)
    {
        var kept = new List<(int Item, float Score)>(allow.Count);
        foreach (string id in allow)
        {
            if (items.Ids.TryGetIndex(id, out int item))
            {
                kept.Add((item, scores[item]));
            }
        }

        scores.Fill(float.NegativeInfinity);
        foreach (var (item, score) in kept)
        {
            scores[item] = score;
        }
    }
}
