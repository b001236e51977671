using System.Text.Json;
using Encore.Evaluation;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>How <c>train</c> writes.</summary>
internal static class TrainOutput
{
    public static void Table(EvaluationReport report, IReadOnlyList<string> metrics, TrainingReport? training, double seconds, Terminal terminal)
    {
        string epochs = training is null ? "" : Format.Text(
            $": {training.Epochs.Count} epochs (ended by {training.Stopped}), weights of epoch {training.BestEpoch}");
        terminal.WriteText($"Trained   {report.Model} in {Format.Seconds(seconds)}{epochs}", 10);
        Metrics(report, metrics, terminal);
    }

    public static void Metrics(EvaluationReport report, IReadOnlyList<string> metrics, Terminal terminal)
    {
        var table = new Table().AddColumn("metric").AddColumn(new TableColumn("test").RightAligned());
        foreach (string metric in metrics)
        {
            var (mean, error) = report.Metrics[metric];
            table.AddRow(Markup.Escape(metric), double.IsNaN(error) ? Format.Text($"{mean:F4}") : Format.Text($"{mean:F4} ± {error:F4}"));
        }

        terminal.Write(table);
    }

    public static void Json(
        string model, EvaluationReport report, TrainingReport? training, Split split, DataDescription data, ulong seed, double seconds, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteString("title", report.Model);
            json.WriteString("protocol", split.Protocol);
            json.WriteString("description", split.Description);
            json.WriteNumber("seed", seed);
            json.WriteString("data", data.Spec);
            json.WriteNumber("fitSeconds", seconds);
            json.WriteStartObject("metrics");
            foreach (var (name, (mean, error)) in report.Metrics)
            {
                json.WriteStartObject(name);
                Number(json, "mean", mean);
                Number(json, "stderr", error);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            if (training is not null)
            {
                Training(json, training);
            }

            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static void Training(Utf8JsonWriter json, TrainingReport training)
    {
        json.WriteNumber("bestEpoch", training.BestEpoch);
        json.WriteString("stopped", training.Stopped);
        json.WriteStartArray("epochs");
        foreach (var epoch in training.Epochs)
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch.Epoch);
            Number(json, "loss", epoch.Loss);
            Number(json, "validationLoss", epoch.ValidationLoss);
            if (epoch.Metric is not null)
            {
                Number(json, epoch.Metric, epoch.MetricValue);
            }

            json.WriteNumber("learningRate", epoch.LearningRate);
            json.WriteNumber("trainSeconds", epoch.TrainSeconds);
            json.WriteNumber("validationSeconds", epoch.ValidationSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
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
