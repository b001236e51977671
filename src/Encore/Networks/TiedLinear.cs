using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>A dense layer with the transposed weights of another and a bias of its own, y = f(x·Wᵀ + b).</summary>
/// <param name="name">Name of the layer.</param>
/// <param name="of">The layer that W [outputs, inputs of this] belongs to.</param>
/// <param name="activation">f.</param>
internal sealed class TiedLinear<T>(string name, Linear<T> of, Activation activation)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public int Inputs => of.Outputs;

    public int Outputs => of.Inputs;

    /// <summary>b, [outputs].</summary>
    public Parameter<T> Bias { get; } = new($"{name}.bias", 1, of.Inputs);

    /// <summary>y = f(x·Wᵀ + b): x [rows, inputs], y [rows, outputs].</summary>
    public void Forward(Compute compute, T[] x, int rows, T[] y)
    {
        Dense.Gemm<T>(Transpose.No, Transpose.Yes, rows, Outputs, Inputs, T.One, x, Inputs, of.Weight.Value, Inputs, T.Zero, y, Outputs, compute);
        Rows.AddBias(compute, y, rows, Bias.Value);
        Activations.Forward(compute, activation, y, rows * Outputs);
    }

    /// <summary>Gradients of b and x. dY is ∂loss/∂y and becomes ∂loss/∂(x·Wᵀ + b).</summary>
    public void Backward(Compute compute, T[] y, T[] dY, int rows, T[] dX)
    {
        Activations.Backward(compute, activation, y, dY, rows * Outputs);
        Bias.AddColumnSums(compute, dY, rows);
        Dense.Gemm<T>(Transpose.No, Transpose.No, rows, Inputs, Outputs, T.One, dY, Outputs, of.Weight.Value, Inputs, T.Zero, dX, Inputs, compute);
    }

    /// <summary>Adds this layer's share to the gradient of W, after the other layer's backward has set it. dY is what
    /// <see cref="Backward"/> left.</summary>
    public void AddWeightGradient(Compute compute, T[] x, T[] dY, int rows)
    {
        T beta = of.Weight.Begin() ? T.One : T.Zero;
        Dense.Gemm<T>(Transpose.Yes, Transpose.No, Outputs, Inputs, rows, T.One, dY, Outputs, x, Inputs, beta, of.Weight.Gradient, Inputs, compute);
    }
}
