using Encore.Models;
using Encore.Storage;

namespace Encore.Networks;

/// <summary>Networks as ONNX graphs: the forward pass of their scores, layer by layer.</summary>
internal static class OnnxNetworks
{
    private static readonly long[] StepsFirst = [1, 0, 2];

    /// <summary>x/‖x‖₂ → encoder → code (μ) → decoder → scores.</summary>
    public static void Build(this VaeNetwork<float> network, OnnxGraph graph, bool normalise)
    {
        string x = graph.History();
        x = graph.Dense(normalise ? graph.Normalise(x) : x, network.Input.Weight, network.Input.Bias, transposed: false, network.Input.Activation);
        x = Layers(graph, x, network.Encoder.Layers);
        x = network.Mu is { } mu ? Layer(graph, x, mu) : x;
        x = Layers(graph, x, network.Decoder.Layers);
        graph.Scores(graph.Dense(x, network.Output.Weight, network.Output.Bias, transposed: true, Activation.Identity));
    }

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
        x = Layers(graph, x, network.Encoder.Layers);
        x = Layer(graph, x, network.Mu);
        x = Layers(graph, x, network.Decoder.Layers);
        graph.Scores(graph.Dense(x, network.ItemScores.Weight, network.ItemScores.Bias, transposed: true, Activation.Identity));
    }

    /// <summary>Whether met → hidden layer with the user's node → scores. The node of user −1 is 0.</summary>
    public static void Build(this CdaeNetwork<float> network, OnnxGraph graph, bool normalise)
    {
        string met = graph.Met(graph.History()), user = graph.Index("user");
        var nodes = network.UserNodes;
        string all = graph.Constant([.. nodes.Value, .. new float[nodes.Columns]], nodes.Rows + 1, nodes.Columns);
        string sums = graph.Dense(normalise ? graph.Normalise(met) : met, network.Input.Weight, network.Input.Bias, transposed: false, Activation.Identity);
        string h = graph.Activate(graph.Node("Add", [sums, graph.Node("Gather", [all, user])]), network.Input.Activation);
        graph.Scores(graph.Dense(h, network.Output.Weight, network.Output.Bias, transposed: true, Activation.Identity));
    }

    public static string Layers(OnnxGraph graph, string x, IEnumerable<Linear<float>> layers) =>
        layers.Aggregate(x, (value, layer) => Layer(graph, value, layer));

    private static string Layer(OnnxGraph graph, string x, Linear<float> layer) =>
        graph.Dense(x, layer.Weight, layer.Bias, layer.IsTied, layer.Activation);

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
