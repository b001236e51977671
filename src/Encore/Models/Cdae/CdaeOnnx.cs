using Encore.Networks;
using Encore.Storage;

namespace Encore.Models;

/// <summary>CDAE as an ONNX graph.</summary>
internal static class CdaeOnnx
{
    /// <summary>Whether met → hidden layer with the user's node → scores. The node of user −1 is 0.</summary>
    public static void Build(this CdaeNetwork<float> network, OnnxGraph graph, bool normalise)
    {
        string met = graph.Met(graph.History()), user = graph.Index("user");
        var nodes = network.UserNodes;
        string all = graph.Constant([.. nodes.Value, .. new float[nodes.Columns]], nodes.Rows + 1, nodes.Columns);
        string sums = graph.Dense(normalise ? graph.Normalise(met) : met, network.Input.Weight, network.Input.Bias, transposed: false, Activation.Identity);
        string h = graph.Activate(graph.Node("Add", [sums, graph.Node("Gather", [all, user])]), network.Hidden);
        graph.Scores(graph.Dense(h, network.Output.Weight, network.Output.Bias, transposed: true, Activation.Identity));
    }
}
