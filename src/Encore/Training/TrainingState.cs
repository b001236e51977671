using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Encore.Networks;
using Encore.Storage;

namespace Encore.Training;

/// <summary>Where a training is: everything that a checkpoint holds.</summary>
internal sealed class TrainingState(TrainingJob job, Optimizers optimizers)
{
    private const string Kind = "encore-checkpoint", Version = "3", Before = "2";

    private float[][] _best = [];

    /// <summary>The epoch that runs or comes next, from 0.</summary>
    public int Epoch { get; private set; }

    /// <summary>The phase of the epoch that runs or comes next.</summary>
    public int Phase { get; private set; }

    /// <summary>The sweep that runs or comes next, over all epochs.</summary>
    public int Sweep { get; private set; }

    /// <summary>Whether the phase has been entered.</summary>
    public bool Entered { get; set; }

    /// <summary>The batch of the phase that comes next.</summary>
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

    /// <summary>The last epoch's figures, for a progress line; "" before its end.</summary>
    public string LastLine => History.Count == 0 || History[^1] is not { } last ? "" : string.Create(CultureInfo.InvariantCulture,
        $", loss {last.Loss:G5}{(double.IsNaN(last.MetricValue) ? "" : string.Create(CultureInfo.InvariantCulture, $", {last.Metric} {last.MetricValue:F4}"))}, {last.RowsPerSecond:N0}/s");

    public void EndPhase() => (Phase, Sweep, Entered, Batch) = (Phase + 1, Sweep + 1, false, 0);

    public void EndEpoch(EpochReport report)
    {
        History.Add(report);
        (Epoch, Phase, LossSum, LossTerms, EpochSeconds) = (Epoch + 1, 0, 0, 0, 0);
        job.PartSums.Clear();
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
            tensors.Add(Tensor("value/", job.Parameters[p], job.Parameters[p].Value));
            if (BestEpoch > 0)
            {
                tensors.Add(Tensor("best/", job.Parameters[p], _best[p]));
            }
        }

        tensors.AddRange(job.State.Select(state => Tensor("state/", state, state.Value)));
        foreach (var (group, optimizer) in optimizers.All)
        {
            foreach (var state in optimizer.States)
            {
                foreach (var (name, moments) in new[] { ("first", state.First), ("second", state.Second) })
                {
                    if (moments.Length > 0)
                    {
                        tensors.Add(Tensor($"{name}/{group.Name}/", state.Parameter, moments));
                    }
                }
            }
        }

        var position = new Position(
            Epoch, Batch, Step, LossSum, LossTerms, EpochSeconds, BestEpoch, BestMetric, Stopped,
            null, History, job.Notes, job.PartSums, fitSeconds, Phase, Sweep, Entered,
            optimizers.All.ToDictionary(o => o.Group.Name, o => o.Optimizer.States.Select(s => s.Steps).ToArray()));
        SafeTensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["kind"] = Kind,
            ["version"] = Version,
            ["fingerprint"] = job.Fingerprint,
            ["position"] = JsonSerializer.Serialize(position, TrainingJson.Default.Position),
        });
    }

    /// <summary>Continues from a checkpoint.</summary>
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

        _best = position.BestEpoch > 0 ? [.. job.Parameters.Select(p => new float[p.Value.Length])] : [];
        for (int p = 0; p < job.Parameters.Count; p++)
        {
            file.Read($"value/{job.Parameters[p].Name}", job.Parameters[p].Value);
            if (position.BestEpoch > 0)
            {
                file.Read($"best/{job.Parameters[p].Name}", _best[p]);
            }
        }

        foreach (var state in job.State)
        {
            file.Read($"state/{state.Name}", state.Value);
        }

        optimizers.Clear();
        (Epoch, Batch, Step, LossSum, LossTerms) = (position.Epoch, position.Batch, position.Step, position.LossSum, position.LossTerms);
        if (position.Groups is { } groups)
        {
            (Phase, Sweep, Entered) = (position.Phase, position.Sweep, position.Entered);
            ReadOptimizers(path, file, groups);
        }
        else
        {
            // Version 2 knew one optimiser of all parameters, and epochs of one phase. Where an epoch is about to begin, its
            // phase is still to be entered: that also forgets what the stage before it left.
            (Phase, Sweep, Entered) = (0, Epoch, Batch > 0);
            ReadOptimizer(path, file, position.Steps ?? []);
        }

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

    // Each group by its name, which one of the plans so far must have.
    private void ReadOptimizers(string path, SafeTensorsFile file, Dictionary<string, int[]> steps)
    {
        var groups = new Dictionary<string, ParameterGroup>();
        for (int epoch = 0; epoch <= Epoch && groups.Count < steps.Count; epoch++)
        {
            foreach (var phase in job.Plan(epoch).Phases.Where(p => steps.ContainsKey(p.Group.Name)))
            {
                groups.TryAdd(phase.Group.Name, phase.Group);
            }
        }

        foreach (var (name, taken) in steps)
        {
            if (!groups.TryGetValue(name, out var group) || group.Parameters.Count != taken.Length)
            {
                throw new InvalidDataException(
                    $"{path}: found a group {name} of {taken.Length} parameters, expected {(group is null ? "the groups of the model" : $"{group.Parameters.Count}")}.");
            }

            foreach (var (p, state) in optimizers.Of(group).States.Index())
            {
                state.Steps = taken[p];
                Read(file, $"first/{name}/{state.Parameter.Name}", state.First);
                Read(file, $"second/{name}/{state.Parameter.Name}", state.Second);
            }
        }
    }

    private void ReadOptimizer(string path, SafeTensorsFile file, int[] steps)
    {
        if (steps.Length != job.Parameters.Count)
        {
            throw new InvalidDataException($"{path}: found {steps.Length} parameters, expected {job.Parameters.Count}.");
        }

        foreach (var state in optimizers.Of(job.Plan(Epoch).Phases[0].Group).States)
        {
            int p = job.Parameters.Index().First(of => of.Item == state.Parameter).Index;
            state.Steps = steps[p];
            Read(file, $"first/{state.Parameter.Name}", state.First);
            Read(file, $"second/{state.Parameter.Name}", state.Second);
        }
    }

    private static void Read(SafeTensorsFile file, string name, float[] moments)
    {
        if (moments.Length > 0)
        {
            file.Read(name, moments);
        }
    }

    private static SafeTensor Tensor(string prefix, Parameter<float> parameter, float[] values) =>
        new(prefix + parameter.Name, [parameter.Rows, parameter.Columns], values);

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

        if (file.Metadata.GetValueOrDefault("version") is not (Version or Before))
        {
            throw new InvalidDataException(
                $"{path}: found checkpoint version {file.Metadata.GetValueOrDefault("version")}, expected {Before} or {Version}; it was written by another release.");
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
    string? Stopped, int[]? Steps, List<EpochReport> History, Dictionary<string, string> Notes,
    IReadOnlyDictionary<string, double> PartSums, double FitSeconds = 0, int Phase = 0, int Sweep = 0, bool Entered = false,
    Dictionary<string, int[]>? Groups = null);

[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Position))]
internal sealed partial class TrainingJson : JsonSerializerContext;
