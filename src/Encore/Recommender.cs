using Encore.Models;
using Encore.Numerics;

namespace Encore;

/// <summary>
/// A fitted model beside what is known of its items: recommends to known and new users with filters and reasons, and
/// finds similar items. Any number of threads may ask at once.
/// </summary>
public sealed class Recommender
{
    // Scores that are in memory at once: small enough for the caches, large enough for the model's kernels.
    private const int BlockScores = 1 << 20;

    private readonly float _historyValue;
    private readonly float? _minimumRating;
    private readonly Explainer _explainer;
    private readonly Lazy<ItemNeighbours?> _neighbours;

    /// <summary>Serves a fitted model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="items">What is known of its items; null: nothing.</param>
    /// <param name="historyValue">The value of a history's item that comes without one. Default 1.</param>
    /// <param name="minimumRating">Items with a value below this are not taken into a history, and all others count as
    /// <paramref name="historyValue"/>; null: values are taken as they are.</param>
    /// <exception cref="ArgumentException">The table is of other items.</exception>
    public Recommender(IRecommender model, ItemTable? items = null, float historyValue = 1, float? minimumRating = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (Model, Items, _historyValue, _minimumRating) = (model, items ?? new ItemTable(model.Items), historyValue, minimumRating);
        if (!Items.Ids.HasSameIds(model.Items))
        {
            throw new ArgumentException($"The table has {Items.Ids.Count} items, the model {model.Items.Count}; expected the same.", nameof(items));
        }

        _explainer = new Explainer(model, Items);
        _neighbours = new Lazy<ItemNeighbours?>(() => ItemNeighbours.Of(model));
    }

    /// <summary>The model.</summary>
    public IRecommender Model { get; }

    /// <summary>What is known of the items.</summary>
    public ItemTable Items { get; }

    /// <summary>Whether the model can say which items are alike.</summary>
    public bool KnowsSimilarItems => _neighbours.Value is not null;

    /// <summary>Recommends items for a history of items met, oldest first.</summary>
    /// <param name="history">The items, by original id. Ids that the model does not know are passed over and reported in
    /// <see cref="Recommendations.UnknownItems"/>.</param>
    /// <param name="options">What may be recommended. Default: the ten best that the history lacks.</param>
    /// <param name="user">The user's id, for models that know their training users.</param>
    /// <exception cref="ArgumentException">An option is out of range, an attribute is unknown, or a value is not
    /// finite.</exception>
    public Recommendations Recommend(IEnumerable<string> history, RecommendOptions? options = null, string? user = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        var items = history.Select(item => new HistoryItem(item)).ToArray();
        return Recommend([new RecommendRequest { History = items, User = user, Options = options ?? new RecommendOptions() }])[0];
    }

    /// <summary>Recommends to many users: scores are computed for blocks of them.</summary>
    /// <returns>One answer a request, with the same bits as if it had been asked alone.</returns>
    /// <inheritdoc cref="Recommend(IEnumerable{string}, RecommendOptions?, string?)"/>
    public IReadOnlyList<Recommendations> Recommend(IReadOnlyList<RecommendRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var answers = new Recommendations[requests.Count];
        int block = Math.Max(1, BlockScores / Math.Max(1, Items.Ids.Count));
        var scores = GC.AllocateUninitializedArray<float>(Math.Min(block, requests.Count) * Items.Ids.Count);
        for (int start = 0; start < requests.Count; start += block)
        {
            int count = Math.Min(block, requests.Count - start);
            RecommendBlock([.. Enumerable.Range(start, count).Select(i => requests[i])], scores, answers.AsSpan(start, count));
        }

        return answers;
    }

    /// <summary>Recommends to users whose histories are there as a matrix.</summary>
    /// <param name="histories">The users; their matrix has the model's items
    /// (<see cref="InteractionMatrix.WithItems"/>), and values as the model learnt from.</param>
    /// <param name="options">What may be recommended to each.</param>
    /// <returns>One answer a user.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or an attribute is unknown.</exception>
    public IReadOnlyList<Recommendations> Recommend(Histories histories, RecommendOptions? options = null)
    {
        options ??= new RecommendOptions();
        options.Check();
        var (filter, n) = (new ItemFilter(Items, options), Items.Ids.Count);
        int block = Math.Max(1, BlockScores / Math.Max(1, n));
        var answers = new Recommendations[histories.Count];
        var scores = GC.AllocateUninitializedArray<float>(Math.Min(block, histories.Count) * n);
        for (int start = 0; start < histories.Count; start += block)
        {
            int first = start, count = Math.Min(block, histories.Count - start);
            Model.Score(new Histories(histories.Matrix, histories.Start + first, count), scores.AsSpan(0, count * n));
            Workers.For(count, r => answers[first + r] = Answer(
                options, histories.User(first + r), filter, histories.Matrix, histories.Start + first + r, scores.AsSpan(r * n, n), []));
        }

        return answers;
    }

    /// <summary>The items most like one, best first.</summary>
    /// <param name="item">Its original id.</param>
    /// <param name="options">What may be listed; seen items, popularity and diversity do not apply. Default: ten.</param>
    /// <exception cref="ArgumentException">The model does not know the item.</exception>
    /// <exception cref="NotSupportedException">The model does not say how alike items are.</exception>
    public Recommendations Similar(string item, RecommendOptions? options = null)
    {
        options ??= new RecommendOptions();
        options.Check();
        if (!Items.Ids.TryGetIndex(item, out int index))
        {
            throw new ArgumentException($"The model does not know item {item}.");
        }

        var neighbours = _neighbours.Value
            ?? throw new NotSupportedException($"{Model.Name} does not say how alike items are; models with a weight for each pair of items or a vector for each item do.");
        var similarities = new float[Items.Ids.Count];
        neighbours.Similarities(index, similarities);
        similarities[index] = float.NegativeInfinity;
        new ItemFilter(Items, options).Apply(similarities);
        return new Recommendations([.. Top(similarities, options.K).Select(i => Named(i, similarities[i]))], [], 1);
    }

    /// <summary>Where the score of an item comes from, for a history.</summary>
    /// <exception cref="ArgumentException">The model does not know the item.</exception>
    public Explanation Explain(IReadOnlyList<HistoryItem> history, string item, string? user = null)
    {
        if (!Items.Ids.TryGetIndex(item, out int index))
        {
            throw new ArgumentException($"The model does not know item {item}.");
        }

        var batch = new HistoryBatch(Items.Ids, _historyValue, _minimumRating);
        batch.Add(history, user);
        var matrix = batch.Matrix();
        var scores = new float[Items.Ids.Count];
        Model.Score(new Histories(matrix, 0, 1), scores);
        return _explainer.Explain(matrix, 0, [index], scores)[0];
    }

    private void RecommendBlock(RecommendRequest[] requests, float[] scores, Span<Recommendations> answers)
    {
        int n = Items.Ids.Count;
        var batch = new HistoryBatch(Items.Ids, _historyValue, _minimumRating);
        foreach (var request in requests)
        {
            request.Options.Check();
            batch.Add(request.History, request.User);
        }

        var matrix = batch.Matrix();
        var filters = requests.Select(r => new ItemFilter(Items, r.Options)).ToArray();
        Model.Score(new Histories(matrix, 0, requests.Length), scores.AsSpan(0, requests.Length * n));
        var results = new Recommendations[requests.Length];
        Workers.For(requests.Length, r => results[r] = Answer(
            requests[r].Options, requests[r].User, filters[r], matrix, r, scores.AsSpan(r * n, n), batch.Unknown(r)));
        results.CopyTo(answers);
    }

    private Recommendations Answer(
        RecommendOptions options, string? user, ItemFilter filter, InteractionMatrix matrix, int row, Span<float> scores, IReadOnlyList<string> unknown)
    {
        float[] ranked = scores.ToArray(); // what was scored is what is reported
        if (options.ExcludeSeen)
        {
            foreach (int item in matrix.Csr.RowIndices(row))
            {
                ranked[item] = float.NegativeInfinity;
            }
        }

        filter.Apply(ranked);
        Reranking.Discount(ranked, Items, options.PopularityDiscount);
        int[] best = options.Diversity > 0 && _neighbours.Value is { } neighbours
            ? Reranking.Diversify(Top(ranked, Math.Max(options.K, options.Candidates)), ranked, options, neighbours)
            : options.Diversity > 0
                ? throw new NotSupportedException($"{Model.Name} does not say how alike items are, which diversity needs.")
                : Top(ranked, options.K);
        var explanations = options.Explain ? _explainer.Explain(matrix, row, best, scores) : null;
        var items = new Recommendation[best.Length];
        for (int k = 0; k < best.Length; k++)
        {
            items[k] = Named(best[k], scores[best[k]]) with { Explanation = explanations?[k] };
        }

        return new Recommendations(items, unknown, matrix.Csr.RowLength(row))
        {
            Note = (Model as IKnowsUsers)?.NoteFor(user),
        };
    }

    private static int[] Top(float[] scores, int k)
    {
        var best = new int[Math.Min(k, scores.Length)];
        int found = TopK.Select(scores, best);
        return best[..found];
    }

    private Recommendation Named(int item, float score) => new(Items.Ids[item], score) { Title = Items.Title(item) };
}
