namespace Encore.Recommending;

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
    /// <see cref="IModel.Items"/>, that is by id.
    /// </summary>
    /// <param name="model">A fitted model.</param>
    /// <param name="history">The items met, by original id. An item met twice counts once, as the last time. Ids that
    /// the model does not know are passed over and reported in <see cref="Recommendations.UnknownItems"/>. All others are
    /// left out of the list, so give disliked items to a <see cref="Recommender"/> with a threshold rather than leave them
    /// away. An empty history is answered too, by what the model scores for it; where it scores all items alike they stand
    /// in the order of their ids, and <see cref="Recommendations.Fallback"/> says so. A <see cref="Recommender"/> with
    /// training counts falls back to popularity instead.</param>
    /// <param name="k">How many items to recommend, 0 or more. There are fewer when fewer are left.</param>
    /// <param name="excludeSeen">Whether items of the history are left out. Default true.</param>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    /// <exception cref="ArgumentException">A negative k, or a value that is not finite.</exception>
    /// <exception cref="InvalidDataException">The model scored an item with NaN.</exception>
    public static Recommendations Recommend(
        this IRecommender model, IEnumerable<(string Item, float Value)> history, int k, bool excludeSeen = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(history);
        var request = new RecommendRequest
        {
            History = [.. history.Select(h => new HistoryItem(h.Item, h.Value))],
            Options = new RecommendOptions { K = k, ExcludeSeen = excludeSeen },
        };
        return new Recommender(model).Recommend([request])[0];
    }
}
