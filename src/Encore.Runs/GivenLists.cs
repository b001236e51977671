using Encore.Data;
using Encore.Evaluation;
using Encore.Metrics;

namespace Encore.Runs;

/// <summary>What another tool recommended or predicted, measured like a model of ours.</summary>
internal static class GivenLists
{
    /// <summary>Measures a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="split">The split whose test users it is for.</param>
    /// <param name="options">Metrics and settings.</param>
    /// <param name="dropSeen">Whether items of a user's history are taken out of the user's list first.</param>
    /// <param name="warn">Takes warnings.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static EvaluationReport Measure(string path, Split split, EvaluationOptions options, bool dropSeen, Action<string> warn, CancellationToken cancellationToken)
    {
        string name = Path.GetFileName(path);
        if (split.IsRating)
        {
            return dropSeen
                ? throw new ArgumentException("--drop-seen: ratings are predicted one by one, so there is no list to drop from.")
                : Evaluator.EvaluateRatings(new GivenRatings(name, split.Test.History.Items, RankedListReader.ReadPredictions(path, cancellationToken)), split.Test, options, cancellationToken);
        }

        var lists = RankedListReader.ReadLists(path, cancellationToken);
        var result = Evaluator.EvaluateLists(name, dropSeen ? Unseen(lists, split.Test.History) : lists, split.Test, options, cancellationToken);
        Warn(result, options, warn);
        if (split.Test.Candidates is not null && result.OtherItems == 0 && options.Metrics!.OfType<RankingMetric>().Any(m => m.IsAmongAll))
        {
            warn("no list has an item that is no candidate, so what is measured among all items is what is measured among the candidates");
        }

        return result.Report;
    }

    private static Dictionary<string, IReadOnlyList<string>> Unseen(IReadOnlyDictionary<string, IReadOnlyList<string>> lists, InteractionMatrix history)
    {
        return lists.ToDictionary(list => list.Key, list => history.Users.TryGetIndex(list.Key, out int row) ? Without(list.Value, row) : list.Value);

        IReadOnlyList<string> Without(IReadOnlyList<string> list, int row)
        {
            var seen = history.Csr.RowIndices(row).ToArray().Select(i => history.Items[i]).ToHashSet(StringComparer.Ordinal);
            return [.. list.Where(item => !seen.Contains(item))];
        }
    }

    private static void Warn(RankedListReport found, EvaluationOptions options, Action<string> warn)
    {
        int users = found.UsersWithList + found.UsersWithoutList, longest = options.Metrics!.OfType<RankingMetric>().Max(m => m.K);
        Say(found.UsersWithoutList, "test user has no list, which counts as an empty one", "test users have no list, which counts as an empty one", $" (of {users:N0})");
        Say(found.OtherUsers, "list is of a user who is no test user; it is passed over", "lists are of users who are no test users; they are passed over");
        Say(found.UnknownItems, "listed item is not in the catalogue; it takes its place and is no hit", "listed items are not in the catalogue; they take their places and are no hits");
        Say(found.SeenItems, "listed item is in the user's history; it takes its place and is no hit", "listed items are in their users' histories; they take their places and are no hits", $" (--drop-seen drops what was seen)");
        Say(found.OtherItems, "listed item is no candidate; only metrics among all items look at it", "listed items are no candidates; only metrics among all items look at them");
        Say(found.ShortLists, "list is shorter than it could be", "lists are shorter than they could be", $" (metrics look at {longest:N0} items)");

        void Say(int count, string one, string many, FormattableString? more = null)
        {
            if (count > 0)
            {
                warn(FormattableString.Invariant($"{count:N0} {(count == 1 ? one : many)}") + (more is null ? "" : FormattableString.Invariant(more)));
            }
        }
    }

    // Predictions that were made elsewhere, as a model.
    private sealed class GivenRatings(string name, IdMap items, IReadOnlyDictionary<(string User, string Item), float> predictions) : IRatingPredictor
    {
        public string Name => name;

        public IdMap Items => items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
            // They are as they are.
        }

        public void Predict(Histories users, ReadOnlySpan<int> offsets, ReadOnlySpan<int> itemIndices, Span<float> ratings)
        {
            for (int r = 0; r < users.Count; r++)
            {
                for (int k = offsets[r]; k < offsets[r + 1]; k++)
                {
                    ratings[k] = predictions.TryGetValue((users.User(r), Items[itemIndices[k]]), out float rating) ? rating : throw new InvalidDataException(
                        $"{name}: found no prediction of user {users.User(r)} for item {Items[itemIndices[k]]}; expected one for every held-out rating.");
                }
            }
        }
    }
}
