using Encore.Networks;
using Encore.Storage;

namespace Encore.Models;

/// <summary>The network of Mult-VAE and its kin as an ONNX graph.</summary>
internal static class VaeOnnx
{
    /// <summary>[x/‖x‖₂, β·u] → encoder → code (μ) → decoder → scores.</summary>
    public static void Build(this VaeNetwork<float> network, OnnxGraph graph, VaeDesign design, FeatureSpace? users)
    {
        string x = graph.History();
        x = design.Normalise ? graph.Normalise(x) : x;
        if (users is not null)
        {
            x = graph.Node("Concat", [x, graph.Node("Mul", [graph.UserFeatures(users), graph.Scalar((float)design.UserWeight)])], ("axis", 1L));
        }

        x = graph.Dense(x, network.Input.Weight, network.Input.Bias, transposed: false, network.Input.Activation);
        x = graph.Layers(x, network.Encoder.Layers);
        x = network.Mu is { } mu ? mu.Build(graph, x) : x;
        x = graph.Layers(x, network.Decoder.Layers);
        graph.Scores(graph.Dense(x, network.Output.Weight, network.Output.Bias, transposed: true, Activation.Identity));
    }
}
