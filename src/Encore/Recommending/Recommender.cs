using System.Numerics.Tensors;
using Encore.Numerics;

namespace Encore.Recommending;

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
    private readonly Lazy<RecommendationNotes> _notes;
    private readonly Lazy<ItemNeighbours?> _neighbours;
    private readonly Lazy<ModelShape> _shape;

    /// <summary>Serves a fitted model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="items">What is known of its items; null: nothing.</param>
    /// <param name="historyValue">The value of a history's item that comes without one. Default 1.</param>
    /// <param name="minimumRating">Items with a value below this are disliked: scores do not come from them, and they are
    /// left out like all that was seen. All others count as <paramref name="historyValue"/>. Null: values are taken as they
    /// are.</param>
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
        _neighbours = new Lazy<ItemNeighbours?>(() => ItemNeighbours.Of(model, Compute));
        _notes = new Lazy<RecommendationNotes>(() => new RecommendationNotes(model, Items, minimumRating, TrainingRatings));
        _shape = new Lazy<ModelShape>(() => ModelShape.Of(model));
    }

    /// <summary>The model.</summary>
    public IRecommender Model { get; }

    /// <summary>What is known of the items.</summary>
    public ItemTable Items { get; }

    /// <summary>The ratings that the model has seen; null: unknown. A history's rating outside them is an error where the
    /// model computes with it, and noted where it is only compared with a threshold.</summary>
    public RatingRange? TrainingRatings { get; init; }

    /// <summary>What the ranking of users runs on; the model's scores run on the model's own. Default
    /// <see cref="Compute.Default"/>.</summary>
    public Compute Compute { get; init; } = Compute.Default;

    /// <summary>Whether the model can say which items are alike.</summary>
    public bool KnowsSimilarItems => _neighbours.Value is not null;

    /// <summary>What the model's work grows with.</summary>
    internal ModelShape Shape => _shape.Value;

    /// <summary>Recommends items for a history of items met, oldest first.</summary>
    /// <param name="history">The items, by original id. Ids that the model does not know are passed over and reported in
    /// <see cref="Recommendations.UnknownItems"/>.</param>
    /// <param name="options">What may be recommended. Default: the ten best that the history lacks.</param>
    /// <param name="user">The user's id, for models that know their training users.</param>
    /// <param name="cancellationToken">Stops the work: it is looked at after every block of users, every item that
    /// diversity chooses and every step of an explanation.</param>
    /// <exception cref="ArgumentException">An option is out of range, an attribute is unknown, or a value is not
    /// finite.</exception>
    /// <exception cref="InvalidDataException">The model scored an item with NaN. A score of +∞ ranks first, one of −∞ is
    /// never recommended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Recommendations Recommend(
        IEnumerable<string> history, RecommendOptions? options = null, string? user = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        var items = history.Select(item => new HistoryItem(item)).ToArray();
        return Recommend([new RecommendRequest { History = items, User = user, Options = options ?? new RecommendOptions() }], cancellationToken)[0];
    }

    /// <summary>Recommends to many users: scores are computed for blocks of them.</summary>
    /// <returns>One answer a request, with the same bits as if it had been asked alone.</returns>
    /// <inheritdoc cref="Recommend(IEnumerable{string}, RecommendOptions?, string?, CancellationToken)"/>
    public IReadOnlyList<Recommendations> Recommend(IReadOnlyList<RecommendRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return Recommend(requests, new Steps(null, cancellationToken));
    }

    /// <summary>Recommends to one user in steps, so that a caller with other work to do can do it in between. The answer
    /// has the same bits as that of one call.</summary>
    /// <param name="request">The user.</param>
    /// <param name="betweenSteps">Called on the calling thread after every step, of which there are many a millisecond or
    /// one in a few milliseconds; the work goes on when it returns.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <inheritdoc cref="Recommend(IEnumerable{string}, RecommendOptions?, string?, CancellationToken)"/>
    public Recommendations RecommendInSteps(RecommendRequest request, Action betweenSteps, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(betweenSteps);
        return Recommend([request], new Steps(betweenSteps, cancellationToken))[0];
    }

    private Recommendations[] Recommend(IReadOnlyList<RecommendRequest> requests, Steps steps)
    {
        var answers = new Recommendations[requests.Count];
        int block = Math.Max(1, BlockScores / Math.Max(1, Items.Ids.Count));
        var scores = GC.AllocateUninitializedArray<float>(Math.Min(block, requests.Count) * Items.Ids.Count);
        for (int start = 0; start < requests.Count; start += block)
        {
            int count = Math.Min(block, requests.Count - start);
            RecommendBlock([.. Enumerable.Range(start, count).Select(i => requests[i])], scores, answers.AsSpan(start, count), steps);
            steps.Next();
        }

        return answers;
    }

    /// <summary>Recommends to users whose histories are there as a matrix.</summary>
    /// <param name="histories">The users; their matrix has the model's items
    /// (<see cref="InteractionMatrix.WithItems"/>), and values as the model learnt from.</param>
    /// <param name="options">What may be recommended to each.</param>
    /// <param name="seen">All that the users have met, disliked items too, to be left out of the lists: the same users over
    /// the same items. Null: <paramref name="histories"/>. Leaving disliked items out of the histories alone would
    /// recommend them.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>One answer a user.</returns>
    /// <exception cref="ArgumentException">An option is out of range, an attribute or a value of it is unknown, or
    /// <paramref name="seen"/> is of other users or items.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IReadOnlyList<Recommendations> Recommend(
        Histories histories, RecommendOptions? options = null, Histories? seen = null, CancellationToken cancellationToken = default)
    {
        var steps = new Steps(null, cancellationToken);
        options ??= new RecommendOptions();
        options.Check();
        var met = seen ?? histories;
        if (met.Count != histories.Count || !met.Matrix.Items.HasSameIds(histories.Matrix.Items))
        {
            throw new ArgumentException(
                $"Found {met.Count} users and {met.Matrix.Items.Count} items of what was seen; expected those of the histories, {histories.Count} and {histories.Matrix.Items.Count}.", nameof(seen));
        }

        var (filter, n) = (new ItemFilter(Items, options), Items.Ids.Count);
        int block = Math.Max(1, BlockScores / Math.Max(1, n));
        var answers = new Recommendations[histories.Count];
        var scores = GC.AllocateUninitializedArray<float>(Math.Min(block, histories.Count) * n);
        for (int start = 0; start < histories.Count; start += block)
        {
            int first = start, count = Math.Min(block, histories.Count - start);
            Model.Score(new Histories(histories.Matrix, histories.Start + first, count) { UserFeatures = histories.UserFeatures }, scores.AsSpan(0, count * n));
            Compute.For(count, r => answers[first + r] = Answer(
                options, histories.User(first + r), filter, histories.Matrix, histories.Start + first + r, histories.UserFeatures, scores.AsSpan(r * n, n),
                Facts(histories.Items(first + r), met.Items(first + r)), steps));
            steps.Next();
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
            throw new ArgumentException($"The model does not know item {item}.{Items.DidYouMean(item)}");
        }

        var neighbours = _neighbours.Value
            ?? throw new NotSupportedException($"{Model.Name} does not say how alike items are; models with a weight for each pair of items or a vector for each item do.");
        var similarities = new float[Items.Ids.Count];
        neighbours.Similarities(index, similarities);
        CheckNumbers(similarities, $" as similar to item {item}");
        similarities[index] = float.NegativeInfinity;
        if (TellsApart(similarities) == false)
        {
            // Any list would be one of strangers.
            return new Recommendations([], [], 1) { Note = $"{Model.Name} has learned nothing about item {item}: all others are equally like it." };
        }

        new ItemFilter(Items, options).Apply(similarities);
        var similar = Top(similarities, options.K).Select(i => Named(i, similarities[i])).ToArray();
        return new Recommendations(similar, [], 1)
        {
            Note = _notes.Value.OfFilters(options, similar.Length),
        };
    }

    /// <summary>Where the score of an item comes from, for a history.</summary>
    /// <exception cref="ArgumentException">The model does not know the item.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Explanation Explain(
        IReadOnlyList<HistoryItem> history, string item, string? user = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? attributes = null,
        CancellationToken cancellationToken = default)
    {
        if (!Items.Ids.TryGetIndex(item, out int index))
        {
            throw new ArgumentException($"The model does not know item {item}.{Items.DidYouMean(item)}");
        }

        var batch = new HistoryBatch(Items.Ids, _historyValue, _minimumRating, TrainingRatings);
        batch.Add(history, user, attributes);
        var (matrix, users) = (batch.Matrix(), batch.UserFeatures(Model));
        var scores = new float[Items.Ids.Count];
        Model.Score(new Histories(matrix, 0, 1) { UserFeatures = users }, scores);
        return _explainer.Explain(matrix, 0, users, [index], scores, new RecommendOptions(), new Steps(null, cancellationToken))[0];
    }

    private void RecommendBlock(RecommendRequest[] requests, float[] scores, Span<Recommendations> answers, Steps steps)
    {
        int n = Items.Ids.Count;
        var batch = new HistoryBatch(Items.Ids, _historyValue, _minimumRating, TrainingRatings);
        foreach (var request in requests)
        {
            request.Options.Check();
            batch.Add(request.History, request.User, request.Attributes);
        }

        var (matrix, users) = (batch.Matrix(), batch.UserFeatures(Model));
        var filters = requests.Select(r => new ItemFilter(Items, r.Options)).ToArray();
        Model.Score(new Histories(matrix, 0, requests.Length) { UserFeatures = users }, scores.AsSpan(0, requests.Length * n));
        var results = new Recommendations[requests.Length];
        Compute.For(requests.Length, r => results[r] = Answer(
            requests[r].Options, requests[r].User, filters[r], matrix, r, users, scores.AsSpan(r * n, n), batch.Facts(r), steps));
        results.CopyTo(answers);
    }

    // What is known of a user whose history is there as a matrix.
    private HistoryFacts Facts(ReadOnlySpan<int> liked, ReadOnlySpan<int> seen)
    {
        var disliked = new List<string>();
        foreach (int item in seen)
        {
            if (liked.BinarySearch(item) < 0)
            {
                disliked.Add(Items.Ids[item]);
            }
        }

        return new HistoryFacts { Seen = seen.ToArray(), Disliked = disliked };
    }

    private Recommendations Answer(
        RecommendOptions options, string? user, ItemFilter filter, InteractionMatrix matrix, int row, Features? users, Span<float> scores, HistoryFacts facts, Steps steps)
    {
        CheckNumbers(scores, user is null ? "" : $" for user {user}");
        float[] ranked = scores.ToArray(); // what was scored is what is reported
        foreach (int item in options.ExcludeSeen ? facts.Seen : [])
        {
            ranked[item] = float.NegativeInfinity;
        }

        var fallback = TellsApart(ranked) ?? TellsApart(scores) ?? true ? Fallback.None : FallBack(scores, ranked);
        filter.Apply(ranked);
        Reranking.Discount(ranked, Items, options.PopularityDiscount);
        int[] best = options.Diversity > 0 && _neighbours.Value is { } neighbours
            ? Reranking.Diversify(Top(ranked, Math.Max(options.K, options.Candidates)), ranked, options, neighbours, steps)
            : options.Diversity > 0
                ? throw new NotSupportedException($"{Model.Name} does not say how alike items are, which diversity needs.")
                : Top(ranked, options.K);
        var explanations = !options.Explain ? null
            : fallback == Fallback.Popularity ? Explainer.OfBaseline(Items, matrix, row, best, scores, options)
            : _explainer.Explain(matrix, row, users, best, scores, options, steps);
        var items = new Recommendation[best.Length];
        var listed = new float[best.Length];
        for (int k = 0; k < best.Length; k++)
        {
            listed[k] = scores[best[k]];
            items[k] = Named(best[k], listed[k]) with { Explanation = explanations?[k] };
        }

        return new Recommendations(items, facts.Unknown, matrix.Csr.RowLength(row))
        {
            DislikedItems = facts.Disliked,
            Fallback = fallback,
            Note = _notes.Value.Of(options, user, facts, fallback, listed),
        };
    }

    // NaN has no rank; +∞ ranks first and −∞ never, as in Evaluator.
    private void CheckNumbers(ReadOnlySpan<float> scores, string of)
    {
        if (TensorPrimitives.IsNaNAny(scores))
        {
            int at = 0;
            while (!float.IsNaN(scores[at]))
            {
                at++;
            }

            throw new InvalidDataException($"{Model.Name} scores item {Items.Ids[at]}{of} with NaN; expected a number.");
        }
    }

    // Whether scores above −∞ differ; null where there are fewer than two.
    private static bool? TellsApart(ReadOnlySpan<float> scores)
    {
        int first = scores.IndexOfAnyExcept(float.NegativeInfinity);
        int second = first < 0 ? -1 : scores[(first + 1)..].IndexOfAnyExcept(float.NegativeInfinity);
        if (second < 0)
        {
            return null;
        }

        float score = scores[first];
        foreach (float other in scores[(first + 1)..])
        {
            if (other != score && !float.IsNegativeInfinity(other))
            {
                return true;
            }
        }

        return false;
    }

    // Popularity in place of scores that say nothing, where it is known.
    private Fallback FallBack(Span<float> scores, float[] ranked)
    {
        if (Items.ByPopularity is null)
        {
            return Fallback.ItemOrder;
        }

        for (int i = 0; i < ranked.Length; i++)
        {
            scores[i] = Items.Users[i];
            ranked[i] = float.IsNegativeInfinity(ranked[i]) ? ranked[i] : scores[i];
        }

        return Fallback.Popularity;
    }

    // The best, equal ones by popularity, then by id.
    private int[] Top(float[] scores, int k)
    {
        var best = new int[Math.Min(k, scores.Length)];
        if (Items.ByPopularity is not { } order)
        {
            return best[..TopK.Select(scores, best)];
        }

        var ordered = new float[scores.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i] = scores[order[i]];
        }

        int found = TopK.Select(ordered, best);
        return [.. best.AsSpan(0, found).ToArray().Select(i => order[i])];
    }

    private Recommendation Named(int item, float score) => new(Items.Ids[item], score) { Title = Items.Title(item) };
}
