using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>
/// A dense layer for callers that take a block of rows through several layers on one thread, while the block lies in its
/// cache: forward and backward of the block, and the weights' gradient of all rows at the end.
/// </summary>
internal sealed class LinearBlocks<T>(Linear<T> layer)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PackedMatrix<T> _w = new();   // W
    private readonly PackedMatrix<T> _wT = new();  // Wᵀ
    private readonly PackedMatrix<T> _packed = new(); // ∂loss/∂(x·W + b) of all rows
    private T[] _d = [];                           // the same, as it lies

    public int Inputs => layer.Inputs;

    public int Outputs => layer.Outputs;

    /// <summary>Takes the weights as they are now, for a batch of so many rows.</summary>
    public void Begin(Compute compute, int rows)
    {
        _w.Pack(Transpose.No, Inputs, Outputs, layer.Weight.Value, compute);
        _wT.Pack(Transpose.Yes, Outputs, Inputs, layer.Weight.Value, compute);
        _packed.Reserve(rows, Outputs);
        Buffers.Grow(ref _d, rows * Outputs);
    }

    /// <summary>y = f(x·W + b) of a block: x [count, inputs], y [count, outputs].</summary>
    public void Forward(ReadOnlySpan<T> x, int count, Span<T> y)
    {
        _w.Multiply(count, x, Inputs, layer.Bias.Value, y, Outputs);
        Activations.Forward(layer.Activation, y[..(count * Outputs)]);
    }

    /// <summary>Where ∂loss/∂y of a block goes before <see cref="Backward"/>, [count, outputs].</summary>
    public Span<T> Gradient(int first, int count) => _d.AsSpan(first * Outputs, count * Outputs);

    /// <summary>∂loss/∂x of a block, whose ∂loss/∂y <see cref="Gradient"/> holds.</summary>
    public void Backward(int first, int count, ReadOnlySpan<T> y, Span<T> dX)
    {
        var d = Gradient(first, count);
        Activations.Backward(layer.Activation, y, d);
        _packed.SetRows(first, count, d);
        _wT.Multiply(count, d, Outputs, dX, Inputs);
    }

    /// <summary>Gradients of W and b after all blocks have gone backward: x [rows, inputs].</summary>
    public void WeightGradient(T[] x)
    {
        _packed.MultiplyTransposed(Inputs, x, Inputs, layer.Weight.Begin(), layer.Weight.Gradient, Outputs);
        var b = layer.Bias.Gradient.AsSpan();
        if (!layer.Bias.Begin())
        {
            b.Clear();
        }

        for (int r = 0; r < _packed.Rows; r++)
        {
            Elementwise.Add(b, _d.AsSpan(r * Outputs, Outputs), b);
        }
    }
}
