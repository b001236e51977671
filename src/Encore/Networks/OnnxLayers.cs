using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Storage;

namespace Encore.Networks;

/// <summary>Layers of networks in an ONNX graph.</summary>
[Experimental(Preview.Networks)]
public static class OnnxLayers
{
    /// <summary>A parameter's numbers, [rows, columns].</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="parameter">The parameter.</param>
    /// <returns>The constant's name.</returns>
    public static string Constant<T>(this OnnxGraph graph, Parameter<T> parameter)
        where T : unmanaged, IFloatingPointIeee754<T> => graph.Constant(Single(parameter), parameter.Rows, parameter.Columns);

    /// <summary>x·W + b, or x·Wᵀ + b, and the activation.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">The input, [batch, inputs].</param>
    /// <param name="weight">W.</param>
    /// <param name="bias">b; null: none.</param>
    /// <param name="transposed">Whether W is [outputs, inputs], as item layers have it, rather than [inputs, outputs].</param>
    /// <param name="activation">The activation.</param>
    /// <returns>The output's name.</returns>
    public static string Dense<T>(
        this OnnxGraph graph, string x, Parameter<T> weight, Parameter<T>? bias, bool transposed, Activation activation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(weight);
        string[] inputs = bias is null
            ? [x, graph.Constant(weight)]
            : [x, graph.Constant(weight), graph.Constant(Single(bias), bias.Value.Length)];
        return graph.Activate(graph.Node("Gemm", inputs, ("transB", transposed ? 1L : 0L)), activation);
    }

    /// <summary>The activation of each number.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">The input.</param>
    /// <param name="activation">The activation.</param>
    /// <returns>The output's name.</returns>
    public static string Activate(this OnnxGraph graph, string x, Activation activation) => activation switch
    {
        Activation.Identity => x,
        Activation.LeakyRelu => graph.Node("LeakyRelu", [x], ("alpha", 0.01f)),
        Activation.Selu => graph.Node("Selu", [x], ("alpha", 1.6732632f), ("gamma", 1.0507010f)),
        _ => graph.Node(activation.ToString(), [x]),
    };

    /// <summary>Layers one after another.</summary>
    internal static string Layers(this OnnxGraph graph, string x, IEnumerable<Layer<float>> layers) =>
        layers.Aggregate(x, (below, layer) => layer.Build(graph, below));

    // An export is single precision, whatever the parts are made of.
    private static float[] Single<T>(Parameter<T> parameter)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        parameter.Value as float[] ?? Array.ConvertAll(parameter.Value, float.CreateTruncating);
}
