using Encore.Numerics;

namespace Encore.Splitting;

/// <summary>What the protocols share: filtering, drawing users, and matrices of chosen interactions.</summary>
public static class Cut
{
    /// <summary>The interactions a ranking protocol works on, all values 1, and in words what was done.</summary>
    public static (Interactions Log, string Words) Implicit(Interactions log, float threshold, string thresholdWords, int minimumPerUser, ProtocolOptions options)
    {
        var filter = new InteractionFilter
        {
            MinimumRating = MinimumRating(log, threshold, options),
            MinimumPerUser = options.MinimumPerUser ?? minimumPerUser,
            MinimumPerItem = options.MinimumPerItem ?? 0,
            MaximumPerUser = options.MaximumPerUser,
            Binarize = true,
            Weighting = options.Weighting,
        };
        var kept = log.Filter(filter);
        string words = log.HasCounts ? options.MinimumRating is { } least ? FormattableString.Invariant($"counts ≥ {least} count as 1") : "every positive count is a 1"
            : !log.HasRatings ? "implicit feedback"
            : options.MinimumRating is { } minimum ? FormattableString.Invariant($"ratings ≥ {minimum} count as 1") : thresholdWords;
        if (filter.MaximumPerUser is { } maximum)
        {
            words += FormattableString.Invariant($", users with {filter.MinimumPerUser}…{maximum} interactions");
        }
        else
        {
            words += FormattableString.Invariant($", users with ≥ {filter.MinimumPerUser} interactions");
        }

        if (filter.MinimumPerItem > 0)
        {
            words += FormattableString.Invariant($", items with ≥ {filter.MinimumPerItem}");
        }

        if (kept.Weighting is { } weighting)
        {
            words += $", {weighting}";
        }

        return (kept, FormattableString.Invariant($"{words}: {kept.Users.Count:N0} users, {kept.Items.Count:N0} items, {kept.Count:N0} interactions"));
    }

    /// <summary>The rating from which on histories count; null where the log has none. A threshold made for stars says
    /// nothing about counts, so those have only one that was asked for.</summary>
    public static float? MinimumRating(Interactions log, float threshold, ProtocolOptions options) =>
        log.HasRatings ? options.MinimumRating ?? threshold : log.HasCounts ? options.MinimumRating : null;

    /// <summary>
    /// How many users validation and test take, each: 10,000 from 100,000 users on (ML-20M), 750 between 5,000 and
    /// 10,000 (ML-1M), else a tenth.
    /// </summary>
    public static int HeldOutUsers(int users, ProtocolOptions options)
    {
        int count = options.HeldOutUsers ?? users switch
        {
            >= 100_000 => 10_000,
            >= 5_000 and < 10_000 => 750,
            _ => users / 10,
        };
        return count >= 1 && count < users / 2.0 ? count : throw new InvalidDataException(TooFew(users, options.HeldOutUsers));
    }

    // Validation and test take as many each, and somebody has to be left to train.
    private static string TooFew(int users, int? asked)
    {
        int most = Math.Max(0, (users - 1) / 2);
        string least = asked is { } count
            ? FormattableString.Invariant($"too few for {count} held-out users: validation takes {count}, test as many, and at least one must be left to train")
            : "expected at least 10: a tenth of them is held out for validation and as many for test";
        string advice = most == 0 ? "3 users are the fewest that can be split, with --held-out-users 1"
            : most == 1 ? "ask for 1 with --held-out-users" : FormattableString.Invariant($"ask for 1 to {most} with --held-out-users");
        return FormattableString.Invariant($"Found {users} {(users == 1 ? "user" : "users")} after filtering, {least}. Filter less{(most == 0 ? ": " : ", or ")}{advice}.");
    }

    /// <summary>Draws validation and test users; all three lists ascend.</summary>
    public static (int[] Train, int[] Validation, int[] Test) Users(int users, int heldOut, ulong seed) => Draw(users, heldOut, seed, Streams.Users);

    private static (int[] Train, int[] Validation, int[] Test) Draw(int count, int heldOut, ulong seed, ulong stream)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Rng(seed, stream).Shuffle(order.AsSpan());
        int[] train = order[..^(2 * heldOut)], validation = order[^(2 * heldOut)..^heldOut], test = order[^heldOut..];
        Array.Sort(train);
        Array.Sort(validation);
        Array.Sort(test);
        return (train, validation, test);
    }

    /// <summary>How many items validation and test take, each: a tenth of all unless asked otherwise, rounded down.</summary>
    /// <exception cref="InvalidDataException">There are too few to leave one for training.</exception>
    public static int HeldOutItems(int items, ProtocolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        double asked = options.HeldOutItems ?? 0.1;

        // The product of a share may miss a whole number by its last bit.
        int count = asked < 1 ? (int)((asked * items) + 1e-9) : (int)asked;
        return count >= 1 && count < items / 2.0 ? count : throw new InvalidDataException(FormattableString.Invariant(
            $"Found {items} {(items == 1 ? "item" : "items")} after filtering, of which validation takes {count} and the test as many{(asked < 1 ? FormattableString.Invariant($", a share of {asked} each") : "")}; expected at least 1 each, and at least 1 left to train. Filter less, or give another share or number with --held-out-items."));
    }

    /// <summary>Draws validation and test items; all three lists ascend.</summary>
    public static (int[] Train, int[] Validation, int[] Test) Items(int items, int heldOut, ulong seed) => Draw(items, heldOut, seed, Streams.Items);

    /// <summary>The items that some of the users have: their map, and each item's index in it or −1.</summary>
    public static (IdMap Items, int[] Index) ItemsOf(Interactions log, int[] users)
    {
        var index = Enumerable.Repeat(-1, log.Items.Count).ToArray();
        foreach (int user in users)
        {
            foreach (int item in log.UserItems(user))
            {
                index[item] = 0;
            }
        }

        int[] kept = [.. Enumerable.Range(0, index.Length).Where(i => index[i] == 0)];
        for (int k = 0; k < kept.Length; k++)
        {
            index[kept[k]] = k;
        }

        return (log.Items.Select(kept), index);
    }

    /// <summary>
    /// The matrix of the marked interactions of some users, with their weights where the log is weighted; items outside the
    /// map are left out.
    /// </summary>
    /// <param name="log">The log.</param>
    /// <param name="users">The rows, ascending.</param>
    /// <param name="items">The columns' ids.</param>
    /// <param name="index">Column of each of the log's items, or −1.</param>
    /// <param name="marks">Beside the log's interactions; null takes all.</param>
    /// <param name="mark">Which marks to take, as bits.</param>
    public static InteractionMatrix Matrix(
        Interactions log, int[] users, IdMap items, int[]? index, byte[]? marks = null, byte mark = 0xFF)
    {
        int length = 0;
        foreach (int user in users)
        {
            length += log.Offsets[user + 1] - log.Offsets[user];
        }

        var offsets = new int[users.Length + 1];
        var (sequence, values, weights) = (new int[length], new float[length], RowWeights.For(log));
        int write = 0;
        for (int row = 0; row < users.Length; row++)
        {
            for (int k = log.Offsets[users[row]]; k < log.Offsets[users[row] + 1]; k++)
            {
                int item = index is null ? log.ItemIndices[k] : index[log.ItemIndices[k]];
                if (item >= 0 && (marks is null || (marks[k] & mark) != 0))
                {
                    sequence[write] = item;
                    values[write++] = log.Values[k];
                    weights?.Add(log, k);
                }
            }

            offsets[row + 1] = write;
        }

        Array.Resize(ref sequence, write);
        Array.Resize(ref values, write);
        return InteractionMatrix.FromRows(log.Users.Select(users), items, offsets, sequence, values, weights);
    }

    /// <summary>Some users with the interactions of one mark for histories and those of another held out.</summary>
    internal static EvaluationSet Set(Interactions log, int[] users, IdMap items, int[] index, byte[] marks, byte history, byte heldOut) =>
        new(Matrix(log, users, items, index, marks, history), Matrix(log, users, items, index, marks, heldOut));

    /// <summary>A user's places in the log in the order of the items' ids, so that a draw from them does not depend on
    /// the order of the log.</summary>
    public static int[] CanonicalPlaces(Interactions log, int user)
    {
        int start = log.Offsets[user];
        int[] places = [.. Enumerable.Range(start, log.Offsets[user + 1] - start)];
        int[] items = [.. log.UserItems(user)];
        Array.Sort(items, places);
        return places;
    }

    /// <summary>Streams of a split's seed, so that no two draws share their numbers.</summary>
    public static class Streams
    {
        /// <summary>Which users are held out.</summary>
        public const ulong Users = ulong.MaxValue;

        /// <summary>Which ratings are held out.</summary>
        public const ulong Ratings = ulong.MaxValue - 1;

        /// <summary>Which items are held out.</summary>
        public const ulong Items = ulong.MaxValue - 2;

        // A user's own draws take the stream of the user's index.
    }
}
