using System.Numerics;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>The network of Mult-VAE, Mult-DAE and the Gaussian VAE against PyTorch and against differences.</summary>
public sealed class VaeNetworkTests
{
    private const int Hidden = 6, Code = 4;

    [Fact]
    public void Gradient_MultVaeGolden_Single() => Variational<float>("multvae", Likelihood.Multinomial);

    [Fact]
    public void Gradient_MultVaeGolden_Double() => Variational<double>("multvae", Likelihood.Multinomial);

    [Fact]
    public void Gradient_GaussianVaeGolden_Single() => Variational<float>("gaussianvae", Likelihood.Gaussian);

    [Fact]
    public void Gradient_GaussianVaeGolden_Double() => Variational<double>("gaussianvae", Likelihood.Gaussian);

    [Fact]
    public void Gradient_MultDaeGolden_Single() => Deterministic<float>();

    [Fact]
    public void Gradient_MultDaeGolden_Double() => Deterministic<double>();

    public static TheoryData<int[], bool, Likelihood, Activation, int, DecoderShape> Shapes => new()
    {
        { [5, 3], true, Likelihood.Multinomial, Activation.Tanh, 7, DecoderShape.Mirrored },
        { [5, 3], true, Likelihood.Gaussian, Activation.Sigmoid, 7, DecoderShape.Mirrored },
        { [5, 3], true, Likelihood.Logistic, Activation.Selu, 7, DecoderShape.Mirrored },
        { [6, 5, 3], true, Likelihood.Multinomial, Activation.Elu, 1, DecoderShape.Mirrored },
        { [4], true, Likelihood.Multinomial, Activation.Tanh, 3, DecoderShape.Mirrored },
        { [4], false, Likelihood.Multinomial, Activation.Tanh, 7, DecoderShape.Mirrored },
        { [5, 4], false, Likelihood.Logistic, Activation.Identity, 7, DecoderShape.Mirrored },
        { [5, 4, 3], false, Likelihood.Gaussian, Activation.LeakyRelu, 1, DecoderShape.Mirrored },
        { [5, 3], true, Likelihood.Multinomial, Activation.Tanh, 7, DecoderShape.Linear },
        { [4], true, Likelihood.Gaussian, Activation.Tanh, 3, DecoderShape.Linear },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradient_RandomShapes_MatchesDifferences(
        int[] layers, bool variational, Likelihood likelihood, Activation activation, int rows, DecoderShape decoder)
    {
        const int Items = 11;
        var network = new VaeNetwork<double>(Items, layers, variational, likelihood, activation, decoder: decoder);
        Gradients.Fill(network.Parameters, 3);
        foreach (var weight in network.Weights)
        {
            weight.Penalty = 0.02;
        }

        // Row 2, where there is one, has no history; values 0 stand for dropped inputs.
        var target = Gradients.Batch<double>(1, rows, Items, _ => 1, 0.4, 2);
        var input = Gradients.Batch<double>(1, rows, Items, rng => rng.NextDouble() < 0.5 ? 0 : 2, 0.4, 2);
        var epsilon = new double[rows * network.Code];
        Corruption.Noise(Compute.Default, epsilon, network.Code, [.. Enumerable.Range(0, rows)], 5, 0);
        const double β = 0.3;
        using var tape = new Tape<double>();
        Gradients.ShouldMatchDifferences(network.Parameters, () =>
        {
            var (nll, kl) = network.Gradient(tape, input, target, epsilon, β);
            return (nll + (β * kl)) / rows;
        });
    }

    [Theory]
    [InlineData(Likelihood.Multinomial)]
    [InlineData(Likelihood.Logistic)]
    public void Gradient_HugeScores_StaysFinite(Likelihood likelihood)
    {
        var network = new VaeNetwork<float>(9, [4], variational: false, likelihood, Activation.Tanh);
        Gradients.Fill(network.Parameters, 1);
        var bias = network.Parameters[^1].Value;
        (bias[0], bias[1]) = (1e4f, -1e4f);
        var target = Gradients.Batch<float>(2, 5, 9, _ => 1, 0.5);
        using var tape = new Tape<float>();
        var (nll, _) = network.Gradient(tape, target, target, [], 0);
        double.IsFinite(nll).ShouldBeTrue();
        network.Parameters.ShouldAllBe(p => p.Gradient.All(float.IsFinite));
    }

    private static void Variational<T>(string name, Likelihood likelihood)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var golden = new NetworkGolden(name);
        var target = golden.Batch<T>(["input", "feedback"]);
        var input = golden.Batch<T>(["input", "corrupted"]);
        T[] epsilon = [.. golden.Flat("input", "epsilon").Select(T.CreateTruncating)];
        var network = new VaeNetwork<T>(target.Columns, [Hidden, Code], variational: true, likelihood, Activation.Tanh);
        var byName = network.Parameters.ToDictionary(p => p.Name);
        (string Name, string File)[] pairs =
        [
            ("input.weight", "W1"), ("input.bias", "b1"), ("mu.weight", "Wmu"), ("mu.bias", "bmu"), ("logvar.weight", "Wlv"),
            ("logvar.bias", "blv"), ("decoder1.weight", "W3"), ("decoder1.bias", "b3"), ("output.weight", "W4"), ("output.bias", "b4"),
        ];
        foreach (var (parameter, file) in pairs)
        {
            golden.Set(byName[parameter], file, transpose: parameter == "output.weight");
        }

        double β = golden.Number("config", "beta");
        using var tape = new Tape<T>();
        var (nll, kl) = network.Gradient(tape, input, target, epsilon, β);
        golden.LossShouldMatch<T>((nll + (β * kl)) / target.Rows, "loss");
        foreach (var (parameter, file) in pairs)
        {
            golden.GradientShouldMatch(byName[parameter], file, transpose: parameter == "output.weight");
        }

        var scores = new T[target.Rows * target.Columns];
        network.SampledScores(tape, input, epsilon, scores);
        golden.OutputShouldMatch(scores, "output");
    }

    private static void Deterministic<T>()
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var golden = new NetworkGolden("multdae");
        var target = golden.Batch<T>(["input", "feedback"]);
        var input = golden.Batch<T>(["input", "corrupted"]);
        var network = new VaeNetwork<T>(target.Columns, [Hidden], variational: false, Likelihood.Multinomial, Activation.Tanh);
        var byName = network.Parameters.ToDictionary(p => p.Name);
        (string Name, string File)[] pairs = [("input.weight", "W1"), ("input.bias", "b1"), ("output.weight", "W2"), ("output.bias", "b2")];
        foreach (var (parameter, file) in pairs)
        {
            golden.Set(byName[parameter], file, transpose: parameter == "output.weight");
        }

        foreach (var weight in network.Weights)
        {
            weight.Penalty = T.CreateTruncating(2 * golden.Number("config", "l2"));
        }

        using var tape = new Tape<T>();
        var (nll, _) = network.Gradient(tape, input, target, [], 0);
        golden.LossShouldMatch<T>((nll / target.Rows) + network.Parameters.Sum(p => p.PenaltyLoss()), "loss");
        foreach (var (parameter, file) in pairs)
        {
            golden.GradientShouldMatch(byName[parameter], file, transpose: parameter == "output.weight");
        }

        var scores = new T[target.Rows * target.Columns];
        network.Scores(Compute.Default, input, scores);
        golden.OutputShouldMatch(scores, "output");
    }
}
