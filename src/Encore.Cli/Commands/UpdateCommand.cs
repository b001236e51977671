using System.CommandLine;
using System.Diagnostics;
using Encore.Data;
using Encore.Experiments;
using Encore.Models;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore update FILE</c>: a model file learns from more data without starting anew.</summary>
internal sealed class UpdateCommand
{
    private readonly ModelArguments _model = new();
    private readonly Option<string?> _data = new("--data", "-d") { Description = "The new interactions: for EASE of users that it has not learnt from, for networks of any", HelpName = "SPEC" };
    private readonly Option<string?> _out = new("--out") { Description = "The model file to write; it may be the one that was read", HelpName = "FILE" };
    private readonly Option<string[]> _set = new("--set") { Description = "How a network goes on, such as epochs=3 or learning-rate=0.0001; may be given several times", HelpName = "OPTION=VALUE" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of the training", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _knownUsers = new("--known-users") { Description = "Users whom the model has learned from already: error (default), skip (learn from the others only), or more (networks only: what the log has of them is new)", HelpName = "POLICY" };
    private readonly DataArguments _reading = new();

    private UpdateCommand()
    {
    }

    public static Command Create(Terminal terminal) => new UpdateCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("update", "Teach a model file more: EASE adds new users to its Gram matrix, networks go on from their weights");
        _model.AddFileTo(command);
        foreach (Option option in (Option[])[_data, _out, _set, _knownUsers, _seed])
        {
            command.Add(option);
        }

        _reading.AddTo(command);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore update ease.encore --data new-users.csv --out ease2.encore",
            "encore update vae.encore --data last-week.csv --known-users more --set epochs=2 --set learning-rate=0.0002 --out vae2.encore");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        string path = result.GetValue(_out) ?? throw new ArgumentException("--out: found nothing, expected the model file to write.");
        string spec = result.GetValue(_data) ?? throw new ArgumentException("--data: found nothing, expected the new interactions.");
        TrainedModel.Check(path);
        var file = _model.Load(result, map: false);
        var log = DataSpec.Load(spec, _reading.Read(result, note => terminal.Error.WriteLine($"note: {note}"), Work.Teller(terminal), null, cancellationToken));
        if (log.HasCounts)
        {
            log = log.Filter(new InteractionFilter { MinimumRating = file.LeastCount(), Binarize = true });
        }
        else if (file.Provenance.MinimumRating is { } least)
        {
            log = log.Filter(new InteractionFilter { MinimumRating = least, Binarize = true });
        }

        if (log.Count == 0)
        {
            throw new InvalidDataException($"{spec}: found nothing to learn from{(file.Provenance.MinimumRating is { } threshold ? Format.Text($" rated {threshold} or higher") : "")}.");
        }

        var policy = DataArguments.Choice<KnownUserPolicy>(result.GetValue(_knownUsers), "--known-users");
        (log, int known) = WithoutKnown(file, log, spec, policy, terminal);
        var users = log.ToMatrix();
        string digest = users.Digest();
        RefuseSameData(file, digest, spec);
        long start = Stopwatch.GetTimestamp();
        var context = new FitContext { Seed = result.GetValue(_seed), WarmStart = true, Callback = new EpochLines(terminal.Error) };
        var model = Learn(file, users, result.GetValue(_set) ?? [], context, terminal, cancellationToken);
        var ids = model.Items;
        var (before, more) = (file.Items.Ids.MapTo(ids), TrainedModel.UsersOf(users.WithItems(ids)));
        for (int i = 0; i < before.Length; i++)
        {
            more[before[i]] += file.Items.Users[i];
        }

        ModelFile.Save(path, model, file.Items.For(ids, more), file.Provenance with
        {
            Description = $"{file.Provenance.Description} Then updated with {spec}: {users.Users.Count} users, {users.Count} interactions.",
            Metrics = new Dictionary<string, double>(), // measured before it learnt more
            Fingerprint = null,
            Learned = [.. Earlier(file), digest],
        });
        terminal.Error.WriteLine(Format.Text(
            $"Learnt from {users.Users.Count - known:N0} more users{(known > 0 ? Format.Text($" and more of {known:N0} known ones") : "")} in {Format.Seconds(Stopwatch.GetElapsedTime(start).TotalSeconds)}; {ids.Count - before.Length:N0} new items. Model file {path}"));
        return Tool.Success;
    }

    private enum KnownUserPolicy
    {
        Error,
        Skip,
        More,
    }

    // The log without whom the model must not learn from again, and how many of those who are left it knows.
    private static (Interactions Log, int Known) WithoutKnown(ModelFile file, Interactions log, string spec, KnownUserPolicy policy, Terminal terminal)
    {
        bool isEase = file.Model is Ease;
        if (isEase && policy == KnownUserPolicy.More)
        {
            throw new ArgumentException("--known-users: found more, expected error or skip. EASE cannot learn what known users did since, for their products with what they did before are missing; train it anew on all data.");
        }

        if (file.LearnedUsers is not { } learned)
        {
            if (isEase ? file.Options["keep-gram"] == "true" : file.Entry.IsIterative)
            {
                terminal.Error.WriteLine($"warning: {file.Path} does not say whom it has learned from (it is of an earlier release, or of more than 4,194,304 users), so nobody can be checked. Users who are learned twice count twice.");
            }

            return (log, 0);
        }

        bool[] known = [.. Enumerable.Range(0, log.Users.Count).Select(u => learned.Contains(log.Users[u]))];
        int count = known.Count(k => k);
        if (count == 0 || policy == KnownUserPolicy.More)
        {
            return (log, count);
        }

        string found = Format.Text($"{spec}: {file.Path} has learned from {count:N0} of its {log.Users.Count:N0} users already, such as {log.Users[Array.IndexOf(known, true)]}");
        if (policy == KnownUserPolicy.Error || count == known.Length)
        {
            throw new InvalidDataException($"{found}. Learning them again would count them twice."
                + (policy == KnownUserPolicy.Skip ? " Nobody is left without them." : " Leave them out with --known-users skip")
                + (isEase ? ". What they did since needs training anew on all data." : ", or, where the log has only what they did since, go on with --known-users more."));
        }

        terminal.Error.WriteLine($"note: {found}; they are left out.");
        var keep = new bool[log.Count];
        for (int user = 0; user < known.Length; user++)
        {
            keep.AsSpan(log.Offsets[user]..log.Offsets[user + 1]).Fill(!known[user]);
        }

        return (log.Where(keep), 0);
    }

    // Whatever was said of the users: the same interactions are not new ones.
    private static void RefuseSameData(ModelFile file, string digest, string spec)
    {
        if (Earlier(file).Contains(digest))
        {
            throw new InvalidDataException($"{spec}: {file.Path} has learned from exactly these interactions already. Learning them again would count them twice.");
        }
    }

    private static IEnumerable<string> Earlier(ModelFile file) =>
        file.Provenance.Learned ?? (file.Provenance.Fingerprint is { } first ? [first] : []);

    private static IModel Learn(
        ModelFile file, InteractionMatrix users, string[] settings, FitContext context, Terminal terminal, CancellationToken cancellationToken)
    {
        if (file.Model is Ease ease)
        {
            if (settings.Length > 0)
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
            terminal.Error.WriteLine(Format.Text($"{users.Count - known.Count:N0} interactions with items that the network does not have are passed over."));
        }

        var model = file.WithOptions(settings.Select(s => s.Split('=', 2)).ToDictionary(
            s => s[0].StartsWith(file.Entry.Name + '.', StringComparison.OrdinalIgnoreCase) ? s[0][(file.Entry.Name.Length + 1)..] : s[0],
            s => s.Length == 2 ? s[1] : throw new ArgumentException($"--set: found {s[0]}, expected OPTION=VALUE.")));
        model.Fit(known, context, cancellationToken);
        return model;
    }

    private sealed class EpochLines(TextWriter writer) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report) => writer.WriteLine(report);
    }
}
