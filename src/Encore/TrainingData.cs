namespace Encore;

/// <summary>What a model learns from.</summary>
/// <param name="interactions">The training interactions, [users, items].</param>
public sealed class TrainingData(InteractionMatrix interactions)
{
    /// <summary>The training interactions, [users, items].</summary>
    public InteractionMatrix Interactions { get; } = interactions ?? throw new ArgumentNullException(nameof(interactions));

    /// <summary>Users on whom an iterative model selects its epoch; closed forms do not look at them. Null: all epochs
    /// run, and the last one counts.</summary>
    public EvaluationSet? Validation { get; init; }

    /// <summary>Training and validation interactions together: a network learns anew from both once validation has
    /// selected its epoch (<see cref="Split.Refit"/>). Null: it keeps what it learned from
    /// <see cref="Interactions"/>.</summary>
    public InteractionMatrix? WithValidation { get; init; }
}
