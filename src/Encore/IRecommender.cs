namespace Encore;

/// <summary>
/// A model that ranks items for a history. The history comes with the request, so users whom the model never saw are
/// served in every model that can fold in.
/// </summary>
public interface IRecommender : IModel
{
    /// <summary>
    /// Scores every item for each history: larger ranks higher. Seen items are scored like all others; callers leave them
    /// out. A batch gives each user the same bits as a call alone.
    /// </summary>
    /// <param name="histories">The users, [b]; their matrix has the items of <see cref="IModel.Items"/>.</param>
    /// <param name="scores">Receives [b, items], row-major.</param>
    void Score(Histories histories, Span<float> scores);
}
