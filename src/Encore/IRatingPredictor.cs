namespace Encore;

/// <summary>A model that predicts the rating that a user would give to an item, on the scale of its training data.</summary>
public interface IRatingPredictor : IModel
{
    /// <summary>
    /// Predicts, for each user of the block, the ratings of some items. Predictions are clamped to the range of the
    /// training ratings.
    /// </summary>
    /// <param name="histories">The users with the ratings known of them, [b]; items as in training.</param>
    /// <param name="offsets">Start of each user's items in <paramref name="items"/>, and the end of the last: b + 1.</param>
    /// <param name="items">The items to predict, by user.</param>
    /// <param name="predictions">Receives one rating for each of <paramref name="items"/>.</param>
    void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions);
}
