using Encore.Numerics;
using Encore.Splitting;

namespace Encore.Article;

/// <summary>The article's ways to cut a log; none is offered as a protocol.</summary>
internal static class ArticleSplits
{
    private const byte Train = 1, Validation = 2, Test = 4;

    /// <summary>A random 75/25 of all ratings. The test users' history is the training part.</summary>
    public static Split Ratings(Interactions log, ulong seed)
    {
        int[] users = AllUsers(log);
        int[] places = [.. users.SelectMany(user => Cut.CanonicalPlaces(log, user))];
        new Rng(seed, Cut.Streams.Ratings).Shuffle(places.AsSpan());
        var marks = new byte[log.Count];
        for (int p = 0; p < places.Length; p++)
        {
            marks[places[p]] = p < places.Length / 4 ? Test : Train;
        }

        var train = Cut.Matrix(log, users, log.Items, null, marks, Train);
        return new Split
        {
            Protocol = "article",
            Description = FormattableString.Invariant($"a random 75/25 of {log.Count:N0} ratings, no validation (seed {seed})"),
            Train = train,
            Test = new(train, Cut.Matrix(log, users, log.Items, null, marks, Test)),
            IsRating = true,
        };
    }

    /// <summary>Of each user's ratings a tenth is test, and a tenth of the rest validation.</summary>
    public static Split RatingsByUser(Interactions log, ulong seed)
    {
        int[] users = AllUsers(log);
        var marks = new byte[log.Count];
        foreach (int user in users)
        {
            int[] places = Shuffled(log, user, seed);
            int test = Share(places.Length, 0.1), validation = Share(places.Length - test, 0.1);
            for (int p = 0; p < places.Length; p++)
            {
                marks[places[p]] = p < test ? Test : p < test + validation ? Validation : Train;
            }
        }

        var train = Cut.Matrix(log, users, log.Items, null, marks, Train);
        return new Split
        {
            Protocol = "article",
            Description = FormattableString.Invariant($"81/9/10 of each user's ratings, {log.Count:N0} in all (seed {seed})"),
            Train = train,
            Validation = new(train, Cut.Matrix(log, users, log.Items, null, marks, Validation)),
            Test = new(train, Cut.Matrix(log, users, log.Items, null, marks, Test)),
            IsRating = true,
        };
    }

    /// <summary>Every rating, of 1 star too, is a 1; ⌊0.8·n⌋ of each user's are training, the rest test. With
    /// <see cref="ArticleLeaks.SelectEpochOnTestUsers"/> the validation users are the test users.</summary>
    public static Split Implicit(Interactions log, ulong seed, ArticleLeaks leaks)
    {
        var ones = log.Filter(new InteractionFilter { Binarize = true });
        int[] users = AllUsers(ones);
        var marks = new byte[ones.Count];
        foreach (int user in users)
        {
            int[] places = Shuffled(ones, user, seed);
            int train = (int)(0.8 * places.Length);
            for (int p = 0; p < places.Length; p++)
            {
                marks[places[p]] = p < train ? Train : Test;
            }
        }

        var history = Cut.Matrix(ones, users, ones.Items, null, marks, Train);
        var test = new EvaluationSet(history, Cut.Matrix(ones, users, ones.Items, null, marks, Test));
        return new Split
        {
            Protocol = "article",
            Description = FormattableString.Invariant(
                $"every rating counts as 1; a random 80/20 of each user's {ones.Count:N0} interactions, no validation (seed {seed})"),
            Train = history,
            Validation = leaks.HasFlag(ArticleLeaks.SelectEpochOnTestUsers) ? test : null,
            Test = test,
        };
    }

    /// <summary>Some training users of the temporal protocol as if they were test users: the last 20 % of what the network
    /// was trained on is to be found from the first 80 %.</summary>
    public static EvaluationSet TrainingUsers(InteractionMatrix train, int count)
    {
        int users = Math.Min(count, train.Users.Count);
        return new EvaluationSet(Part(n => (0, (int)(0.8 * n))), Part(n => ((int)(0.8 * n), n)));

        InteractionMatrix Part(Func<int, (int Start, int End)> range)
        {
            var offsets = new int[users + 1];
            List<int> sequence = [];
            for (int user = 0; user < users; user++)
            {
                var items = train.Sequence(user);
                var (start, end) = range(items.Length);
                sequence.AddRange(items[start..end]);
                offsets[user + 1] = sequence.Count;
            }

            int[] columns = [.. sequence];
            float[] ones = [.. Enumerable.Repeat(1f, columns.Length)];
            for (int user = 0; user < users; user++)
            {
                columns.AsSpan(offsets[user]..offsets[user + 1]).Sort();
            }

            return new InteractionMatrix(
                train.Users.Select([.. Enumerable.Range(0, users)]), train.Items,
                new CsrMatrix(users, train.Items.Count, offsets, columns, ones), [.. sequence]);
        }
    }

    private static int[] AllUsers(Interactions log) => [.. Enumerable.Range(0, log.Users.Count)];

    private static int[] Shuffled(Interactions log, int user, ulong seed)
    {
        int[] places = Cut.CanonicalPlaces(log, user);
        new Rng(seed, (ulong)user).Shuffle(places.AsSpan());
        return places;
    }

    private static int Share(int count, double share) => (int)Math.Round(count * share, MidpointRounding.AwayFromZero);
}
