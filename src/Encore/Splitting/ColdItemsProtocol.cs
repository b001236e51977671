namespace Encore.Splitting;

/// <summary>
/// P7, new items (as in Monteil et al. 2024, "MARec"): ratings ≥ 4 become 1, users need 5 interactions, and a seeded tenth of
/// the items for validation and another for test are hidden from training with all their interactions. They stay columns of
/// all matrices, without an interaction in training, so that a model that knows more of an item than who met it can score
/// them. A user's history is what the user did with the other items, which are called warm; held out is what the user did
/// with the cold items of the set, and those alone are the candidates.
/// </summary>
/// <remarks>The history for the test has warm items only: validation's cold items are neither in a history, nor held out, nor
/// candidates of the test. Among all items (<c>all_ndcg@10</c>) both sets' cold items are ranked beside the warm ones.</remarks>
public sealed class ColdItemsProtocol(ProtocolOptions options) : Protocol
{
    private const byte Warm = 1, Validation = 2, Test = 4;

    /// <inheritdoc/>
    public override string Name => "cold-items";

    /// <inheritdoc/>
    public override string Summary => "New items: rank items that training never saw, for users with a history of others (Monteil et al. 2024).";

    /// <inheritdoc/>
    public override float? RatingThreshold => 4;

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultMetrics { get; } =
        ["recall_capped@10", "recall_capped@25", "recall_capped@50", "ndcg@10", "all_recall_capped@10", "all_ndcg@10"];

    /// <inheritdoc/>
    public override Split Split(Interactions log, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(log);
        FitRule.RequireTrainOnly(options.FitOn, Name, "whose validation items no model may know");
        var (kept, words) = Cut.Implicit(log, 4, "ratings ≥ 4 count as 1", 5, options);
        var (warm, validation, test) = Cut.Items(kept.Items.Count, Cut.HeldOutItems(kept.Items.Count, options), seed);
        byte[] marks = Marks(kept, validation, test);
        int[] users = [.. Enumerable.Range(0, kept.Users.Count).Where(u => Has(kept, marks, u, Warm))];
        var (validationSet, validates) = Set(kept, users, marks, Validation, validation);
        var (testSet, tests) = Set(kept, users, marks, Test, test);
        if (testSet.Users == 0)
        {
            throw new InvalidDataException($"No user has both a warm item and one of the {test.Length:N0} cold items of the test ({words}); expected at least one. Filter less, or hold out more items.");
        }

        var train = Cut.Matrix(kept, users, kept.Items, null, marks, Warm);
        int strangers = kept.Users.Count - users.Length;
        return new Split
        {
            Protocol = Name,
            Description = FormattableString.Invariant(
                $"New items: {words}; {warm.Length:N0} warm items train ({train.Count:N0} interactions of {users.Length:N0} users), {validation.Length:N0} cold items validate ({validates.Interactions:N0} interactions of {validationSet.Users:N0} users), {test.Length:N0} others test ({tests.Interactions:N0} of {testSet.Users:N0}), drawn at random and hidden from training with all their interactions (seed {seed}); histories are users' warm items, candidates the cold items of the set, {Candidates}. Left out: {Users(strangers)} without a warm item; {Users(validates.Without)} without a cold item of validation, {Users(tests.Without)} without one of the test. {FitRule.Words(FitOn.Train, validationSet)}"),
            MinimumRating = Cut.MinimumRating(log, 4, options),
            Train = train,
            Validation = validationSet,
            Test = testSet,
        };
    }

    private const string Candidates = "those of validation being neither history nor candidates of the test, and all_ metrics are among all items";

    private static string Users(int count) => FormattableString.Invariant($"{count:N0} {(count == 1 ? "user" : "users")}");

    private static byte[] Marks(Interactions log, int[] validation, int[] test)
    {
        var ofItem = new byte[log.Items.Count];
        ofItem.AsSpan().Fill(Warm);
        Array.ForEach(validation, item => ofItem[item] = Validation);
        Array.ForEach(test, item => ofItem[item] = Test);
        return [.. Enumerable.Range(0, log.Count).Select(k => ofItem[log.ItemIndices[k]])];
    }

    private static bool Has(Interactions log, byte[] marks, int user, byte mark) =>
        marks.AsSpan(log.Offsets[user]..log.Offsets[user + 1]).Contains(mark);

    private static (EvaluationSet Set, (long Interactions, int Without) Counts) Set(Interactions log, int[] users, byte[] marks, byte mark, int[] candidates)
    {
        int[] rows = [.. users.Where(user => Has(log, marks, user, mark))];
        var set = new EvaluationSet(Cut.Matrix(log, rows, log.Items, null, marks, Warm), Cut.Matrix(log, rows, log.Items, null, marks, mark)) { Candidates = candidates };
        return (set, (set.HeldOut.Count, users.Length - rows.Length));
    }
}
