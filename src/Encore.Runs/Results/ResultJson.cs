using System.Text.Json;
using Encore.Evaluation;

namespace Encore.Runs;

/// <summary>Results of one model as JSON.</summary>
public static class ResultJson
{
    /// <summary>What a training came to.</summary>
    public static string Of(TrainResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Text(result.Model, result.Found.Report, result.Found.Training, result.Split, result.Data, result.Seed, result.Found.FitSeconds);
    }

    /// <summary>What an evaluation found.</summary>
    public static string Of(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Text(result.Name, result.Report, null, result.Split, result.Data, result.Seed, 0);
    }

    private static string Text(string model, EvaluationReport report, TrainingReport? training, Split split, DataDescription data, ulong seed, double seconds) => JsonText.Of(json =>
    {
        json.WriteString("model", model);
        json.WriteString("title", report.Model);
        json.WriteString("protocol", split.Protocol);
        json.WriteString("description", split.Description);
        json.WriteNumber("seed", seed);
        json.WriteString("data", data.Spec);
        json.WriteNumber("fitSeconds", seconds);
        json.WriteFigures("metrics", report.Metrics);
        if (report.UsersWithEqualScores > 0)
        {
            json.WriteNumber("equalScores", report.UsersWithEqualScores / (double)report.Users);
        }

        if (report.UsersWithTies > 0 && split.Test.Candidates is not null)
        {
            json.WriteNumber("ties", report.UsersWithTies / (double)report.Users);
        }

        if (training is not null)
        {
            Training(json, training);
        }
    });

    private static void Training(Utf8JsonWriter json, TrainingReport training)
    {
        json.WriteNumber("bestEpoch", training.BestEpoch);
        json.WriteString("stopped", training.Stopped);
        json.WriteStartArray("epochs");
        foreach (var epoch in training.Epochs)
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch.Epoch);
            json.WriteFinite("loss", epoch.Loss);
            json.WriteFinite("validationLoss", epoch.ValidationLoss);
            if (epoch.Metric is not null)
            {
                json.WriteFinite(epoch.Metric, epoch.MetricValue);
            }

            json.WriteNumber("learningRate", epoch.LearningRate);
            json.WriteNumber("trainSeconds", epoch.TrainSeconds);
            json.WriteNumber("validationSeconds", epoch.ValidationSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
