using Encore.Numerics;

namespace Encore.Recommending;

/// <summary>
/// Finds out what each item of a history adds to a score. Linear models are asked for their weights: the contributions
/// and the baseline add up to the score. All others score the history once without each of its items, in batches: a
/// contribution is how much the score falls.
/// </summary>
internal sealed class Explainer(IRecommender model, ItemTable items)
{
    private readonly Lazy<ModelShape> _shape = new(() => ModelShape.Of(model));

    /// <summary>One explanation for each of some items.</summary>
    /// <param name="matrix">Histories.</param>
    /// <param name="row">The user.</param>
    /// <param name="wanted">The items to explain.</param>
    /// <param name="scores">The user's scores, [items].</param>
    /// <param name="options">How much is explained.</param>
    /// <param name="steps">An item is a step, or a batch of histories.</param>
    public Explanation[] Explain(InteractionMatrix matrix, int row, int[] wanted, ReadOnlySpan<float> scores, RecommendOptions options, Steps steps) =>
        model is ILinearModel { IsLinear: true } linear
            ? Exact(linear, matrix, row, wanted, options, steps)
            : LeaveOneOut(matrix, row, wanted, scores, options, steps);

    /// <summary>Explanations of scores in which the history has no part, such as popularity.</summary>
    public static Explanation[] OfBaseline(ItemTable items, InteractionMatrix matrix, int row, int[] wanted, ReadOnlySpan<float> scores, RecommendOptions options)
    {
        int[] history = matrix.Csr.RowIndices(row).ToArray();
        var baselines = new float[wanted.Length];
        for (int k = 0; k < wanted.Length; k++)
        {
            baselines[k] = scores[wanted[k]];
        }

        return [.. baselines.Select(baseline => Of(items, true, baseline, history, new double[history.Length], 0, options))];
    }

    private Explanation[] Exact(ILinearModel linear, InteractionMatrix matrix, int row, int[] wanted, RecommendOptions options, Steps steps)
    {
        int[] history = matrix.Csr.RowIndices(row).ToArray();
        float[] x = matrix.Csr.RowValues(row).ToArray();
        var explanations = new Explanation[wanted.Length];
        for (int w = 0; w < wanted.Length; w++)
        {
            double[] values = [.. history.Select((h, k) => x[k] * linear.Weight(h, wanted[w]))];
            explanations[w] = Of(items, true, linear.Baseline(wanted[w]), history, values, 0, options);
            steps.Next();
        }

        return explanations;
    }

    private Explanation[] LeaveOneOut(InteractionMatrix matrix, int row, int[] wanted, ReadOnlySpan<float> scores, RecommendOptions options, Steps steps)
    {
        int[] history = Latest(matrix, row, options.ExplainedHistory);
        int n = items.Ids.Count, batch = Math.Min(_shape.Value.Together(matrix.Csr.RowLength(row)), Math.Max(1, history.Length));
        var falls = wanted.Select(_ => new double[history.Length]).ToArray();
        var without = new float[batch * n];
        for (int start = 0; start < history.Length; start += batch)
        {
            int count = Math.Min(batch, history.Length - start);
            model.Score(new Histories(Without(matrix, row, history.AsSpan(start, count)), 0, count), without.AsSpan(0, count * n));
            for (int w = 0; w < wanted.Length; w++)
            {
                for (int k = 0; k < count; k++)
                {
                    falls[w][start + k] = (double)scores[wanted[w]] - without[(k * n) + wanted[w]];
                }
            }

            steps.Next();
        }

        int unexplained = matrix.Csr.RowLength(row) - history.Length;
        return [.. falls.Select(fall => Of(items, false, 0, history, fall, unexplained, options))];
    }

    // The items of a history that are explained, ascending: the latest ones, where there is a limit.
    private static int[] Latest(InteractionMatrix matrix, int row, int? limit)
    {
        var all = matrix.Csr.RowIndices(row);
        if (limit is not { } most || most >= all.Length)
        {
            return all.ToArray();
        }

        int[] latest = matrix.Sequence(row)[^most..].ToArray();
        Array.Sort(latest);
        return latest;
    }

    // The user's history once for each of some of its items, without that item.
    private static InteractionMatrix Without(InteractionMatrix matrix, int row, ReadOnlySpan<int> leftOut)
    {
        var items = matrix.Csr.RowIndices(row);
        var values = matrix.Csr.RowValues(row);
        var sequence = matrix.Sequence(row);
        int length = items.Length - 1, count = leftOut.Length;
        var (columns, x, order) = (new int[count * length], new float[count * length], new int[count * length]);
        for (int k = 0; k < count; k++)
        {
            int left = leftOut[k], at = k * length;
            for (int e = 0, to = at; e < items.Length; e++)
            {
                if (items[e] != left)
                {
                    (columns[to], x[to++]) = (items[e], values[e]);
                }
            }

            for (int e = 0, to = at; e < sequence.Length; e++)
            {
                if (sequence[e] != left)
                {
                    order[to++] = sequence[e];
                }
            }
        }

        int[] offsets = [.. Enumerable.Range(0, count + 1).Select(k => k * length)];
        string user = matrix.Users[row];
        return new InteractionMatrix(
            IdMap.OfRequests([.. Enumerable.Repeat(user, count)]), matrix.Items, new CsrMatrix(count, matrix.Items.Count, offsets, columns, x), order);
    }

    private static Explanation Of(
        ItemTable items, bool exact, double baseline, int[] history, double[] values, int unexplained, RecommendOptions options)
    {
        bool[] listed = Largest(values, options.Contributions ?? history.Length);
        var contributions = Enumerable.Range(0, history.Length).Where(k => listed[k])
            .Select(k => new Contribution(items.Ids[history[k]], values[k]) { Title = items.Title(history[k]) });
        int omitted = listed.Count(isListed => !isListed);
        return new Explanation
        {
            IsExact = exact,
            Baseline = baseline,
            Contributions = [.. contributions.OrderByDescending(c => c.Value)],
            OmittedItems = unexplained + omitted,
            OmittedValue = exact && omitted > 0 ? values.Where((_, k) => !listed[k]).Sum() : 0,
        };
    }

    // Which values are farthest from 0, of equal ones the first.
    private static bool[] Largest(double[] values, int count)
    {
        var largest = new bool[values.Length];
        if (count >= values.Length)
        {
            Array.Fill(largest, true);
            return largest;
        }

        var kept = new PriorityQueue<int, (double Size, int Later)>();
        for (int k = 0; k < values.Length; k++)
        {
            double size = Math.Abs(values[k]);
            if (kept.Count < count)
            {
                kept.Enqueue(k, (size, -k));
            }
            else if (kept.TryPeek(out _, out var least) && size > least.Size)
            {
                kept.EnqueueDequeue(k, (size, -k));
            }
        }

        foreach (var (k, _) in kept.UnorderedItems)
        {
            largest[k] = true;
        }

        return largest;
    }
}
