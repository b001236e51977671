using System.Numerics;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>The network of AutoRec against PyTorch and against differences.</summary>
public sealed class AutoRecNetworkTests
{
    [Theory]
    [InlineData("autorec_sigmoid", Activation.Sigmoid)]
    [InlineData("autorec_identity", Activation.Identity)]
    public void Gradient_Golden_Single(string name, Activation encoder) => Golden<float>(name, encoder);

    [Theory]
    [InlineData("autorec_sigmoid", Activation.Sigmoid)]
    [InlineData("autorec_identity", Activation.Identity)]
    public void Gradient_Golden_Double(string name, Activation encoder) => Golden<double>(name, encoder);

    public static TheoryData<int[], Activation, Activation, int> Shapes => new()
    {
        { [5], Activation.Sigmoid, Activation.Identity, 7 },
        { [5], Activation.Identity, Activation.Sigmoid, 7 },
        { [6, 3, 6], Activation.Sigmoid, Activation.Identity, 7 },
        { [6, 3, 5], Activation.Elu, Activation.Tanh, 7 },
        { [4], Activation.Tanh, Activation.Selu, 1 },
        { [4, 2], Activation.Selu, Activation.LeakyRelu, 1 },
        { [1], Activation.Sigmoid, Activation.Identity, 3 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradient_RandomShapes_MatchesDifferences(int[] hidden, Activation encoder, Activation output, int rows)
    {
        var network = new AutoRecNetwork<double>(11, hidden, encoder, output);
        using var tape = new Tape<double>();
        Gradients.Fill(network.Parameters, 3);
        foreach (var weight in network.Weights)
        {
            weight.Penalty = 0.3;
        }

        // Row 2, where there is one, has no rating. The inputs are not the targets, as where inputs are centred.
        var target = Gradients.Batch<double>(1, rows, 11, rng => 1 + rng.NextInt32(5), 0.4, 2);
        var input = Gradients.Batch<double>(1, rows, 11, rng => rng.NextInt32(5) - 2, 0.4, 2);
        Gradients.ShouldMatchDifferences(network.Parameters, () => network.Gradient(tape, input, [.. target.Values]));
    }

    [Fact]
    public void Gradient_RowsOfOneRating_MatchesDifferences()
    {
        var network = new AutoRecNetwork<double>(6, [4], Activation.Sigmoid, Activation.Identity);
        using var tape = new Tape<double>();
        Gradients.Fill(network.Parameters, 4);
        var batch = new Encore.Numerics.SparseBatch<double>(6);
        foreach (int column in (int[])[3, 0, 3])
        {
            batch.Add(column, 4);
            batch.EndRow();
        }

        Gradients.ShouldMatchDifferences(network.Parameters, () => network.Gradient(tape, batch, [.. batch.Values]));
    }

    [Fact]
    public void Gradient_SumsOfTenThousand_StaysFinite()
    {
        var network = new AutoRecNetwork<float>(9, [4], Activation.Sigmoid, Activation.Sigmoid);
        using var tape = new Tape<float>();
        Gradients.Fill(network.Parameters, 1, 1e4);
        var batch = Gradients.Batch<float>(2, 5, 9, _ => 1, 0.5);
        double.IsFinite(network.Gradient(tape, batch, [.. batch.Values])).ShouldBeTrue();
        network.Parameters.ShouldAllBe(p => p.Gradient.All(float.IsFinite));
    }

    [Theory]
    [InlineData(Activation.Identity, 3.5)]
    [InlineData(Activation.Sigmoid, 0.6)]
    [InlineData(Activation.Tanh, -0.3)]
    [InlineData(Activation.Selu, 3.5)]
    public void Initialise_WithoutWeights_AnswersTheStart(Activation output, double start)
    {
        var network = new AutoRecNetwork<double>(5, [3], Activation.Sigmoid, output);
        network.Initialise(1, start);
        network.OutputWeight.AsSpan().Clear();
        var scores = new double[5];
        network.DecodeAll(Compute.Default, new double[3], 1, scores);
        scores.ShouldAllBe(s => Math.Abs(s - start) < 1e-12);
    }

    private static void Golden<T>(string name, Activation encoder)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var golden = new NetworkGolden(name);
        var batch = golden.Batch<T>(["input", "ratings"], ["input", "observed"]);
        var network = new AutoRecNetwork<T>(batch.Columns, [6], encoder, Activation.Identity);
        using var tape = new Tape<T>();
        var byName = network.Parameters.ToDictionary(p => p.Name);
        (string Name, string File)[] pairs = [("input.weight", "V"), ("input.bias", "mu"), ("output.weight", "W"), ("output.bias", "b")];
        foreach (var (parameter, file) in pairs)
        {
            golden.Set(byName[parameter], file, transpose: parameter == "output.weight");
        }

        foreach (var weight in network.Weights)
        {
            weight.Penalty = T.CreateTruncating(golden.Number("config", "l2"));
        }

        double loss = network.Gradient(tape, batch, [.. batch.Values]);
        golden.LossShouldMatch<T>(loss + network.Parameters.Sum(p => p.PenaltyLoss()), "loss");
        foreach (var (parameter, file) in pairs)
        {
            golden.GradientShouldMatch(byName[parameter], file, transpose: parameter == "output.weight");
        }

        var code = new T[batch.Rows * network.Code];
        var scores = new T[batch.Rows * batch.Columns];
        network.Encode(Compute.Default, batch, code);
        network.DecodeAll(Compute.Default, code, batch.Rows, scores);
        golden.OutputShouldMatch(scores, "output");
    }
}
