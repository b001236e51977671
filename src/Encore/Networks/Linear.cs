using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Networks;

/// <summary>A dense layer, y = f(x·W + b). W is [inputs, outputs], or another layer's Wᵀ.</summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
[Experimental(Preview.Networks)]
public sealed class Linear<T> : Layer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Rows of a task: two of the tallest tiles.
    private const int BlockRows = 24;

    private readonly bool _tied;

    /// <summary>A layer of its own.</summary>
    /// <param name="name">Its parameters are name.weight and name.bias.</param>
    /// <param name="inputs">Numbers of an input row.</param>
    /// <param name="outputs">Numbers of an output row.</param>
    /// <param name="activation">f.</param>
    public Linear(string name, int inputs, int outputs, Activation activation = Activation.Identity)
    {
        (Inputs, Outputs, Activation) = (inputs, outputs, activation);
        Weight = new Parameter<T>($"{name}.weight", inputs, outputs);
        Bias = new Parameter<T>($"{name}.bias", 1, outputs);
        Parameters = [Weight, Bias];
    }

    /// <summary>The mirror of a layer in a tied decoder: its W is the other's, transposed.</summary>
    /// <param name="name">Its own parameter is name.bias.</param>
    /// <param name="mirrored">The other layer.</param>
    /// <param name="activation">f.</param>
    public Linear(string name, Linear<T> mirrored, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(mirrored);
        (Inputs, Outputs, Activation, _tied) = (mirrored.Outputs, mirrored.Inputs, activation, true);
        Weight = mirrored.Weight;
        Bias = new Parameter<T>($"{name}.bias", 1, Outputs);
        Parameters = [Bias];
    }

    /// <inheritdoc/>
    public override int Inputs { get; }

    /// <inheritdoc/>
    public override int Outputs { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>f.</summary>
    public Activation Activation { get; }

    /// <summary>Whether W is another layer's, transposed.</summary>
    public bool IsTied => _tied;

    /// <summary>W, [inputs, outputs]; tied: the other layer's, [outputs, inputs].</summary>
    public Parameter<T> Weight { get; }

    /// <summary>b, [outputs].</summary>
    public Parameter<T> Bias { get; }

    /// <inheritdoc/>
    public override void Forward(Compute compute, T[] x, int rows, T[] y)
    {
        var buffer = compute.Rent(); // packed anew by each pass
        var w = new PackedMatrix<T>(buffer);
        w.Pack(_tied ? Transpose.Yes : Transpose.No, Inputs, Outputs, Weight.Value, compute);
        compute.For(Blocks(rows), block =>
        {
            int first = block * BlockRows, count = Math.Min(BlockRows, rows - first);
            var part = y.AsSpan(first * Outputs, count * Outputs);
            w.Multiply(count, x.AsSpan(first * Inputs), Inputs, Bias.Value, part, Outputs);
            Activations.Forward(Activation, part);
        });
        compute.Return(buffer);
    }

    /// <inheritdoc/>
    /// <remarks>dY becomes ∂loss/∂(x·W + b).</remarks>
    public override void Backward(Compute compute, T[] x, T[] y, T[] dY, int rows, T[]? dX)
    {
        var buffer = compute.Rent();
        var packed = new PackedMatrix<T>(buffer);
        if (dX is not null)
        {
            packed.Pack(_tied ? Transpose.No : Transpose.Yes, Outputs, Inputs, Weight.Value, compute);
        }

        compute.For(Blocks(rows), block =>
        {
            int first = block * BlockRows, count = Math.Min(BlockRows, rows - first);
            var part = dY.AsSpan(first * Outputs, count * Outputs);
            Activations.Backward<T>(Activation, y.AsSpan(first * Outputs, count * Outputs), part);
            if (dX is not null)
            {
                packed.Multiply(count, part, Outputs, dX.AsSpan(first * Inputs), Inputs);
            }
        });
        compute.Return(buffer);
        if (Weight.IsTrained && _tied)
        {
            WeightGradient(compute, dY, Outputs, x, Inputs, rows, Weight.Begin(), Weight.Gradient);
        }
        else if (Weight.IsTrained)
        {
            WeightGradient(compute, x, Inputs, dY, Outputs, rows, Weight.Begin(), Weight.Gradient);
        }

        Bias.AddColumnSums(compute, dY, rows);
    }

    /// <inheritdoc/>
    public override string Build(OnnxGraph graph, string x) => graph.Dense(x, Weight, Bias, IsTied, Activation);

    /// <summary>gradient = xᵀ·dY, or gradient += with <paramref name="add"/>: x [rows, inputs], dY [rows, outputs], the
    /// gradient [inputs, outputs].</summary>
    internal static void WeightGradient(Compute compute, T[] x, int inputs, T[] dY, int outputs, int rows, bool add, T[] gradient, int firstRow = 0)
    {
        var buffer = compute.Rent();
        var packed = new PackedMatrix<T>(buffer);
        packed.Pack(Transpose.No, rows, outputs, dY.AsSpan(firstRow * outputs, rows * outputs), compute);
        compute.For(Blocks(inputs), block =>
        {
            int first = block * BlockRows, count = Math.Min(BlockRows, inputs - first);
            packed.MultiplyTransposed(
                count, x.AsSpan((firstRow * inputs) + first), inputs, add, gradient.AsSpan(first * outputs), outputs);
        });
        compute.Return(buffer);
    }

    private static int Blocks(int rows) => (rows + BlockRows - 1) / BlockRows;
}
