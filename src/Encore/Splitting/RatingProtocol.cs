using Encore.Numerics;

namespace Encore.Splitting;

/// <summary>
/// P3, rating prediction (Sedhain et al. 2015): a random tenth of all ratings is test, a tenth of the rest validation;
/// five splits with seeds s, s + 1, …; RMSE and MAE over all test ratings. Predictions use training ratings only; items
/// and users keep their place even when no training rating is left of them.
/// </summary>
public sealed class RatingProtocol(ProtocolOptions options) : Protocol
{
    private const byte Train = 1, Validation = 2, Test = 4;

    /// <inheritdoc/>
    public override string Name => "rating";

    /// <inheritdoc/>
    public override string Summary =>
        "Rating prediction: a random 90/10 of all ratings, five times (Sedhain et al. 2015).";

    /// <inheritdoc/>
    public override bool IsRating => true;

    /// <inheritdoc/>
    public override int Repetitions { get; } = options.Repetitions ?? 5;

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultMetrics { get; } = ["rmse", "mae", "rmse_per_user"];

    /// <inheritdoc/>
    public override Split Split(Interactions log, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (!log.HasRatings)
        {
            throw new InvalidDataException(log.HasCounts
                ? "The protocol 'rating' predicts ratings, and the data has counts. If they are ratings all the same, say so: columns rating=NAME."
                : "The protocol 'rating' predicts ratings, and the data has no rating column.");
        }

        if (options.Weighting is { } weighting)
        {
            throw new InvalidDataException($"The protocol 'rating' predicts the values, and interactions are to be {weighting}; weights are for protocols that rank items.");
        }

        var kept = log.Filter(new InteractionFilter
        {
            MinimumRating = options.MinimumRating,
            MinimumPerUser = options.MinimumPerUser ?? 0,
            MinimumPerItem = options.MinimumPerItem ?? 0,
            MaximumPerUser = options.MaximumPerUser,
        });
        if (kept.Count < 10)
        {
            throw new InvalidDataException(FormattableString.Invariant($"Found {kept.Count} ratings{Filters()}, expected at least 10 to hold a tenth out."));
        }

        int[] users = [.. Enumerable.Range(0, kept.Users.Count)];
        byte[] marks = Draw(kept, users, seed);
        var train = Cut.Matrix(kept, users, kept.Items, null, marks, Train);
        var both = Cut.Matrix(kept, users, kept.Items, null, marks, Train | Validation);
        var validation = new EvaluationSet(train, Cut.Matrix(kept, users, kept.Items, null, marks, Validation));
        var fitOn = options.FitOn ?? FitOn.TrainAndValidation;
        return new Split
        {
            Protocol = Name,
            Description = FormattableString.Invariant(
                $"Rating prediction: {kept.Count:N0} ratings of {kept.Users.Count:N0} users for {kept.Items.Count:N0} items{Filters()}; a random 90/10 trains and tests, a tenth of the training part validates (seed {seed}). {FitRule.Words(fitOn, validation)}"),
            Train = train,
            Validation = validation,
            Test = new(both, Cut.Matrix(kept, users, kept.Items, null, marks, Test)),
            TrainAndValidation = both,
            FitOn = fitOn,
            IsRating = true,
        };
    }

    // What was left out, in words; nothing where all ratings were kept.
    private string Filters()
    {
        string[] words =
        [
            .. options.MinimumRating is { } rating ? [FormattableString.Invariant($"ratings ≥ {rating}")] : Array.Empty<string>(),
            .. options.MinimumPerUser is > 0 and var user ? [FormattableString.Invariant($"users with ≥ {user}")] : Array.Empty<string>(),
            .. options.MaximumPerUser is { } most ? [FormattableString.Invariant($"users with ≤ {most}")] : Array.Empty<string>(),
            .. options.MinimumPerItem is > 0 and var item ? [FormattableString.Invariant($"items with ≥ {item}")] : Array.Empty<string>(),
        ];
        return words.Length == 0 ? "" : $" ({string.Join(", ", words)})";
    }

    private static byte[] Draw(Interactions log, int[] users, ulong seed)
    {
        // The places in the order of users' and items' ids, shuffled: a draw that does not see the order of the log.
        int[] places = [.. users.SelectMany(user => Cut.CanonicalPlaces(log, user))];
        new Rng(seed, Cut.Streams.Ratings).Shuffle(places.AsSpan());
        int test = (int)Math.Round(places.Length * 0.1), validation = (int)Math.Round((places.Length - test) * 0.1);
        var marks = new byte[places.Length];
        for (int p = 0; p < places.Length; p++)
        {
            marks[places[p]] = p < test ? Test : p < test + validation ? Validation : Train;
        }

        return marks;
    }
}
