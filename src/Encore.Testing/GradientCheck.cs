using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Testing;

/// <summary>Compares gradients with finite differences in double precision: (f(w + h) − f(w − h)) / 2h.</summary>
[Experimental("ENCORE001")]
public static class GradientCheck
{
    private const double Step = 1e-5;

    /// <summary>Checks the gradients of a network.</summary>
    /// <param name="parameters">The parameters, at values where the loss is smooth.</param>
    /// <param name="loss">Computes the loss, and into the parameters its gradients, the same loss at each call: without noise,
    /// or with the same.</param>
    /// <param name="tolerance">What gradient and difference may differ by, times the larger of 1 and the difference. Default
    /// 1e-6.</param>
    /// <exception cref="GradientException">Some differ; the message names for each parameter the place that is furthest
    /// off.</exception>
    public static void Verify(IReadOnlyList<Parameter<double>> parameters, Func<double> loss, double tolerance = 1e-6)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(loss);
        Run();
        Run(); // a share that adds where it is the first one would count twice
        double[][] gradients = [.. parameters.Select(p => p.Gradient.ToArray())];
        List<string> wrong = [];
        foreach (var (p, parameter) in parameters.Index())
        {
            Compare(parameter.Name, parameter.Value, gradients[p], Run, tolerance, wrong);
        }

        Throw(wrong);

        double Run()
        {
            foreach (var parameter in parameters)
            {
                parameter.BeginStep();
            }

            return loss();
        }
    }

    /// <summary>Checks the gradients of a layer, those of its parameters and of its input, for the loss Σ c⊙y with weights c
    /// drawn for the purpose. Parameters and input are filled with numbers in ±1.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="rows">Rows of the input. Default 5.</param>
    /// <param name="seed">The seed of the numbers. Default 1.</param>
    /// <param name="tolerance">What gradient and difference may differ by, times the larger of 1 and the difference. Default
    /// 1e-6.</param>
    /// <exception cref="GradientException">Some differ.</exception>
    public static void Verify(Layer<double> layer, int rows = 5, ulong seed = 1, double tolerance = 1e-6)
    {
        ArgumentNullException.ThrowIfNull(layer);
        var rng = new Rng(seed);
        double[] x = Draw(rows * layer.Inputs), c = Draw(rows * layer.Outputs), y = new double[rows * layer.Outputs], dX = new double[x.Length];
        foreach (var parameter in layer.Parameters)
        {
            Draw(parameter.Value.Length).CopyTo(parameter.Value, 0);
        }

        Verify(layer.Parameters, Loss, tolerance);
        Loss();
        List<string> wrong = [];
        Compare("input", x, [.. dX], Loss, tolerance, wrong);
        Throw(wrong);

        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * rng.NextDouble()) - 1)];

        double Loss()
        {
            layer.Forward(Compute.Default, x, rows, y);
            double sum = 0;
            for (int k = 0; k < y.Length; k++)
            {
                sum += c[k] * y[k];
            }

            foreach (var parameter in layer.Parameters)
            {
                parameter.BeginStep();
            }

            layer.Backward(Compute.Default, x, y, [.. c], rows, dX);
            return sum;
        }
    }

    private static void Compare(string name, double[] values, double[] gradients, Func<double> loss, double tolerance, List<string> wrong)
    {
        var (worst, at, difference) = (0.0, -1, 0.0);
        for (int k = 0; k < values.Length; k++)
        {
            double value = values[k];
            values[k] = value + Step;
            double above = loss();
            values[k] = value - Step;
            double slope = (above - loss()) / (2 * Step);
            values[k] = value;
            double off = Math.Abs(slope - gradients[k]) / Math.Max(1, Math.Abs(slope));
            if (!(off <= tolerance) && !(off <= worst))
            {
                (worst, at, difference) = (off, k, slope);
            }
        }

        if (at >= 0)
        {
            wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{name}[{at}]: found the gradient {gradients[at]:g9}, expected {difference:g9}, the finite difference"));
        }
    }

    private static void Throw(List<string> wrong)
    {
        if (wrong.Count > 0)
        {
            throw new GradientException(wrong);
        }
    }
}

/// <summary>Gradients differ from finite differences.</summary>
/// <param name="wrong">For each parameter that is wrong a sentence about the place that is furthest off.</param>
#pragma warning disable CA1032 // it says nothing without the places
public sealed class GradientException(IReadOnlyList<string> wrong) : Exception(string.Join(Environment.NewLine, wrong))
#pragma warning restore CA1032
{
    /// <summary>For each parameter that is wrong a sentence about the place that is furthest off.</summary>
    public IReadOnlyList<string> Wrong { get; } = wrong;
}
