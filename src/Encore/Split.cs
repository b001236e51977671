namespace Encore;

/// <summary>
/// What a protocol makes of a log: what models learn from, and the users on whom they are selected and tested.
/// All matrices share one item map.
/// </summary>
public sealed record Split
{
    /// <summary>The protocol's name, such as <c>strong</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>What was done to the data, in a sentence or two, with its numbers: printed with every table.</summary>
    public required string Description { get; init; }

    /// <summary>What models learn from, [training users, items].</summary>
    public required InteractionMatrix Train { get; init; }

    /// <summary>The users on whom epochs and hyper-parameters are selected; null where a protocol has none.</summary>
    public EvaluationSet? Validation { get; init; }

    /// <summary>The users on whom a model is tested, once.</summary>
    public required EvaluationSet Test { get; init; }

    /// <summary>Training and validation interactions together; null where there is no validation, or its users are not the
    /// training users.</summary>
    public InteractionMatrix? TrainAndValidation { get; init; }

    /// <summary>What every model learns from in the end: the same for closed forms and networks, and said in
    /// <see cref="Description"/>. Default: the training part.</summary>
    public FitOn FitOn { get; init; }

    /// <summary>What a network learns anew from once validation has selected its epoch
    /// (<see cref="TrainingData.WithValidation"/>); null where the training part is all.</summary>
    public InteractionMatrix? Refit => FitOn == FitOn.TrainAndValidation ? TrainAndValidation : null;

    /// <summary>What is handed to a model's <c>Fit</c>: an iterative model gets the training part, selects its epoch on the
    /// validation users, and learns anew from <see cref="Refit"/>; a model that has no epochs to select gets that at
    /// once.</summary>
    public TrainingData DataFor(IModel model)
    {
        var learned = model is not IIterativeModel && Refit is { } both ? both : Train;
        return new TrainingData(learned)
        {
            Validation = Validation,
            WithValidation = ReferenceEquals(learned, Train) ? Refit : null,
            ItemFeatures = ItemFeatures?.For(learned.Items),
            UserFeatures = UserFeatures?.For(learned.Users),
        };
    }

    /// <summary>What is known of items, the split's or more; null: nothing.</summary>
    public Features? ItemFeatures { get; init; }

    /// <summary>What is known of users, training users and those that are measured; null: nothing.</summary>
    public Features? UserFeatures { get; init; }

    /// <summary>This split with what is known of its items and users beside it.</summary>
    /// <param name="items">Of the items; null: as it is.</param>
    /// <param name="users">Of the users; null: as it is.</param>
    public Split With(Features? items, Features? users) => this with
    {
        ItemFeatures = items ?? ItemFeatures,
        UserFeatures = users ?? UserFeatures,
        Validation = Validation?.With(users),
        Test = Test.With(users),
    };

    /// <summary>Ratings from this on count as 1 in histories; null where values are taken as they are.</summary>
    public float? MinimumRating { get; init; }

    /// <summary>Whether the held-out values are ratings to predict rather than items to rank.</summary>
    public bool IsRating { get; init; }
}

/// <summary>What every model of a split learns from in the end.</summary>
public enum FitOn
{
    /// <summary>The training part alone. Validation selects epochs and options.</summary>
    Train,

    /// <summary>Training and validation together, once validation has selected epochs and options.</summary>
    TrainAndValidation,
}

/// <summary>Users with what a model may know of them and what it has to find.</summary>
public sealed class EvaluationSet(InteractionMatrix history, InteractionMatrix heldOut)
{
    private Features? _userFeatures;

    /// <summary>What the model is given, [users, items].</summary>
    public InteractionMatrix History { get; } = history;

    /// <summary>What was kept from it, [users, items], the same users in the same rows.</summary>
    public InteractionMatrix HeldOut { get; } = heldOut;

    /// <summary>What is known of the users, a row for each; null: nothing.</summary>
    public Features? UserFeatures { get => _userFeatures; init => _userFeatures = value; }

    internal EvaluationSet With(Features? users)
    {
        var set = (EvaluationSet)MemberwiseClone(); // whatever else a set has stays
        set._userFeatures = users?.For(History.Users) ?? _userFeatures;
        return set;
    }

    /// <summary>The items that are ranked, as ascending columns; null, the default: all. What is held out is among them. A
    /// metric whose name begins with <c>all_</c> is measured on the list among all items nevertheless.</summary>
    /// <exception cref="ArgumentException">There is none, one is not a column, they do not ascend, or something held out is
    /// not among them.</exception>
    public int[]? Candidates { get; init => field = Checked(value); }

    /// <summary>Number of users, those with nothing held out among them.</summary>
    public int Users => History.Users.Count;

    /// <summary>The same users with the items of another map: what that lacks is left out, of candidates too.</summary>
    /// <exception cref="ArgumentException">The map has none of the candidates.</exception>
    public EvaluationSet WithItems(IdMap items)
    {
        int[] index = Candidates is null ? [] : History.Items.MapTo(items);
        return new EvaluationSet(History.WithItems(items), HeldOut.WithItems(items))
        {
            UserFeatures = UserFeatures,
            Candidates = Candidates is null ? null : [.. Candidates.Select(i => index[i]).Where(i => i >= 0).Order()],
        };
    }

    private int[]? Checked(int[]? candidates)
    {
        if (candidates is null)
        {
            return null;
        }

        if (candidates.Length == 0)
        {
            throw new ArgumentException("Found no candidate, expected at least one item, or null for all.", nameof(candidates));
        }

        int items = HeldOut.Items.Count;
        var isCandidate = new bool[items];
        for (int k = 0; k < candidates.Length; k++)
        {
            if (candidates[k] < 0 || candidates[k] >= items || (k > 0 && candidates[k] <= candidates[k - 1]))
            {
                throw new ArgumentException(
                    $"Found candidate {candidates[k]} at {k}{(k > 0 ? $", after {candidates[k - 1]}" : "")}; expected ascending columns from 0 to {items - 1}.", nameof(candidates));
            }

            isCandidate[candidates[k]] = true;
        }

        foreach (int item in HeldOut.Csr.ColumnIndices)
        {
            if (!isCandidate[item])
            {
                throw new ArgumentException($"Item {HeldOut.Items[item]} is held out and is no candidate; expected what is held out to be among the candidates.", nameof(candidates));
            }
        }

        return candidates;
    }
}
