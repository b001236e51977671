namespace Encore.Recommending;

/// <summary>Orders other than by score: <see cref="RecommendOptions.PopularityDiscount"/> and
/// <see cref="RecommendOptions.Diversity"/> say what they do.</summary>
internal static class Reranking
{
    /// <summary>score − γ·σ·ln(1 + users)/ln(1 + most users), for the items above −∞.</summary>
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
            if (!float.IsNegativeInfinity(score))
            {
                (sum, squares, count) = (sum + score, squares + ((double)score * score), count + 1);
            }
        }

        double σ = count == 0 ? 0 : Math.Sqrt(Math.Max(0, (squares / count) - (sum / count * (sum / count))));
        double whole = Math.Log(1 + items.MostUsers);
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] -= (float)(γ * σ * Math.Log(1 + items.Users[i]) / whole); // −∞ stays
        }
    }

    /// <summary>The k items that maximal marginal relevance picks from candidates, best first.</summary>
    public static int[] Diversify(int[] candidates, ReadOnlySpan<float> scores, RecommendOptions options, ItemNeighbours neighbours, Steps steps)
    {
        if (candidates.Length == 0 || options.K == 0)
        {
            return [];
        }

        float best = scores[candidates[0]], worst = scores[candidates[^1]], range = best > worst ? best - worst : 1;
        double λ = options.Diversity;
        var nearest = new double[candidates.Length];
        var taken = new bool[candidates.Length];
        var similarities = new float[scores.Length];
        var picked = new List<int>();
        while (picked.Count < Math.Min(options.K, candidates.Length))
        {
            int next = -1;
            double most = double.NegativeInfinity;
            for (int c = 0; c < candidates.Length; c++)
            {
                double value = ((1 - λ) * (scores[candidates[c]] - worst) / range) - (λ * nearest[c]);
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
                nearest[c] = Math.Max(nearest[c], similarities[candidates[c]] / scale);
            }

            steps.Next();
        }

        return [.. picked];
    }
}
