using System.Collections.ObjectModel;
using System.Text.Json;

namespace Encore.Tracking;

/// <summary>What a run is: everything that is known before it begins.</summary>
public sealed record RunDescription
{
    /// <summary>What kind of run: <c>train</c>, <c>compare</c>, <c>tune</c>, <c>fit</c> (a model of a
    /// comparison), <c>trial</c> (of a tuning), or another that a program adds.</summary>
    public required string Kind { get; init; }

    /// <summary>What to call it, such as <c>mult-vae</c>; it becomes part of the id.</summary>
    public required string Name { get; init; }

    /// <summary>The run's id where it was written first (<see cref="CompositeSink"/>); null: a sink makes one.</summary>
    public string? Id { get; init; }

    /// <summary>The id of the run that this one belongs to, such as the comparison of a model; null: of none.</summary>
    public string? Parent { get; init; }

    /// <summary>The model's name in the catalogue; null where there are several.</summary>
    public string? Model { get; init; }

    /// <summary>The model's options with their values, defaults included.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Everything that was asked for beside the model's options, by key such as <c>data.source</c>: what a
    /// configuration file would say.</summary>
    public IReadOnlyDictionary<string, string> Config { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The whole configuration, from which the run is resumed; null: an earlier release recorded the run, or another
    /// program.</summary>
    public JsonElement? Configuration { get; init; }

    /// <summary>The command line that asked for it, word by word; empty for runs of the library.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>The folder in which the command was given; relative paths start there.</summary>
    public string? Directory { get; init; }

    /// <summary>The data; null where it is not known yet.</summary>
    public RunData? Data { get; init; }

    /// <summary>The protocol's name.</summary>
    public string? Protocol { get; init; }

    /// <summary>The seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The repetition within its parent, from 0.</summary>
    public int Repetition { get; init; }

    /// <summary>Words of one's own.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The same within another run, whose tags it has too.</summary>
    public RunDescription Within(TrackedRun parent) =>
        this with { Parent = parent.Id, Tags = [.. parent.Stored.Run.Description.Tags.Union(Tags)] };
}

/// <summary>The data of a run.</summary>
/// <param name="Source">What was asked for, such as <c>ml-1m</c> or a file.</param>
/// <param name="Fingerprint">A digest of the interactions that are learnt from
/// (<see cref="InteractionMatrix.Digest"/>).</param>
/// <param name="Users">Number of users.</param>
/// <param name="Items">Number of items.</param>
/// <param name="Interactions">Number of interactions.</param>
/// <param name="Split">What was done to the data, in words.</param>
public sealed record RunData(string Source, string? Fingerprint, int Users, int Items, long Interactions, string? Split = null)
{
    /// <summary>A digest of what is known of items and users beside the interactions; null: nothing, or not known.</summary>
    public string? Features { get; init; }
}

/// <summary>How a run ended.</summary>
/// <param name="Status"><see cref="RunStatus.Finished"/>, <see cref="RunStatus.Failed"/> or
/// <see cref="RunStatus.Stopped"/>.</param>
/// <param name="Metrics">What it reached, by name: of the test users as <c>ndcg@100</c>, of validation users as
/// <c>validation/ndcg@100</c>.</param>
/// <param name="Error">What went wrong; null where nothing did.</param>
public sealed record RunOutcome(RunStatus Status, IReadOnlyDictionary<string, double> Metrics, string? Error = null);

/// <summary>Where a run stands.</summary>
public enum RunStatus
{
    /// <summary>A process works on it.</summary>
    Running,

    /// <summary>It did what was asked for.</summary>
    Finished,

    /// <summary>An error ended it.</summary>
    Failed,

    /// <summary>It was asked to stop, and can be resumed.</summary>
    Stopped,

    /// <summary>Its process ended without a word, and it can be resumed. Never written: it is what a run is that says
    /// <see cref="Running"/> and that no process holds.</summary>
    Interrupted,
}
