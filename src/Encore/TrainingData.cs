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

    /// <summary>What is known of the items, a row for each of <see cref="InteractionMatrix.Items"/> in their order; null:
    /// nothing.</summary>
    /// <exception cref="ArgumentException">The features are of other items.</exception>
    public Features? ItemFeatures { get; init => field = Aligned(value, Interactions.Items, "items"); }

    /// <summary>What is known of the users, a row for each of <see cref="InteractionMatrix.Users"/> in their order; null:
    /// nothing.</summary>
    /// <exception cref="ArgumentException">The features are of other users.</exception>
    public Features? UserFeatures { get; init => field = Aligned(value, Interactions.Users, "users"); }

    /// <summary>Training and validation interactions with what is known of their items and users.</summary>
    internal TrainingData AndValidation(InteractionMatrix both)
    {
        var users = UserFeatures is { } known && Validation?.UserFeatures is { } validated && validated.Count == known.Count
            ? Features.Union(known, validated, both.Users)
            : UserFeatures?.For(both.Users);
        return new TrainingData(both) { ItemFeatures = ItemFeatures?.For(both.Items), UserFeatures = users };
    }

    private static Features? Aligned(Features? features, IdMap ids, string what) => features is null || features.Ids.HasSameIds(ids)
        ? features
        : throw new ArgumentException($"Found features of {features.Ids.Count} {what}, the interactions have {ids.Count} or others; expected the same in the same order, as Features.For gives them.", nameof(features));
}
