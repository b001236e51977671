using System.Globalization;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Output;

/// <summary>A run, for people or as JSON.</summary>
internal static class RunOutput
{
    private const int Indent = 11;

    // What a line has beside what is learnt: shown where there is room.
    private static readonly string[] Least = [MetricKeys.Processors, MetricKeys.Memory, MetricKeys.ValidationSeconds, MetricKeys.TrainSeconds, MetricKeys.ElapsedSeconds, MetricKeys.RowsPerSecond, MetricKeys.LearningRate];

    public static void Text(RunStore store, Run run, int epochs, RunLines read, Terminal terminal)
    {
        var description = run.Description;
        var now = TimeProvider.System.GetUtcNow();
        var children = store.Children(run.Id);
        Line("Run", $"{run.Id}: {description.Kind}{(description.Name == description.Kind ? "" : " " + description.Name)}, {RunField.NameOf(run.Status)}");
        Line("Error", run.Error);
        Line("Hint", run.Status is RunStatus.Interrupted or RunStatus.Stopped && File.Exists(store.CheckpointOf(run.Id)) ? "It has a checkpoint, and can be resumed." : null);
        Line("Started", $"{RunCells.Time(run.Started)} UTC, worked {RunCells.Duration(RunField.SecondsOf(run, now))}{Resumed(run.Resumed)}");
        Line("Ended", run.Ended is { } ended ? RunCells.Time(ended) + " UTC" : null);
        Line("Belongs to", description.Parent);
        Line("Has", children.Count == 0 ? null : string.Join(", ", children.Select(c => $"{c.Id} ({RunField.NameOf(c.Status)})")));
        Line("Tags", string.Join(", ", description.Tags));
        Line("Command", string.Join(' ', description.Command.Select(w => w.Contains(' ', StringComparison.Ordinal) ? $"\"{w}\"" : w)));
        Line("In", description.Directory);
        Line("Data", description.Data is { } data ? Format.Text($"{data.Source}: {Format.Count(data.Users)} users, {Format.Count(data.Items)} items, {Format.Count(data.Interactions)} interactions. {data.Split}").TrimEnd() : null);
        Line("Digest", description.Data?.Fingerprint);
        Line("Protocol", description.Protocol is { } protocol ? Format.Text($"{protocol}, seed {description.Seed}") : Format.Text($"seed {description.Seed}"));
        Line("Machine", Format.Text($"{run.Machine.Processor}, {run.Machine.Threads} threads, {Format.Bytes(run.Machine.MemoryBytes)}; {run.Machine.System}; {run.Machine.Runtime}"));
        Line("Encore", run.Machine.Encore);
        Line("Commit", run.Commit);
        Line("Folder", store.FolderOf(run.Id));
        Pairs("option", "value", description.Options);
        Pairs("configuration", "value", description.Config);
        Metrics(run, terminal);
        Lines(read.Read(store.MetricsOf(run.Id)), epochs, terminal);
        Files(store, run, terminal);

        void Line(string name, string? text)
        {
            if (!string.IsNullOrEmpty(text))
            {
                terminal.WriteText(name.PadRight(Indent) + text, Indent);
            }
        }

        void Pairs(string name, string value, IReadOnlyDictionary<string, string> pairs)
        {
            if (pairs.Count > 0)
            {
                var table = new TextTable((name, true), (value, true));
                foreach (var (key, text) in pairs)
                {
                    table.Add(key, text);
                }

                table.Write(terminal);
            }
        }
    }

    private static string Resumed(int times) => times switch
    {
        0 => "",
        1 => ", resumed once",
        _ => Format.Text($", resumed {times} times"),
    };

    private static void Metrics(Run run, Terminal terminal)
    {
        if (run.Metrics.Count == 0)
        {
            return;
        }

        var table = new TextTable(("metric", true), ("reached", false));
        foreach (var (name, value) in run.Metrics.Where(m => !m.Key.EndsWith(MetricKeys.StandardError, StringComparison.Ordinal)))
        {
            string text = RunCells.Number(name, value);
            table.Add(name, run.Metrics.TryGetValue(name + MetricKeys.StandardError, out double error) ? Format.Text($"{text} ± {error:F4}") : text);
        }

        table.Write(terminal);
    }

    private static void Lines(IReadOnlyList<RunMetrics> all, int count, Terminal terminal)
    {
        RunMetrics[] last = [.. all.TakeLast(count)];
        if (last.Length == 0)
        {
            return;
        }

        string[] names = [.. last.SelectMany(l => l.Values.Keys).Distinct()];
        var table = new TextTable([("epoch", false), ("step", false), .. names.Select(n => (n, false))]);
        foreach (var line in last)
        {
            table.Add([Whole(line.Epoch), Whole(line.Step), .. names.Select(n => new TextTable.Cell(line.Values.TryGetValue(n, out double v) ? RunCells.Number(n, v) : ""))]);
        }

        foreach (string name in Least)
        {
            table = table.Width(terminal) > terminal.Width && table.IndexOf(name) is >= 0 and var column ? table.Without(column) : table;
        }

        terminal.WriteText(Format.Text($"The last {last.Length} of {all.Count} lines of figures:"));
        table.Write(terminal);

        static TextTable.Cell Whole(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private static void Files(RunStore store, Run run, Terminal terminal)
    {
        var files = RunExport.Files(store.FolderOf(run.Id));
        var table = new TextTable(("file", true), ("size", false));
        foreach (var (name, bytes) in files)
        {
            table.Add(name, Format.Bytes(bytes));
        }

        table.Write(terminal);
    }
}
