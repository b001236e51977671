using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>
/// The input layer over items, y = f(x·W + b) for sparse x: forward gathers the rows of W that x names, backward
/// scatters into them. W is [items, outputs]; x never becomes dense.
/// </summary>
internal sealed class SparseLinear<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private T[] _scratch = [];

    public SparseLinear(string name, int items, int outputs, Activation activation)
    {
        (Items, Outputs, Activation) = (items, outputs, activation);
        Weight = new Parameter<T>($"{name}.weight", items, outputs);
        Bias = new Parameter<T>($"{name}.bias", 1, outputs);
    }

    public int Items { get; }

    public int Outputs { get; }

    public Activation Activation { get; }

    /// <summary>W, [items, outputs]: a row for each item.</summary>
    public Parameter<T> Weight { get; }

    /// <summary>b, [outputs].</summary>
    public Parameter<T> Bias { get; }

    /// <summary>y = f(x·W + b): x [rows, items], y [rows, outputs].</summary>
    public void Forward(SparseBatch<T> x, T[] y)
    {
        Sums(x, y);
        Activations.Forward(Activation, y, x.Rows * Outputs);
    }

    /// <summary>y = x·W + b, where something is added before the activation.</summary>
    public void Sums(SparseBatch<T> x, T[] y)
    {
        Sparse.Multiply(x, Weight.Value, Outputs, y.AsSpan());
        Rows.AddBias(y, x.Rows, Bias.Value);
    }

    /// <summary>Gradients of W and b. dY [rows, outputs] is ∂loss/∂y and becomes ∂loss/∂(x·W + b). W's is added to what
    /// a tied output layer left there where <paramref name="add"/> says so.</summary>
    public void Backward(SparseBatch<T> x, T[] y, T[] dY, bool add = false)
    {
        Activations.Backward(Activation, y, dY, x.Rows * Outputs);
        if (add)
        {
            Buffers.Grow(ref _scratch, Items * Outputs);
            Sparse.TransposeMultiply<T>(x, null, dY, Outputs, _scratch);
            Rows.Add(_scratch, Weight.Gradient, Items * Outputs);
        }
        else
        {
            Sparse.TransposeMultiply<T>(x, null, dY, Outputs, Weight.Gradient);
        }

        Rows.Sum(dY, x.Rows, Bias.Gradient);
    }
}
