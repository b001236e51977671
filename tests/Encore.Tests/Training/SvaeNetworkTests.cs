using System.Numerics;
using System.Text.Json;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>The network of SVAE against PyTorch and against differences.</summary>
[Collection(WorkersCollection.Name)]
public sealed class SvaeNetworkTests
{
    private static readonly SvaeWidths Widths = new(5, 6, 4, 3, 7);

    [Fact]
    public void Gradient_Golden_Single() => GoldenOf<float>();

    [Fact]
    public void Gradient_Golden_Double() => GoldenOf<double>();

    public static TheoryData<int[], int> Lengths => new()
    {
        { [7, 4, 1, 2, 5, 2], 3 }, // of one and two items, and equal lengths
        { [6], 4 },                // a batch of one
        { [2], 4 },
        { [2, 1], 1 },
        { [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 9], 2 }, // several groups of sequences
        { [1, 1], 4 },             // no step at all
        { [0, 5, 0], 2 },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Gradient_RandomSequences_MatchesDifferences(int[] lengths, int nextK)
    {
        const int Items = 11;
        const double β = 0.3;
        foreach (bool dropout in (bool[])[false, true])
        {
            var network = Network<double>(Items);
            foreach (var parameter in network.Parameters)
            {
                parameter.Penalty = 0.02;
            }

            var (inputs, target) = Batch<double>(lengths, Items, nextK);
            var epsilon = Noise(inputs.Rows * network.Code, 5);
            double[]? mask = dropout ? [.. Noise(inputs.Rows * network.Hidden, 6).Select(x => x > 0 ? 2.0 : 0)] : null;
            Gradients.ShouldMatchDifferences(network.Parameters, () =>
            {
                var (nll, kl) = network.Gradient(Compute.Default, inputs, target, epsilon, β, mask);
                return (nll + (β * kl)) / Math.Max(1, inputs.Rows);
            });
        }
    }

    [Fact]
    public void Gradient_ManyChunks_AddsThemUp()
    {
        const int Items = 11;
        var network = new SvaeNetwork<double>(Items, Widths, chunk: 16);
        Gradients.Fill(network.Parameters, 3);
        var (inputs, target) = Batch<double>([20, 13, 9], Items, 4);
        var epsilon = Noise(inputs.Rows * network.Code, 5);
        Gradients.ShouldMatchDifferences(network.Parameters, () =>
        {
            var (nll, kl) = network.Gradient(Compute.Default, inputs, target, epsilon, 0.1);
            return (nll + (0.1 * kl)) / inputs.Rows;
        });
    }

    [Fact]
    public void Scores_HistoryAlone_IsItsLastStepInAnyBatch()
    {
        const int Items = 23;
        int[] lengths = [9, 1, 30, 2, 17, 9, 4, 4, 12, 21, 3];
        var network = Network<float>(Items);
        var packed = new PackedSequences();
        foreach (int[] history in Histories(lengths, Items))
        {
            packed.Add(history);
        }

        packed.Pack();
        var all = new float[lengths.Length * Items];
        network.Scores(Compute.Default, packed, all);
        var steps = new float[packed.Rows * Items];
        network.StepScores(Compute.Default, packed, new float[packed.Rows * network.Code], steps);
        for (int s = 0; s < lengths.Length; s++)
        {
            var one = new PackedSequences();
            one.Add(Histories(lengths, Items)[s]);
            one.Pack();
            var alone = new float[Items];
            network.Scores(Compute.Default, one, alone);
            var inBatch = all.AsSpan(s * Items, Items).ToArray();
            alone.Select(BitConverter.SingleToInt32Bits).ShouldBe(inBatch.Select(BitConverter.SingleToInt32Bits), $"sequence {s}");
            steps.AsSpan(packed.Row(s, lengths[s] - 1) * Items, Items).ToArray().ShouldBe(inBatch, $"sequence {s}, as a step");
        }
    }

    [Fact]
    public void Gradient_AnyThreadCount_SameBits() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        const int Items = 40;
        var network = Network<float>(Items);
        var (inputs, target) = Batch<float>([9, 1, 30, 2, 17, 9, 4, 4, 12, 21, 3], Items, 4);
        var epsilon = Noise(inputs.Rows * network.Code, 5).Select(x => (float)x).ToArray();
        network.Gradient(compute, inputs, target, epsilon, 0.2);
        return network.Parameters.SelectMany(p => p.Gradient).ToArray();
    });

    [Fact]
    public void Gradient_HugeScores_StaysFinite()
    {
        var network = Network<float>(9);
        var bias = network.Parameters[^1].Value;
        (bias[0], bias[1]) = (1e4f, -1e4f);
        var (inputs, target) = Batch<float>([5, 3], 9, 4);
        var (nll, _) = network.Gradient(Compute.Default, inputs, target, new float[inputs.Rows * network.Code], 0);
        double.IsFinite(nll).ShouldBeTrue();
        network.Parameters.ShouldAllBe(p => p.Gradient.All(float.IsFinite));
    }

    [Fact]
    public void Pack_Sequences_StepByStepLongestFirst()
    {
        var packed = new PackedSequences();
        packed.Add([9]);
        packed.Add([1, 2, 3, 4]);
        packed.Add([]);
        packed.AddWithTarget([5, 6, 7]);
        packed.Pack();
        packed.Items.ToArray().ShouldBe([1, 5, 9, 2, 6, 3, 4]);
        (packed.Count, packed.Rows, packed.Steps).ShouldBe((4, 7, 4));
        packed.Row(3, 1).ShouldBe(4);
        var target = new SparseBatch<float>(10);
        packed.Targets(2, target);
        target.RowIndices(packed.Row(1, 0)).ToArray().ShouldBe([2, 3]);
        target.RowValues(packed.Row(1, 0)).ToArray().ShouldBe([0.5f, 0.5f]);
        target.RowIndices(packed.Row(3, 1)).ToArray().ShouldBe([7]);
        target.RowValues(packed.Row(3, 1)).ToArray().ShouldBe([1f]);
        target.RowIndices(packed.Row(1, 3)).ToArray().ShouldBeEmpty();
    }

    private static SvaeNetwork<T> Network<T>(int items)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var network = new SvaeNetwork<T>(items, Widths);
        Gradients.Fill(network.Parameters, 3);
        return network;
    }

    private static int[][] Histories(int[] lengths, int items) =>
    [
        .. lengths.Select((length, s) =>
        {
            var rng = new Rng(17, (ulong)s);
            return Enumerable.Range(0, length).Select(_ => rng.NextInt32(items)).ToArray();
        }),
    ];

    private static (PackedSequences Inputs, SparseBatch<T> Target) Batch<T>(int[] lengths, int items, int nextK)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var inputs = new PackedSequences();
        foreach (int[] history in Histories(lengths, items))
        {
            inputs.AddWithTarget(history);
        }

        inputs.Pack();
        var target = new SparseBatch<T>(items);
        inputs.Targets(nextK, target);
        return (inputs, target);
    }

    private static double[] Noise(int count, ulong seed)
    {
        var rng = new Rng(seed);
        return [.. Enumerable.Range(0, count).Select(_ => rng.NextGaussian())];
    }

    private static void GoldenOf<T>()
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var golden = new NetworkGolden("svae");
        int[] Shape(string name) => [golden["parameters", name].GetArrayLength(), golden["parameters", name][0].GetArrayLength()];
        int items = Shape("emb")[0], hidden = Shape("Whr")[0];
        var widths = new SvaeWidths(Shape("emb")[1], hidden, Shape("We1")[1], Shape("Wmu")[1], Shape("Wd1")[1]);
        var network = new SvaeNetwork<T>(items, widths);
        var byName = network.Parameters.ToDictionary(p => p.Name);
        (string Name, string File)[] pairs =
        [
            ("embedding.weight", "emb"), ("encoder1.weight", "We1"), ("encoder1.bias", "be1"), ("mu.weight", "Wmu"), ("mu.bias", "bmu"),
            ("logvar.weight", "Wlv"), ("logvar.bias", "blv"), ("decoder1.weight", "Wd1"), ("decoder1.bias", "bd1"),
            ("output.weight", "Wd2"), ("output.bias", "bd2"),
        ];
        (string Name, string[] Files)[] gates =
        [
            ("gru.input.weight", ["Wir", "Wiz", "Win"]), ("gru.input.bias", ["bir", "biz", "bin"]),
            ("gru.recurrent.weight", ["Whr", "Whz", "Whn"]), ("gru.recurrent.bias", ["bhr", "bhz", "bhn"]),
        ];
        network.Parameters.Count.ShouldBe(pairs.Length + gates.Length);
        foreach (var (parameter, file) in pairs)
        {
            golden.Set(byName[parameter], file, transpose: parameter == "output.weight");
        }

        foreach (var (parameter, files) in gates)
        {
            for (int gate = 0; gate < 3; gate++)
            {
                var part = new Parameter<T>("part", byName[parameter].Rows, hidden);
                golden.Set(part, files[gate]);
                Gate(byName[parameter].Value, hidden, gate, part.Value, gather: false);
            }
        }

        var inputs = new PackedSequences();
        foreach (var sequence in golden["input", "sequences"].EnumerateArray())
        {
            inputs.AddWithTarget([.. sequence.EnumerateArray().Select(i => i.GetInt32())]);
        }

        inputs.Pack();
        var target = new SparseBatch<T>(items);
        inputs.Targets((int)golden.Number("config", "next_k"), target);
        var epsilon = new T[inputs.Rows * widths.Code];
        Place(golden["input", "epsilon"], inputs, widths.Code, (at, x) => epsilon[at] = T.CreateTruncating(x));

        // The file has the outputs user by user.
        var scores = new T[inputs.Rows * items];
        network.StepScores(Compute.Default, inputs, epsilon, scores);
        var output = new List<T>();
        Place(golden["output"], inputs, items, (at, _) => output.Add(scores[at]));
        golden.OutputShouldMatch(output, "output");

        double β = golden.Number("config", "beta");
        var (nll, kl) = network.Gradient(Compute.Default, inputs, target, epsilon, β);
        golden.LossShouldMatch<T>((nll + (β * kl)) / inputs.Rows, "loss");
        foreach (var (parameter, file) in pairs)
        {
            golden.GradientShouldMatch(byName[parameter], file, transpose: parameter == "output.weight");
        }

        foreach (var (parameter, files) in gates)
        {
            for (int gate = 0; gate < 3; gate++)
            {
                var part = new Parameter<T>("part", byName[parameter].Rows, hidden);
                Gate(byName[parameter].Gradient, hidden, gate, part.Gradient, gather: true);
                golden.GradientShouldMatch(part, files[gate]);
            }
        }
    }

    // One gate's columns of [rows, 3H] from or to a matrix of its own.
    private static void Gate<T>(T[] all, int hidden, int gate, T[] part, bool gather)
    {
        for (int i = 0; i < part.Length; i++)
        {
            int at = (i / hidden * 3 * hidden) + (gate * hidden) + (i % hidden);
            (gather ? ref part[i] : ref all[at]) = gather ? all[at] : part[i];
        }
    }

    // Numbers of [user][step][width], each with its place in packed rows.
    private static void Place(JsonElement element, PackedSequences packed, int width, Action<int, double> place)
    {
        for (int s = 0; s < element.GetArrayLength(); s++)
        {
            for (int t = 0; t < element[s].GetArrayLength(); t++)
            {
                for (int j = 0; j < width; j++)
                {
                    place((packed.Row(s, t) * width) + j, element[s][t][j].GetDouble());
                }
            }
        }
    }
}
