using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Encore.Tracking;

/// <summary>A run as <c>run.json</c> has it.</summary>
public sealed record Run
{
    /// <summary>The format's version: 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The run's id, the name of its folder.</summary>
    public required string Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When the process began that works or worked on it last.</summary>
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

    /// <summary>What went wrong; null where nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>A run that begins.</summary>
    internal static Run Of(RunDescription description, string id, DateTimeOffset now) => new()
    {
        Id = id,
        Status = RunStatus.Running,
        Started = now,
        SessionStarted = now,
        Description = description,
        Machine = Machine.Here(),
        Commit = Machine.Commit(description.Directory ?? Environment.CurrentDirectory),
    };

    /// <summary>Writes the run as JSON, as its file has it.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        JsonSerializer.Serialize(json, this, RunJson.Default.Run);
    }

    /// <summary>Writes the run to a file, whole or not at all.</summary>
    internal void Save(string path)
    {
        string temporary = FormattableString.Invariant($"{path}.{Environment.ProcessId}.tmp");
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, this, RunJson.Readable.Run);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads a run.</summary>
    /// <exception cref="InvalidDataException">The file is no run of this version.</exception>
    internal static Run Load(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var run = JsonSerializer.Deserialize(file, RunJson.Default.Run) ?? throw new JsonException("nothing is in it");
            return run.Version == 1 ? run : throw new InvalidDataException($"{path}: found version {run.Version}, expected 1; another release wrote it.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: this is no run: {error.Message}", error);
        }
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(ModelRunResult))]
[JsonSerializable(typeof(Article.ArticleRow))]
internal sealed partial class RunJson : JsonSerializerContext
{
    /// <summary>As the context's options have it, with letters of all languages as they are.</summary>
    public static RunJson Readable => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
