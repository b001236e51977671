using System.Numerics;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>The network of DeepRec against PyTorch and against differences, both feedings.</summary>
public sealed class DeepRecNetworkTests
{
    private const int Items = 11;

    [Fact]
    public void Gradient_Golden_Single() => Golden<float>();

    [Fact]
    public void Gradient_Golden_Double() => Golden<double>();

    public static TheoryData<int[], Activation, Activation, bool, double, int> Shapes => new()
    {
        { [5, 4, 5], Activation.Selu, Activation.Identity, false, 0, 7 },
        { [5, 4, 5], Activation.Selu, Activation.Identity, false, 0.5, 7 },
        { [5, 4, 5], Activation.Selu, Activation.Identity, true, 0.5, 7 },
        { [6, 5, 7, 5, 6], Activation.Elu, Activation.Selu, true, 0.5, 7 },
        { [6, 5, 7, 4, 3], Activation.Tanh, Activation.Sigmoid, false, 0.5, 7 },
        { [4, 3], Activation.Sigmoid, Activation.Identity, false, 0.5, 3 },
        { [4], Activation.LeakyRelu, Activation.Tanh, true, 0.5, 3 },
        { [4], Activation.Selu, Activation.Identity, false, 0, 1 },
        { [5, 4, 5], Activation.Selu, Activation.Identity, true, 0.5, 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradient_RandomShapes_MatchesDifferences(
        int[] layers, Activation activation, Activation last, bool tied, double dropout, int rows)
    {
        var network = Network(layers, activation, last, tied);
        var mask = Mask(network, rows, dropout);

        // Row 2, where there is one, has no rating.
        var x = Gradients.Batch<double>(1, rows, Items, rng => 1 + rng.NextInt32(5), 0.4, 2);
        Gradients.ShouldMatchDifferences(network.Parameters, () => network.Gradient(Compute.Default, x, mask, default) / x.Count);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void GradientDense_RandomShapes_MatchesDifferences(
        int[] layers, Activation activation, Activation last, bool tied, double dropout, int rows)
    {
        var network = Network(layers, activation, last, tied);
        var mask = Mask(network, rows, dropout);
        var rng = new Encore.Numerics.Rng(5);
        double[] x = [.. Enumerable.Range(0, rows * Items).Select(_ => 3 * rng.NextGaussian())];
        Gradients.ShouldMatchDifferences(
            network.Parameters, () => network.GradientDense(Compute.Default, [.. x], rows, mask) / x.Length);
    }

    [Fact]
    public void Gradient_UsersOfOneRating_MatchesDifferences()
    {
        var network = Network([5, 4, 5], Activation.Selu, Activation.Identity, true);
        var batch = new Encore.Numerics.SparseBatch<double>(Items);
        foreach (int column in (int[])[3, 0, 3])
        {
            batch.Add(column, 4);
            batch.EndRow();
        }

        Gradients.ShouldMatchDifferences(network.Parameters, () => network.Gradient(Compute.Default, batch, [], default) / batch.Count);
    }

    [Fact]
    public void Tied_Weights_AreTheEncodersAlone()
    {
        var network = new DeepRecNetwork<float>(Items, [6, 4, 6], Activation.Selu, Activation.Identity, tied: true);
        network.Parameters.Select(p => p.Name).ShouldBe(
            ["input.weight", "input.bias", "encoder1.weight", "encoder1.bias", "decoder1.bias", "output.bias"]);
    }

    private static DeepRecNetwork<double> Network(int[] layers, Activation activation, Activation last, bool tied)
    {
        var network = new DeepRecNetwork<double>(Items, layers, activation, last, tied);
        Gradients.Fill(network.Parameters, 3);
        foreach (var weight in network.Weights)
        {
            weight.Penalty = 0.02;
        }

        return network;
    }

    private static double[] Mask(DeepRecNetwork<double> network, int rows, double dropout)
    {
        var rng = new Encore.Numerics.Rng(9);
        return dropout == 0 ? [] : [.. Enumerable.Range(0, rows * network.Code).Select(_ => rng.NextDouble() < dropout ? 0 : 1 / (1 - dropout))];
    }

    private static void Golden<T>()
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var golden = new NetworkGolden("deeprec");
        var batch = golden.Batch<T>(["input", "ratings"], ["input", "observed"]);
        var network = new DeepRecNetwork<T>(batch.Columns, [5, 4, 5], Activation.Selu, Activation.Identity, tied: false);
        var byName = network.Parameters.ToDictionary(p => p.Name);
        (string Name, string File)[] pairs =
        [
            ("input.weight", "W1"), ("input.bias", "b1"), ("encoder1.weight", "W2"), ("encoder1.bias", "b2"),
            ("decoder1.weight", "W3"), ("decoder1.bias", "b3"), ("output.weight", "W4"), ("output.bias", "b4"),
        ];
        foreach (var (parameter, file) in pairs)
        {
            golden.Set(byName[parameter], file, transpose: parameter == "output.weight");
        }

        // 1: the ratings
        var dense = new T[batch.Rows * batch.Columns];
        golden.LossShouldMatch<T>(network.Gradient(Compute.Default, batch, [], dense) / batch.Count, "loss");
        golden.OutputShouldMatch(dense, "output");
        foreach (var (parameter, file) in pairs)
        {
            golden.GradientShouldMatch(byName[parameter], file, transpose: parameter == "output.weight");
        }

        // 2: the output fed again
        golden.LossShouldMatch<T>(network.GradientDense(Compute.Default, dense, batch.Rows, []) / dense.Length, "refeed", "loss");
        golden.OutputShouldMatch(dense, "refeed", "output");
        foreach (var (parameter, file) in pairs)
        {
            golden.GradientShouldMatch(byName[parameter], file, transpose: parameter == "output.weight", "refeed");
        }
    }
}
