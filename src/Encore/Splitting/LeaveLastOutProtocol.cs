namespace Encore.Splitting;

/// <summary>
/// P5, next item: ratings ≥ 4 become 1, users need 5 interactions; each user's last interaction is test, the one before
/// validation. The history for the test includes the validation item. Full ranking, no sampled candidates.
/// </summary>
public sealed class LeaveLastOutProtocol(ProtocolOptions options) : Protocol
{
    private const byte Train = 1, Validation = 2, Test = 4;

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
        int[] users = [.. Enumerable.Range(0, kept.Users.Count)];
        int shortest = users.Length == 0 ? 0 : users.Min(u => kept.UserItems(u).Length);
        if (shortest < 3)
        {
            throw new InvalidDataException(
                $"Found {users.Length} users, the shortest history {shortest} interactions ({words}); expected at least 3 of every user.");
        }

        var marks = new byte[kept.Count];
        marks.AsSpan().Fill(Train);
        foreach (int user in users)
        {
            marks[kept.Offsets[user + 1] - 1] = Test;
            marks[kept.Offsets[user + 1] - 2] = Validation;
        }

        string order = log.HasTimes ? "time" : "the log, as there is no time column";
        var train = Cut.Matrix(kept, users, kept.Items, null, marks, Train);
        var both = Cut.Matrix(kept, users, kept.Items, null, marks, Train | Validation);
        var validation = new EvaluationSet(train, Cut.Matrix(kept, users, kept.Items, null, marks, Validation));
        var fitOn = options.FitOn ?? FitOn.Train;
        return new Split
        {
            Protocol = Name,
            Description = FormattableString.Invariant(
                $"Next item: {words}; each user's last interaction in the order of {order} is test, the one before validation (no draw, so the seed changes nothing). {FitRule.Words(fitOn, validation)}"),
            MinimumRating = Cut.MinimumRating(log, 4, options),
            Train = train,
            Validation = validation,
            Test = new(both, Cut.Matrix(kept, users, kept.Items, null, marks, Test)),
            TrainAndValidation = both,
            FitOn = fitOn,
        };
    }
}
