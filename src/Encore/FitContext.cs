using Encore.Numerics;

namespace Encore;

/// <summary>How a model learns, beside the data it learns from (<see cref="TrainingData"/>).</summary>
public sealed record FitContext
{
    /// <summary>The seed of everything random in training. The same seed gives the same bits. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What training runs on, and the fitted model's scores after it. Default <see cref="Compute.Default"/>. It changes
    /// no bit.</summary>
    public Compute Compute { get; init; } = Compute.Default;

    /// <summary>How many epochs a network runs when it learns anew; null: as its options say.</summary>
    internal int? Epochs { get; init; }

    /// <summary>Whether validation leaves seen items in the rankings, where they can only be misses, so that the epoch is
    /// selected as by an evaluation that does not exclude them. Default false.</summary>
    public bool RankSeenItems { get; init; }

    /// <summary>How long the fit has taken; set by the model, for its training.</summary>
    internal FitClock? Clock { get; init; }

    /// <summary>Knows the metric of the validation users that a network's options name; null: Encore's own metrics.</summary>
    public IMetricCatalog? Metrics { get; init; }

    /// <summary>Told how far training is, at most a few times a second.</summary>
    public IProgress<FitProgress>? Progress { get; init; }

    /// <summary>Called at the end of each epoch of an iterative model, on the thread that trains.</summary>
    public ITrainingCallback? Callback { get; init; }

    /// <summary>Whether a network starts from the weights that it has (a warm start), as a model file gave them or an earlier
    /// <c>Fit</c>, instead of starting anew: fine-tuning on new data. The training items must be the model's
    /// (<see cref="InteractionMatrix.WithItems"/>). Phases before the training proper, such as pre-training, and learning
    /// anew from training and validation are left out. Closed forms do not look at it. Default false.</summary>
    public bool WarmStart { get; init; }

    /// <summary>Where an iterative model keeps checkpoints; null: nowhere.</summary>
    public CheckpointOptions? Checkpoint { get; init; }

    /// <summary>Keeps the Gram matrix for closed forms that are fitted on the same data several times; null: each fit
    /// computes its own.</summary>
    public SharedGram? Gram { get; init; }

    /// <summary>Bytes that training may take; null: what the machine has free (<see cref="MemoryBudget"/>).</summary>
    public long? MemoryLimit { get; init; }
}

/// <summary>How far training is.</summary>
public readonly struct FitProgress(string stage, double fraction, string detail = "")
{
    /// <summary>What is being done, such as "Gram matrix".</summary>
    public string Stage { get; } = stage;

    /// <summary>Share of the stage that is done, in [0, 1].</summary>
    public double Fraction { get; } = fraction;

    /// <summary>Further information, such as the epoch and its loss; it may change with every report.</summary>
    public string Detail { get; } = detail;
}
