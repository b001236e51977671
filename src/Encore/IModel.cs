namespace Encore;

/// <summary>
/// A model that learns from interactions. What it can do beside is said by the interfaces that it implements:
/// <see cref="IRecommender"/> ranks items, <see cref="IRatingPredictor"/> predicts ratings, and a model may do both.
/// </summary>
public interface IModel
{
    /// <summary>The model's name in tables, with the options that matter, such as "EASE λ=500".</summary>
    string Name { get; }

    /// <summary>The items that the model knows, in the order of its scores.</summary>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    IdMap Items { get; }

    /// <summary>Learns from data; a second call starts anew, unless <see cref="FitContext.WarmStart"/> says otherwise. Takes
    /// as long as it takes on the calling thread, with all cores.</summary>
    /// <param name="data">What is learned from.</param>
    /// <param name="context">How: seed, progress, checkpoint.</param>
    /// <param name="cancellationToken">Stops training; a checkpoint is written first where one was asked for.</param>
    /// <exception cref="InvalidDataException">The data cannot train this model; the message says why.</exception>
    /// <exception cref="InsufficientMemoryException">The model needs more memory than the machine has.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default);
}

/// <summary>Shorter ways to fit a model.</summary>
public static class ModelExtensions
{
    /// <summary>Learns from interactions alone: without validation, an iterative model runs all its epochs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="train">What is learned from, [users, items].</param>
    /// <param name="context">How; null: the defaults.</param>
    /// <param name="cancellationToken">Stops training.</param>
    /// <inheritdoc cref="IModel.Fit"/>
    public static void Fit(this IModel model, InteractionMatrix train, FitContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Fit(new TrainingData(train), context ?? new FitContext(), cancellationToken);
    }
}
