using System.Globalization;
using System.Text;
using System.Text.Json;
using Encore.Tracking;

namespace Encore.Runs;

/// <summary>Recorded runs for other programs.</summary>
public static class RunExport
{
    /// <summary>CSV with a line for each line of figures, and a column for each figure.</summary>
    public static string WideCsv(RunStore store, IReadOnlyList<Run> runs, RunLines read)
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

    /// <summary>CSV with a line for each figure.</summary>
    public static string LongCsv(RunStore store, IReadOnlyList<Run> runs, RunLines read)
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

    /// <summary>JSON of all that the runs' files have.</summary>
    public static string Json(RunStore store, IReadOnlyList<Run> runs, RunLines read) => JsonText.Of(json =>
    {
        json.WriteStartArray("runs");
        foreach (var run in runs)
        {
            json.WriteStartObject();
            json.WritePropertyName("run");
            run.WriteTo(json);
            WriteLines(json, "lines", read.Read(store.MetricsOf(run.Id)));
            WriteLines(json, "system", read.Read(store.SystemOf(run.Id)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }) + "\n";

    /// <summary>The files of a folder, by name, without locks.</summary>
    public static IReadOnlyList<(string Name, long Bytes)> Files(string folder) =>
        [
            .. RunLinks.Files(folder)
                .Select(f => (Name: Path.GetRelativePath(folder, f.FullName).Replace('\\', '/'), f.Length))
                .Where(f => f.Name != "lock")
                .OrderBy(f => f.Name, StringComparer.Ordinal),
        ];

    /// <summary>JSON of a list of runs, and of the folders whose runs cannot be read.</summary>
    public static string List(RunStore store, IReadOnlyList<Run> runs, IReadOnlyList<(string Id, string Error)> damaged) => JsonText.Of(json =>
    {
        json.WriteString("folder", store.Folder);
        json.WriteStartArray("runs");
        foreach (var run in runs)
        {
            run.WriteTo(json);
        }

        json.WriteEndArray();
        json.WriteStartArray("damaged");
        foreach (var (id, error) in damaged)
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("error", error);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>JSON of one run with its figures and files.</summary>
    public static string Json(RunStore store, Run run, RunLines read) => JsonText.Of(json =>
    {
        json.WriteString("folder", store.FolderOf(run.Id));
        json.WritePropertyName("run");
        run.WriteTo(json);
        json.WriteStartArray("children");
        foreach (var child in store.Children(run.Id))
        {
            json.WriteStringValue(child.Id);
        }

        json.WriteEndArray();
        WriteLines(json, "lines", read.Read(store.MetricsOf(run.Id)));
        json.WriteStartArray("files");
        foreach (var (name, bytes) in Files(store.FolderOf(run.Id)))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("bytes", bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Lines of figures as they stand in their file.</summary>
    private static void WriteLines(Utf8JsonWriter json, string name, IReadOnlyList<RunMetrics> lines)
    {
        json.WriteStartArray(name);
        foreach (var line in lines)
        {
            json.WriteStartObject();
            json.WriteNumber("step", line.Step);
            json.WriteNumber("epoch", line.Epoch);
            json.WriteString("time", line.Time.UtcDateTime);
            foreach (var (figure, value) in line.Values)
            {
                json.WriteNumber(figure, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
