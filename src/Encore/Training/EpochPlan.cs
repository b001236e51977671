using System.Diagnostics.CodeAnalysis;
using Encore.Networks;

namespace Encore.Training;

/// <summary>What an epoch consists of: one phase after another, each a sweep over all rows or some.</summary>
/// <param name="phases">The phases, at least one.</param>
[Experimental(Preview.Networks)]
public sealed class EpochPlan(params IReadOnlyList<Phase> phases)
{
    /// <summary>The phases, in order.</summary>
    public IReadOnlyList<Phase> Phases { get; } = phases.Count > 0
        ? phases
        : throw new ArgumentException("Found an epoch without phases, expected at least one.", nameof(phases));

    /// <summary>Whether the weights after the epoch are validated and may be selected. Default true.</summary>
    public bool Selects { get; init; } = true;

    /// <summary>What the epoch belongs to: losses are compared, to find that training diverged, with the first epoch of
    /// the same stage. Default "".</summary>
    public string Stage { get; init; } = "";

    /// <summary>Whether a phase of the epoch trains a parameter.</summary>
    public bool Trains(Parameter<float> parameter) => Phases.Any(p => p.Group.Parameters.Contains(parameter));
}

/// <summary>A sweep over rows that moves one group of parameters; all others are frozen
/// (<see cref="Parameter{T}.IsTrained"/>).</summary>
/// <param name="name">Its name, by which a job tells phases apart.</param>
/// <param name="group">What it trains.</param>
[Experimental(Preview.Networks)]
public sealed class Phase(string name, ParameterGroup group)
{
    /// <summary>Its name, by which a job tells phases apart.</summary>
    public string Name { get; } = name;

    /// <summary>What it trains.</summary>
    public ParameterGroup Group { get; } = group;

    /// <summary>The rows that it sweeps over, of those that the job has. Default: all.</summary>
    public Range Rows { get; init; } = Range.All;

    /// <summary>Gradients and steps for each batch: more than one where a batch is fed again. Default 1.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>Whether the optimiser forgets, on entering the phase, what it remembers of the group's parameters: moments
    /// and the number of steps. Default false.</summary>
    public bool FreshOptimizer { get; init; }

    /// <summary>Whether its losses count in the epoch's mean loss. Default true.</summary>
    public bool CountsLoss { get; init; } = true;
}

/// <summary>Parameters that one optimiser moves.</summary>
/// <param name="name">The name of the group in checkpoints; groups with other parameters have other names.</param>
/// <param name="parameters">Its parameters, in a fixed order.</param>
[Experimental(Preview.Networks)]
public sealed class ParameterGroup(string name, IReadOnlyList<Parameter<float>> parameters)
{
    /// <summary>The name of the group in checkpoints.</summary>
    public string Name { get; } = name;

    /// <summary>Its parameters, in a fixed order.</summary>
    public IReadOnlyList<Parameter<float>> Parameters { get; } = parameters;

    /// <summary>How they follow their gradients; null: as the training's options say.</summary>
    public OptimizerOptions? Optimizer { get; init; }
}
