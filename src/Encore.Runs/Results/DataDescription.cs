using Encore.Tracking;

namespace Encore.Runs;

/// <summary>The data of a comparison, in a line.</summary>
/// <param name="Spec">What was asked for.</param>
/// <param name="Users">Number of users.</param>
/// <param name="Items">Number of items.</param>
/// <param name="Interactions">Number of interactions.</param>
/// <param name="Duplicates">Lines that repeated the user and item of another.</param>
public sealed record DataDescription(string Spec, int Users, int Items, long Interactions, long Duplicates)
{
    /// <summary>A digest of what is known of the items and users beside the log; null: nothing.</summary>
    public string? Features { get; init; }

    /// <summary>Of a log.</summary>
    public static DataDescription Of(string spec, Interactions log) => new(spec, log.Users.Count, log.Items.Count, log.Count, log.Duplicates);

    /// <summary>Of the training part of a split that came with the data; the rest is in the split's description.</summary>
    public static DataDescription Of(string spec, Split split) => new(spec, split.Train.Users.Count, split.Train.Items.Count, split.Train.Count, 0);

    /// <summary>The same for a run's record; of the digest its models know.</summary>
    public RunData ToRunData() => new(Spec, null, Users, Items, Interactions) { Features = Features };

    /// <summary>The same with what was split off to learn from.</summary>
    public RunData ToRunData(Split split) => ToRunData() with { Fingerprint = split.Train.Digest(), Split = split.Description };

    /// <summary>The share of all pairs of user and item that interacted.</summary>
    public double Density => Interactions / Math.Max(1, (double)Users * Items);

    /// <inheritdoc/>
    public override string ToString() => Format.Text(
        $"{Spec}: {Users:N0} users, {Items:N0} items, {Interactions:N0} interactions (density {Density:P2}){(Duplicates > 0 ? Format.Text($", {Duplicates:N0} duplicate lines") : "")}");
}
