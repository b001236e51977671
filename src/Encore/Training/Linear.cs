using System.Numerics;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>A dense layer, y = f(x·W + b). W is [inputs, outputs].</summary>
internal sealed class Linear<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public Linear(string name, int inputs, int outputs, Activation activation)
    {
        (Inputs, Outputs, Activation) = (inputs, outputs, activation);
        Weight = new Parameter<T>($"{name}.weight", inputs, outputs);
        Bias = new Parameter<T>($"{name}.bias", 1, outputs);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public Activation Activation { get; }

    /// <summary>W, [inputs, outputs].</summary>
    public Parameter<T> Weight { get; }

    /// <summary>b, [outputs].</summary>
    public Parameter<T> Bias { get; }

    /// <summary>y = f(x·W + b): x [rows, inputs], y [rows, outputs].</summary>
    public void Forward(T[] x, int rows, T[] y)
    {
        Dense.Gemm<T>(Transpose.No, Transpose.No, rows, Outputs, Inputs, T.One, x, Inputs, Weight.Value, Outputs, T.Zero, y, Outputs);
        Rows.AddBias(y, rows, Bias.Value);
        Activations.Forward(Activation, y, rows * Outputs);
    }

    /// <summary>
    /// Gradients of W and b, and of x where <paramref name="dX"/> is given. dY [rows, outputs] is ∂loss/∂y and becomes
    /// ∂loss/∂(x·W + b).
    /// </summary>
    public void Backward(T[] x, T[] y, T[] dY, int rows, T[]? dX)
    {
        Activations.Backward(Activation, y, dY, rows * Outputs);
        Dense.Gemm<T>(Transpose.Yes, Transpose.No, Inputs, Outputs, rows, T.One, x, Inputs, dY, Outputs, T.Zero, Weight.Gradient, Outputs);
        Rows.Sum(dY, rows, Bias.Gradient);
        if (dX is not null)
        {
            Dense.Gemm<T>(Transpose.No, Transpose.Yes, rows, Inputs, Outputs, T.One, dY, Outputs, Weight.Value, Outputs, T.Zero, dX, Inputs);
        }
    }
}
