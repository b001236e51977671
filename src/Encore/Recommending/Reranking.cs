namespace Encore.Recommending;

/// <summary>Orders other than by score: <see cref="RecommendOptions.PopularityDiscount"/> and
/// <see cref="RecommendOptions.Diversity"/> say what they do.</summary>
internal static class Reranking
{
    /// <summary>score − γ·σ·ln(1 + users)/ln(1 + most users), σ over the finite scores; ±∞ stays.</summary>
    public static void Discount(Span<float> scores, ItemTable items, double γ)
    {
        if (γ == 0 || items.MostUsers == 0)
        {
            return;
        }

        double sum = 0, squares = 0;
        int count = 0;
        foreach (float score in scores)
        {
            if (float.IsFinite(score))
            {
                (sum, squares, count) = (sum + score, squares + ((double)score * score), count + 1);
            }
        }

        double σ = count == 0 ? 0 : Math.Sqrt(Math.Max(0, (squares / count) - (sum / count * (sum / count))));
        double whole = Math.Log(1 + items.MostUsers);
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] -= (float)(γ * σ * Math.Log(1 + items.Users[i]) / whole);
        }
    }

    /// <summary>The k items that maximal marginal relevance picks from candidates, which are ordered and above −∞; best
    /// first. Items at +∞ come before all others, the least alike first.</summary>
    public static int[] Diversify(int[] candidates, ReadOnlySpan<float> scores, RecommendOptions options, ItemNeighbours neighbours, Steps steps)
    {
        if (candidates.Length == 0 || options.K == 0)
        {
            return [];
        }

        int certain = 0;
        while (certain < candidates.Length && float.IsPositiveInfinity(scores[candidates[certain]]))
        {
            certain++;
        }

        // The range of the finite scores; halves where the difference of two of them is beyond single precision.
        float best = certain < candidates.Length ? scores[candidates[certain]] : 0, worst = certain < candidates.Length ? scores[candidates[^1]] : 0;
        float unit = float.IsFinite(best - worst) ? 1 : 0.5f, range = best > worst ? (best * unit) - (worst * unit) : 1;
        double λ = options.Diversity;
        var nearest = new double[candidates.Length];
        var taken = new bool[candidates.Length];
        var similarities = new float[scores.Length];
        var picked = new List<int>();
        while (picked.Count < Math.Min(options.K, candidates.Length))
        {
            int next = -1;
            double most = double.NegativeInfinity;
            int end = picked.Count < certain ? certain : candidates.Length;
            for (int c = 0; c < end; c++)
            {
                float above = c < certain ? range : (scores[candidates[c]] * unit) - (worst * unit);
                double value = ((1 - λ) * above / range) - (λ * nearest[c]);
                if (!taken[c] && value > most)
                {
                    (next, most) = (c, value);
                }
            }

            taken[next] = true;
            picked.Add(candidates[next]);
            neighbours.Similarities(candidates[next], similarities);
            similarities[candidates[next]] = 0;
            double scale = Math.Max(float.Epsilon, System.Numerics.Tensors.TensorPrimitives.Max<float>(similarities));
            for (int c = 0; c < candidates.Length; c++)
            {
                double similarity = similarities[candidates[c]] / scale;
                nearest[c] = similarity > nearest[c] ? similarity : nearest[c]; // one that is not a number tells nothing
            }

            steps.Next();
        }

        return [.. picked];
    }
}
