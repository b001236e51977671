using System.Diagnostics;
using Encore.Data;
using Encore.Experiments;
using Encore.Recommending;

namespace Encore.Runs;

/// <summary>
/// Recommendations for all users of a log, in one pass: a block of users is scored, ranked and written as a part of the
/// result; after a stop the parts that are there are kept. The parts become the file at the end.
/// </summary>
public sealed class BulkRecommendation
{
    // Users of a part: enough that a part's cost is scoring, few enough that a stop loses seconds.
    private const int PartUsers = 8192;

    private readonly ModelFile _file;
    private readonly Recommender _recommender;
    private readonly RecommendOptions _options;

    /// <summary>A bulk recommendation.</summary>
    /// <param name="file">The model.</param>
    /// <param name="options">What may be recommended, and how much of it.</param>
    /// <exception cref="NotSupportedException">The model predicts ratings and ranks no items.</exception>
    /// <exception cref="ArgumentException">Explanations are asked for, which a file of recommendations has no place
    /// for.</exception>
    public BulkRecommendation(ModelFile file, RecommendOptions options)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Explain)
        {
            throw new ArgumentException("--explain: found it with --users, expected it with --history.", nameof(options));
        }

        (_file, _options) = (file, options);
        _recommender = file.Recommender ?? throw new NotSupportedException($"{file.Title} predicts ratings and ranks no items. Try: encore predict {file.Path} --items …");
    }

    /// <summary>Recommends.</summary>
    /// <param name="users">The log with the users' histories: a file, <c>demo</c>, the name of a data set or its folder.</param>
    /// <param name="data">How the log is written.</param>
    /// <param name="path">The file to write: <c>.parquet</c>, <c>.csv</c> or <c>.jsonl</c>.</param>
    /// <param name="session">Told what was assumed and how far it is.</param>
    /// <param name="cancellationToken">Stops it; what is done is kept, and another call continues.</param>
    /// <exception cref="InvalidDataException">The log is not what it should be, or the model knows none of its
    /// items.</exception>
    /// <exception cref="IOException">The file already exists or cannot be written.</exception>
    public BulkReport Run(string users, DataConfig data, string path, RunSession session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var output = RecommendationFile.For(path);
        long start = Stopwatch.GetTimestamp();
        var log = DataReading.Load(users, data, Path.GetFullPath("."), session, cancellationToken);
        var (liked, seen) = Histories(users, log, session);
        double loaded = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        output.Open(Identity(users, liked, seen));
        int kept = 0, all = seen.Users.Count;
        for (int first = 0, part = 0; first < all; first += PartUsers, part++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(PartUsers, all - first);
            if (output.Has(part))
            {
                kept += count;
            }
            else
            {
                var block = new Histories(liked, first, count);
                output.Write(part, block, _recommender.Recommend(block, _options, new Histories(seen, first, count), cancellationToken));
            }

            session.At("recommend", (double)(first + count) / all, Format.Text($"{first + count:N0} users"));
        }

        long recommended = output.Finish();
        if (output.FallbackUsers > 0)
        {
            string instead = _file.Items.MostUsers > 0 ? "popular items" : "items in the order of their ids, for the model file has no counts of training users";
            session.Say(RunMessage.Note, Format.Text(
                $"{output.FallbackUsers:N0} of {all:N0} users ({100.0 * output.FallbackUsers / all:F1} %) get {instead}: {_recommender.Model.Name} gives all items the same score for them (nothing that they liked is known to it). The column fallback marks them."));
        }

        return new BulkReport(recommended, all, kept, output.FallbackUsers, loaded, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    // What was liked, as the model learned from it, and all that was seen.
    private (InteractionMatrix Liked, InteractionMatrix Seen) Histories(string users, Interactions log, RunSession session)
    {
        if (_file.Provenance.Weighting?.HalfLife is { } days)
        {
            // As in training, old items of a history count less.
            if (log.HasTimes)
            {
                log = log.Filter(new InteractionFilter { Weighting = new InteractionWeighting { HalfLife = days } });
            }
            else
            {
                session.Say(RunMessage.Note, Format.Text($"{users} has no times: in training an interaction counted half after {days} days, and here old and new ones count alike."));
            }
        }

        var given = log.ToMatrix();
        var seen = given.WithItems(_file.Items.Ids);
        WarnOfUnknown(users, given, seen, session);
        NoteStrangers(seen, session);
        if (log.HasRatings && _file.TrainingRatings is { } range && Outside(seen, range) is { } rating)
        {
            string message = Format.Text($"{users}: found rating {rating}, outside the scale of the model's training ratings, {range}");
            session.Say(RunMessage.Warning, _file.Provenance.MinimumRating is { } threshold
                ? Format.Text($"{message}; ratings from {threshold} on count as liked.")
                : $"{message}, which the model computes with.");
        }

        return (log.HasCounts ? seen.AtLeast(_file.LeastCount() ?? float.Epsilon)
            : log.HasRatings && _file.Provenance.MinimumRating is { } least ? seen.AtLeast(least) : seen, seen);
    }

    private void WarnOfUnknown(string users, InteractionMatrix given, InteractionMatrix seen, RunSession session)
    {
        int[] index = given.Items.MapTo(_file.Items.Ids);
        int known = index.Count(i => i >= 0);
        if (known == 0)
        {
            throw new InvalidDataException(Format.Text(
                $"{users}: the model knows none of its {given.Items.Count:N0} items, such as {given.Items[0]}; the model's are such as {_file.Items.Ids[0]}. Check that --columns names the item column, and that the ids are those of the training data."));
        }

        int strangers = Enumerable.Range(0, seen.Users.Count).Count(u => seen.Csr.RowLength(u) == 0);
        if (known < index.Length)
        {
            session.Say(RunMessage.Warning, Format.Text(
                $"{users}: the model does not know {index.Length - known:N0} of {index.Length:N0} items ({100.0 * (index.Length - known) / index.Length:F1} %) with {given.Count - seen.Count:N0} of {given.Count:N0} interactions, such as {given.Items[Array.FindIndex(index, i => i < 0)]}; they are passed over. {strangers:N0} of {seen.Users.Count:N0} users ({100.0 * strangers / seen.Users.Count:F1} %) have no item that it knows."));
        }
    }

    // Of users who are answered in another way than training users, how many there are and how.
    private void NoteStrangers(InteractionMatrix seen, RunSession session)
    {
        string[] strangers = !_file.KnowsUsers ? [] : [.. Enumerable.Range(0, seen.Users.Count).Select(u => seen.Users[u]).Where(user => !_file.KnowsUser(user))];
        if (strangers.Length > 0)
        {
            var request = new RecommendRequest { History = [new HistoryItem(_file.Items.Ids[0])], User = strangers[0], Options = new RecommendOptions { K = 1 } };
            session.Say(RunMessage.Note, Format.Text(
                $"{strangers.Length:N0} of {seen.Users.Count:N0} users ({100.0 * strangers.Length / seen.Users.Count:F1} %) are none of the model's training users, such as {strangers[0]}. {_recommender.Recommend([request])[0].Note}"));
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

    // Parts that were written with another model, other options or other users are not reused.
    private string Identity(string users, InteractionMatrix liked, InteractionMatrix seen) => string.Join('\n',
        RecommendationFile.Columns, _file.Digest, users, liked.Digest(), seen.Digest(),
        _options.K, _options.ExcludeSeen, _options.MinimumUsers, _options.PopularityDiscount, _options.Diversity,
        string.Join(',', _options.Allow ?? ["*"]), string.Join(',', _options.Deny ?? []), string.Join(',', (_options.Where ?? []).Select(w => $"{w.Attribute}{w.Not}{string.Join('|', w.AnyOf)}")));
}

/// <summary>What a bulk recommendation did.</summary>
/// <param name="Recommendations">Recommendations in the file.</param>
/// <param name="Users">Users.</param>
/// <param name="Kept">Those of them whose recommendations were there from an earlier run.</param>
/// <param name="Fallbacks">Those of them who got popular items, since the model tells nothing apart for them.</param>
/// <param name="ReadSeconds">Seconds to read the log.</param>
/// <param name="Seconds">Seconds to recommend.</param>
public sealed record BulkReport(long Recommendations, int Users, int Kept, int Fallbacks, double ReadSeconds, double Seconds);
