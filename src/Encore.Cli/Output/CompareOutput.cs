using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>How <c>compare</c> writes.</summary>
internal enum CompareFormat
{
    /// <summary>A table for people.</summary>
    Table,

    /// <summary>One JSON object.</summary>
    Json,

    /// <summary>One line a model.</summary>
    Csv,

    /// <summary>A table for documents.</summary>
    Markdown,
}

/// <summary>A comparison as a table, JSON, CSV or Markdown.</summary>
internal static class CompareOutput
{
    public static void Write(ExperimentReport report, DataDescription data, CompareFormat format, Terminal terminal)
    {
        switch (format)
        {
            case CompareFormat.Json:
                terminal.Output.WriteLine(Json(report, data));
                break;
            case CompareFormat.Csv:
                terminal.Output.Write(Csv(report));
                break;
            case CompareFormat.Markdown:
                terminal.Output.Write(Markdown(report, data));
                break;
            case CompareFormat.Table:
            default:
                Table(report, data, terminal.OutputConsole);
                break;
        }
    }

    public static string Json(ExperimentReport report, DataDescription data)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("protocol", report.Split.Protocol);
            json.WriteString("description", report.Split.Description);
            json.WriteNumber("seed", report.Seed);
            json.WriteNumber("repetitions", report.Repetitions);
            json.WriteStartObject("data");
            json.WriteString("spec", data.Spec);
            json.WriteNumber("users", data.Users);
            json.WriteNumber("items", data.Items);
            json.WriteNumber("interactions", data.Interactions);
            json.WriteNumber("duplicates", data.Duplicates);
            json.WriteEndObject();
            json.WriteStartArray("rows");
            var comparisons = report.Metrics.ToDictionary(m => m, report.CompareWithBest);
            for (int r = 0; r < report.Rows.Count; r++)
            {
                WriteRow(json, report.Rows[r], report.Metrics, comparisons, r);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    public static string Csv(ExperimentReport report)
    {
        var text = new StringBuilder("model,title," + string.Join(',', report.Metrics.Select(m => $"{m},{m}_stderr")) + ",fit_seconds,evaluate_seconds,peak_bytes,failure\n");
        foreach (var row in report.Rows)
        {
            text.Append(Quoted(row.Model)).Append(',').Append(Quoted(row.Title)).Append(',');
            text.AppendJoin(',', report.Metrics.Select(m => row.Metrics.TryGetValue(m, out var value) ? $"{Number(value.Mean)},{Number(value.StandardError)}" : ","));
            text.Append(',').Append(Number(row.FitSeconds)).Append(',').Append(Number(row.EvaluateSeconds)).Append(',')
                .Append(row.Failure is null ? row.PeakBytes.ToString(CultureInfo.InvariantCulture) : "").Append(',').Append(Quoted(row.Failure ?? "")).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Every test user's values: one line a user, one column a model and metric.</summary>
    public static string PerUser(ExperimentReport report)
    {
        var rows = report.Rows.Where(r => r.Failure is null).ToArray();
        var columns = rows.SelectMany(row => report.Metrics.Where(row.PerUser.ContainsKey).Select(metric => (Row: row, Metric: metric))).ToArray();
        var text = new StringBuilder("user");
        foreach (var (row, metric) in columns)
        {
            text.Append(',').Append(Quoted($"{row.Model} {metric}"));
        }

        text.Append('\n');
        int[] users = rows.Length == 0 ? [] : rows[0].UserRows; // the same for every model
        for (int k = 0; k < users.Length; k++)
        {
            text.Append(Quoted(report.Split.Test.History.Users[users[k]]));
            foreach (var (row, metric) in columns)
            {
                text.Append(',').Append(Number(row.PerUser[metric][k]));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    public static string Markdown(ExperimentReport report, DataDescription data)
    {
        var cells = new Cells(report);
        var text = new StringBuilder($"{data}\n\n{report.Split.Protocol}: {report.Split.Description}\n\n");
        text.Append("| model | ").AppendJoin(" | ", report.Metrics).Append(" | fit | evaluate | peak memory |\n|---|")
            .Append(string.Concat(Enumerable.Repeat("---:|", report.Metrics.Count + 3))).Append('\n');
        foreach (int r in cells.Order)
        {
            var row = report.Rows[r];
            text.Append("| ").Append(row.Title.Replace("|", "\\|", StringComparison.Ordinal)).Append(" | ");
            text.Append(row.Failure is not null
                ? $"{row.Failure.Replace("|", "\\|", StringComparison.Ordinal)} {string.Concat(Enumerable.Repeat("| ", report.Metrics.Count + 2))}|\n"
                : $"{string.Join(" | ", report.Metrics.Select(m => cells.IsBest(r, m) ? $"**{cells.Text(r, m)}**" : cells.Text(r, m)))} | {Format.Seconds(row.FitSeconds)} | {Format.Seconds(row.EvaluateSeconds)} | {Format.Bytes(row.PeakBytes)} |\n");
        }

        text.Append('\n').Append(cells.LegendText).Append('\n');
        foreach (string line in cells.Differences())
        {
            text.Append("- ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static void Table(ExperimentReport report, DataDescription data, IAnsiConsole console)
    {
        var cells = new Cells(report);
        console.WriteLine(data.ToString());
        console.WriteLine($"{report.Split.Protocol}: {report.Split.Description}");
        var table = new Table().Border(console.Profile.Capabilities.Unicode ? TableBorder.Rounded : TableBorder.Ascii).AddColumn("model");
        foreach (string metric in report.Metrics)
        {
            table.AddColumn(new TableColumn(Markup.Escape(metric)).RightAligned().NoWrap());
        }

        foreach (string column in (string[])["fit", "evaluate", "peak memory"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (int r in cells.Order)
        {
            var row = report.Rows[r];
            string[] texts = row.Failure is not null
                ? [Markup.Escape(row.Title), .. Enumerable.Repeat("failed", report.Metrics.Count), "", "", ""]
                : [
                    Markup.Escape(row.Title),
                    .. report.Metrics.Select(m => cells.IsBest(r, m) ? $"[bold]{Markup.Escape(cells.Text(r, m))}[/]" : Markup.Escape(cells.Text(r, m))),
                    Format.Seconds(row.FitSeconds), Format.Seconds(row.EvaluateSeconds), Format.Bytes(row.PeakBytes),
                ];
            table.AddRow(texts);
        }

        console.Write(table);
        console.WriteLine(cells.LegendText);
        foreach (string line in cells.Differences())
        {
            console.WriteLine($"  {line}");
        }
    }

    private static void WriteRow(
        Utf8JsonWriter json, ExperimentRow row, IReadOnlyList<string> metrics, Dictionary<string, IReadOnlyList<PairedComparison?>> comparisons, int r)
    {
        json.WriteStartObject();
        json.WriteString("model", row.Model);
        json.WriteString("title", row.Title);
        json.WriteStartObject("metrics");
        foreach (string metric in metrics.Where(row.Metrics.ContainsKey))
        {
            json.WriteStartObject(metric);
            WriteNumber(json, "mean", row.Metrics[metric].Mean);
            WriteNumber(json, "stderr", row.Metrics[metric].StandardError);
            if (comparisons[metric][r] is { } comparison)
            {
                json.WriteStartObject("bestMinusThis");
                WriteNumber(json, "difference", comparison.Difference);
                WriteNumber(json, "low", comparison.Low);
                WriteNumber(json, "high", comparison.High);
                WriteNumber(json, "p", comparison.PValue);
                json.WriteBoolean("significant", comparison.Significant);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        WriteNumber(json, "fitSeconds", row.FitSeconds);
        WriteNumber(json, "evaluateSeconds", row.EvaluateSeconds);
        json.WriteNumber("peakBytes", row.PeakBytes);
        if (row.Failure is not null)
        {
            json.WriteString("failure", row.Failure);
        }

        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name); // JSON has no NaN
        }
    }

    private static string Number(double value) => double.IsNaN(value) ? "" : Format.Exact(value);

    private static string Quoted(string field) => field.AsSpan().ContainsAny(",\"\n\r")
        ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : field;

    /// <summary>The cells of a table for people: rows by the last metric, best first, and what differs significantly.</summary>
    private sealed class Cells
    {
        private readonly ExperimentReport _report;
        private readonly Dictionary<string, ExperimentRow?> _best;
        private readonly Dictionary<string, IReadOnlyList<PairedComparison?>> _comparisons;

        public Cells(ExperimentReport report)
        {
            _report = report;
            _best = report.Metrics.ToDictionary(m => m, report.Best);
            _comparisons = report.Metrics.ToDictionary(m => m, report.CompareWithBest);
            double sign = ExperimentReport.SmallerIsBetter(Main) ? 1 : -1;
            Order = [.. Enumerable.Range(0, report.Rows.Count).OrderBy(r =>
                report.Rows[r].Metrics.TryGetValue(Main, out var value) ? sign * value.Mean : double.PositiveInfinity)];
        }

        /// <summary>Rows, the best first; those that failed last.</summary>
        public IReadOnlyList<int> Order { get; }

        public string LegendText
        {
            get
            {
                int users = _report.Rows.Where(r => r.Failure is null).Select(r => r.UserRows.Length).DefaultIfEmpty().First();
                int without = _report.Split.Test.Users - users;
                string over = _report.Repetitions > 1
                    ? Format.Text($"{_report.Repetitions} splits")
                    : Format.Text($"{users:N0} test users{(without > 0 ? Format.Text($" ({without:N0} with nothing held out are left out)") : "")}");
                string comparison = _report.Rows.Count > 1
                    ? " Bold: the best of a column. ≈: not significantly different from it (paired test over users, p < .05 and a 95 % bootstrap interval)."
                    : "";
                return $"Mean ± standard error over {over}.{comparison}";
            }
        }

        // A rating protocol's first metric is its main one; a ranking protocol's is ndcg where it is shown.
        private string Main => _report.Metrics.LastOrDefault(m => m.StartsWith("ndcg", StringComparison.Ordinal)) ?? _report.Metrics[0];

        public bool IsBest(int r, string metric) => _report.Rows.Count > 1 && ReferenceEquals(_best[metric], _report.Rows[r]);

        public string Text(int r, string metric)
        {
            var (mean, error) = _report.Rows[r].Metrics[metric];
            string mark = _comparisons[metric][r] is { Significant: false } ? " ≈" : "";
            return double.IsNaN(error) ? Format.Text($"{mean:F4}{mark}") : Format.Text($"{mean:F4} ± {error:F4}{mark}");
        }

        public IEnumerable<string> Differences()
        {
            foreach (int r in Order)
            {
                if (_comparisons[Main][r] is { } c)
                {
                    string p = c.PValue < 0.0001 ? "p < .0001" : Format.Text($"p = {c.PValue:F4}");
                    yield return Format.Text(
                        $"{Main}: {_best[Main]!.Title} − {_report.Rows[r].Title} = {c.Difference:+0.0000;−0.0000;0} (95 % {c.Low:+0.0000;−0.0000;0} … {c.High:+0.0000;−0.0000;0}, {p}): {(c.Significant ? "significant" : "not significant")}");
                }
            }
        }
    }
}
