using System.CommandLine;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs remove ID …</c>: runs and their files are gone.</summary>
internal sealed class RunsRemoveCommand
{
    private readonly RunsArguments _runs = new();
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask" };

    public static Command Create(Terminal terminal) => new RunsRemoveCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("remove", "Remove runs, those that belong to them, and all of their files") { _yes };
        _runs.AddIdsTo(command).AddWhereTo(command).AddFolderTo(command);
        command.SetAction(result => Run(result, terminal));
        Examples.AddTo(command,
            "encore runs remove 0a1b 2c3d",
            "encore runs remove --where \"status=failed or tag=throwaway\" --yes");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal)
    {
        var store = _runs.Store(result);

        // What cannot be read is removed where its whole id is given.
        string[] damaged = [.. _runs.IdsOf(result).Where(store.IsDamaged).Distinct()];
        Run[] named = [.. _runs.IdsOf(result).Except(damaged).Select(store.Find).DistinctBy(r => r.Id)];
        if (named.Length + damaged.Length == 0 && _runs.Where(result) is null)
        {
            throw new ArgumentException("remove: found neither an id nor --where, expected what to remove.");
        }

        var all = RunsArguments.All(store, terminal);
        if (named.SelectMany(r => RunSelection.Family(r, all)).FirstOrDefault(r => r.Status == RunStatus.Running) is { } busy)
        {
            throw new IOException($"Run {busy.Id} is running; stop it first. Nothing was removed.");
        }

        // A query means what can be removed: what runs is left where it is.
        var found = _runs.Where(result) is { } where ? RunsArguments.Named("--where", () => RunSelection.Select(all, where, children: false)) : [];
        var families = named.Concat(found).Select(r => RunSelection.Family(r, all)).ToLookup(f => f.Any(r => r.Status == RunStatus.Running));
        foreach (var family in families[true])
        {
            terminal.Error.WriteLine($"{family[0].Id} is running, and stays.");
        }

        (string Id, string Status)[] runs = [.. families[false].SelectMany(f => f).DistinctBy(r => r.Id).Select(r => (r.Id, RunField.NameOf(r.Status))), .. damaged.Select(id => (id, "damaged"))];
        if (runs.Length == 0)
        {
            terminal.Output.WriteLine("Nothing to remove.");
            return Tool.Success;
        }

        long bytes = runs.Sum(r => BytesOf(store.FolderOf(r.Id)));
        string what = Format.Text($"{runs.Length} run{(runs.Length == 1 ? "" : "s")} ({Format.Bytes(bytes)})");
        if (!result.GetValue(_yes) && !Asked(runs, what, terminal))
        {
            terminal.Error.WriteLine("Nothing was removed.");
            return Tool.Failure;
        }

        // Those that belong to others first: what stops half-way leaves no orphans.
        // Two that belong to each other go together.
        foreach (var run in runs.Reverse().Where(r => Path.Exists(store.FolderOf(r.Id))))
        {
            try
            {
                store.Remove(run.Id);
            }
            catch (InvalidOperationException error)
            {
                throw new IOException(error.Message, error); // it was resumed just now
            }
        }

        terminal.Output.WriteLine($"Removed {what}.");
        return Tool.Success;
    }

    private static bool Asked((string Id, string Status)[] runs, string what, Terminal terminal)
    {
        if (!terminal.CanAsk)
        {
            throw new ArgumentException($"remove: {what} would go, and nobody can be asked; expected --yes.");
        }

        foreach (var run in runs)
        {
            terminal.Error.WriteLine($"  {run.Id} ({run.Status})");
        }

        terminal.Error.Write($"Remove {what}? [y/N] ");
        return terminal.Ask() is { } answer && answer.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    private static long BytesOf(string folder) => RunLinks.Files(folder).Sum(f => f.Length);
}
