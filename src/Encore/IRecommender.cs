namespace Encore;

/// <summary>
/// A model that ranks items for a history. The history comes with the request, so users whom the model never saw are
/// served in every model that can fold in.
/// </summary>
public interface IRecommender
{
    /// <summary>The model's name in tables, with the options that matter, such as "EASE λ=500".</summary>
    string Name { get; }

    /// <summary>The items that the model knows, in the order of its scores.</summary>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    IdMap Items { get; }

    /// <summary>Learns from the interactions; a second call starts anew.</summary>
    /// <exception cref="InvalidDataException">The data cannot train this model; the message says why.</exception>
    /// <exception cref="InsufficientMemoryException">The model needs more memory than the machine has.</exception>
    /// <exception cref="OperationCanceledException">The context's token was cancelled.</exception>
    void Fit(InteractionMatrix train, FitContext context);

    /// <summary>
    /// Scores every item for each history: larger ranks higher. Seen items are scored like all others; who asks
    /// excludes them. A batch gives each user the same bits as a call alone.
    /// </summary>
    /// <param name="histories">The users, [b]; their matrix has the items of <see cref="Items"/>.</param>
    /// <param name="scores">Receives [b, items], row-major.</param>
    void Score(Histories histories, Span<float> scores);
}
