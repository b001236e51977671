using System.Globalization;
using System.Text;
using System.Text.Json;
using Encore.Cli.Commands;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Runs;
using Encore.Tuning;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>How <c>tune</c> writes.</summary>
internal static class TuneOutput
{
    // Rows of a table: who wants all finds them with encore runs.
    private const int Shown = 10;

    public static void Write(
        TuneFormat format, TuningReport report, SearchSpace space, ExperimentRow winner, string config, DataDescription data, Split split, ulong seed, Terminal terminal)
    {
        switch (format)
        {
            case TuneFormat.Json:
                terminal.Output.WriteLine(Json(report, space, winner, config, data, split, seed));
                break;
            case TuneFormat.Markdown:
                terminal.Output.Write(Markdown(report, space, winner, config, data, split));
                break;
            default:
                Table(report, space, winner, config, terminal);
                break;
        }
    }

    private static string Summary(TuningReport report)
    {
        int Count(TrialStatus status) => report.Trials.Count(t => t.Status == status);
        string failed = Count(TrialStatus.Failed) > 0 ? Format.Text($", {Count(TrialStatus.Failed)} failed") : "";
        return Format.Text(
            $"{report.Trials.Count} trials in {Format.Seconds(report.Seconds)} ({Count(TrialStatus.Complete)} complete, {Count(TrialStatus.Pruned)} stopped early{failed}), ended by {report.Ended}");
    }

    private static Trial[] Ranked(TuningReport report)
    {
        double sign = MetricCatalog.BuiltIn.Find(report.Metric)!.LowerIsBetter ? 1 : -1;
        return [.. report.Trials.OrderBy(t => t.Status).ThenBy(t => double.IsNaN(t.Value) ? double.PositiveInfinity : sign * t.Value).ThenBy(t => t.Number)];
    }

    private static string State(Trial trial) => trial.Status switch
    {
        TrialStatus.Complete => trial.Epochs == 0 ? "" : Format.Text($"{trial.Epochs} (best {trial.BestEpoch})"),
        TrialStatus.Pruned => Format.Text($"stopped after {trial.Epochs}"),
        _ => "failed",
    };

    // A long name in two lines: values are short.
    private static string Broken(string option) => option.Length > 8 && option.IndexOf('-', StringComparison.Ordinal) is > 0 and var hyphen
        ? $"{option[..(hyphen + 1)]}\n{option[(hyphen + 1)..]}"
        : option;

    private static void Table(TuningReport report, SearchSpace space, ExperimentRow winner, string config, Terminal terminal)
    {
        terminal.WriteText($"Tuned     {space.Model.Title}: {Summary(report)}", 10);
        var table = new Table().AddColumn(new TableColumn("trial").RightAligned()).AddColumn(new TableColumn("validation " + Markup.Escape(report.Metric)).RightAligned()).AddColumn("epochs");
        foreach (var dimension in space.Dimensions)
        {
            table.AddColumn(new TableColumn(Markup.Escape(Broken(dimension.Name))).RightAligned());
        }

        foreach (var trial in Ranked(report).Take(Shown))
        {
            table.AddRow([
                Format.Text($"{trial.Number + 1}{(trial == report.Best ? " *" : "")}"), double.IsNaN(trial.Value) ? "" : Format.Text($"{trial.Value:F4}"), State(trial),
                .. space.Dimensions.Select(d => Markup.Escape(trial.Settings[d.Name]))]);
        }

        terminal.Write(table);
        if (report.Trials.Count > Shown)
        {
            terminal.WriteText(Format.Text($"The best {Shown} of {report.Trials.Count} trials. *: the winner."));
        }

        terminal.WriteText($"Winner    {winner.Title}, trained again, on the test users", 10);
        var metrics = new Table().AddColumn("metric").AddColumn(new TableColumn("test").RightAligned());
        foreach (var (name, (mean, error)) in winner.Metrics)
        {
            metrics.AddRow(Markup.Escape(name), double.IsNaN(error) ? Format.Text($"{mean:F4}") : Format.Text($"{mean:F4} ± {error:F4}"));
        }

        terminal.Write(metrics);
        terminal.Output.WriteLine();
        terminal.Output.Write(config);
    }

    private static string Markdown(TuningReport report, SearchSpace space, ExperimentRow winner, string config, DataDescription data, Split split)
    {
        var text = new StringBuilder($"Data: {data}\n\nProtocol: `{split.Protocol}`. {split.Description}\n\n{space.Model.Title}: {Summary(report)}.\n\n");
        text.Append("| trial | validation ").Append(report.Metric).Append(" | epochs | ").AppendJoin(" | ", space.Dimensions.Select(d => d.Name)).Append(" |\n|---:|---:|---|")
            .Append(string.Concat(Enumerable.Repeat("---:|", space.Dimensions.Count))).Append('\n');
        foreach (var trial in Ranked(report).Take(Shown))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {trial.Number + 1} | {(double.IsNaN(trial.Value) ? "" : Format.Text($"{trial.Value:F4}"))} | {State(trial)} | ")
                .AppendJoin(" | ", space.Dimensions.Select(d => trial.Settings[d.Name].Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nThe winner, {winner.Title}, trained again, on the test users: ")
            .AppendJoin(", ", winner.Metrics.Select(m => Format.Text($"{m.Key} {m.Value.Mean:F4} ± {m.Value.StandardError:F4}"))).Append(".\n\n```toml\n").Append(config).Append("```\n");
        return text.ToString();
    }

    private static string Json(TuningReport report, SearchSpace space, ExperimentRow winner, string config, DataDescription data, Split split, ulong seed)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("model", space.Model.Name);
            json.WriteString("title", winner.Title);
            json.WriteString("data", data.Spec);
            json.WriteString("protocol", split.Protocol);
            json.WriteNumber("seed", seed);
            json.WriteString("metric", report.Metric);
            json.WriteString("ended", report.Ended);
            json.WriteNumber("seconds", report.Seconds);
            json.WriteNumber("bestTrial", report.Best!.Number);
            Number(json, "validation", report.Best.Value);
            json.WriteStartObject("test");
            foreach (var (name, (mean, error)) in winner.Metrics)
            {
                json.WriteStartObject(name);
                Number(json, "mean", mean);
                Number(json, "stderr", error);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteString("config", config);
            json.WriteStartArray("trials");
            foreach (var trial in report.Trials)
            {
                json.WriteStartObject();
                json.WriteNumber("trial", trial.Number);
                json.WriteString("status", trial.Status.ToString().ToLowerInvariant());
                Number(json, "value", trial.Value);
                json.WriteNumber("epochs", trial.Epochs);
                json.WriteNumber("bestEpoch", trial.BestEpoch);
                json.WriteNumber("seconds", trial.Seconds);
                json.WriteStartObject("settings");
                foreach (var (name, value) in trial.Settings)
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
                if (trial.Error is not null)
                {
                    json.WriteString("error", trial.Error);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
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
}
