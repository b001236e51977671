namespace Encore.Splitting;

/// <summary>
/// P5, next item: ratings ≥ 4 become 1, users need 5 interactions; each user's last interaction is test, the one before
/// validation. The history for the test includes the validation item. Full ranking, no sampled candidates.
/// </summary>
public sealed class LeaveLastOutProtocol(ProtocolOptions options) : Protocol
{
    /// <inheritdoc/>
    public override string Name => "leave-last-out";

    /// <inheritdoc/>
    public override string Summary => "Next item: each user's last interaction is test, the one before validation.";

    /// <inheritdoc/>
    public override float? RatingThreshold => 4;

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultMetrics { get; } = ["hit_rate@10", "ndcg@10"];

    /// <inheritdoc/>
    public override Split Split(Interactions log, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(log);
        var (kept, words) = Cut.Implicit(log, 4, "ratings ≥ 4 count as 1", 5, options);
        int users = kept.Users.Count, shortest = users == 0 ? 0 : Enumerable.Range(0, users).Min(u => kept.UserItems(u).Length);
        if (shortest < 3)
        {
            throw new InvalidDataException(
                $"Found {users} users, the shortest history {shortest} interactions ({words}); expected at least 3 of every user.");
        }

        var parts = new MarkedInteractions(kept);
        for (int user = 0; user < users; user++)
        {
            parts.Marks[kept.Offsets[user + 1] - 1] = MarkedInteractions.Test;
            parts.Marks[kept.Offsets[user + 1] - 2] = MarkedInteractions.Validation;
        }

        string order = log.HasTimes ? "time" : "the log, as there is no time column";
        return parts.ToSplit(this, log, options, FormattableString.Invariant(
            $"Next item: {words}; each user's last interaction in the order of {order} is test, the one before validation (no draw, so the seed changes nothing)."));
    }
}
