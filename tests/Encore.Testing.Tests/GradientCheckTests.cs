using Encore.Networks;
using Encore.Numerics;
using OwnModel;

namespace Encore.Testing.Tests;

/// <summary>Gradients by finite differences: right ones pass, wrong ones are named.</summary>
public sealed class GradientCheckTests
{
    [Theory]
    [InlineData("linear")]
    [InlineData("swish")]
    [InlineData("norm")]
    [InlineData("residual")]
    public void Verify_Layer_Passes(string layer) => GradientCheck.Verify(layer switch
    {
        "linear" => new Linear<double>("dense", 4, 3, Activation.Tanh),
        "swish" => new Swish<double>(5),
        "norm" => new LayerNorm<double>("norm", 6, 0.1),
        _ => (Layer<double>)new ResidualLayer<double>("residual", 4),
    });

    [Theory]
    [InlineData("residual.weight")]
    [InlineData("residual.gate")]
    [InlineData("input")]
    public void Verify_WrongGradient_IsNamed(string wrong) =>
        Should.Throw<GradientException>(() => GradientCheck.Verify(new Wrong(wrong))).Wrong.ShouldHaveSingleItem().ShouldStartWith($"{wrong}[");

    [Fact]
    public void Verify_GradientThatIsAddedToTheLastStep_IsNamed()
    {
        var w = new Parameter<double>("w", 1, 1);
        w.Value[0] = 0.7;
        GradientCheck.Verify([w], () =>
        {
            w.Gradient[0] = 2 * w.Value[0];
            return w.Value[0] * w.Value[0];
        });
        Should.Throw<GradientException>(() => GradientCheck.Verify([w], () =>
        {
            w.Gradient[0] += 2 * w.Value[0];
            return w.Value[0] * w.Value[0];
        })).Message.ShouldStartWith("w[0]: found the gradient ");
    }

    [Fact]
    public void Verify_NetworkOfTheSample_Passes()
    {
        var network = new ResidualNetwork<double>(items: 7, width: 5, depth: 2);
        var rng = new Rng(3);
        foreach (var parameter in network.Parameters)
        {
            foreach (ref double value in parameter.Value.AsSpan())
            {
                value = rng.NextGaussian() / 2;
            }
        }

        var (input, target) = (new SparseBatch<double>(7), new SparseBatch<double>(7));
        foreach (int[] items in (int[][])[[0, 3], [1, 2, 6], [], [5]])
        {
            target.AddRow(items, items.Select(_ => 1.0).ToArray());
            input.AddRow(items, items.Select(_ => 1 / Math.Sqrt(items.Length)).ToArray());
        }

        using var tape = new Tape<double>();
        GradientCheck.Verify(network.Parameters, () => 0.25 * network.Gradient(tape, input, target, 0.25));
    }

    // A residual layer one of whose gradients is a tenth too large.
    private sealed class Wrong(string name) : Layer<double>
    {
        private readonly ResidualLayer<double> _right = new("residual", 3);

        public override int Inputs => 3;

        public override int Outputs => 3;

        public override IReadOnlyList<Parameter<double>> Parameters => _right.Parameters;

        public override void Forward(Compute compute, double[] x, int rows, double[] y) => _right.Forward(compute, x, rows, y);

        public override void Backward(Compute compute, double[] x, double[] y, double[] dY, int rows, double[]? dX)
        {
            _right.Backward(compute, x, y, dY, rows, dX);
            double[] gradient = name == "input" ? dX! : Parameters.Single(p => p.Name == name).Gradient;
            for (int k = 0; k < gradient.Length; k++)
            {
                gradient[k] *= 1.1;
            }
        }
    }
}
