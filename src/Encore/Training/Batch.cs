using System.Diagnostics.CodeAnalysis;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>A mini-batch: rows of the training data, and the keys of its random numbers.</summary>
[Experimental(Preview.Networks)]
public readonly ref struct Batch
{
    /// <summary>Rows of the training data, in shuffled order.</summary>
    public required ReadOnlySpan<int> Rows { get; init; }

    /// <summary>The epoch, from 0.</summary>
    public required int Epoch { get; init; }

    /// <summary>The phase that runs.</summary>
    public required Phase Phase { get; init; }

    /// <summary>Which feeding of the batch this is, from 0 to <see cref="Phase.Passes"/> − 1.</summary>
    public required int Pass { get; init; }

    /// <summary>The sweep over the data, from 0 and over all epochs: the key of random numbers, so that two sweeps of one
    /// epoch draw different ones.</summary>
    public required int Sweep { get; init; }

    /// <summary>Batches trained before this one, of all phases.</summary>
    public required long Step { get; init; }

    /// <summary>1 / terms of the batch (<see cref="TrainingJob.Terms"/>): the factor of gradients where the loss is a
    /// mean.</summary>
    public required float Scale { get; init; }

    /// <summary>The seed of training.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The random numbers of a row in this sweep.</summary>
    /// <param name="purpose">What they are for.</param>
    /// <param name="row">The row of the training data.</param>
    public Rng Rng(Purpose purpose, int row) => Streams.Of(Seed, purpose, Sweep, row);
}
