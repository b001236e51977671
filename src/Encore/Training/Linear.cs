using System.Numerics;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>A dense layer, y = f(x·W + b). W is [inputs, outputs], or another layer's Wᵀ.</summary>
internal sealed class Linear<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly bool _tied;
    private bool _shared;

    public Linear(string name, int inputs, int outputs, Activation activation)
    {
        (Inputs, Outputs, Activation) = (inputs, outputs, activation);
        Weight = new Parameter<T>($"{name}.weight", inputs, outputs);
        Bias = new Parameter<T>($"{name}.bias", 1, outputs);
    }

    /// <summary>The mirror of a layer in a tied decoder: its W is the other's, transposed. Its backward comes before the
    /// other's, which then adds to the gradient.</summary>
    public Linear(string name, Linear<T> mirrored, Activation activation)
    {
        (Inputs, Outputs, Activation, _tied) = (mirrored.Outputs, mirrored.Inputs, activation, true);
        mirrored._shared = true;
        Weight = mirrored.Weight;
        Bias = new Parameter<T>($"{name}.bias", 1, Outputs);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public Activation Activation { get; }

    /// <summary>Whether W is another layer's, transposed.</summary>
    public bool IsTied => _tied;

    /// <summary>W, [inputs, outputs]; tied: the other layer's, [outputs, inputs].</summary>
    public Parameter<T> Weight { get; }

    /// <summary>b, [outputs].</summary>
    public Parameter<T> Bias { get; }

    /// <summary>The parameters that are this layer's own.</summary>
    public IEnumerable<Parameter<T>> Parameters => _tied ? [Bias] : [Weight, Bias];

    /// <summary>y = f(x·W + b): x [rows, inputs], y [rows, outputs].</summary>
    public void Forward(T[] x, int rows, T[] y)
    {
        Dense.Gemm<T>(
            Transpose.No, _tied ? Transpose.Yes : Transpose.No, rows, Outputs, Inputs, T.One, x, Inputs, Weight.Value, Weight.Columns, T.Zero, y, Outputs);
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
        if (_tied)
        {
            Dense.Gemm<T>(Transpose.Yes, Transpose.No, Outputs, Inputs, rows, T.One, dY, Outputs, x, Inputs, T.Zero, Weight.Gradient, Inputs);
        }
        else
        {
            T beta = _shared ? T.One : T.Zero;
            Dense.Gemm<T>(Transpose.Yes, Transpose.No, Inputs, Outputs, rows, T.One, x, Inputs, dY, Outputs, beta, Weight.Gradient, Outputs);
        }

        Rows.Sum(dY, rows, Bias.Gradient);
        if (dX is not null)
        {
            Dense.Gemm<T>(
                Transpose.No, _tied ? Transpose.No : Transpose.Yes, rows, Inputs, Outputs, T.One, dY, Outputs, Weight.Value, Weight.Columns, T.Zero, dX, Inputs);
        }
    }
}
