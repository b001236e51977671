using System.CommandLine;
using Encore.Cli.Output;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs list</c>: runs, one a line.</summary>
internal sealed class RunsListCommand
{
    private const int MostMetrics = 3;

    private readonly RunsArguments _runs = new();
    private readonly Option<string?> _sort = new("--sort", "-s") { Description = "What to sort by, such as -ndcg@100 (the highest first) or model,started. Default: the latest first", HelpName = "KEY" };
    private readonly Option<int?> _limit = new("--limit", "-n") { Description = "Only the first ones", HelpName = "N" };
    private readonly Option<bool> _children = new("--children", "-c") { Description = "Also the runs that belong to others, such as the models of a comparison" };
    private readonly Option<string?> _columns = new("--columns") { Description = "What to show, such as id,model,l2,ndcg@100", HelpName = "LIST" };

    public static Command Create(Terminal terminal) => new RunsListCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("list", "List runs: those that belong to no other, or those that --where means") { _sort, _limit, _children, _columns };
        _runs.AddWhereTo(command).AddOutputTo(command).AddFolderTo(command);
        command.SetAction(result => Run(result, terminal));
        Examples.AddTo(command,
            "encore runs list",
            "encore runs list --where \"status=failed or status=interrupted\"",
            "encore runs list --where \"model=multvae and ndcg@100>.41\" --sort -ndcg@100 --limit 10",
            "encore runs list --where \"started>=2026-01-31 and not tag=old\" --columns id,model,beta,ndcg@100 --output csv");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal)
    {
        var format = _runs.Format(result);
        int? limit = result.GetValue(_limit);
        if (limit < 1)
        {
            throw new ArgumentException(Format.Text($"--limit: found {limit}, expected a whole number above 0."));
        }

        var order = result.GetValue(_sort) is { } sort ? RunsArguments.Named("--sort", () => RunOrder.Parse(sort)) : null;
        var columns = result.GetValue(_columns)?.Split(',').Select(c => RunsArguments.Named("--columns", () => RunField.Of(c))).ToArray();
        var store = _runs.Store(result);
        var damaged = new List<(string Id, string Error)>();
        var all = RunsArguments.All(store, terminal, (id, error) => damaged.Add((id, error)));
        foreach (var column in columns ?? [])
        {
            RunsArguments.Named("--columns", () => Checked(column, all));
        }

        var found = RunsArguments.Named("--where", () => RunSelection.Select(all, _runs.Where(result), result.GetValue(_children)));

        // A name that only runs have that are not meant is no mistake.
        var shown = order is null ? Families(found) : RunsArguments.Named("--sort", () => Sorted(order, all, found));
        shown = limit is { } most ? [.. shown.Take(most)] : shown;
        Write(shown, damaged, columns, format, store, terminal);
        if (format == RunsFormat.Table && found.Count > shown.Count)
        {
            terminal.Error.WriteLine(Format.Text($"{shown.Count} of {found.Count} runs."));
        }

        return Tool.Success;
    }

    private static RunField Checked(RunField field, IReadOnlyList<Run> all)
    {
        field.Check(all);
        return field;
    }

    private static IReadOnlyList<Run> Sorted(RunOrder order, IReadOnlyList<Run> all, IReadOnlyList<Run> found)
    {
        var ids = found.Select(r => r.Id).ToHashSet();
        return [.. order.Sort(all).Where(r => ids.Contains(r.Id))];
    }

    // Runs stand below the one they belong to, in the order in which they began.
    private static List<Run> Families(IReadOnlyList<Run> runs)
    {
        var ids = runs.Select(r => r.Id).ToHashSet();
        var children = runs.Where(r => r.Description.Parent is { } p && ids.Contains(p)).Reverse().ToLookup(r => r.Description.Parent);
        var shown = new List<Run>();
        void Add(Run run)
        {
            shown.Add(run);
            foreach (var child in children[run.Id])
            {
                Add(child);
            }
        }

        foreach (var run in runs.Where(r => r.Description.Parent is not { } p || !ids.Contains(p)))
        {
            Add(run);
        }

        // Those that belong to each other, and so to none of the above.
        shown.AddRange(runs.Except(shown));
        return shown;
    }

    private static void Write(
        IReadOnlyList<Run> runs, IReadOnlyList<(string Id, string Error)> damaged, RunField[]? columns, RunsFormat format, RunStore store, Terminal terminal)
    {
        if (format == RunsFormat.Json)
        {
            terminal.Output.WriteLine(RunExport.List(store, runs, damaged));
            return;
        }

        if (runs.Count == 0 && format == RunsFormat.Table)
        {
            terminal.Output.WriteLine($"{store.Folder} holds no such run.");
            return;
        }

        var table = Table(runs, columns ?? Default(runs));
        switch (format)
        {
            case RunsFormat.Csv:
                terminal.Output.Write(table.Csv());
                break;
            case RunsFormat.Markdown:
                terminal.Output.Write(table.Markdown());
                break;
            default:
                // An id that is broken over two lines cannot be copied: rather a line that is too long.
                (columns is null ? Fitted(table, terminal) : table).Write(terminal, mayBreak: table.IndexOf("id") < 0);
                break;
        }
    }

    private static RunField[] Default(IReadOnlyList<Run> runs)
    {
        string[] parent = runs.Any(r => r.Description.Parent is not null) ? ["parent"] : [];
        string[] tag = runs.Any(r => r.Description.Tags.Count > 0) ? ["tag"] : [];
        return [.. ((string[])["id", "kind", .. parent, "status", "duration", "data", "protocol", .. tag, .. RunCells.MetricsOf(runs).Take(MostMetrics)]).Select(RunField.Of)];
    }

    private static TextTable Table(IReadOnlyList<Run> runs, IReadOnlyList<RunField> columns)
    {
        var now = TimeProvider.System.GetUtcNow();
        var table = new TextTable([.. columns.Select(c => (c.Name, IsText: !runs.Any(r => c.ValuesOf(r, now) is [double])))]);
        foreach (var run in runs)
        {
            table.Add([.. columns.Select(c => RunCells.Of(run, c, now))]);
        }

        return table;
    }

    // Ids hold the time and the name, and are what is copied; what a window is too narrow for is the least of what remains.
    private static TextTable Fitted(TextTable table, Terminal terminal)
    {
        foreach (string column in (string[])["protocol", "tag", "data", "kind", .. table.Headers.Skip(1).Except(Words).Skip(1).Reverse(), "parent", "duration", .. table.Headers.Skip(1).Except(Words).Take(1), "status"])
        {
            if (table.Width(terminal) <= terminal.Width)
            {
                break;
            }

            if (table.IndexOf(column) is > 0 and var index)
            {
                table = table.Without(index);
            }
        }

        return table;
    }

    // All but the metrics.
    private static readonly string[] Words = ["kind", "parent", "status", "duration", "data", "protocol", "tag"];
}
