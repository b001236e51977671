using System.Globalization;
using System.Text;
using System.Text.Json;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;

namespace Encore.Runs;

/// <summary>How <c>compare</c> writes.</summary>
public enum CompareFormat
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
public static class CompareOutput
{
    /// <summary>A comparison in one of the formats for programs and documents.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The format is a table for people.</exception>
    public static string Text(ExperimentReport report, DataDescription data, CompareFormat format) => format switch
    {
        CompareFormat.Json => Json(report, data) + "\n",
        CompareFormat.Csv => Csv(report),
        CompareFormat.Markdown => Markdown(report, data),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>One JSON object.</summary>
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
            if (report.Seeds > 1)
            {
                json.WriteNumber("seeds", report.Seeds);
            }

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
                WriteRow(json, report, comparisons, r);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>CSV with a line for each model.</summary>
    public static string Csv(ExperimentReport report)
    {
        // The columns of the comparison come last: best − this, whose sign says who is better only beside better_is.
        var comparisons = report.Metrics.ToDictionary(m => m, report.CompareWithBest);
        bool compared = report.Rows.Count > 1;
        var text = new StringBuilder("model,title," + string.Join(',', report.Metrics.Select(m => $"{m},{m}_stderr{(report.Seeds > 1 ? $",{m}_low,{m}_high,{m}_stddev,{m}_min,{m}_max" : "")}")) + ",fit_seconds,evaluate_seconds,peak_bytes,failure")
            .Append(compared ? string.Concat(report.Metrics.Select(m => $",{m}_better_is,{m}_best_minus_this,{m}_best_minus_this_low,{m}_best_minus_this_high,{m}_p,{m}_significant")) : "").Append('\n');
        foreach (var (r, row) in report.Rows.Index())
        {
            text.Append(CsvText.Quoted(row.Model)).Append(',').Append(CsvText.Quoted(row.Title)).Append(',');
            text.AppendJoin(',', report.Metrics.Select(m => row.Metrics.TryGetValue(m, out var value)
                ? $"{Number(value.Mean)},{Number(value.StandardError)}{Spread(row, m)}" : report.Seeds > 1 ? ",,,,,," : ","));
            text.Append(',').Append(Number(row.FitSeconds)).Append(',').Append(Number(row.EvaluateSeconds)).Append(',')
                .Append(row.PeakBytes?.ToString(CultureInfo.InvariantCulture) ?? "").Append(',').Append(CsvText.Quoted(row.Failure ?? ""))
                .Append(compared ? string.Concat(report.Metrics.Select(m => Compared(report, m, comparisons[m][r]))) : "").Append('\n');
        }

        return text.ToString();
    }

    private static string Compared(ExperimentReport report, string metric, PairedComparison? c) =>
        (report.LowerIsBetter(metric) ? ",lower," : ",higher,")
        + (c is null ? ",,,," : $"{Number(c.Difference)},{Number(c.Low)},{Number(c.High)},{Number(c.PValue)},{(c.Significant ? "true" : "false")}");

    private static string Spread(ExperimentRow row, string metric) => row.PerSeed.TryGetValue(metric, out double[]? values) && MetricSpread.Of(values) is var s
        ? $",{Number(s.Low)},{Number(s.High)},{Number(s.StandardDeviation)},{Number(s.Minimum)},{Number(s.Maximum)}"
        : "";

    /// <summary>Every test user's values: one line a user, one column a model and metric.</summary>
    public static string PerUser(ExperimentReport report)
    {
        var rows = report.Rows.Where(r => r.Failure is null).ToArray();
        var columns = rows.SelectMany(row => report.Metrics.Where(row.PerUser.ContainsKey).Select(metric => (Row: row, Metric: metric))).ToArray();
        var text = new StringBuilder("user");
        foreach (var (row, metric) in columns)
        {
            text.Append(',').Append(CsvText.Quoted($"{row.Model} {metric}"));
        }

        text.Append('\n');
        int[] users = rows.Length == 0 ? [] : rows[0].UserRows; // the same for every model
        for (int k = 0; k < users.Length; k++)
        {
            text.Append(CsvText.Quoted(report.Split.Test.History.Users[users[k]]));
            foreach (var (row, metric) in columns)
            {
                text.Append(',').Append(Number(row.PerUser[metric][k]));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Markdown: the table, what differs significantly, and with several seeds the spread.</summary>
    public static string Markdown(ExperimentReport report, DataDescription data)
    {
        var cells = new CompareCells(report);
        var text = new StringBuilder($"Data: {data}\n\nProtocol: `{report.Split.Protocol}`. {report.Split.Description}\n\n");
        text.Append("| model | ").AppendJoin(" | ", report.Metrics).Append(" | fit | evaluate | peak memory |\n|---|")
            .Append(string.Concat(Enumerable.Repeat("---:|", report.Metrics.Count + 3))).Append('\n');
        foreach (int r in cells.Order)
        {
            var row = report.Rows[r];
            text.Append("| ").Append(Cell(row.Title)).Append(" | ");
            text.Append(row.Failure is not null
                ? $"{Cell(row.Failure)} {string.Concat(Enumerable.Repeat("| ", report.Metrics.Count + 2))}|\n"
                : $"{string.Join(" | ", report.Metrics.Select(Value))} | {Format.Seconds(row.FitSeconds)} | {Format.Seconds(row.EvaluateSeconds)} | {Format.Bytes(row.PeakBytes)} |\n");

            string Value(string metric)
            {
                string value = $"{cells.Mean(r, metric)} {cells.Error(r, metric)}".TrimEnd() + cells.Mark(r, metric);
                return cells.IsBest(r, metric) ? $"**{value}**" : value;
            }
        }

        text.Append('\n').Append(cells.Sample).Append(cells.Legend("Bold")).Append('\n').Append(string.Concat(cells.Notes().Select(note => $"\n{note}\n")));
        Differences(cells, text);
        string[][] spreads = [.. cells.Spreads()];
        if (spreads.Length > 0)
        {
            text.Append("\n| ").AppendJoin(" | ", CompareCells.SpreadHeaders).Append(" |\n|---|---|---:|---:|---:|---:|\n");
            foreach (string[] line in spreads)
            {
                text.Append("| ").AppendJoin(" | ", line.Select(Cell)).Append(" |\n");
            }
        }

        return text.ToString();
    }

    private static void Differences(CompareCells cells, StringBuilder text)
    {
        var differences = cells.Differences().ToArray();
        if (differences.Length == 0)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"\n{cells.DifferencesTitle}:\n\n");
        foreach (var (title, c) in differences)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"- {title}: {CompareCells.WithSign(c.Difference)} ({CompareCells.WithSign(c.Low)} … {CompareCells.WithSign(c.High)}), {CompareCells.P(c.PValue)}: {(c.Significant ? "significant" : "not significant")}\n");
        }
    }

    private static string Cell(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    private static void WriteRow(
        Utf8JsonWriter json, ExperimentReport report, Dictionary<string, IReadOnlyList<PairedComparison?>> comparisons, int r)
    {
        var row = report.Rows[r];
        json.WriteStartObject();
        json.WriteString("model", row.Model);
        json.WriteString("title", row.Title);
        json.WriteStartObject("metrics");
        foreach (string metric in report.Metrics.Where(row.Metrics.ContainsKey))
        {
            json.WriteStartObject(metric);
            WriteNumber(json, "mean", row.Metrics[metric].Mean);
            WriteNumber(json, "stderr", row.Metrics[metric].StandardError);
            if (row.PerSeed.TryGetValue(metric, out double[]? values))
            {
                var spread = MetricSpread.Of(values);
                WriteNumber(json, "low", spread.Low);
                WriteNumber(json, "high", spread.High);
                WriteNumber(json, "stddev", spread.StandardDeviation);
                json.WriteStartArray("perSeed");
                foreach (double value in values)
                {
                    if (double.IsFinite(value))
                    {
                        json.WriteNumberValue(value);
                    }
                    else
                    {
                        json.WriteNullValue();
                    }
                }

                json.WriteEndArray();
            }

            if (comparisons[metric][r] is { } comparison)
            {
                json.WriteStartObject("bestMinusThis");
                WriteNumber(json, "difference", comparison.Difference);
                WriteNumber(json, "low", comparison.Low);
                WriteNumber(json, "high", comparison.High);
                WriteNumber(json, "p", comparison.PValue);
                json.WriteBoolean("significant", comparison.Significant);
                json.WriteString("bestIsBetterWhere", report.LowerIsBetter(metric) ? "negative" : "positive");
                json.WriteString("test", comparison.Test switch
                {
                    PairedTest.TTestOverSeeds => "paired t-test over seeds",
                    PairedTest.BootstrapOverUsers => "bootstrap of the figure, users resampled with all their ratings",
                    _ => "paired t-test over users, bootstrap interval",
                });
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        WriteNumber(json, "fitSeconds", row.FitSeconds);
        WriteNumber(json, "evaluateSeconds", row.EvaluateSeconds);
        if (row.PeakBytes is { } bytes)
        {
            json.WriteNumber("peakBytes", bytes);
        }

        if (row.EqualScores > 0)
        {
            json.WriteNumber("equalScores", row.EqualScores);
        }

        if (row.Ties > 0 && report.Split.Test.Candidates is not null)
        {
            json.WriteNumber("ties", row.Ties);
        }

        if (row.Trainings.Count > 0)
        {
            json.WriteNumber("epochs", row.Trainings.Average(t => t.Epochs.Count));
            json.WriteNumber("bestEpoch", row.Trainings.Average(t => t.BestEpoch));
        }

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
}
