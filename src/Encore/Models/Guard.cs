namespace Encore.Models;

/// <summary>The checks at the public edge that all models share, for models outside Encore too.</summary>
public static class Guard
{
    /// <summary>Throws unless there are interactions to learn from, with finite values, and without weights unless the model uses them
    /// (<see cref="IUsesWeights"/>): what a model's <c>Fit</c> begins with.</summary>
    /// <param name="data">What is learned from.</param>
    /// <param name="context">How.</param>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">The token of <c>Fit</c>.</param>
    /// <returns>The interactions.</returns>
    /// <exception cref="InvalidDataException">There is no interaction, a value is not finite, or the interactions have weights
    /// that the model cannot use.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static InteractionMatrix Trainable(TrainingData data, FitContext context, IModel model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(model);
        cancellationToken.ThrowIfCancellationRequested();
        UsableWeights(data, model, model.Name);
        return Trainable(data, model.Name);
    }

    /// <summary>Throws unless there are interactions to learn from, with finite values and without weights: what the <c>Fit</c> of
    /// a model that uses none begins with.</summary>
    /// <param name="data">What is learned from.</param>
    /// <param name="context">How.</param>
    /// <param name="model">The model's name, for errors.</param>
    /// <param name="cancellationToken">The token of <c>Fit</c>.</param>
    /// <returns>The interactions.</returns>
    /// <exception cref="InvalidDataException">There is no interaction, a value is not finite, or there are weights.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static InteractionMatrix Trainable(TrainingData data, FitContext context, string model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        UsableWeights(data, null, model);
        return Trainable(data, model);
    }

    /// <summary>Throws where interactions have weights and the model is none that uses them.</summary>
    internal static void UsableWeights(TrainingData data, IModel? model, string name)
    {
        if (model is not IUsesWeights { WeightUse: not WeightUse.None } && (data.Interactions.Weights ?? data.WithValidation?.Weights) is not null)
        {
            throw new InvalidDataException(
                $"{name} cannot use weights of interactions{(model is IUsesWeights ? " with its options" : "")}: it would learn as if all counted alike. Leave the weights and the half-life out, or choose a model that uses them (encore models says which do).");
        }
    }

    private static InteractionMatrix Trainable(TrainingData data, string model)
    {
        var train = data.Interactions;
        if (train.Count == 0)
        {
            throw new InvalidDataException(
                $"{model} has nothing to learn from: found no interaction of {train.Users.Count} users and {train.Items.Count} items.");
        }

        for (int k = 0; k < train.Csr.Values.Length; k++)
        {
            if (!float.IsFinite(train.Csr.Values[k]))
            {
                int user = train.Csr.RowOffsets.AsSpan().BinarySearch(k + 1);
                user = user >= 0 ? user - 1 : ~user - 1;
                throw new InvalidDataException(
                    $"User {train.Users[user]}, item {train.Items[train.Csr.ColumnIndices[k]]}: found value {train.Csr.Values[k]}, expected a finite number.");
            }
        }

        return train;
    }

    /// <summary>Throws where a warm start has a model of other items, or none.</summary>
    internal static void SameItemsForWarmStart(TrainingData data, FitContext context, IdMap? items, string model)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(context);
        var train = data.Interactions;
        if (context.WarmStart && !Fitted(items, model).HasSameIds(train.Items))
        {
            throw new ArgumentException(
                $"{model} has {items!.Count} items and the training data has others ({train.Items.Count}); a warm start expects the same ones, as InteractionMatrix.WithItems gives them.",
                nameof(data));
        }
    }

    /// <summary>What the model learned.</summary>
    /// <param name="learnt">It; null: the model has learned nothing yet.</param>
    /// <param name="model">The model's name, for errors.</param>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    public static T Fitted<T>(T? learnt, string model)
        where T : class =>
        learnt ?? throw new InvalidOperationException($"{model} has not been fitted: call Fit first.");

    /// <summary>Throws unless the histories are of the model's items and the scores have room: what a model's <c>Score</c>
    /// begins with.</summary>
    /// <param name="histories">The users.</param>
    /// <param name="items">The model's items.</param>
    /// <param name="scores">The number of scores there is room for.</param>
    /// <exception cref="ArgumentException">The items differ, or there is room for other than users × items scores.</exception>
    public static void Scorable(Histories histories, IdMap items, int scores)
    {
        SameItems(histories, items);
        if (scores != (long)histories.Count * items.Count)
        {
            throw new ArgumentException(
                $"Found room for {scores} scores, expected {histories.Count} users × {items.Count} items.", nameof(scores));
        }
    }

    /// <summary>Throws unless each user has a range of known items and each item room for its prediction.</summary>
    internal static void Predictable(
        Histories histories, IdMap items, ReadOnlySpan<int> offsets, ReadOnlySpan<int> asked, int predictions)
    {
        SameItems(histories, items);
        if (offsets.Length != histories.Count + 1 || offsets[0] != 0 || offsets[^1] != asked.Length || predictions != asked.Length)
        {
            throw new ArgumentException(
                $"Found {offsets.Length} offsets, {asked.Length} items and room for {predictions} predictions of {histories.Count} users; " +
                $"expected {histories.Count + 1} offsets from 0 to the number of items, and as much room.", nameof(offsets));
        }

        if (asked.ContainsAnyExceptInRange(0, items.Count - 1))
        {
            int at = asked.IndexOfAnyExceptInRange(0, items.Count - 1);
            throw new ArgumentException($"Found item {asked[at]}, expected 0 … {items.Count - 1}.", nameof(asked));
        }
    }

    // The same map, or one of the same ids by their digests: comparing all ids would cost more than scoring one user.
    private static void SameItems(Histories histories, IdMap items)
    {
        var found = histories.Matrix.Items;
        if (!found.HasSameDigest(items))
        {
            string first = found.Count != items.Count ? ""
                : Enumerable.Range(0, items.Count).First(i => found[i] != items[i]) is var i ? $", and item {i} is {found[i]} of the histories and {items[i]} of the model" : "";
            throw new ArgumentException(
                $"The histories have {found.Count} items, the model {items.Count}{first}; expected the same items in the same order, as InteractionMatrix.WithItems gives them.",
                nameof(histories));
        }
    }
}
