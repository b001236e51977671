using System.Text.Json;
using System.Text.Json.Serialization;

namespace Encore.Data;

/// <summary>What <c>split.json</c> says of a folder that <see cref="SplitWriter"/> wrote.</summary>
internal sealed record SplitManifest
{
    public const string FileName = "split.json";

    public const string Both = "train+validation";

    private const int CurrentVersion = 1;

    public required int Version { get; init; }

    public required string Protocol { get; init; }

    public required string Description { get; init; }

    /// <summary>Whether validation and test users are the training users: models without epochs to select may then learn
    /// from the history of the test.</summary>
    public required bool KnownUsers { get; init; }

    /// <summary>What models learn from in the end: train or train+validation.</summary>
    public required string FitOn { get; init; }

    public required bool Ratings { get; init; }

    public required float? MinimumRating { get; init; }

    /// <summary>Whether the sets rank candidates alone, which are in files of their own; null: they rank all items.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Candidates { get; init; }

    /// <summary>The format of the parts: tsv or csv.</summary>
    public required string Format { get; init; }

    public static SplitManifest Of(Split split, string format) => new()
    {
        Version = CurrentVersion,
        Protocol = split.Protocol,
        Description = split.Description,
        KnownUsers = split.TrainAndValidation is not null,
        FitOn = split.FitOn == Encore.FitOn.TrainAndValidation ? Both : "train",
        Ratings = split.IsRating,
        MinimumRating = split.MinimumRating,
        Candidates = split.Test.Candidates is not null || split.Validation?.Candidates is not null ? true : null,
        Format = format,
    };

    /// <summary>The manifest of a folder; null where it has none.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static SplitManifest? Find(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        SplitManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), SplitJson.Default.SplitManifest);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: found no description of a split as encore split writes it: {error.Message}", error);
        }

        return manifest is { Version: CurrentVersion, Format: "tsv" or "csv", FitOn: "train" or Both } ? manifest : throw new InvalidDataException(
            $"{path}: found version {manifest?.Version}, format {manifest?.Format}, fitOn {manifest?.FitOn}; expected version {CurrentVersion}, format tsv or csv, fitOn train or {Both}.");
    }

    public string ToJson() => JsonSerializer.Serialize(this, SplitJson.Default.SplitManifest) + "\n";
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, WriteIndented = true, RespectNullableAnnotations = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(SplitManifest))]
internal sealed partial class SplitJson : JsonSerializerContext;
