using System.Text.Json.Serialization;
using Encore.Tracking;

namespace Encore.Tuning;

/// <summary>How a trial ended.</summary>
public enum TrialStatus
{
    /// <summary>It was trained to its end.</summary>
    Complete,

    /// <summary>It was stopped early, as others were better at that epoch, or as time was up.</summary>
    Pruned,

    /// <summary>An error ended it, such as a loss that diverged.</summary>
    Failed,
}

/// <summary>A setting that was tried.</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Settings">The options that were searched, with their values.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Value">The best value of the validation metric; NaN where it failed.</param>
/// <param name="Rungs">The best value so far at each rung that it reached, in order.</param>
/// <param name="Epochs">Epochs that were trained; 0 for closed forms.</param>
/// <param name="BestEpoch">The epoch of the best value; 0 for closed forms.</param>
/// <param name="Seconds">Seconds it took.</param>
/// <param name="Error">What went wrong; null where nothing did.</param>
public sealed record Trial(
    int Number, IReadOnlyDictionary<string, string> Settings, TrialStatus Status, double Value, IReadOnlyList<double> Rungs,
    int Epochs, int BestEpoch, double Seconds, string? Error = null)
{
    /// <summary>The settings in a line.</summary>
    public override string ToString() => string.Join(' ', Settings.Select(s => $"{s.Key}={s.Value}"));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Trial))]
internal sealed partial class TrialJson : JsonSerializerContext
{
    /// <summary>Reads what the context wrote.</summary>
    public static CheckedJson Files { get; } = new();
}
