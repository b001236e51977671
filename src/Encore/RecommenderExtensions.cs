using Encore.Numerics;

namespace Encore;

/// <summary>Recommendations by original ids, for one history.</summary>
public static class RecommenderExtensions
{
    /// <summary>Recommends items for a history of items met, oldest first.</summary>
    /// <inheritdoc cref="Recommend(IRecommender, IEnumerable{ValueTuple{string, float}}, int, bool)"/>
    public static Recommendations Recommend(
        this IRecommender model, IEnumerable<string> history, int k, bool excludeSeen = true)
    {
        ArgumentNullException.ThrowIfNull(history);
        return Recommend(model, history.Select(item => (item, 1f)), k, excludeSeen);
    }

    /// <summary>
    /// Recommends items for a history of items and their values, oldest first. Equal scores are ordered as the model's
    /// <see cref="IRecommender.Items"/>, that is by id.
    /// </summary>
    /// <param name="model">A fitted model.</param>
    /// <param name="history">The items met, by original id. An item met twice counts once, as the last time. Ids that
    /// the model does not know are passed over and reported in <see cref="Recommendations.UnknownItems"/>. An empty
    /// history is answered too, by what the model scores for it: the popular items where the model has a bias or a
    /// popularity, otherwise equal scores and so the first items by id.</param>
    /// <param name="k">How many items to recommend, 0 or more. There are fewer when fewer are left.</param>
    /// <param name="excludeSeen">Whether items of the history are left out. Default true.</param>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    /// <exception cref="ArgumentException">A negative k, a value that is not finite, or a model that scores NaN.</exception>
    public static Recommendations Recommend(
        this IRecommender model, IEnumerable<(string Item, float Value)> history, int k, bool excludeSeen = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(history);
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        var items = model.Items;
        var (matrix, unknown) = Row(items, history);
        var scores = new float[items.Count];
        model.Score(new Histories(matrix, 0, 1), scores);
        if (excludeSeen)
        {
            foreach (int item in matrix.Csr.ColumnIndices)
            {
                scores[item] = float.NegativeInfinity;
            }
        }

        var best = new int[Math.Min(k, items.Count)];
        int found = TopK.Select(scores, best);
        var recommended = new Recommendation[found];
        for (int rank = 0; rank < found; rank++)
        {
            recommended[rank] = new Recommendation(items[best[rank]], scores[best[rank]]);
        }

        return new Recommendations(recommended, unknown, matrix.Count);
    }

    // The history as a matrix of one user, and the ids that are not the model's.
    private static (InteractionMatrix Matrix, string[] Unknown) Row(IdMap items, IEnumerable<(string Item, float Value)> history)
    {
        var unknown = new OrderedDictionary<string, bool>(StringComparer.Ordinal);
        var known = new OrderedDictionary<int, float>();
        foreach (var (id, value) in history)
        {
            if (id is null || !float.IsFinite(value))
            {
                throw new ArgumentException($"Found item {id ?? "null"} with value {value}; expected an id and a finite value.", nameof(history));
            }

            if (!items.TryGetIndex(id, out int index))
            {
                unknown[id] = true;
                continue;
            }

            known.Remove(index); // met again: its place is the last one
            known.Add(index, value);
        }

        int[] sequence = [.. known.Keys];
        var (columns, values) = (sequence.AsSpan().ToArray(), known.Values.ToArray());
        Array.Sort(columns, values);
        var csr = new CsrMatrix(1, items.Count, [0, columns.Length], columns, values);
        return (new InteractionMatrix(IdMap.From(["request"]), items, csr, sequence), [.. unknown.Keys]);
    }
}
