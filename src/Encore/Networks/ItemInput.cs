using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>
/// The input layer over items, y = f(x·W + b) for sparse x: forward gathers the rows of W that x names, backward
/// scatters into them. W is [items, outputs]; x never becomes dense.
/// </summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
[Experimental(Preview.Networks)]
public sealed class ItemInput<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private T[] _scratch = [];

    /// <summary>A layer.</summary>
    /// <param name="name">Its parameters are name.weight and name.bias.</param>
    /// <param name="items">Items.</param>
    /// <param name="outputs">Numbers of an output row.</param>
    /// <param name="activation">f.</param>
    public ItemInput(string name, int items, int outputs, Activation activation = Activation.Identity)
    {
        (Items, Outputs, Activation) = (items, outputs, activation);
        Weight = new Parameter<T>($"{name}.weight", items, outputs);
        Bias = new Parameter<T>($"{name}.bias", 1, outputs);
    }

    /// <summary>Items: columns of x.</summary>
    public int Items { get; }

    /// <summary>Numbers of an output row.</summary>
    public int Outputs { get; }

    /// <summary>f.</summary>
    public Activation Activation { get; }

    /// <summary>W, [items, outputs]: a row for each item.</summary>
    public Parameter<T> Weight { get; }

    /// <summary>b, [outputs].</summary>
    public Parameter<T> Bias { get; }

    /// <summary>y = f(x·W + b): x [rows, items], y [rows, outputs]. Any number of threads may ask at once.</summary>
    public void Forward(Compute compute, SparseBatch<T> x, T[] y)
    {
        Sums(compute, x, y);
        Activations.Forward(compute, Activation, y, x.Rows * Outputs);
    }

    /// <summary>y = x·W + b, where something is added before the activation.</summary>
    internal void Sums(Compute compute, SparseBatch<T> x, T[] y)
    {
        Sparse.Multiply(x, Weight.Value, Outputs, y.AsSpan(), compute);
        Rows.AddBias(compute, y, x.Rows, Bias.Value);
    }

    /// <summary>Gradients of W and b, where they are trained. dY [rows, outputs] is ∂loss/∂y and becomes
    /// ∂loss/∂(x·W + b).</summary>
    internal void Backward(Compute compute, SparseBatch<T> x, T[] y, T[] dY)
    {
        Activations.Backward(compute, Activation, y, dY, x.Rows * Outputs);
        Bias.AddColumnSums(compute, dY, x.Rows);
        if (!Weight.IsTrained)
        {
            return;
        }

        // A tied output layer has already written its share.
        if (Weight.Begin())
        {
            Buffers.Grow(ref _scratch, Items * Outputs);
            Sparse.TransposeMultiply<T>(x, null, dY, Outputs, _scratch, compute);
            Rows.Add(compute, _scratch, Weight.Gradient, Items * Outputs);
        }
        else
        {
            Sparse.TransposeMultiply<T>(x, null, dY, Outputs, Weight.Gradient, compute);
        }
    }
}
