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
    private const byte Train = 1, Validation = 2, Test = 4;

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
        int[] users = [.. Enumerable.Range(0, kept.Users.Count)];
        if (users.Length == 0)
        {
            throw new InvalidDataException($"No user is left ({words}); expected at least one.");
        }

        var marks = new byte[kept.Count];
        foreach (int user in users)
        {
            int[] places = Cut.CanonicalPlaces(kept, user);
            new Rng(seed, (ulong)user).Shuffle(places.AsSpan());
            int tenth = Math.Max(1, (int)Math.Round(places.Length / 10.0, MidpointRounding.AwayFromZero));
            for (int p = 0; p < places.Length; p++)
            {
                marks[places[p]] = p < tenth ? Test : p < 2 * tenth && p < places.Length - 1 ? Validation : Train;
            }
        }

        var train = Cut.Matrix(kept, users, kept.Items, null, marks, Train);
        var both = Cut.Matrix(kept, users, kept.Items, null, marks, Train | Validation);
        var validation = new EvaluationSet(train, Cut.Matrix(kept, users, kept.Items, null, marks, Validation));
        var fitOn = options.FitOn ?? FitOn.Train;
        return new Split
        {
            Protocol = Name,
            Description = FormattableString.Invariant(
                $"Known users: {words}; a random 80/10/10 of each user's interactions trains, validates and tests (seed {seed}). {FitRule.Words(fitOn, validation)}"),
            MinimumRating = Cut.MinimumRating(log, 4, options),
            Train = train,
            Validation = validation,
            Test = new(both, Cut.Matrix(kept, users, kept.Items, null, marks, Test)),
            TrainAndValidation = both,
            FitOn = fitOn,
        };
    }
}
