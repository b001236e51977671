using Encore.Networks;
using Encore.Storage;

namespace Encore.Models;

/// <summary>SVAE as an ONNX graph.</summary>
internal static class SvaeOnnx
{
    private static readonly long[] StepsFirst = [1, 0, 2];

    /// <summary>Items in the order of time → GRU → tanh layer → μ → tanh layer → scores.</summary>
    public static void Build(this SvaeNetwork<float> network, OnnxGraph graph)
    {
        string items = graph.Sequence("items"), lengths = graph.Lengths("lengths");
        string vectors = graph.Node("Gather", [graph.Constant(network.Embedding.Weight), items]);       // [batch, steps, E]
        string x = graph.Node("Transpose", [vectors], ("perm", StepsFirst));                  // [steps, batch, E]
        var gru = network.Gru;
        int H = gru.Outputs, E = gru.Inputs;
        string last = graph.Node(
            "GRU",
            [
                x, graph.Constant(Gates(gru.InputWeight, H), 1, 3 * H, E), graph.Constant(Gates(gru.RecurrentWeight, H), 1, 3 * H, H),
                graph.Constant([.. Gates(gru.InputBias, H), .. Gates(gru.RecurrentBias, H)], 1, 6 * H), lengths,
            ],
            ("hidden_size", (long)H), ("linear_before_reset", 1L));                                     // [1, batch, H]
        x = graph.Node("Squeeze", [last, graph.Constant([0L], 1)]);
        x = network.Encoder.Build(graph, x);
        x = network.Mu.Build(graph, x);
        x = network.Decoder.Build(graph, x);
        graph.Scores(graph.Dense(x, network.ItemScores.Weight, network.ItemScores.Bias, transposed: true, Activation.Identity));
    }

    // From [inputs, 3H] with r, z, n side by side to [3H, inputs] with z, r, n one below another.
    private static float[] Gates(Parameter<float> parameter, int H)
    {
        var gates = new float[parameter.Value.Length];
        int inputs = parameter.Rows;
        for (int gate = 0; gate < 3; gate++)
        {
            int from = gate == 0 ? 1 : gate == 1 ? 0 : 2;
            for (int j = 0; j < H; j++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    gates[(((gate * H) + j) * inputs) + i] = parameter.Value[(i * 3 * H) + (from * H) + j];
                }
            }
        }

        return gates;
    }
}
