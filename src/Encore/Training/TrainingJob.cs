using System.Collections.ObjectModel;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>A network with its data, as the training loop sees it.</summary>
internal abstract class TrainingJob
{
    /// <summary>All parameters, in a fixed order.</summary>
    public abstract IReadOnlyList<Parameter<float>> Parameters { get; }

    /// <summary>Rows of the training data: users, or items.</summary>
    public abstract int Rows { get; }

    /// <summary>What the model, its options and the data are, in a line; a checkpoint of another is refused.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Optimiser steps for each batch: more than one where a batch is fed again (DeepRec).</summary>
    public virtual int Passes => 1;

    /// <summary>Results of earlier phases that a checkpoint must carry, such as a β that was searched for.</summary>
    public Dictionary<string, string> Notes { get; init; } = [];

    /// <summary>What the loss of the epoch so far is the sum of, by name; empty where it has one part. A checkpoint carries
    /// them.</summary>
    public SortedDictionary<string, double> PartSums { get; } = new(StringComparer.Ordinal);

    /// <summary>What a schedule has come to at a step, such as β; by name.</summary>
    public virtual IReadOnlyDictionary<string, double> Levels(long step) => ReadOnlyDictionary<string, double>.Empty;

    /// <summary>The stage that an epoch (from 0) belongs to: greedy pre-training has one for each layer. The optimiser
    /// starts anew with each.</summary>
    public virtual int Stage(int epoch) => 0;

    /// <summary>A stage begins: sets which parameters are trained.</summary>
    public virtual void Begin(int stage)
    {
    }

    /// <summary>Whether the weights after an epoch may be selected by the validation metric.</summary>
    public virtual bool Selects(int epoch) => true;

    /// <summary>Computes the gradients of a batch into <see cref="Parameters"/>.</summary>
    /// <returns>The loss without penalties, summed, and the number of terms it is the sum of.</returns>
    public abstract (double Loss, double Terms) Gradient(in Batch batch);

    /// <summary>The penalties beside the mean loss of a term. Default: their sum, for losses that are a mean over the
    /// batch plus the penalties.</summary>
    public virtual double PenaltyPerTerm(double terms) => Parameters.Sum(p => p.PenaltyLoss());

    /// <summary>The loss without noise and penalties, per term, of what validation users hold out given their
    /// histories; null where it is not defined.</summary>
    public virtual double? ValidationLoss(EvaluationSet validation) => null;

    private protected void AddPart(string name, double sum) => PartSums[name] = PartSums.GetValueOrDefault(name) + sum;
}

/// <summary>A mini-batch: rows of the training data, and the keys of its random numbers.</summary>
internal readonly ref struct Batch
{
    /// <summary>Rows of the training data, in shuffled order.</summary>
    public required ReadOnlySpan<int> Rows { get; init; }

    /// <summary>The epoch, from 0.</summary>
    public required int Epoch { get; init; }

    /// <summary>Which feeding of the batch this is, from 0.</summary>
    public required int Pass { get; init; }

    /// <summary>Batches trained before this one.</summary>
    public required long Step { get; init; }

    /// <summary>The seed of training.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The random numbers of a row in this epoch.</summary>
    public Rng Rng(Purpose purpose, int row) => Streams.Of(Seed, purpose, Epoch, row);
}
