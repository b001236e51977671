using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>A dense layer, y = f(x·W + b). W is [inputs, outputs], or another layer's Wᵀ.</summary>
internal sealed class Linear<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Rows of a task: two of the tallest tiles.
    private const int BlockRows = 24;

    // Packed anew by each pass; the thread that packs waits until all blocks have used it.
    [ThreadStatic]
    private static PackedMatrix<T>? _packed;

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

    private static PackedMatrix<T> Packed => _packed ??= new PackedMatrix<T>();

    /// <summary>The parameters that are this layer's own.</summary>
    public IEnumerable<Parameter<T>> Parameters => _tied ? [Bias] : [Weight, Bias];

    /// <summary>y = f(x·W + b): x [rows, inputs], y [rows, outputs]. Any number of threads may ask at once.</summary>
    public void Forward(T[] x, int rows, T[] y)
    {
        var w = Packed;
        w.Pack(_tied ? Transpose.Yes : Transpose.No, Inputs, Outputs, Weight.Value);
        Workers.For(Blocks(rows), block =>
        {
            int first = block * BlockRows, count = Math.Min(BlockRows, rows - first);
            var part = y.AsSpan(first * Outputs, count * Outputs);
            w.Multiply(count, x.AsSpan(first * Inputs), Inputs, Bias.Value, part, Outputs);
            Activations.Forward(Activation, part);
        });
    }

    /// <summary>
    /// Gradients of W and b, and of x where <paramref name="dX"/> is given. dY [rows, outputs] is ∂loss/∂y and becomes
    /// ∂loss/∂(x·W + b).
    /// </summary>
    public void Backward(T[] x, T[] y, T[] dY, int rows, T[]? dX)
    {
        var packed = Packed;
        if (dX is not null)
        {
            packed.Pack(_tied ? Transpose.No : Transpose.Yes, Outputs, Inputs, Weight.Value);
        }

        Workers.For(Blocks(rows), block =>
        {
            int first = block * BlockRows, count = Math.Min(BlockRows, rows - first);
            var part = dY.AsSpan(first * Outputs, count * Outputs);
            Activations.Backward<T>(Activation, y.AsSpan(first * Outputs, count * Outputs), part);
            if (dX is not null)
            {
                packed.Multiply(count, part, Outputs, dX.AsSpan(first * Inputs), Inputs);
            }
        });
        if (_tied)
        {
            WeightGradient(dY, Outputs, x, Inputs, rows, add: false, Weight.Gradient);
        }
        else
        {
            WeightGradient(x, Inputs, dY, Outputs, rows, _shared, Weight.Gradient);
        }

        Rows.Sum(dY, rows, Bias.Gradient);
    }

    /// <summary>gradient = xᵀ·dY, or gradient += with <paramref name="add"/>: x [rows, inputs], dY [rows, outputs], the
    /// gradient [inputs, outputs].</summary>
    public static void WeightGradient(T[] x, int inputs, T[] dY, int outputs, int rows, bool add, T[] gradient, int firstRow = 0)
    {
        var packed = Packed;
        packed.Pack(Transpose.No, rows, outputs, dY.AsSpan(firstRow * outputs, rows * outputs));
        Workers.For(Blocks(inputs), block =>
        {
            int first = block * BlockRows, count = Math.Min(BlockRows, inputs - first);
            packed.MultiplyTransposed(
                count, x.AsSpan((firstRow * inputs) + first), inputs, add, gradient.AsSpan(first * outputs), outputs);
        });
    }

    private static int Blocks(int rows) => (rows + BlockRows - 1) / BlockRows;
}
