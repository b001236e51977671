using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Storage;

namespace Encore.Tracking;

/// <summary>A run as <c>run.json</c> has it.</summary>
public sealed record Run
{
    // Three hundred years: what is more is no time of a process, and no length of time that programs can show.
    private const double LongestSeconds = 1e10;

    /// <summary>The format's version: 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The run's id, the name of its folder.</summary>
    public required string Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When the process began that works or worked on it last; in a file that does not say, when the run
    /// began.</summary>
    public DateTimeOffset SessionStarted { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Seconds that processes worked on it, the one that works on it now left out; of one that was killed, up to
    /// its last line.</summary>
    public double Seconds { get; init; }

    /// <summary>How often it was resumed.</summary>
    public int Resumed { get; init; }

    /// <summary>What it is.</summary>
    public required RunDescription Description { get; init; }

    /// <summary>Where it ran last.</summary>
    public required Machine Machine { get; init; }

    /// <summary>The commit of the repository in which the command was given; null: it was none.</summary>
    public string? Commit { get; init; }

    /// <summary>What it reached (<see cref="RunOutcome.Metrics"/>); empty until it ends.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>Whether smaller values are better, by the name of each metric that the run measures, on test users or on
    /// validation users; runs of earlier releases do not say it (<see cref="PrefersLower(string)"/>).</summary>
    public IReadOnlyDictionary<string, bool> LowerIsBetter { get; init; } = ReadOnlyDictionary<string, bool>.Empty;

    /// <summary>What went wrong; null where nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the smaller value of a figure of the run is the better one: as the run says; of metrics that it does not
    /// name, as <see cref="MetricCatalog.BuiltIn"/> says; of losses, times and memory always.</summary>
    /// <param name="figure">Its name, such as <c>ndcg@100</c>, <c>validation/rmse</c> or <c>fit_seconds</c>.</param>
    public bool PrefersLower(string figure) => PrefersLower([this], figure);

    /// <summary>Whether the smaller value of a figure is the better one, as the first run says that names its metric; else as
    /// for one run (<see cref="PrefersLower(string)"/>).</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="figure">The figure's name.</param>
    public static bool PrefersLower(IEnumerable<Run> runs, string figure)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(figure);
        string metric = figure.StartsWith(MetricKeys.Validation, StringComparison.Ordinal) ? figure[MetricKeys.Validation.Length..] : figure;
        foreach (var run in runs)
        {
            if (run.LowerIsBetter.TryGetValue(metric, out bool lower))
            {
                return lower;
            }
        }

        return metric is MetricKeys.Loss or MetricKeys.BatchLoss || metric.StartsWith(MetricKeys.LossPart, StringComparison.Ordinal)
            || metric.EndsWith("_seconds", StringComparison.Ordinal) || metric.EndsWith("_bytes", StringComparison.Ordinal)
            || MetricCatalog.BuiltIn.Find(metric) is { LowerIsBetter: true };
    }

    /// <summary>A run that begins.</summary>
    internal static Run Of(RunDescription description, string id, DateTimeOffset now, int threads) => new()
    {
        Id = id,
        Status = RunStatus.Running,
        Started = now,
        SessionStarted = now,
        Description = description,
        Machine = Machine.Here(threads),
        Commit = Machine.Commit(description.Directory ?? Environment.CurrentDirectory),
    };

    /// <summary>Writes the run as JSON, as its file has it.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        JsonSerializer.Serialize(json, this, RunJson.Default.Run);
    }

    /// <summary>Writes the run to a file, whole or not at all.</summary>
    internal void Save(string path) => AtomicFile.Write(path, file => JsonSerializer.Serialize(file, this, RunJson.Readable.Run));

    /// <summary>Reads a run.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="id">Its folder's name.</param>
    /// <exception cref="InvalidDataException">The file is no run of this version; the message says what was found where, and
    /// what was expected.</exception>
    internal static Run Load(string path, string id)
    {
        var run = RunJson.Files.Read(path, RunJson.Default.Run);
        Check(run.Version == 1, "version", run.Version, "1; another release wrote it");
        Check(run.Id == id, "id", run.Id, $"{id}, the name of its folder");
        Check(run.Description.Parent != id, "description.parent", id, "another run");
        Check(run.Seconds is >= 0 and <= LongestSeconds, "seconds", run.Seconds, FormattableString.Invariant($"0 to {LongestSeconds:0}"));
        Check(run.Resumed is >= 0 and < int.MaxValue, "resumed", run.Resumed, "a number from 0 on");
        Check(run.Description.Repetition >= 0, "description.repetition", run.Description.Repetition, "a number from 0 on");
        foreach (var (name, value) in run.Metrics)
        {
            Check(double.IsFinite(value), $"metrics.{name}", value, "a finite number");
        }

        return run.SessionStarted == default ? run with { SessionStarted = run.Started } : run;

        void Check(bool holds, string member, object found, string expected)
        {
            if (!holds)
            {
                throw new InvalidDataException(FormattableString.Invariant($"{path}: {member}: found {found}, expected {expected}."));
            }
        }
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(ModelRunResult))]
internal sealed partial class RunJson : JsonSerializerContext
{
    /// <summary>Reads what the context wrote.</summary>
    public static CheckedJson Files { get; } = new(
        new Run { Id = "", Status = Tracking.RunStatus.Running, Started = default, Description = new RunDescription { Kind = "", Name = "" }, Machine = Tracking.Machine.Unknown },
        new RunDescription { Kind = "", Name = "" },
        new EvaluationReport { Model = "", Metrics = ReadOnlyDictionary<string, MetricValue>.Empty, PerUser = ReadOnlyDictionary<string, double[]>.Empty, UserRows = [], UsersWithoutHeldOut = 0 },
        new EpochReport { Epoch = 0, Epochs = 0, Loss = 0, LearningRate = 0, TrainSeconds = 0, RowsPerSecond = 0 });

    /// <summary>As the context's options have it, with letters of all languages as they are.</summary>
    public static RunJson Readable => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
