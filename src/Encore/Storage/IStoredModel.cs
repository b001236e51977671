namespace Encore.Storage;

/// <summary>A model whose learnt state goes into a file and comes back with the same bits.</summary>
internal interface IStoredModel : IModel
{
    /// <summary>Its options by name, as one would write them.</summary>
    IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>The value of a history's item that comes without one: 1, or the highest rating where the model learns
    /// from ratings.</summary>
    float HistoryValue => 1;

    /// <summary>The lowest and the highest training rating, where the model computes with them; null otherwise.</summary>
    RatingRange? Ratings => null;

    /// <summary>Adds what was learnt.</summary>
    void Write(TensorWriter to);

    /// <summary>Builds the model as an ONNX graph.</summary>
    /// <exception cref="NotSupportedException">It has no such form.</exception>
    void Build(OnnxGraph graph) => throw new NotSupportedException($"{GetType().Name} has no ONNX form; the linear models and the networks have one.");

    /// <summary>Takes what was learnt.</summary>
    /// <exception cref="InvalidDataException">An array is missing or has another type or shape than the options and
    /// items ask for.</exception>
    void Read(TensorReader from, IdMap items);
}
