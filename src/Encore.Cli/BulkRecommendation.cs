using System.Diagnostics;
using Encore.Cli.Output;
using Encore.Data;

namespace Encore.Cli;

/// <summary>
/// Recommendations for all users of a log, in one pass: a block of users is scored, ranked and written as a part of the
/// result; after a stop the parts that are there are kept. The parts become the file at the end.
/// </summary>
internal sealed class BulkRecommendation(ModelFile file, RecommendOptions options, Terminal terminal)
{
    // Users of a part: enough that a part's cost is scoring, few enough that a stop loses seconds.
    private const int PartUsers = 8192;

    public int Run(string users, string path, bool quiet, Func<IProgress<double>?, ReadOptions> reading, CancellationToken cancellationToken)
    {
        if (options.Explain)
        {
            throw new ArgumentException("--explain: found it with --users, expected it with --history.");
        }

        var recommender = ModelArguments.Recommender(file);
        var output = RecommendationFile.For(path);
        long start = Stopwatch.GetTimestamp();
        var (histories, loaded) = Work.Run(terminal, quiet, work =>
        {
            var log = DataSpec.Load(users, reading(new Relay<double>(f => work.At("read", f))));
            return (Histories(log), Stopwatch.GetElapsedTime(start).TotalSeconds);
        });
        start = Stopwatch.GetTimestamp();
        var (recommended, kept) = Work.Run(terminal, quiet, work =>
        {
            output.Open(Identity(users, histories));
            int skipped = 0;
            for (int first = 0, part = 0; first < histories.Users.Count; first += PartUsers, part++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = Math.Min(PartUsers, histories.Users.Count - first);
                if (output.Has(part))
                {
                    skipped += count;
                }
                else
                {
                    var block = new Histories(histories, first, count);
                    output.Write(part, block, recommender.Recommend(block, options));
                }

                work.At("recommend", (double)(first + count) / histories.Users.Count, Format.Text($"{first + count:N0} users"));
            }

            return (output.Finish(), skipped);
        });
        if (!quiet)
        {
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            terminal.Error.WriteLine(Format.Text(
                $"{path}: {recommended:N0} recommendations for {histories.Users.Count:N0} users in {Format.Seconds(seconds)}, read in {Format.Seconds(loaded)}{(kept > 0 ? Format.Text($"; {kept:N0} users were there from an earlier run") : "")}"));
        }

        return Tool.Success;
    }

    // As the model learnt from them: only what was liked enough, all values 1.
    private InteractionMatrix Histories(Interactions log)
    {
        var all = log.ToMatrix().WithItems(file.Items.Ids);
        return log.HasRatings && file.Provenance.MinimumRating is { } least ? all.AtLeast(least) : all;
    }

    // Parts of another model, other options or other users are not gone on with.
    private string Identity(string users, InteractionMatrix histories) => string.Join('\n',
        file.Digest, users, ModelProvenance.DigestOf(histories), options.K, options.ExcludeSeen, options.MinimumUsers, options.PopularityDiscount, options.Diversity,
        string.Join(',', options.Allow ?? ["*"]), string.Join(',', options.Deny ?? []), string.Join(',', (options.Where ?? []).Select(w => $"{w.Attribute}{w.Not}{string.Join('|', w.AnyOf)}")));
}
