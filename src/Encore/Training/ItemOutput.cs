using System.Numerics;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>
/// The output layer over items, s = h·Wᵀ + b without activation: all items (<see cref="Forward"/>), or only those that
/// a batch asks for (<see cref="Observed"/>). W is [items, inputs], a row for each item, as the input layer has it: a
/// tied decoder shares the input layer's matrix.
/// </summary>
internal sealed class ItemOutput<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly bool _tied;

    /// <param name="name">Name of the layer.</param>
    /// <param name="inputs">Width of h.</param>
    /// <param name="items">Number of items.</param>
    /// <param name="tied">The input layer's W; its gradient is added to, so that layer's backward comes first. Null: a
    /// W of its own.</param>
    public ItemOutput(string name, int inputs, int items, Parameter<T>? tied = null)
    {
        (Inputs, Items, _tied) = (inputs, items, tied is not null);
        Weight = tied ?? new Parameter<T>($"{name}.weight", items, inputs);
        Bias = new Parameter<T>($"{name}.bias", 1, items);
    }

    public int Inputs { get; }

    public int Items { get; }

    /// <summary>W, [items, inputs].</summary>
    public Parameter<T> Weight { get; }

    /// <summary>b, [items].</summary>
    public Parameter<T> Bias { get; }

    /// <summary>s = h·Wᵀ + b: h [rows, inputs], s [rows, items].</summary>
    public void Forward(ReadOnlySpan<T> h, int rows, Span<T> s)
    {
        Dense.Gemm(Transpose.No, Transpose.Yes, rows, Items, Inputs, T.One, h, Inputs, Weight.Value, Inputs, T.Zero, s, Items);
        Rows.AddBias(s[..(rows * Items)], Items, Bias.Value);
    }

    /// <summary>∂loss/∂h from dS [rows, items].</summary>
    public void BackwardInput(ReadOnlySpan<T> dS, int rows, Span<T> dH) =>
        Dense.Gemm(Transpose.No, Transpose.No, rows, Inputs, Items, T.One, dS, Items, Weight.Value, Inputs, T.Zero, dH, Inputs);

    /// <summary>Gradients of W and b from dS [rows, items] and h [rows, inputs]; added to those of earlier rows of the
    /// batch where <paramref name="add"/> says so. A tied W's gradient is always added to.</summary>
    public void BackwardWeights(ReadOnlySpan<T> dS, ReadOnlySpan<T> h, int rows, bool add = false)
    {
        T beta = add || _tied ? T.One : T.Zero;
        Dense.Gemm(Transpose.Yes, Transpose.No, Items, Inputs, rows, T.One, dS, Items, h, Inputs, beta, Weight.Gradient, Inputs);
        Rows.Sum(dS, rows, Items, Bias.Gradient, add);
    }

    /// <summary>s at the observed places only: values[e] = h_r·W_i + b_i.</summary>
    public void Observed(SparseBatch<T> places, ReadOnlySpan<T> h, T[] values) =>
        Sparse.SampledProduct(places, h, Weight.Value, Inputs, Bias.Value, values);

    /// <summary>∂loss/∂h from ∂loss/∂s at the observed places.</summary>
    public void ObservedBackwardInput(SparseBatch<T> places, T[] dValues, Span<T> dH) =>
        Sparse.Multiply(places, dValues, Weight.Value, Inputs, dH);

    /// <summary>Gradients of W and b from ∂loss/∂s at the observed places. A tied W needs
    /// <paramref name="scratch"/> [items, inputs].</summary>
    public void ObservedBackwardWeights(SparseBatch<T> places, T[] dValues, ReadOnlySpan<T> h, T[]? scratch = null)
    {
        if (_tied)
        {
            ArgumentNullException.ThrowIfNull(scratch);
            Sparse.TransposeMultiply(places, dValues, h, Inputs, scratch.AsSpan());
            Rows.Add(scratch, Weight.Gradient, Items * Inputs);
        }
        else
        {
            Sparse.TransposeMultiply(places, dValues, h, Inputs, Weight.Gradient.AsSpan());
        }

        Bias.Gradient.AsSpan().Clear();
        for (int e = 0; e < places.Count; e++)
        {
            Bias.Gradient[places.Indices[e]] += dValues[e];
        }
    }
}
