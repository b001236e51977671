using System.Diagnostics;
using Encore.Data;
using Encore.Experiments;
using Encore.Recommending;
using Encore.Runs;

namespace Encore.Cli;

/// <summary>
/// Recommendations for all users of a log, in one pass: a block of users is scored, ranked and written as a part of the
/// result; after a stop the parts that are there are kept. The parts become the file at the end.
/// </summary>
internal sealed class BulkRecommendation(ModelFile file, RecommendOptions options, Terminal terminal)
{
    // Users of a part: enough that a part's cost is scoring, few enough that a stop loses seconds.
    private const int PartUsers = 8192;

    public int Run(string users, string path, bool quiet, Func<Work, ReadOptions> reading, CancellationToken cancellationToken)
    {
        if (options.Explain)
        {
            throw new ArgumentException("--explain: found it with --users, expected it with --history.");
        }

        var recommender = ModelArguments.Recommender(file);
        var output = RecommendationFile.For(path);
        long start = Stopwatch.GetTimestamp();
        var ((liked, seen), loaded) = Work.Run(terminal, quiet, work =>
        {
            var log = DataSpec.Load(users, reading(work));
            return (Histories(users, log, recommender), Stopwatch.GetElapsedTime(start).TotalSeconds);
        });
        start = Stopwatch.GetTimestamp();
        var (recommended, kept) = Work.Run(terminal, quiet, work =>
        {
            output.Open(Identity(users, liked, seen));
            int skipped = 0;
            for (int first = 0, part = 0; first < seen.Users.Count; first += PartUsers, part++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = Math.Min(PartUsers, seen.Users.Count - first);
                if (output.Has(part))
                {
                    skipped += count;
                }
                else
                {
                    var block = new Histories(liked, first, count);
                    output.Write(part, block, recommender.Recommend(block, options, new Histories(seen, first, count)));
                }

                work.At("recommend", (double)(first + count) / seen.Users.Count, Format.Text($"{first + count:N0} users"));
            }

            return (output.Finish(), skipped);
        });
        if (output.FallbackUsers > 0)
        {
            string instead = file.Items.MostUsers > 0 ? "popular items" : "items in the order of their ids, for the model file has no counts of training users";
            terminal.Error.WriteLine(Format.Text(
                $"note: {output.FallbackUsers:N0} of {seen.Users.Count:N0} users ({100.0 * output.FallbackUsers / seen.Users.Count:F1} %) get {instead}: {recommender.Model.Name} gives all items the same score for them (nothing that they liked is known to it). The column fallback marks them."));
        }

        if (!quiet)
        {
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            terminal.Error.WriteLine(Format.Text(
                $"{path}: {recommended:N0} recommendations for {seen.Users.Count:N0} users in {Format.Seconds(seconds)}, read in {Format.Seconds(loaded)}{(kept > 0 ? Format.Text($"; {kept:N0} users were there from an earlier run") : "")}"));
        }

        return Tool.Success;
    }

    // What was liked, as the model learned from it, and all that was seen.
    private (InteractionMatrix Liked, InteractionMatrix Seen) Histories(string users, Interactions log, Recommender recommender)
    {
        var given = log.ToMatrix();
        var seen = given.WithItems(file.Items.Ids);
        WarnOfUnknown(users, given, seen);
        NoteStrangers(recommender, seen);
        if (log.HasRatings && file.TrainingRatings is { } range && Outside(seen, range) is { } rating)
        {
            string message = Format.Text($"{users}: found rating {rating}, outside the scale of the model's training ratings, {range}");
            terminal.Error.WriteLine(file.Provenance.MinimumRating is { } threshold
                ? Format.Text($"warning: {message}; ratings from {threshold} on count as liked.")
                : $"warning: {message}, which the model computes with.");
        }

        return (log.HasCounts ? seen.AtLeast(file.LeastCount() ?? float.Epsilon)
            : log.HasRatings && file.Provenance.MinimumRating is { } least ? seen.AtLeast(least) : seen, seen);
    }

    private void WarnOfUnknown(string users, InteractionMatrix given, InteractionMatrix seen)
    {
        int[] index = given.Items.MapTo(file.Items.Ids);
        int known = index.Count(i => i >= 0);
        if (known == 0)
        {
            throw new InvalidDataException(Format.Text(
                $"{users}: the model knows none of its {given.Items.Count:N0} items, such as {given.Items[0]}; the model's are such as {file.Items.Ids[0]}. Check that --columns names the item column, and that the ids are those of the training data."));
        }

        int strangers = Enumerable.Range(0, seen.Users.Count).Count(u => seen.Csr.RowLength(u) == 0);
        if (known < index.Length)
        {
            terminal.Error.WriteLine(Format.Text(
                $"warning: {users}: the model does not know {index.Length - known:N0} of {index.Length:N0} items ({100.0 * (index.Length - known) / index.Length:F1} %) with {given.Count - seen.Count:N0} of {given.Count:N0} interactions, such as {given.Items[Array.FindIndex(index, i => i < 0)]}; they are passed over. {strangers:N0} of {seen.Users.Count:N0} users ({100.0 * strangers / seen.Users.Count:F1} %) have no item that it knows."));
        }
    }

    // Of users who are answered in another way than training users, how many there are and how.
    private void NoteStrangers(Recommender recommender, InteractionMatrix seen)
    {
        string[] strangers = !file.KnowsUsers ? [] : [.. Enumerable.Range(0, seen.Users.Count).Select(u => seen.Users[u]).Where(user => !file.KnowsUser(user))];
        if (strangers.Length > 0)
        {
            var request = new RecommendRequest { History = [new HistoryItem(file.Items.Ids[0])], User = strangers[0], Options = new RecommendOptions { K = 1 } };
            terminal.Error.WriteLine(Format.Text(
                $"note: {strangers.Length:N0} of {seen.Users.Count:N0} users ({100.0 * strangers.Length / seen.Users.Count:F1} %) are none of the model's training users, such as {strangers[0]}. {recommender.Recommend([request])[0].Note}"));
        }
    }

    private static float? Outside(InteractionMatrix seen, RatingRange range)
    {
        for (int user = 0; user < seen.Users.Count; user++)
        {
            foreach (float rating in seen.Csr.RowValues(user))
            {
                if (!range.Contains(rating))
                {
                    return rating;
                }
            }
        }

        return null;
    }

    // Parts of another model, other options or other users are not gone on with.
    private string Identity(string users, InteractionMatrix liked, InteractionMatrix seen) => string.Join('\n',
        RecommendationFile.Columns, file.Digest, users, liked.Digest(), seen.Digest(),
        options.K, options.ExcludeSeen, options.MinimumUsers, options.PopularityDiscount, options.Diversity,
        string.Join(',', options.Allow ?? ["*"]), string.Join(',', options.Deny ?? []), string.Join(',', (options.Where ?? []).Select(w => $"{w.Attribute}{w.Not}{string.Join('|', w.AnyOf)}")));
}
