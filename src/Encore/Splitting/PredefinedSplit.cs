namespace Encore.Splitting;

/// <summary>
/// Splits that came with the data, so that figures can be compared on exactly the same users and items. Where items are
/// ranked they are those of the training data; what else the other parts hold is left out, and the description counts
/// it. Where ratings are predicted nobody and nothing is left out, as under the protocol <c>rating</c>: a rating of a user
/// or an item that training lacks is predicted by the model's fallback.
/// </summary>
public static class PredefinedSplit
{
    /// <summary>New users: histories to rank from and items to find, for validation and test.</summary>
    /// <param name="train">What models learn from.</param>
    /// <param name="validationHistory">What is known of the validation users; null without validation.</param>
    /// <param name="validationHeldOut">What is to be found for them; null without validation.</param>
    /// <param name="testHistory">What is known of the test users.</param>
    /// <param name="testHeldOut">What is to be found for them.</param>
    /// <exception cref="ArgumentException">One of the validation parts is missing.</exception>
    /// <exception cref="InvalidDataException">Nothing is held out that training knows.</exception>
    public static Split NewUsers(
        Interactions train, Interactions? validationHistory, Interactions? validationHeldOut, Interactions testHistory, Interactions testHeldOut)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(testHistory);
        ArgumentNullException.ThrowIfNull(testHeldOut);
        if (validationHistory is null != validationHeldOut is null)
        {
            throw new ArgumentException("Found one of validation history and validation held-out items, expected both or neither.");
        }

        var left = new LeftOut();
        var validation = validationHistory is null ? null : Set(train.Items, validationHistory, validationHeldOut!, left);
        var test = Set(train.Items, testHistory, testHeldOut, left);
        RequireHeldOut(test, isRating: false);
        return new Split
        {
            Protocol = "predefined",
            Description = FormattableString.Invariant(
                $"Predefined, new users: {train.Users.Count:N0} users train ({train.Count:N0} interactions, {train.Items.Count:N0} items), {validation?.Users ?? 0:N0} validate, {test.Users:N0} test{left}{Words(train)}. {FitRule.Words(FitOn.Train, validation)}"),
            Train = train.ToMatrix(),
            Validation = validation,
            Test = test,
        };
    }

    /// <summary>Known users: some interactions of the training users are kept for validation and test.</summary>
    /// <param name="train">What models learn from, and the history for validation.</param>
    /// <param name="validation">What is to be found for validation; null without. The history for the test has it
    /// too.</param>
    /// <param name="test">What is to be found for the test.</param>
    /// <param name="isRating">Whether held-out values are ratings to predict.</param>
    /// <param name="fitOn">What every model learns from in the end; null: training and validation where ratings are
    /// predicted, else the training part, as under the protocols.</param>
    /// <exception cref="InvalidDataException">Nothing is held out that training knows, or training and validation are to
    /// be learned from and there is no validation.</exception>
    public static Split KnownUsers(
        Interactions train, Interactions? validation, Interactions test, bool isRating = false, FitOn? fitOn = null)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        if (fitOn == FitOn.TrainAndValidation && validation is null)
        {
            throw new InvalidDataException("Found fit-on train+validation and no validation part; give one, or fit on train.");
        }

        var left = new LeftOut();
        Interactions[] logs = validation is null ? [train, test] : [train, validation, test];
        var users = isRating ? IdMap.From(logs.SelectMany(log => Ids(log.Users))) : train.Users;
        var items = isRating ? IdMap.From(logs.SelectMany(log => Ids(log.Items))) : train.Items;
        var trainMatrix = isRating ? Matrix(users, items, [train], without: [], new LeftOut()) : train.ToMatrix();
        var validationMatrix = validation is null ? null : Matrix(users, items, [validation], without: [trainMatrix], left);
        var known = validation is null ? trainMatrix : Matrix(users, items, [train, validation], without: [], new LeftOut());
        var testMatrix = Matrix(users, items, [test], without: [known], left);
        var (set, selection) = (new EvaluationSet(known, testMatrix), validationMatrix is null ? null : new EvaluationSet(trainMatrix, validationMatrix));
        RequireHeldOut(set, isRating);
        var on = validation is null ? FitOn.Train : fitOn ?? (isRating ? FitOn.TrainAndValidation : FitOn.Train);
        return new Split
        {
            Protocol = "predefined",
            Description = FormattableString.Invariant(
                $"Predefined, known users: {users.Count:N0} users, {items.Count:N0} items, {train.Count:N0} interactions train, {validationMatrix?.Count ?? 0:N0} validate, {testMatrix.Count:N0} test{left}{(isRating ? Cold(on == FitOn.Train ? trainMatrix : known, testMatrix) : "")}{Words(train)}. {FitRule.Words(on, selection)}"),
            Train = trainMatrix,
            Validation = selection,
            Test = set,
            TrainAndValidation = validation is null ? null : known,
            FitOn = on,
            IsRating = isRating,
        };
    }

    private static string Words(Interactions train) => train.Weighting is { } weighting ? $"; interactions {weighting}" : "";

    // Test ratings of whom or what the models learn nothing, in words.
    private static string Cold(InteractionMatrix learned, InteractionMatrix test)
    {
        var byItem = learned.Transposed;
        var (users, items) = (new HashSet<int>(), new HashSet<int>());
        int ratings = 0;
        for (int user = 0; user < test.Users.Count; user++)
        {
            foreach (int item in test.Csr.RowIndices(user))
            {
                bool coldUser = learned.Csr.RowLength(user) == 0, coldItem = byItem.RowLength(item) == 0;
                ratings += coldUser || coldItem ? 1 : 0;
                _ = coldUser && users.Add(user);
                _ = coldItem && items.Add(item);
            }
        }

        return ratings == 0 ? "" : FormattableString.Invariant(
            $"; of the test ratings {ratings:N0} {(ratings == 1 ? "is" : "are")} of users ({users.Count:N0}) or items ({items.Count:N0}) without a rating to learn from, and predicted by the models' fallbacks");
    }

    private static EvaluationSet Set(IdMap items, Interactions history, Interactions heldOut, LeftOut left)
    {
        var users = IdMap.From(Ids(history.Users).Concat(Ids(heldOut.Users)));
        var known = Matrix(users, items, [history], [], left);
        return new EvaluationSet(known, Matrix(users, items, [heldOut], [known], left));
    }

    private static IEnumerable<string> Ids(IdMap map) => Enumerable.Range(0, map.Count).Select(i => map[i]);

    private static void RequireHeldOut(EvaluationSet test, bool isRating)
    {
        if (test.HeldOut.Count == 0)
        {
            throw new InvalidDataException(isRating
                ? "No test interaction is left: each is in its user's history, training and validation together."
                : "No test interaction is left: none has an item of the training data that its user's history lacks.");
        }
    }

    // The interactions of some logs, one after another, with the users and items of some maps.
    private static InteractionMatrix Matrix(
        IdMap users, IdMap items, Interactions[] logs, InteractionMatrix[] without, LeftOut left)
    {
        int[][] userRows = [.. logs.Select(log => users.MapTo(log.Users))];
        int[][] itemIndices = [.. logs.Select(log => log.Items.MapTo(items))];
        for (int l = 0; l < logs.Length; l++)
        {
            left.AddUnknownUsers(logs[l], users);
        }

        var offsets = new int[users.Count + 1];
        var (sequence, values, weights) = (new List<int>(), new List<float>(), RowWeights.For(logs));
        var seenBy = Enumerable.Repeat(-1, items.Count).ToArray();
        for (int user = 0; user < users.Count; user++)
        {
            foreach (var matrix in without)
            {
                foreach (int item in matrix.Csr.RowIndices(user))
                {
                    seenBy[item] = user;
                }
            }

            for (int l = 0; l < logs.Length; l++)
            {
                int row = userRows[l][user];
                for (int k = 0; row >= 0 && k < logs[l].UserItems(row).Length; k++)
                {
                    int item = itemIndices[l][logs[l].UserItems(row)[k]];
                    left.UnknownItems += item < 0 ? 1 : 0;
                    left.Repeated += item >= 0 && seenBy[item] == user ? 1 : 0;
                    if (item >= 0 && seenBy[item] != user)
                    {
                        seenBy[item] = user;
                        sequence.Add(item);
                        values.Add(logs[l].UserValues(row)[k]);
                        weights?.Add(logs[l], logs[l].Offsets[row] + k);
                    }
                }
            }

            offsets[user + 1] = sequence.Count;
        }

        return InteractionMatrix.FromRows(users, items, offsets, [.. sequence], [.. values], weights);
    }

    private sealed class LeftOut
    {
        // By id: a user of several parts is one user.
        private readonly HashSet<string> _unknownUsers = new(StringComparer.Ordinal);
        private int _ofUnknownUsers;

        public int UnknownItems { get; set; }

        public int Repeated { get; set; }

        public void AddUnknownUsers(Interactions log, IdMap known)
        {
            int[] rows = log.Users.MapTo(known);
            for (int user = 0; user < rows.Length; user++)
            {
                if (rows[user] < 0)
                {
                    _unknownUsers.Add(log.Users[user]);
                    _ofUnknownUsers += log.UserItems(user).Length;
                }
            }
        }

        public override string ToString()
        {
            string[] parts =
            [
                .. UnknownItems > 0 ? [$"{Interactions(UnknownItems)} with items that training lacks"] : Array.Empty<string>(),
                .. _unknownUsers.Count > 0 ? [FormattableString.Invariant($"{Interactions(_ofUnknownUsers)} of {_unknownUsers.Count:N0} {(_unknownUsers.Count == 1 ? "user" : "users")} that training lacks")] : Array.Empty<string>(),
                .. Repeated > 0 ? [FormattableString.Invariant($"{Repeated:N0} held-out {(Repeated == 1 ? "interaction" : "interactions")} that the history has")] : Array.Empty<string>(),
            ];
            return parts.Length == 0 ? "" : $"; left out: {string.Join(", ", parts)}";
        }

        private static string Interactions(int count) => FormattableString.Invariant($"{count:N0} {(count == 1 ? "interaction" : "interactions")}");
    }
}
