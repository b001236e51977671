using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Networks;

/// <summary>y = x·σ(x), σ the sigmoid (Ramachandran, Zoph &amp; Le 2017). It falls before it rises, so its slope is no function
/// of y, as those of <see cref="Activation"/> are: it is a layer, which gets its input back.</summary>
/// <param name="width">Numbers of a row.</param>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
[Experimental(Preview.Networks)]
public sealed class Swish<T>(int width) : Layer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override int Inputs => width;

    /// <inheritdoc/>
    public override int Outputs => width;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters => [];

    /// <inheritdoc/>
    public override void Forward(Compute compute, T[] x, int rows, T[] y) => Rows.For(compute, rows * width, (start, length) =>
    {
        var part = y.AsSpan(start, length);
        Elementwise.Sigmoid<T>(x.AsSpan(start, length), part);
        Elementwise.Multiply(part, x.AsSpan(start, length), part);
    });

    /// <inheritdoc/>
    /// <remarks>y′ = σ + x·σ·(1 − σ) = σ + y·(1 − σ).</remarks>
    public override void Backward(Compute compute, T[] x, T[] y, T[] dY, int rows, T[]? dX)
    {
        if (dX is null)
        {
            return;
        }

        Rows.For(compute, rows * width, (start, length) =>
        {
            var slope = dX.AsSpan(start, length);
            Elementwise.Sigmoid<T>(x.AsSpan(start, length), slope);
            for (int j = 0; j < length; j++)
            {
                slope[j] = dY[start + j] * (slope[j] + (y[start + j] * (T.One - slope[j])));
            }
        });
    }

    /// <inheritdoc/>
    public override string Build(OnnxGraph graph, string x)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.Node("Mul", [x, graph.Node("Sigmoid", [x])]);
    }
}
