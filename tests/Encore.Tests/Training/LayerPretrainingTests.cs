using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>Tied decoders and layers trained alone, against differences.</summary>
public sealed class LayerPretrainingTests
{
    private const int Items = 11;

    public static TheoryData<int[], Likelihood, Activation, bool> Networks => new()
    {
        { [5], Likelihood.Multinomial, Activation.Tanh, true },
        { [5, 4], Likelihood.Gaussian, Activation.Sigmoid, true },
        { [5, 4, 3], Likelihood.Logistic, Activation.Elu, true },
        { [5, 4, 3], Likelihood.Multinomial, Activation.Tanh, false },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradient_WholeNetwork_MatchesDifferences(int[] layers, Likelihood likelihood, Activation activation, bool tied)
    {
        var network = Network(layers, likelihood, activation, tied);
        network.Parameters.Select(p => p.Name).ShouldBeUnique();
        network.Parameters.Count.ShouldBe(tied ? 3 * layers.Length : 4 * layers.Length);
        var (input, target) = Data();
        using var tape = new Tape<double>();
        Gradients.ShouldMatchDifferences(network.Parameters, () => network.Gradient(tape, input, target, [], 0).Nll / input.Rows);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradient_EachLayer_MatchesDifferences(int[] layers, Likelihood likelihood, Activation activation, bool tied)
    {
        var network = Network(layers, likelihood, activation, tied);
        var pretraining = new LayerPretraining<double>(network);
        pretraining.Layers.ShouldBe(layers.Length);
        var (input, target) = Data();
        using var tape = new Tape<double>();
        Gradients.ShouldMatchDifferences(
            [.. pretraining.Parameters(0).Distinct()], () => pretraining.Gradient(tape, input, target) / input.Rows);
        for (int layer = 1; layer < layers.Length; layer++)
        {
            int l = layer;
            Gradients.ShouldMatchDifferences(
                [.. pretraining.Parameters(layer).Distinct()], () =>
                {
                    tape.Begin();
                    var clean = pretraining.Below(tape, l, target);
                    double[] corrupted = [.. clean.Data.ToArray().Select((h, j) => j % 3 == 0 ? 0 : 1.5 * h)];
                    return pretraining.Gradient(tape, l, tape.Constant(corrupted, clean.Rows, clean.Width), clean) / input.Rows;
                });
        }
    }

    [Fact]
    public void Below_Layer_IsTheCleanOutputOfThoseUnderIt()
    {
        var network = Network([5, 4, 3], Likelihood.Gaussian, Activation.Tanh, tied: false);
        var pretraining = new LayerPretraining<double>(network);
        var (input, _) = Data();
        var h = new double[input.Rows * 5];
        network.Input.Forward(Compute.Default, input, h);
        using var tape = new Tape<double>();
        pretraining.Below(tape, 1, input).Data.ToArray().ShouldBe(h);
        double[] second = new double[input.Rows * 4];
        network.Encoder.Layers[0].Forward(Compute.Default, h, input.Rows, second);
        pretraining.Below(tape, 2, input).Data.ToArray().ShouldBe(second);
    }

    [Fact]
    public void Constructor_TiedVariational_Throws() => Should.Throw<ArgumentException>(
        () => new VaeNetwork<double>(Items, [5, 4], variational: true, Likelihood.Gaussian, Activation.Tanh, tied: true));

    private static VaeNetwork<double> Network(int[] layers, Likelihood likelihood, Activation activation, bool tied)
    {
        var network = new VaeNetwork<double>(Items, layers, variational: false, likelihood, activation, tied);
        Gradients.Fill(network.Parameters, 3);
        foreach (var weight in network.Weights)
        {
            weight.Penalty = 0.02;
        }

        return network;
    }

    // Row 2 has no history; values 0 stand for dropped inputs.
    private static (Encore.Numerics.SparseBatch<double> Input, Encore.Numerics.SparseBatch<double> Target) Data() =>
        (Gradients.Batch<double>(1, 7, Items, rng => rng.NextDouble() < 0.5 ? 0 : 2, 0.4, 2), Gradients.Batch<double>(1, 7, Items, _ => 1, 0.4, 2));
}
