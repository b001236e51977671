using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Encore.Networks;
using Encore.Storage;

namespace Encore.Training;

/// <summary>Where a training is: everything that a checkpoint holds.</summary>
internal sealed class TrainingState(TrainingJob job, Optimizer<float> optimizer)
{
    private const string Kind = "encore-checkpoint", Version = "2";

    private float[][] _best = [];

    /// <summary>The epoch that runs or comes next, from 0.</summary>
    public int Epoch { get; private set; }

    /// <summary>The batch of the epoch that comes next.</summary>
    public int Batch { get; set; }

    /// <summary>Batches trained.</summary>
    public long Step { get; set; }

    public double LossSum { get; set; }

    public double LossTerms { get; set; }

    /// <summary>Seconds that the epoch has taken so far.</summary>
    public double EpochSeconds { get; set; }

    public int BestEpoch { get; private set; }

    public double BestMetric { get; private set; } = double.NaN;

    /// <summary>Why training ended before its last epoch; null while it goes on.</summary>
    public string? Stopped { get; set; }

    public List<EpochReport> History { get; } = [];

    /// <summary>The last epoch's figures, for a progress line.</summary>
    public string LastLine { get; private set; } = "";

    public void EndEpoch(EpochReport report)
    {
        History.Add(report);
        (Epoch, Batch, LossSum, LossTerms, EpochSeconds) = (Epoch + 1, 0, 0, 0, 0);
        job.PartSums.Clear();
        LastLine = string.Create(CultureInfo.InvariantCulture,
            $", loss {report.Loss:G5}{(double.IsNaN(report.MetricValue) ? "" : string.Create(CultureInfo.InvariantCulture, $", {report.Metric} {report.MetricValue:F4}"))}, {report.RowsPerSecond:N0}/s");
    }

    public void KeepBest(int epoch, double metric)
    {
        (BestEpoch, BestMetric) = (epoch, metric);
        if (_best.Length == 0)
        {
            _best = [.. job.Parameters.Select(p => new float[p.Value.Length])];
        }

        for (int p = 0; p < _best.Length; p++)
        {
            job.Parameters[p].Value.CopyTo(_best[p].AsSpan());
        }
    }

    public void RestoreBest()
    {
        for (int p = 0; p < _best.Length; p++)
        {
            _best[p].CopyTo(job.Parameters[p].Value.AsSpan());
        }
    }

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fitSeconds">Seconds that the fit has taken (<see cref="FitClock"/>).</param>
    public void Save(string path, double fitSeconds)
    {
        var tensors = new List<SafeTensor>();
        for (int p = 0; p < job.Parameters.Count; p++)
        {
            var (parameter, state) = (job.Parameters[p], optimizer.States[p]);
            long[] shape = [parameter.Rows, parameter.Columns];
            tensors.Add(new SafeTensor($"value/{parameter.Name}", shape, parameter.Value));
            if (state.First.Length > 0)
            {
                tensors.Add(new SafeTensor($"first/{parameter.Name}", shape, state.First));
            }

            if (state.Second.Length > 0)
            {
                tensors.Add(new SafeTensor($"second/{parameter.Name}", shape, state.Second));
            }

            if (BestEpoch > 0)
            {
                tensors.Add(new SafeTensor($"best/{parameter.Name}", shape, _best[p]));
            }
        }

        var position = new Position(
            Epoch, Batch, Step, LossSum, LossTerms, EpochSeconds, BestEpoch, BestMetric, Stopped,
            [.. optimizer.States.Select(s => s.Steps)], History, job.Notes, job.PartSums, fitSeconds);
        SafeTensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["kind"] = Kind,
            ["version"] = Version,
            ["fingerprint"] = job.Fingerprint,
            ["position"] = JsonSerializer.Serialize(position, TrainingJson.Default.Position),
        });
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <returns>Seconds that the fit had taken.</returns>
    /// <exception cref="InvalidDataException">The file is no checkpoint, or one of another model, data or
    /// seed.</exception>
    public double Load(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        var position = ReadPosition(path, file);
        string found = file.Metadata.GetValueOrDefault("fingerprint") ?? "";
        if (found != job.Fingerprint)
        {
            throw new InvalidDataException(
                $"{path} is a checkpoint of another training: found {found}, expected {job.Fingerprint}. Give the options, data and seed that it was made with, or another file.");
        }

        if (position.Steps.Length != job.Parameters.Count)
        {
            throw new InvalidDataException($"{path}: found {position.Steps.Length} parameters, expected {job.Parameters.Count}.");
        }

        _best = position.BestEpoch > 0 ? [.. job.Parameters.Select(p => new float[p.Value.Length])] : [];
        for (int p = 0; p < job.Parameters.Count; p++)
        {
            var (parameter, state) = (job.Parameters[p], optimizer.States[p]);
            file.Read($"value/{parameter.Name}", parameter.Value);
            state.Steps = position.Steps[p];
            if (state.First.Length > 0)
            {
                file.Read($"first/{parameter.Name}", state.First);
            }

            if (state.Second.Length > 0)
            {
                file.Read($"second/{parameter.Name}", state.Second);
            }

            if (position.BestEpoch > 0)
            {
                file.Read($"best/{parameter.Name}", _best[p]);
            }
        }

        (Epoch, Batch, Step, LossSum, LossTerms) = (position.Epoch, position.Batch, position.Step, position.LossSum, position.LossTerms);
        (EpochSeconds, BestEpoch, BestMetric, Stopped) = (position.EpochSeconds, position.BestEpoch, position.BestMetric, position.Stopped);
        History.Clear();
        History.AddRange(position.History);
        job.PartSums.Clear();
        foreach (var (name, value) in position.PartSums)
        {
            job.PartSums[name] = value;
        }

        foreach (var (name, value) in position.Notes)
        {
            job.Notes[name] = value;
        }

        return position.FitSeconds > 0 ? position.FitSeconds : History.Sum(e => e.TrainSeconds + e.ValidationSeconds) + EpochSeconds;
    }

    /// <summary>The notes of a checkpoint, such as what an earlier phase found; empty where there is no file.</summary>
    public static IReadOnlyDictionary<string, string> ReadNotes(string path)
    {
        if (!File.Exists(path))
        {
            return new Dictionary<string, string>();
        }

        using var file = SafeTensorsFile.Open(path);
        return ReadPosition(path, file).Notes;
    }

    private static Position ReadPosition(string path, SafeTensorsFile file)
    {
        if (file.Metadata.GetValueOrDefault("kind") != Kind)
        {
            throw new InvalidDataException($"{path} is no checkpoint of Encore: found kind '{file.Metadata.GetValueOrDefault("kind")}', expected '{Kind}'.");
        }

        if (file.Metadata.GetValueOrDefault("version") != Version)
        {
            throw new InvalidDataException(
                $"{path}: found checkpoint version {file.Metadata.GetValueOrDefault("version")}, expected {Version}; it was written by another release.");
        }

        try
        {
            var position = JsonSerializer.Deserialize(file.Metadata.GetValueOrDefault("position") ?? "", TrainingJson.Default.Position)
                ?? throw new JsonException("nothing");
            return position.History.Contains(null!) ? throw new JsonException("an epoch of its history is null") : position;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: the checkpoint's position cannot be read: {error.Message}", error);
        }
    }
}

internal sealed record Position(
    int Epoch, int Batch, long Step, double LossSum, double LossTerms, double EpochSeconds, int BestEpoch, double BestMetric,
    string? Stopped, int[] Steps, List<EpochReport> History, Dictionary<string, string> Notes,
    IReadOnlyDictionary<string, double> PartSums, double FitSeconds = 0);

[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Position))]
internal sealed partial class TrainingJson : JsonSerializerContext;
