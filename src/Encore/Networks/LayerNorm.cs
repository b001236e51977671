using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Numerics.Tensors;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Networks;

/// <summary>
/// Layer normalisation (Ba, Kiros &amp; Hinton 2016): each row less its mean, over its deviation, times g plus c.
/// <code>
/// x̂ = (x − mean) / √(variance + ε), the variance over the width, not its estimate;  y = x̂⊙g + c
/// dx = (d − mean(d) − x̂·mean(d⊙x̂)) / √(variance + ε),  d = dy⊙g
/// </code>
/// </summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
[Experimental(Preview.Networks)]
public sealed class LayerNorm<T> : Layer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int BlockRows = 16;

    private readonly T _epsilon;

    /// <summary>g = 1 and c = 0.</summary>
    /// <param name="name">Its parameters are name.weight, g, and name.bias, c.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="epsilon">ε, above 0.</param>
    public LayerNorm(string name, int width, double epsilon = 1e-5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        _epsilon = T.CreateTruncating(epsilon);
        (Weight, Bias) = (new Parameter<T>($"{name}.weight", 1, width), new Parameter<T>($"{name}.bias", 1, width));
        Weight.Value.AsSpan().Fill(T.One);
        Parameters = [Weight, Bias];
    }

    /// <inheritdoc/>
    public override int Inputs => Weight.Columns;

    /// <inheritdoc/>
    public override int Outputs => Weight.Columns;

    /// <summary>g, [width].</summary>
    public Parameter<T> Weight { get; }

    /// <summary>c, [width].</summary>
    public Parameter<T> Bias { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override void Forward(Compute compute, T[] x, int rows, T[] y) => ForRows(compute, rows, r =>
    {
        var row = y.AsSpan(r * Outputs, Outputs);
        Normalise(x.AsSpan(r * Inputs, Inputs), row);
        Elementwise.MultiplyAdd(row, Weight.Value, Bias.Value, row);
    });

    /// <inheritdoc/>
    public override void Backward(Compute compute, T[] x, T[] y, T[] dY, int rows, T[]? dX)
    {
        Bias.AddColumnSums(compute, dY, rows);
        T width = T.CreateTruncating(Inputs);
        ForRows(compute, rows, r =>
        {
            T[] rented = System.Buffers.ArrayPool<T>.Shared.Rent(Inputs);
            var normal = rented.AsSpan(0, Inputs);
            var dRow = dY.AsSpan(r * Inputs, Inputs);
            T scale = Normalise(x.AsSpan(r * Inputs, Inputs), normal);
            if (dX is not null)
            {
                var d = dX.AsSpan(r * Inputs, Inputs);
                Elementwise.Multiply(dRow, Weight.Value, d);
                T mean = TensorPrimitives.Sum<T>(d) / width, along = TensorPrimitives.Dot<T>(d, normal) / width;
                for (int j = 0; j < d.Length; j++)
                {
                    d[j] = (d[j] - mean - (normal[j] * along)) * scale;
                }
            }

            Elementwise.Multiply(dRow, normal, dRow); // the gradient of g, row by row
            System.Buffers.ArrayPool<T>.Shared.Return(rented);
        });
        Weight.AddColumnSums(compute, dY, rows);
    }

    /// <inheritdoc/>
    public override string Build(OnnxGraph graph, string x)
    {
        ArgumentNullException.ThrowIfNull(graph);
        string less = graph.Node("Sub", [x, Mean(x)]);
        string variance = graph.Node("Add", [Mean(graph.Node("Mul", [less, less])), graph.Scalar(float.CreateTruncating(_epsilon))]);
        string normal = graph.Node("Div", [less, graph.Node("Sqrt", [variance])]);
        return graph.Node("Add", [graph.Node("Mul", [normal, graph.Constant(Weight)]), graph.Constant(Bias)]);

        string Mean(string of) => graph.Node("ReduceMean", [of], ("axes", (long[])[1]), ("keepdims", 1L));
    }

    // x̂; returns 1 / √(variance + ε).
    private T Normalise(ReadOnlySpan<T> x, Span<T> normal)
    {
        T width = T.CreateTruncating(x.Length);
        Elementwise.Subtract(x, TensorPrimitives.Sum(x) / width, normal);
        T scale = T.One / T.Sqrt((TensorPrimitives.SumOfSquares<T>(normal) / width) + _epsilon);
        Elementwise.Multiply(normal, scale, normal);
        return scale;
    }

    private static void ForRows(Compute compute, int rows, Action<int> row) => compute.For((rows + BlockRows - 1) / BlockRows, block =>
    {
        for (int r = block * BlockRows; r < Math.Min(rows, (block + 1) * BlockRows); r++)
        {
            row(r);
        }
    });
}
