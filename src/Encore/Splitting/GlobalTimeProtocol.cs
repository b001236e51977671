using System.Globalization;

namespace Encore.Splitting;

/// <summary>
/// P9, one moment for all users, as a deployment sees it: ratings ≥ 4 become 1; training is what happened before the time that
/// 80 % of the interactions lie before, validation what happened from then on and before that of 90 %, test the rest. An
/// interaction at the very time of a cut lies after it. The history for validation is the training part, that for the test
/// training and validation; who is new has none. Items are those seen in training.
/// </summary>
/// <remarks>No user is left out for having few interactions unless that is asked for: the number in the whole log says something
/// of what happens after the cut.</remarks>
public sealed class GlobalTimeProtocol(ProtocolOptions options) : Protocol
{
    private const byte Train = 1, Validation = 2, Test = 4;

    /// <inheritdoc/>
    public override string Name => "global-time";

    /// <inheritdoc/>
    public override string Summary => "One moment for all users: train on what came before, rank what came after.";

    /// <inheritdoc/>
    public override float? RatingThreshold => 4;

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultMetrics { get; } = ["recall_capped@20", "recall_capped@50", "ndcg@100"];

    /// <inheritdoc/>
    public override Split Split(Interactions log, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(log);
        FitRule.RequireTrainOnly(options.FitOn, Name, "whose validation has users of its own");
        if (!log.HasTimes)
        {
            throw new InvalidDataException("The protocol 'global-time' cuts the log at one moment, and the data has no time column.");
        }

        var (kept, words) = Cut.Implicit(log, 4, "ratings ≥ 4 count as 1", 1, options);
        var (first, second) = Cuts(kept, words);
        byte[] marks = [.. Enumerable.Range(0, kept.Count).Select(k => kept.Times[k] < first ? Train : kept.Times[k] < second ? Validation : Test)];
        int[] users = Users(kept, marks, Train);
        var (items, index) = ItemsOf(kept, marks);
        var train = Cut.Matrix(kept, users, items, index, marks, Train);
        var (validation, validates) = Set(kept, items, index, marks, history: Train, heldOut: Validation);
        var (test, tests) = Set(kept, items, index, marks, history: Train | Validation, heldOut: Test);
        if (test.HeldOut.Count == 0)
        {
            throw new InvalidDataException($"None of the {marks.Count(m => m == Test):N0} interactions after the cut is with one of the {items.Count:N0} items seen in training ({words}); expected at least one.");
        }

        return new Split
        {
            Protocol = Name,
            Description = FormattableString.Invariant(
                $"One moment for all users: {words}; before {Moment(log, first)} train ({train.Count:N0} interactions of {users.Length:N0} users, {items.Count:N0} items), from then on validate ({validation.HeldOut.Count:N0} of {validation.Users:N0} users, {validates.New:N0} of them new), from {Moment(log, second)} on test ({test.HeldOut.Count:N0} of {test.Users:N0} users, {tests.New:N0} of them new); the history is what a user did before, nothing for new ones (no draw, so the seed changes nothing). Left out: {Interactions(validates.Unknown)} of validation and {Interactions(tests.Unknown)} of the test with items that training lacks. {FitRule.Words(FitOn.Train, validation)}"),
            MinimumRating = Cut.MinimumRating(log, 4, options),
            Train = train,
            Validation = validation,
            Test = test,
        };
    }

    // The times that 80 % and 90 % of the interactions lie before, or as many as can where several have one time.
    private static (long First, long Second) Cuts(Interactions log, string words)
    {
        long[] times = log.Times.ToArray();
        Array.Sort(times);
        var (first, second) = times.Length == 0 ? (0, 0) : (times[(int)(times.Length * 8L / 10)], times[(int)(times.Length * 9L / 10)]);
        int before = times.AsSpan().IndexOf(first), between = times.AsSpan().IndexOf(second) - before;
        return before > 0 && between > 0 ? (first, second) : throw new InvalidDataException(FormattableString.Invariant(
            $"Found {times.Length:N0} interactions ({words}) of which {Math.Max(0, before):N0} lie before the cut at 80 % and {Math.Max(0, between):N0} between that and the one at 90 %; expected at least one each: filter less, or give times that tell interactions apart."));
    }

    private static int[] Users(Interactions log, byte[] marks, byte mark) =>
        [.. Enumerable.Range(0, log.Users.Count).Where(user => marks.AsSpan(log.Offsets[user]..log.Offsets[user + 1]).Contains(mark))];

    private static (IdMap Items, int[] Index) ItemsOf(Interactions log, byte[] marks)
    {
        int[] index = [.. Enumerable.Repeat(-1, log.Items.Count)];
        for (int k = 0; k < marks.Length; k++)
        {
            index[log.ItemIndices[k]] = marks[k] == Train ? 0 : index[log.ItemIndices[k]];
        }

        int[] kept = [.. Enumerable.Range(0, index.Length).Where(i => index[i] == 0)];
        for (int i = 0; i < kept.Length; i++)
        {
            index[kept[i]] = i;
        }

        return (log.Items.Select(kept), index);
    }

    private static (EvaluationSet Set, (int New, int Unknown) Counts) Set(Interactions log, IdMap items, int[] index, byte[] marks, byte history, byte heldOut)
    {
        int[] users = Users(log, marks, heldOut);
        var set = new EvaluationSet(Cut.Matrix(log, users, items, index, marks, history), Cut.Matrix(log, users, items, index, marks, heldOut));
        int isNew = users.Count(user => (marks[log.Offsets[user]] & history) == 0); // the first interaction is the oldest
        return (set, (isNew, marks.Count(m => m == heldOut) - (int)set.HeldOut.Count));
    }

    private static string Interactions(int count) => FormattableString.Invariant($"{count:N0} {(count == 1 ? "interaction" : "interactions")}");

    private static string Moment(Interactions log, long time) =>
        DatasetSummary.Instant(time, DatasetSummary.UnitOf(log.TimeUnit, log.Times.ToArray().Max())) is { } instant
            ? instant.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) : FormattableString.Invariant($"the time {time}");
}
