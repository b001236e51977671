using Encore.Splitting;

namespace OwnModel;

/// <summary>
/// "Temporal user" of Meng et al. (2020, "Exploring data splitting strategies for the evaluation of recommendation models"): of
/// each user's interactions in the order of time the last fifth is test, the tenth before it validation. Ratings ≥ 4 become
/// 1, users need 5 interactions. The history for the test includes the validation items.
/// </summary>
internal sealed class UserTemporalProtocol(ProtocolOptions options) : Protocol
{
    private const byte Train = 1, Validation = 2, Test = 4;

    public override string Name => "user-temporal";

    public override string Summary => "Known users: the last fifth of each user's interactions is test, the tenth before it validation.";

    public override float? RatingThreshold => 4;

    public override IReadOnlyList<string> DefaultMetrics { get; } = ["recall_capped@20", "ndcg@100", "serendipity@20"];

    public override Split Split(Interactions log, ulong seed)
    {
        var (kept, words) = Cut.Implicit(log, 4, "ratings ≥ 4 count as 1", 5, options);
        int[] users = [.. Enumerable.Range(0, kept.Users.Count)];
        int shortest = users.Length == 0 ? 0 : users.Min(u => kept.UserItems(u).Length);
        if (shortest < 3)
        {
            throw new InvalidDataException(
                $"Found {users.Length} users, the shortest history {shortest} interactions ({words}); expected at least 3 of every user.");
        }

        var marks = new byte[kept.Count];
        foreach (int user in users)
        {
            var (start, end) = (kept.Offsets[user], kept.Offsets[user + 1]);
            int test = Math.Max(1, (end - start) / 5), validation = Math.Max(1, (end - start) / 10);
            marks.AsSpan(start..end).Fill(Train);
            marks.AsSpan((end - test - validation)..end).Fill(Validation);
            marks.AsSpan((end - test)..end).Fill(Test);
        }

        InteractionMatrix Marked(byte mark) => Cut.Matrix(kept, users, kept.Items, null, marks, mark);
        var (train, both, fitOn) = (Marked(Train), Marked(Train | Validation), options.FitOn ?? FitOn.Train);
        var validating = new EvaluationSet(train, Marked(Validation));
        string order = log.HasTimes ? "time" : "the log, as there is no time column";
        return new Split
        {
            Protocol = Name,
            Description = $"Known users: {words}; in the order of {order}, the last fifth of each user's interactions is test, the tenth before it validation (no draw, so the seed changes nothing). {FitRule.Words(fitOn, validating)}",
            MinimumRating = Cut.MinimumRating(log, 4, options),
            Train = train,
            Validation = validating,
            Test = new EvaluationSet(both, Marked(Test)),
            TrainAndValidation = both,
            FitOn = fitOn,
        };
    }
}
