using Encore.Numerics;

namespace Encore.Recommending;

/// <summary>
/// Finds out what each item of a history adds to a score. Linear models are asked for their weights: the contributions
/// and the baseline add up to the score. All others score the history once without each of its items, in batches: a
/// contribution is how much the score falls.
/// </summary>
internal sealed class Explainer(IRecommender model, ItemTable items)
{
    // Attributes that an explanation names: more say the same again.
    private const int SharedShown = 5;

    private readonly Lazy<ModelShape> _shape = new(() => ModelShape.Of(model));

    /// <summary>One explanation for each of some items.</summary>
    /// <param name="matrix">Histories.</param>
    /// <param name="row">The user.</param>
    /// <param name="users">What is known of the users beside their histories; null: nothing.</param>
    /// <param name="wanted">The items to explain.</param>
    /// <param name="scores">The user's scores, [items].</param>
    /// <param name="options">How much is explained.</param>
    /// <param name="steps">An item is a step, or a batch of histories.</param>
    public Explanation[] Explain(InteractionMatrix matrix, int row, Features? users, int[] wanted, ReadOnlySpan<float> scores, RecommendOptions options, Steps steps) =>
        model is ILinearModel { IsLinear: true } linear
            ? Exact(linear, matrix, row, users, wanted, options, steps)
            : LeaveOneOut(matrix, row, users, wanted, scores, options, steps);

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

    private Explanation[] Exact(ILinearModel linear, InteractionMatrix matrix, int row, Features? users, int[] wanted, RecommendOptions options, Steps steps)
    {
        int[] history = matrix.Csr.RowIndices(row).ToArray();
        float[] x = matrix.Inputs.RowValues(row).ToArray();
        var explanations = new Explanation[wanted.Length];
        for (int w = 0; w < wanted.Length; w++)
        {
            double[] values = [.. history.Select((h, k) => x[k] * linear.Weight(h, wanted[w]))];
            explanations[w] = Of(items, true, linear.Baseline(wanted[w]), history, values, 0, options, OfUser(users, row, wanted[w]), Shared(wanted[w], history, values));
            steps.Next();
        }

        return explanations;
    }

    private Explanation[] LeaveOneOut(InteractionMatrix matrix, int row, Features? users, int[] wanted, ReadOnlySpan<float> scores, RecommendOptions options, Steps steps)
    {
        int[] history = Latest(matrix, row, options.ExplainedHistory);
        int n = items.Ids.Count, batch = Math.Min(_shape.Value.Together(matrix.Csr.RowLength(row)), Math.Max(1, history.Length));
        var falls = wanted.Select(_ => new double[history.Length]).ToArray();
        var without = new float[batch * n];
        for (int start = 0; start < history.Length; start += batch)
        {
            int count = Math.Min(batch, history.Length - start);
            model.Score(new Histories(Without(matrix, row, history.AsSpan(start, count)), 0, count) { UserFeatures = users?.Repeat(row, count) }, without.AsSpan(0, count * n));
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
        return [.. falls.Select((fall, w) => Of(items, false, 0, history, fall, unexplained, options, [], Shared(wanted[w], history, fall)))];
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
        var values = matrix.Inputs.RowValues(row);
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

    // What the user's attributes add to an item's score.
    private AttributeContribution[] OfUser(Features? users, int row, int item)
    {
        if (users is null || model is not IExplainsUserFeatures { UserSpace: { } space } explains)
        {
            return [];
        }

        int[] features = users.Matrix.RowIndices(row).ToArray();
        double[] values = explains.Contributions(features, users.Matrix.RowValues(row), item);
        return [.. features.Select((f, k) => new AttributeContribution(space.NameOf(f), values[k])).OrderByDescending(a => a.Value)];
    }

    // Attributes that an item shares with items of the history which speak for it.
    private AttributeContribution[] Shared(int item, int[] history, double[] values)
    {
        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string name in AttributesOf(item))
        {
            sums.TryAdd(name, 0);
        }

        for (int k = 0; k < history.Length && sums.Count > 0; k++)
        {
            foreach (string name in AttributesOf(history[k]))
            {
                if (sums.TryGetValue(name, out double sum))
                {
                    sums[name] = sum + values[k];
                }
            }
        }

        return [.. sums.Where(s => s.Value > 0).OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal)
            .Take(SharedShown).Select(s => new AttributeContribution(s.Key, s.Value))];
    }

    // By the features that the model learned from, else by what is known of the items for filters.
    private IEnumerable<string> AttributesOf(int item)
    {
        if (model is not INeedsItemFeatures { ItemFeatures: var features })
        {
            return items.Attributes.SelectMany(a => items.Values(a, item).Select(value => $"{a}={value}"));
        }

        int[] of = features.Matrix.RowIndices(item).ToArray();
        return of.Where(f => features.Space.KindOf(f) is not (FeatureKind.Vector or FeatureKind.Number)).Select(features.Space.NameOf);
    }

    private static Explanation Of(
        ItemTable items, bool exact, double baseline, int[] history, double[] values, int unexplained, RecommendOptions options,
        AttributeContribution[]? user = null, AttributeContribution[]? shared = null)
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
            UserAttributes = user ?? [],
            SharedAttributes = shared ?? [],
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
