using Encore.Numerics;

namespace Encore.Splitting;

/// <summary>
/// P1, new users (strong generalisation, Liang et al. 2018): ratings ≥ 4 become 1, users need 5 interactions, users are
/// split into training, validation and test; items are those seen in training; a held-out user's history is 80 % of the
/// interactions, drawn at random, the rest (⌊n/5⌋) is held out.
/// </summary>
public sealed class StrongProtocol(ProtocolOptions options) : Protocol
{
    private const byte History = 1, HeldOut = 2;

    /// <inheritdoc/>
    public override string Name => "strong";

    /// <inheritdoc/>
    public override string Summary =>
        "New users: train on some users, rank for others from 80 % of their history (Liang et al. 2018).";

    /// <inheritdoc/>
    public override float? RatingThreshold => 4;

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultMetrics { get; } = ["recall_capped@20", "recall_capped@50", "ndcg@100"];

    /// <inheritdoc/>
    public override Split Split(Interactions log, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(log);
        FitRule.RequireTrainOnly(options.FitOn, Name);
        var (kept, words) = Cut.Implicit(log, 4, "ratings ≥ 4 count as 1", 5, options);
        int heldOut = Cut.HeldOutUsers(kept.Users.Count, options);
        var (train, validation, test) = Cut.Users(kept.Users.Count, heldOut, seed);
        var (items, index) = Cut.ItemsOf(kept, train);
        var marks = new byte[kept.Count];
        foreach (int user in (int[])[.. validation, .. test])
        {
            Fold(kept, user, index, seed, marks);
        }

        var validationSet = Cut.Set(kept, validation, items, index, marks, History, HeldOut);
        return new Split
        {
            Protocol = Name,
            Description = FormattableString.Invariant(
                $"New users: {words}; {train.Length:N0} users train, {heldOut:N0} validate, {heldOut:N0} test, {items.Count:N0} items seen in training; 80 % of a held-out user's interactions are the history, 20 % held out, at random (seed {seed}). {FitRule.Words(FitOn.Train, validationSet)}"),
            MinimumRating = Cut.MinimumRating(log, 4, options),
            Train = Cut.Matrix(kept, train, items, index),
            Validation = validationSet,
            Test = Cut.Set(kept, test, items, index, marks, History, HeldOut),
        };
    }

    private static void Fold(Interactions log, int user, int[] index, ulong seed, byte[] marks)
    {
        int[] places = [.. Cut.CanonicalPlaces(log, user).Where(k => index[log.ItemIndices[k]] >= 0)];
        new Rng(seed, (ulong)user).Shuffle(places.AsSpan());

        // Fewer than five interactions give ⌊n/5⌋ = 0: all is history, and the evaluation counts the user as left out.
        int held = places.Length / 5;
        for (int p = 0; p < places.Length; p++)
        {
            marks[places[p]] = p < held ? HeldOut : History;
        }
    }
}
