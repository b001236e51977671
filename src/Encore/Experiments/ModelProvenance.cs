using Encore.Evaluation;

namespace Encore.Experiments;

/// <summary>Where a model comes from: what a model file says of its training. Nothing in it is needed to use the
/// model.</summary>
public sealed record ModelProvenance
{
    /// <summary>The data, as it was asked for, such as <c>ml-1m</c> or a file's name.</summary>
    public string? Data { get; init; }

    /// <summary>A digest of the training interactions.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Digests of all that a model has learned from, where it learned on: the training interactions first, where
    /// they are known, then each update's. Null where it has not learned on.</summary>
    public IReadOnlyList<string>? Learned { get; init; }

    /// <summary>The protocol's name.</summary>
    public string? Protocol { get; init; }

    /// <summary>What was done to the data, in words.</summary>
    public string? Description { get; init; }

    /// <summary>The seed of split and training.</summary>
    public ulong? Seed { get; init; }

    /// <summary>What the model reached on the test users, by metric.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init => field = value ?? field; } = new Dictionary<string, double>(); // generated code sets null where a file says nothing

    /// <summary>Ratings from this on count as 1 in histories; null where values are taken as they are.</summary>
    public float? MinimumRating { get; init; }

    /// <summary>How much the interactions that it learned from counted; null: all alike.</summary>
    public InteractionWeighting? Weighting { get; init; }

    /// <summary>The lowest and the highest rating of the data; null: it had no ratings, or the file does not say, as of
    /// earlier releases.</summary>
    public RatingRange? TrainingRatings { get; init; }

    /// <summary>The version of Encore that wrote the file.</summary>
    public string? Encore { get; init; }

    /// <summary>The runtime and instruction set that trained it.</summary>
    public string? Runtime { get; init; }

    /// <summary>What is known of a model that has just been trained and tested.</summary>
    /// <param name="data">The data, as it was asked for.</param>
    /// <param name="split">What the model learnt from.</param>
    /// <param name="seed">The seed of split and training.</param>
    /// <param name="report">What it reached; null: it was not tested.</param>
    public static ModelProvenance Of(string data, Split split, ulong seed, EvaluationReport? report)
    {
        ArgumentNullException.ThrowIfNull(split);
        return new ModelProvenance
        {
            Data = data,
            Fingerprint = split.Train.Digest(),
            Protocol = split.Protocol,
            Description = split.Description,
            Seed = seed,
            Metrics = report?.Metrics.ToDictionary(m => m.Key, m => m.Value.Mean) ?? [],
            MinimumRating = split.MinimumRating,
            Weighting = split.Train.Weights?.Weighting,
        };
    }
}
