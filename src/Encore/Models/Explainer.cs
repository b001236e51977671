using Encore.Numerics;

namespace Encore.Models;

/// <summary>
/// Finds out what each item of a history adds to a score. Linear models are asked for their weights: the contributions
/// and the baseline add up to the score. All others score the history once without each of its items, in batches: a
/// contribution is how much the score falls.
/// </summary>
internal sealed class Explainer(IRecommender model, ItemTable items)
{
    // Histories that are scored at once.
    private const int Batch = 64;

    /// <summary>One explanation for each of some items.</summary>
    /// <param name="matrix">Histories.</param>
    /// <param name="row">The user.</param>
    /// <param name="wanted">The items to explain.</param>
    /// <param name="scores">The user's scores, [items].</param>
    public Explanation[] Explain(InteractionMatrix matrix, int row, int[] wanted, ReadOnlySpan<float> scores) =>
        model is ILinearModel { IsLinear: true } linear ? Exact(linear, matrix, row, wanted) : LeaveOneOut(matrix, row, wanted, scores);

    /// <summary>Explanations of scores in which the history has no part, such as popularity.</summary>
    public static Explanation[] OfBaseline(ItemTable items, InteractionMatrix matrix, int row, int[] wanted, ReadOnlySpan<float> scores)
    {
        int[] history = matrix.Csr.RowIndices(row).ToArray();
        var baselines = new float[wanted.Length];
        for (int k = 0; k < wanted.Length; k++)
        {
            baselines[k] = scores[wanted[k]];
        }

        return [.. baselines.Select(baseline => Of(items, true, baseline, history, new double[history.Length]))];
    }

    private Explanation[] Exact(ILinearModel linear, InteractionMatrix matrix, int row, int[] wanted)
    {
        int[] history = matrix.Csr.RowIndices(row).ToArray();
        float[] values = matrix.Csr.RowValues(row).ToArray();
        return [.. wanted.Select(item => Of(
            items, true, linear.Baseline(item), history, [.. history.Select((h, k) => values[k] * linear.Weight(h, item))]))];
    }

    private Explanation[] LeaveOneOut(InteractionMatrix matrix, int row, int[] wanted, ReadOnlySpan<float> scores)
    {
        int[] history = matrix.Csr.RowIndices(row).ToArray();
        int n = items.Ids.Count;
        var falls = wanted.Select(_ => new double[history.Length]).ToArray();
        var without = new float[Math.Min(Batch, Math.Max(1, history.Length)) * n];
        for (int start = 0; start < history.Length; start += Batch)
        {
            int count = Math.Min(Batch, history.Length - start);
            model.Score(new Histories(Without(matrix, row, start, count), 0, count), without.AsSpan(0, count * n));
            for (int w = 0; w < wanted.Length; w++)
            {
                for (int k = 0; k < count; k++)
                {
                    falls[w][start + k] = (double)scores[wanted[w]] - without[(k * n) + wanted[w]];
                }
            }
        }

        return [.. falls.Select(fall => Of(items, false, 0, history, fall))];
    }

    // The user's history once for each of some of its items, without that item.
    private static InteractionMatrix Without(InteractionMatrix matrix, int row, int start, int count)
    {
        var items = matrix.Csr.RowIndices(row);
        var values = matrix.Csr.RowValues(row);
        var sequence = matrix.Sequence(row);
        int length = items.Length - 1;
        var (columns, x, order) = (new int[count * length], new float[count * length], new int[count * length]);
        for (int k = 0; k < count; k++)
        {
            int left = items[start + k], at = k * length;
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

    private static Explanation Of(ItemTable items, bool exact, double baseline, int[] history, double[] values)
    {
        var contributions = history.Select((item, k) => new Contribution(items.Ids[item], values[k]) { Title = items.Title(item) });
        return new Explanation
        {
            IsExact = exact,
            Baseline = baseline,
            Contributions = [.. contributions.OrderByDescending(c => c.Value)],
        };
    }
}
