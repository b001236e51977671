namespace Encore.Splitting;

/// <summary>
/// P8, users of whom nothing or little is known: held-out users as in <c>strong</c>, drawn by the same numbers; items are those
/// seen in training; a held-out user's history is the first n interactions in time (of the items seen in training, n = 0
/// unless asked otherwise), all the rest is held out.
/// </summary>
/// <remarks>With n = 0 a model has nothing but what else it knows of a user; one that knows nothing ranks the same list for
/// all.</remarks>
public sealed class ColdUsersProtocol(ProtocolOptions options) : Protocol
{
    private const byte History = 1, HeldOut = 2;

    /// <inheritdoc/>
    public override string Name => "cold-users";

    /// <inheritdoc/>
    public override string Summary => "Users without a history, or with their first interactions only: rank all the rest.";

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
        int heldOut = Cut.HeldOutUsers(kept.Users.Count, options), known = options.HistoryLength ?? 0;
        var (train, validation, test) = Cut.Users(kept.Users.Count, heldOut, seed);
        var (items, index) = Cut.ItemsOf(kept, train);
        var marks = new byte[kept.Count];
        foreach (int user in (int[])[.. validation, .. test])
        {
            Fold(kept, user, index, known, marks);
        }

        string order = log.HasTimes ? "time" : "the log, as there is no time column";
        string history = known == 0 ? "a held-out user has no history, all interactions are held out"
            : FormattableString.Invariant($"the first {known:N0} {(known == 1 ? "interaction" : "interactions")} of a held-out user in the order of {order} are the history, all the rest is held out");
        var validationSet = Cut.Set(kept, validation, items, index, marks, History, HeldOut);
        return new Split
        {
            Protocol = Name,
            Description = FormattableString.Invariant(
                $"Cold users: {words}; {train.Length:N0} users train, {heldOut:N0} validate, {heldOut:N0} test, {items.Count:N0} items seen in training; {history} (seed {seed}). {FitRule.Words(FitOn.Train, validationSet)}"),
            MinimumRating = Cut.MinimumRating(log, 4, options),
            Train = Cut.Matrix(kept, train, items, index),
            Validation = validationSet,
            Test = Cut.Set(kept, test, items, index, marks, History, HeldOut),
        };
    }

    private static void Fold(Interactions log, int user, int[] index, int known, byte[] marks)
    {
        int place = 0;
        for (int k = log.Offsets[user]; k < log.Offsets[user + 1]; k++)
        {
            if (index[log.ItemIndices[k]] >= 0)
            {
                marks[k] = place++ < known ? History : HeldOut;
            }
        }
    }
}
