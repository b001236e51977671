using System.CommandLine;
using System.Globalization;
using System.Text;
using Encore.Cli.Output;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs export ID …</c>: runs for other programs.</summary>
internal sealed class RunsExportCommand
{
    private readonly RunsArguments _runs = new();
    private readonly Option<string?> _format = new("--format", "-f") { Description = "csv (default): the lines of figures, a column each; json: all of it", HelpName = "FORMAT" };
    private readonly Option<bool> _long = new("--long") { Description = "csv: a line for each figure" };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "The file to write. Default: standard output", HelpName = "PATH" };

    public static Command Create(Terminal terminal) => new RunsExportCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("export", "Write runs, with those that belong to them, for other programs") { _format, _long, _out };
        _runs.AddIdsTo(command).AddWhereTo(command).AddFolderTo(command);
        command.SetAction(result => Run(result, terminal));
        Examples.AddTo(command,
            "encore runs export latest > curve.csv",
            "encore runs export --where \"model=multvae\" --format csv --long --out curves.csv",
            "encore runs export 0a1b --format json --out run.json");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal)
    {
        var format = DataArguments.Choice<ExportFormat>(result.GetValue(_format), "--format");
        if (result.GetValue(_long) && format != ExportFormat.Csv)
        {
            throw new ArgumentException("--long: found another --format, expected csv.");
        }

        var store = _runs.Store(result);
        var runs = Runs(result, store, terminal);
        var read = new RunLines(terminal.Error);
        string text = format == ExportFormat.Json ? Json(store, runs, read) : result.GetValue(_long) ? LongCsv(store, runs, read) : WideCsv(store, runs, read);
        if (result.GetValue(_out) is not { } path)
        {
            terminal.Output.Write(text);
            return read.Code;
        }

        if (File.Exists(path))
        {
            throw new IOException($"{path} is there already, and results are not overwritten. Choose another file for --out.");
        }

        File.WriteAllText(path + ".tmp", text);
        File.Move(path + ".tmp", path);
        terminal.Error.WriteLine(Format.Text($"Wrote {runs.Length} run{(runs.Length == 1 ? "" : "s")} to {path}."));
        return read.Code;
    }

    // A comparison has no lines of its own: its models come with it.
    private Run[] Runs(ParseResult result, RunStore store, Terminal terminal)
    {
        var all = RunsArguments.All(store, terminal);
        var named = _runs.Runs(result, store).Concat(_runs.Where(result) is { } where ? RunsArguments.Select(all, where, children: false) : []);
        Run[] runs = [.. named.SelectMany(r => RunsArguments.Family(r, all)).DistinctBy(r => r.Id)];
        return runs.Length > 0 ? runs : throw new ArgumentException("export: found no run, expected ids, or a --where that means one.");
    }

    private static string WideCsv(RunStore store, IReadOnlyList<Run> runs, RunLines read)
    {
        var lines = runs.Select(r => (Run: r, Lines: read.Read(store.MetricsOf(r.Id)))).ToArray();
        string[] names = [.. lines.SelectMany(r => r.Lines).SelectMany(l => l.Values.Keys).Distinct()];
        var text = new StringBuilder("run,step,epoch,time").AppendJoin("", names.Select(n => "," + CsvText.Quoted(n))).Append('\n');
        foreach (var (run, line) in lines.SelectMany(r => r.Lines.Select(l => (r.Run, l))))
        {
            Head(text, run, line);
            text.AppendJoin("", names.Select(n => "," + (line.Values.TryGetValue(n, out double value) ? Format.Exact(value) : ""))).Append('\n');
        }

        return text.ToString();
    }

    private static string LongCsv(RunStore store, IReadOnlyList<Run> runs, RunLines read)
    {
        var text = new StringBuilder("run,step,epoch,time,metric,value\n");
        foreach (var run in runs)
        {
            foreach (var line in read.Read(store.MetricsOf(run.Id)))
            {
                foreach (var (name, value) in line.Values)
                {
                    Head(text, run, line);
                    text.Append(',').Append(CsvText.Quoted(name)).Append(',').Append(Format.Exact(value)).Append('\n');
                }
            }
        }

        return text.ToString();
    }

    private static void Head(StringBuilder text, Run run, RunMetrics line) => text.Append(CultureInfo.InvariantCulture,
        $"{run.Id},{line.Step},{line.Epoch},{line.Time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}");

    private static string Json(RunStore store, IReadOnlyList<Run> runs, RunLines read) => RunsJson.Text(json =>
    {
        json.WriteStartArray("runs");
        foreach (var run in runs)
        {
            json.WriteStartObject();
            json.WritePropertyName("run");
            run.WriteTo(json);
            RunOutput.WriteLines(json, "lines", read.Read(store.MetricsOf(run.Id)));
            RunOutput.WriteLines(json, "system", read.Read(store.SystemOf(run.Id)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }) + "\n";

    private enum ExportFormat
    {
        Csv,
        Json,
    }
}
