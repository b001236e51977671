using Encore.Numerics;

namespace Encore.Storage;

/// <summary>A model whose learned state goes into a file and comes back with the same bits.</summary>
public interface IStoredModel : IModel
{
    /// <summary>Its options by name, as one would write them.</summary>
    IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>The value of a history's item that comes without one: 1, or the highest rating where the model learns
    /// from ratings.</summary>
    float HistoryValue => 1;

    /// <summary>The lowest and the highest training rating, where the model computes with them; null otherwise.</summary>
    RatingRange? Ratings => null;

    /// <summary>Adds what was learned.</summary>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    void Write(TensorWriter writer);

    /// <summary>Takes what was learned. The model has the options that it was written with.</summary>
    /// <param name="reader">The arrays.</param>
    /// <param name="context">What else the file says.</param>
    /// <exception cref="InvalidDataException">An array is missing or has another type or shape than the options and
    /// items ask for.</exception>
    void Read(TensorReader reader, StoredContext context);
}

/// <summary>What a model file says of a model beside its arrays and options.</summary>
public sealed class StoredContext
{
    /// <summary>The items of the model.</summary>
    public required IdMap Items { get; init; }

    /// <summary>What the model's scores run on.</summary>
    public Compute Compute { get; init; } = Compute.Default;

    /// <summary>The version of the model's own format, from 1.</summary>
    public int Format { get; init; } = 1;
}

/// <summary>A model that can be written as an ONNX graph.</summary>
public interface IOnnxModel : IModel
{
    /// <summary>Builds the graph, from <see cref="OnnxGraph.History"/> or <see cref="OnnxGraph.Sequence"/> to
    /// <see cref="OnnxGraph.Scores"/> or <see cref="OnnxGraph.Ratings"/>.</summary>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    /// <exception cref="NotSupportedException">It has no such form with its options.</exception>
    void Build(OnnxGraph graph);
}
