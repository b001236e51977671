using System.Diagnostics;
using Encore.Experiments;
using Encore.Models;

namespace Encore.Runs;

/// <summary>What becomes of users of a log whom a model has learned from already.</summary>
public enum KnownUserPolicy
{
    /// <summary>They are refused: learning them again would count them twice.</summary>
    Error,

    /// <summary>They are left out.</summary>
    Skip,

    /// <summary>What the log has of them is new, and learned too; networks only.</summary>
    More,
}

/// <summary>Teaches a model file more without starting anew: EASE adds users to its Gram matrix, networks continue from their
/// weights.</summary>
public sealed class LearnMore
{
    /// <summary>How a network continues, such as <c>epochs=3</c>: options by name.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>What becomes of users whom the model knows. Default: an error.</summary>
    public KnownUserPolicy KnownUsers { get; init; }

    /// <summary>The seed of the training. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Learns, and writes the new model file.</summary>
    /// <param name="file">The model; loaded, not mapped, where it is EASE.</param>
    /// <param name="spec">The new interactions: a file, <c>demo</c>, the name of a data set or its folder.</param>
    /// <param name="data">How they are written.</param>
    /// <param name="path">The file to write; it may be the one that was read.</param>
    /// <param name="session">Told what was assumed, and each epoch.</param>
    /// <param name="cancellationToken">Stops it; nothing is written then.</param>
    /// <exception cref="ArgumentException">The model does not learn on, or not so.</exception>
    /// <exception cref="InvalidDataException">There is nothing to learn, or it was learned before.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public LearnMoreReport Run(ModelFile file, string spec, DataConfig data, string path, RunSession session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(session);
        TrainedModel.Check(path);
        var log = Liked(file, DataReading.Load(spec, data, Path.GetFullPath("."), session, cancellationToken));
        if (log.Count == 0)
        {
            throw new InvalidDataException($"{spec}: found nothing to learn from{(file.Provenance.MinimumRating is { } threshold ? Format.Text($" rated {threshold} or higher") : "")}.");
        }

        (log, int known) = WithoutKnown(file, log, spec, session);
        var users = log.ToMatrix();
        string digest = users.Digest();
        if (Earlier(file).Contains(digest))
        {
            // Whatever was said of the users: the same interactions are not new ones.
            throw new InvalidDataException($"{spec}: {file.Path} has learned from exactly these interactions already. Learning them again would count them twice.");
        }

        long start = Stopwatch.GetTimestamp();
        var model = Learn(file, users, new FitContext { Compute = file.Compute, Seed = Seed, WarmStart = true, Callback = new EpochLines(session) }, session, cancellationToken);
        var ids = model.Items;
        var (before, more) = (file.Items.Ids.MapTo(ids), TrainedModel.UsersOf(users.WithItems(ids)));
        for (int i = 0; i < before.Length; i++)
        {
            more[before[i]] += file.Items.Users[i];
        }

        ModelFile.Save(path, model, file.Items.For(ids, more), file.Provenance with
        {
            Description = Format.Text($"{file.Provenance.Description} Then updated with {spec}: {users.Users.Count} users, {users.Count} interactions."),
            Metrics = new Dictionary<string, double>(), // measured before it learned more
            Fingerprint = null,
            Learned = [.. Earlier(file), digest],
        }, file.Models);
        return new LearnMoreReport(users.Users.Count - known, known, ids.Count - before.Length, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    // What counts as liked for the model, and how much.
    private static Interactions Liked(ModelFile file, Interactions log)
    {
        var weighting = file.Provenance.Weighting;
        return log.HasCounts ? log.Filter(new InteractionFilter { MinimumRating = file.LeastCount(), Binarize = true, Weighting = weighting })
            : file.Provenance.MinimumRating is { } least ? log.Filter(new InteractionFilter { MinimumRating = least, Binarize = true, Weighting = weighting })
            : weighting is not null ? log.Filter(new InteractionFilter { Binarize = true, Weighting = weighting })
            : log;
    }

    // The log without whom the model must not learn from again, and how many of those who are left it knows.
    private (Interactions Log, int Known) WithoutKnown(ModelFile file, Interactions log, string spec, RunSession session)
    {
        bool isEase = file.Model is Ease;
        if (isEase && KnownUsers == KnownUserPolicy.More)
        {
            throw new ArgumentException("--known-users: found more, expected error or skip. EASE cannot learn what known users did since, for their products with what they did before are missing; train it anew on all data.");
        }

        if (file.LearnedUsers is not { } learned)
        {
            if (isEase ? file.Options["keep-gram"] == "true" : file.Entry.IsIterative)
            {
                session.Say(RunMessage.Warning, $"{file.Path} does not say whom it has learned from (it is of an earlier release, or of more than 4,194,304 users), so nobody can be checked. Users who are learned twice count twice.");
            }

            return (log, 0);
        }

        bool[] known = [.. Enumerable.Range(0, log.Users.Count).Select(u => learned.Contains(log.Users[u]))];
        int count = known.Count(k => k);
        if (count == 0 || KnownUsers == KnownUserPolicy.More)
        {
            return (log, count);
        }

        string found = Format.Text($"{spec}: {file.Path} has learned from {count:N0} of its {log.Users.Count:N0} users already, such as {log.Users[Array.IndexOf(known, true)]}");
        if (KnownUsers == KnownUserPolicy.Error || count == known.Length)
        {
            throw new InvalidDataException($"{found}. Learning them again would count them twice."
                + (KnownUsers == KnownUserPolicy.Skip ? " Nobody is left without them." : " Leave them out with --known-users skip")
                + (isEase ? ". What they did since needs training anew on all data." : ", or, where the log has only what they did since, continue with --known-users more."));
        }

        session.Say(RunMessage.Note, $"{found}; they are left out.");
        var keep = new bool[log.Count];
        for (int user = 0; user < known.Length; user++)
        {
            keep.AsSpan(log.Offsets[user]..log.Offsets[user + 1]).Fill(!known[user]);
        }

        return (log.Where(keep), 0);
    }

    private static IEnumerable<string> Earlier(ModelFile file) =>
        file.Provenance.Learned ?? (file.Provenance.Fingerprint is { } first ? [first] : []);

    private IModel Learn(ModelFile file, InteractionMatrix users, FitContext context, RunSession session, CancellationToken cancellationToken)
    {
        if (file.Model is Ease ease)
        {
            if (Options.Count > 0)
            {
                throw new ArgumentException("--set: EASE is solved anew with the options of its file, so there is nothing to set.");
            }

            if (file.Options["keep-gram"] != "true")
            {
                throw new InvalidDataException($"{file.Path}: {file.Title} did not keep its Gram matrix. Train it with --set keep-gram=true.");
            }

            ease.Update(users, context, cancellationToken);
            return ease;
        }

        if (!file.Entry.IsIterative)
        {
            throw new ArgumentException($"{file.Entry.Name} does not learn on from a file; EASE and the networks do. Train it anew on all data.");
        }

        var known = users.WithItems(file.Items.Ids);
        if (known.Count < users.Count)
        {
            session.Say(RunMessage.Information, Format.Text($"{users.Count - known.Count:N0} interactions with items that the network does not have are ignored."));
        }

        var model = file.WithOptions(Options);
        model.Fit(known, context, cancellationToken);
        return model;
    }
}

/// <summary>What a model learned on.</summary>
/// <param name="NewUsers">Users whom it had not learned from.</param>
/// <param name="KnownUsers">Users of whom it learned more.</param>
/// <param name="NewItems">Items that it had not known.</param>
/// <param name="Seconds">Seconds to learn and write.</param>
public sealed record LearnMoreReport(int NewUsers, int KnownUsers, int NewItems, double Seconds);
