namespace Encore.Splitting;

/// <summary>
/// P4, ordered histories (Sachdeva et al. 2018): ratings above 3.5 become 1, users with 5…1000 interactions, held-out
/// users as in <c>strong</c>; a held-out user's first 80 % in time (of the items seen in training) is the history, the
/// last 20 % held out.
/// </summary>
public sealed class TemporalProtocol(ProtocolOptions options) : Protocol
{
    private const byte History = 1, HeldOut = 2;

    /// <inheritdoc/>
    public override string Name => "temporal";

    /// <inheritdoc/>
    public override string Summary =>
        "New users in time: rank what comes last from the first 80 % of the history (Sachdeva et al. 2018).";

    /// <inheritdoc/>
    public override float? RatingThreshold => MathF.BitIncrement(3.5f);

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultMetrics { get; } =
        ["precision@10", "recall@10", "ndcg@10", "precision@100", "recall@100", "ndcg@100"];

    /// <inheritdoc/>
    public override Split Split(Interactions log, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(log);
        FitRule.RequireTrainOnly(options.FitOn, Name);
        var (kept, words) = Cut.Implicit(log, MathF.BitIncrement(3.5f), "ratings > 3.5 count as 1", 5,
            options with { MaximumPerUser = options.MaximumPerUser ?? 1000 });
        int heldOut = Cut.HeldOutUsers(kept.Users.Count, options);
        var (train, validation, test) = Cut.Users(kept.Users.Count, heldOut, seed);
        var (items, index) = Cut.ItemsOf(kept, train);
        var marks = new byte[kept.Count];
        foreach (int user in (int[])[.. validation, .. test])
        {
            Fold(kept, user, index, marks);
        }

        string order = log.HasTimes ? "time" : "the log, as there is no time column";
        var validationSet = Cut.Set(kept, validation, items, index, marks, History, HeldOut);
        return new Split
        {
            Protocol = Name,
            Description = FormattableString.Invariant(
                $"New users in time: {words}; {train.Length:N0} users train, {heldOut:N0} validate, {heldOut:N0} test, {items.Count:N0} items seen in training; the first 80 % of a held-out user's interactions in the order of {order} are the history, the last 20 % held out (seed {seed}). {FitRule.Words(FitOn.Train, validationSet)}"),
            MinimumRating = Cut.MinimumRating(log, MathF.BitIncrement(3.5f), options),
            Train = Cut.Matrix(kept, train, items, index),
            Validation = validationSet,
            Test = Cut.Set(kept, test, items, index, marks, History, HeldOut),
        };
    }

    private static void Fold(Interactions log, int user, int[] index, byte[] marks)
    {
        int[] places = [.. Enumerable.Range(log.Offsets[user], log.Offsets[user + 1] - log.Offsets[user])
            .Where(k => index[log.ItemIndices[k]] >= 0)];
        int history = (int)(0.8 * places.Length);
        for (int p = 0; p < places.Length; p++)
        {
            marks[places[p]] = p < history ? History : HeldOut;
        }
    }
}
