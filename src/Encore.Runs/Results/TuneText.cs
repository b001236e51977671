using System.Globalization;
using System.Text;
using Encore.Tuning;

namespace Encore.Runs;

/// <summary>A tuning's result as Markdown and JSON.</summary>
public static class TuneText
{
    // Rows of a table: who wants all finds them with encore runs.
    internal const int Shown = 10;

    /// <summary>Markdown: the best trials, the winner on the test users, and its configuration.</summary>
    public static string Markdown(TuneResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var (report, space) = (result.Report, result.Space);
        var text = new StringBuilder($"Data: {result.Data}\n\nProtocol: `{result.Split.Protocol}`. {result.Split.Description}\n\n{space.Model.Title}: {Summary(report)}.\n\n");
        text.Append("| trial | validation ").Append(report.Metric).Append(" | epochs | ").AppendJoin(" | ", space.Dimensions.Select(d => d.Name)).Append(" |\n|---:|---:|---|")
            .Append(string.Concat(Enumerable.Repeat("---:|", space.Dimensions.Count))).Append('\n');
        foreach (var trial in Ranked(result).Take(Shown))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {trial.Number + 1} | {Value(trial)} | {State(trial)} | ")
                .AppendJoin(" | ", space.Dimensions.Select(d => trial.Settings[d.Name].Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"\nThe winner, {result.Winner.Title}, trained again, on the test users: ")
            .AppendJoin(", ", result.Winner.Metrics.Select(m => Format.Text($"{m.Key} {m.Value.Mean:F4} ± {m.Value.StandardError:F4}"))).Append(".\n\n```toml\n").Append(result.Configuration).Append("```\n").ToString();
    }

    /// <summary>JSON with all trials.</summary>
    public static string Json(TuneResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var report = result.Report;
        return JsonText.Of(json =>
        {
            json.WriteString("model", result.Space.Model.Name);
            json.WriteString("title", result.Winner.Title);
            json.WriteString("data", result.Data.Spec);
            json.WriteString("protocol", result.Split.Protocol);
            json.WriteNumber("seed", result.Seed);
            json.WriteString("metric", report.Metric);
            json.WriteBoolean("lowerIsBetter", result.LowerIsBetter);
            json.WriteString("ended", report.Ended);
            json.WriteNumber("seconds", report.Seconds);
            json.WriteNumber("bestTrial", report.Best!.Number);
            json.WriteFinite("validation", report.Best.Value);
            json.WriteFigures("test", result.Winner.Metrics);
            json.WriteString("config", result.Configuration);
            json.WriteStartArray("trials");
            foreach (var trial in report.Trials)
            {
                json.WriteStartObject();
                json.WriteNumber("trial", trial.Number);
                json.WriteString("status", trial.Status.ToString().ToLowerInvariant());
                json.WriteFinite("value", trial.Value);
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
        });
    }

    /// <summary>How many trials there were and how they ended, in a line.</summary>
    public static string Summary(TuningReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        int Count(TrialStatus status) => report.Trials.Count(t => t.Status == status);
        string failed = Count(TrialStatus.Failed) > 0 ? Format.Text($", {Count(TrialStatus.Failed)} failed") : "";
        return Format.Text(
            $"{report.Trials.Count} trials in {Format.Seconds(report.Seconds)} ({Count(TrialStatus.Complete)} complete, {Count(TrialStatus.Pruned)} stopped early{failed}), ended by {report.Ended}");
    }

    /// <summary>The trials, the best first.</summary>
    public static IReadOnlyList<Trial> Ranked(TuneResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        double sign = result.LowerIsBetter ? 1 : -1;
        return [.. result.Report.Trials.OrderBy(t => t.Status).ThenBy(t => double.IsNaN(t.Value) ? double.PositiveInfinity : sign * t.Value).ThenBy(t => t.Number)];
    }

    /// <summary>How many epochs a trial had, and how it ended.</summary>
    public static string State(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return trial.Status switch
        {
            TrialStatus.Complete => trial.Epochs == 0 ? "" : Format.Text($"{trial.Epochs} (best {trial.BestEpoch})"),
            TrialStatus.Pruned => Format.Text($"stopped after {trial.Epochs}"),
            _ => "failed",
        };
    }

    /// <summary>A trial's value with four decimals; empty where it has none.</summary>
    public static string Value(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return double.IsNaN(trial.Value) ? "" : Format.Text($"{trial.Value:F4}");
    }
}
