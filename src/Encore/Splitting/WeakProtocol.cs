using Encore.Numerics;

namespace Encore.Splitting;

/// <summary>
/// P2, known users (weak generalisation): ratings ≥ 4 become 1, users need 5 interactions, and of each user's
/// interactions a random tenth (rounded, at least one) is test and as many validation; models learn from the rest. The
/// history for the test includes the validation items, as in <c>leave-last-out</c>: what is known takes no place in a
/// list.
/// </summary>
public sealed class WeakProtocol(ProtocolOptions options) : Protocol
{
    /// <inheritdoc/>
    public override string Name => "weak";

    /// <inheritdoc/>
    public override string Summary => "Known users: a random 80/10/10 of each user's interactions.";

    /// <inheritdoc/>
    public override float? RatingThreshold => 4;

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultMetrics { get; } = ["recall_capped@20", "recall_capped@50", "ndcg@100"];

    /// <inheritdoc/>
    public override Split Split(Interactions log, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(log);
        var (kept, words) = Cut.Implicit(log, 4, "ratings ≥ 4 count as 1", 5, options);
        if (kept.Users.Count == 0)
        {
            throw new InvalidDataException($"No user is left ({words}); expected at least one.");
        }

        var parts = new MarkedInteractions(kept);
        for (int user = 0; user < kept.Users.Count; user++)
        {
            int[] places = Cut.CanonicalPlaces(kept, user);
            new Rng(seed, (ulong)user).Shuffle(places.AsSpan());
            int tenth = Math.Max(1, (int)Math.Round(places.Length / 10.0, MidpointRounding.AwayFromZero));
            for (int p = 0; p < places.Length; p++)
            {
                parts.Marks[places[p]] = p < tenth ? MarkedInteractions.Test : p < 2 * tenth && p < places.Length - 1 ? MarkedInteractions.Validation : MarkedInteractions.Train;
            }
        }

        return parts.ToSplit(this, log, options, FormattableString.Invariant(
            $"Known users: {words}; a random 80/10/10 of each user's interactions trains, validates and tests (seed {seed})."));
    }
}
