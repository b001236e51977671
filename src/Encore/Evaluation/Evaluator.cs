using System.Globalization;
using System.Numerics.Tensors;
using Encore.Metrics;

namespace Encore.Evaluation;

/// <summary>
/// Measures models on users: scores a block of them, takes out what they have seen, ranks the best items, counts the
/// hits. Memory holds one block of scores, never users × items, and the numbers do not depend on the block or on the
/// number of threads.
/// </summary>
public static class Evaluator
{
    // Scores in a block: small enough for the last-level cache, large enough to keep the model's kernels busy.
    private const int BlockScores = 4 << 20;

    /// <summary>Ranks the items, or the set's candidates, for every user with something held out; users without a history are
    /// ranked for like all others. Equal scores rank by lower index; a score of +∞ ranks first, and an item with −∞ is never
    /// listed, even where the list stays shorter than k.</summary>
    /// <param name="model">A fitted model.</param>
    /// <param name="set">The users; its items are the model's.</param>
    /// <param name="options">Metrics and settings. A k above the number of unseen items ranks them all.</param>
    /// <param name="cancellationToken">Stops the evaluation between blocks of users.</param>
    /// <exception cref="InvalidDataException">The items are not the model's, no user has anything held out, or the model
    /// scored an item with NaN; the message names model, user and item.</exception>
    /// <exception cref="TrainingDivergedException">A network gave a score that is not finite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static EvaluationReport Evaluate(IRecommender model, EvaluationSet set, EvaluationOptions? options = null, CancellationToken cancellationToken = default) =>
        Evaluate(model, set, options, null, cancellationToken);

    // scored is told of each block of scores before it is ranked: its first user, its users, and the scores, [users, items].
    internal static EvaluationReport Evaluate(
        IRecommender model, EvaluationSet set, EvaluationOptions? options, Action<int, int, float[]>? scored, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        options ??= new EvaluationOptions();
        CheckItems(model, set);
        int[] rows = RowsWithHeldOut(set, model.Name);
        var pass = new RankingPass(model.Name, set, options, rows);
        int items = set.History.Items.Count;
        int block = Math.Max(1, Math.Min(BlockScores / Math.Max(1, items), set.Users));
        var scores = GC.AllocateUninitializedArray<float>(block * items);
        for (int start = 0; start < set.Users; start += block)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(block, set.Users - start);
            model.Score(new Histories(set.History, start, count) { UserFeatures = set.UserFeatures }, scores.AsSpan(0, count * items));
            CheckFinite(model, set, start, scores.AsSpan(0, count * items));
            scored?.Invoke(start, count, scores);
            pass.Take(start, count, scores);
            options.Progress?.Report((double)(start + count) / set.Users);
        }

        return pass.Report();
    }

    /// <summary>Measures lists that were ranked elsewhere, by the same definitions. A user with something held out and no
    /// list has an empty one; an item that the set lacks, or that the user's history has, takes its place and is no
    /// hit. Where the set has candidates, other items are taken out of the lists, except for metrics among all
    /// items.</summary>
    /// <param name="name">What the lists are called in the report.</param>
    /// <param name="lists">Items by original id, best first, by user.</param>
    /// <param name="set">The users.</param>
    /// <param name="options">Metrics and settings.</param>
    /// <param name="cancellationToken">Stops the evaluation between users.</param>
    /// <exception cref="InvalidDataException">A list has an item twice, no list is of a user with something held out, or no
    /// user has anything held out.</exception>
    public static RankedListReport EvaluateLists(
        string name, IReadOnlyDictionary<string, IReadOnlyList<string>> lists, EvaluationSet set, EvaluationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lists);
        ArgumentNullException.ThrowIfNull(set);
        options ??= new EvaluationOptions();
        int[] rows = RowsWithHeldOut(set, name);
        var pass = new RankingPass(name, set, options, rows);
        int longest = options.RankingMetrics().Max(m => m.K);
        bool[]? isCandidate = set.Candidates is null ? null : new bool[set.History.Items.Count];
        foreach (int item in set.Candidates ?? [])
        {
            isCandidate![item] = true;
        }

        var counts = new RankedListReport.Counts();
        foreach (int row in rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] list = lists.TryGetValue(set.History.Users[row], out var given) ? Indices(given, row, set) : [];
            int[] candidates = isCandidate is null ? list : Array.FindAll(list, item => item < 0 || isCandidate[item]);
            var seen = set.History.Csr.RowIndices(row);
            int listable = isCandidate is null ? set.History.Items.Count - seen.Length : set.Candidates!.Length - CountOf(seen, isCandidate);
            counts.Add(candidates, given is not null, seen, Math.Min(longest, listable), list.Length - candidates.Length);
            pass.Take(row, list, candidates);
        }

        return counts.Without < rows.Length
            ? counts.Report(pass.Report(), lists.Count)
            : throw new InvalidDataException(FormattableString.Invariant(
                $"{name}: none of its {lists.Count:N0} users, such as {lists.Keys.FirstOrDefault() ?? "none"}, is one of the {rows.Length:N0} test users, such as {set.History.Users[rows[0]]}; expected lists for the test users."));
    }

    private static int CountOf(ReadOnlySpan<int> items, bool[] isCandidate)
    {
        int count = 0;
        foreach (int item in items)
        {
            count += isCandidate[item] ? 1 : 0;
        }

        return count;
    }

    private static int[] Indices(IReadOnlyList<string> list, int row, EvaluationSet set)
    {
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] indices = new int[list.Count];
        for (int r = 0; r < list.Count; r++)
        {
            if (!ranks.TryAdd(list[r], r))
            {
                throw new InvalidDataException(FormattableString.Invariant(
                    $"The list of user {set.History.Users[row]} has item {list[r]} at ranks {ranks[list[r]] + 1} and {r + 1}; expected each item once."));
            }

            indices[r] = set.History.Items.TryGetIndex(list[r], out int index) ? index : -1;
        }

        return indices;
    }

    /// <summary>Predicts every held-out rating and measures the predictions; by default <c>rmse</c> and <c>mae</c> over all of
    /// them (micro), and <c>rmse_per_user</c>, the mean over users of each user's RMSE, which weighs users alike and is another
    /// number.</summary>
    /// <param name="model">A fitted model.</param>
    /// <param name="set">The users; held-out values are the ratings to predict.</param>
    /// <param name="options">Progress and settings.</param>
    /// <param name="cancellationToken">Stops the evaluation between blocks of users.</param>
    /// <remarks>The standard errors of the micro means treat users as clusters (ratio estimator, delta method), since a
    /// user's ratings err alike. Per-user values of <c>rmse</c> and <c>mae</c> are each user's own.</remarks>
    /// <exception cref="InvalidDataException">No rating is held out, or a prediction is not finite.</exception>
    /// <exception cref="TrainingDivergedException">A network's prediction is not finite.</exception>
    public static EvaluationReport EvaluateRatings(
        IRatingPredictor model, EvaluationSet set, EvaluationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        options ??= new EvaluationOptions();
        const int Block = 4096;
        int[] rows = RowsWithHeldOut(set, model.Name);
        var metrics = options.RatingMetrics();
        var losses = metrics.Select(_ => new double[set.Users]).ToArray();
        var byRating = new RatingGroups();
        var held = set.HeldOut.Csr;
        float[] predictions = [];
        for (int start = 0; start < set.Users; start += Block)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(Block, set.Users - start);
            int first = held.RowOffsets[start], length = held.RowOffsets[start + count] - first;
            if (predictions.Length < length)
            {
                predictions = new float[length];
            }

            var offsets = new int[count + 1];
            for (int r = 0; r <= count; r++)
            {
                offsets[r] = held.RowOffsets[start + r] - first;
            }

            model.Predict(
                new Histories(set.History, start, count) { UserFeatures = set.UserFeatures }, offsets, held.ColumnIndices.AsSpan(first, length), predictions.AsSpan(0, length));
            for (int r = 0; r < count; r++)
            {
                var predicted = predictions.AsSpan(offsets[r]..offsets[r + 1]);
                AddErrors(model, set, start + r, predicted, byRating);
                if (predicted.Length > 0)
                {
                    for (int m = 0; m < metrics.Count; m++)
                    {
                        losses[m][start + r] = metrics[m].LossOf(predicted, held.RowValues(start + r));
                    }

                    options.Lists?.Invoke(start + r, held.RowIndices(start + r), predicted);
                }
            }

            options.Progress?.Report((double)(start + count) / set.Users);
        }

        return RatingReport(model.Name, set, rows, metrics, losses, byRating.Errors);
    }

    // A network's scores are finite; one that is not says that training went wrong, whatever place it would take.
    private static void CheckFinite(IRecommender model, EvaluationSet set, int start, ReadOnlySpan<float> scores)
    {
        if (model is IIterativeModel network && !TensorPrimitives.IsFiniteAll(scores))
        {
            int at = 0;
            while (float.IsFinite(scores[at]))
            {
                at++;
            }

            int items = set.History.Items.Count;
            throw TrainingDivergedException.Measured(network, model.Name, string.Create(CultureInfo.InvariantCulture,
                $"the score of item {set.History.Items[at % items]} for user {set.History.Users[start + (at / items)]} is {scores[at]}"));
        }
    }

    private static void AddErrors(
        IRatingPredictor model, EvaluationSet set, int user, ReadOnlySpan<float> predictions, RatingGroups byRating)
    {
        var ratings = set.HeldOut.Csr.RowValues(user);
        for (int k = 0; k < ratings.Length; k++)
        {
            double error = (double)predictions[k] - ratings[k];
            if (!double.IsFinite(error))
            {
                string whose = $"for user {set.History.Users[user]}, item {set.History.Items[set.HeldOut.Csr.RowIndices(user)[k]]}";
                throw model is IIterativeModel network
                    ? TrainingDivergedException.Measured(network, model.Name, string.Create(CultureInfo.InvariantCulture, $"the prediction {whose} is {predictions[k]}"))
                    : new InvalidDataException($"{model.Name}: found prediction {predictions[k]} {whose}; expected a finite number.");
            }

            byRating.Add(ratings[k], error);
        }
    }

    private static EvaluationReport RatingReport(
        string model, EvaluationSet set, int[] rows, IReadOnlyList<RatingMetric> metrics, double[][] losses, IReadOnlyList<RatingError> byRating)
    {
        int[] counts = [.. Enumerable.Range(0, set.Users).Select(set.HeldOut.Csr.RowLength)];
        var (values, perUser) = (new Dictionary<string, MetricValue>(), new Dictionary<string, double[]>());
        foreach (var (m, metric) in metrics.Index())
        {
            double[] ofUsers = [.. rows.Select(u => metric.FigureOf(losses[m][u] / counts[u]))];
            perUser[metric.Name] = ofUsers;
            if (metric.IsMeanOfUsers)
            {
                values[metric.Name] = MetricValue.Of(ofUsers);
                continue;
            }

            var (mean, error) = Ratio(rows, losses[m], counts);
            values[metric.Name] = new MetricValue(metric.FigureOf(mean), metric.ErrorOf(mean, error));
        }

        return new EvaluationReport
        {
            Model = model,
            UserRows = rows,
            UsersWithoutHeldOut = set.Users - rows.Length,
            Metrics = values,
            LowerIsBetter = metrics.Distinct().ToDictionary(m => m.Name, m => m.LowerIsBetter),
            PerUser = perUser,
            ByRating = byRating,
        };
    }

    // Σ sums / Σ counts over users, and its standard error with users as clusters.
    private static (double Mean, double Error) Ratio(int[] rows, double[] sums, int[] counts)
    {
        double total = 0, n = 0, residuals = 0;
        foreach (int u in rows)
        {
            total += sums[u];
            n += counts[u];
        }

        double mean = total / n;
        foreach (int u in rows)
        {
            double residual = sums[u] - (mean * counts[u]);
            residuals += residual * residual;
        }

        double m = rows.Length;
        return (mean, m > 1 ? Math.Sqrt(residuals * m / (m - 1)) / n : double.NaN);
    }

    private static int[] RowsWithHeldOut(EvaluationSet set, string model)
    {
        if (!set.HeldOut.Users.HasSameIds(set.History.Users) || !set.HeldOut.Items.HasSameIds(set.History.Items))
        {
            throw new InvalidDataException(
                $"Found histories [{set.Users}, {set.History.Items.Count}] and held-out items [{set.HeldOut.Users.Count}, {set.HeldOut.Items.Count}] with other ids; expected the same users and items in the same order.");
        }

        int[] rows = [.. Enumerable.Range(0, set.Users).Where(u => set.HeldOut.Csr.RowLength(u) > 0)];
        return rows.Length > 0
            ? rows
            : throw new InvalidDataException($"{model} cannot be evaluated: none of the {set.Users} users has anything held out.");
    }

    private static void CheckItems(IRecommender model, EvaluationSet set)
    {
        if (!model.Items.HasSameIds(set.History.Items))
        {
            throw new InvalidDataException(
                $"{model.Name} knows {model.Items.Count} items, the histories have {set.History.Items.Count} with other ids; expected the items the model was fitted on.");
        }
    }
}
