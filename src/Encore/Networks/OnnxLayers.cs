using Encore.Storage;

namespace Encore.Networks;

/// <summary>Layers of networks in an ONNX graph.</summary>
internal static class OnnxLayers
{
    /// <summary>A parameter's numbers, [rows, columns].</summary>
    public static string Constant(this OnnxGraph graph, Parameter<float> parameter) =>
        graph.Constant(parameter.Value, parameter.Rows, parameter.Columns);

    /// <summary>x·W + b, or x·Wᵀ + b, and the activation.</summary>
    public static string Dense(
        this OnnxGraph graph, string x, Parameter<float> weight, Parameter<float>? bias, bool transposed, Activation activation)
    {
        string[] inputs = bias is null
            ? [x, graph.Constant(weight)]
            : [x, graph.Constant(weight), graph.Constant(bias.Value, bias.Value.Length)];
        return graph.Activate(graph.Node("Gemm", inputs, ("transB", transposed ? 1L : 0L)), activation);
    }

    /// <summary>The activation of each number.</summary>
    public static string Activate(this OnnxGraph graph, string x, Activation activation) => activation switch
    {
        Activation.Identity => x,
        Activation.LeakyRelu => graph.Node("LeakyRelu", [x], ("alpha", 0.01f)),
        Activation.Selu => graph.Node("Selu", [x], ("alpha", 1.6732632f), ("gamma", 1.0507010f)),
        _ => graph.Node(activation.ToString(), [x]),
    };

    /// <summary>Layers one after another.</summary>
    public static string Layers(this OnnxGraph graph, string x, IEnumerable<Linear<float>> layers) =>
        layers.Aggregate(x, graph.Layer);

    /// <summary>A layer with its activation.</summary>
    public static string Layer(this OnnxGraph graph, string x, Linear<float> layer) =>
        graph.Dense(x, layer.Weight, layer.Bias, layer.IsTied, layer.Activation);
}
