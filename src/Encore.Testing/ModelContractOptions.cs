using System.Collections.ObjectModel;
using Encore.Experiments;

namespace Encore.Testing;

/// <summary>What <see cref="ModelContract"/> may be told.</summary>
public sealed class ModelContractOptions
{
    /// <summary>The model's options by name, such as small layers. An iterative model runs 3 epochs in batches of 8 rows unless
    /// they say otherwise. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The catalogue that holds the model; null: Encore's own.</summary>
    public ModelCatalog? Models { get; init; }

    /// <summary>The seed of data and training. Default 1.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>A promise that a model breaks.</summary>
/// <param name="promise">Its name, one of <see cref="ModelContract.Promises"/>.</param>
/// <param name="found">What was found, and what was expected.</param>
public sealed class BrokenPromise(string promise, string found)
{
    /// <summary>Its name, one of <see cref="ModelContract.Promises"/>.</summary>
    public string Promise { get; } = promise;

    /// <summary>What was found, and what was expected.</summary>
    public string Found { get; } = found;

    /// <inheritdoc/>
    public override string ToString() => $"{Promise}: {Found}";
}

/// <summary>A model breaks promises; the message lists all of them.</summary>
/// <param name="model">The model's name in its catalogue.</param>
/// <param name="broken">The promises.</param>
#pragma warning disable CA1032 // it says nothing without the promises
public sealed class ModelContractException(string model, IReadOnlyList<BrokenPromise> broken)
#pragma warning restore CA1032
    : Exception($"{model} breaks {broken.Count} of the promises of models:{string.Concat(broken.Select(b => $"{Environment.NewLine}- {b}"))}")
{
    /// <summary>The promises.</summary>
    public IReadOnlyList<BrokenPromise> Broken { get; } = broken;
}
