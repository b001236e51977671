using System.Buffers;
using System.Numerics;
using Encore.Networks;

namespace OwnModel;

/// <summary>
/// A residual layer that begins as the identity (Bachlechner et al. 2020, "ReZero is all you need"), with a gate for each
/// number of a row:
/// <code>
/// t = tanh(x·W + b);  y = x + g⊙t
/// dg = Σ_rows dy⊙t;  d = dy⊙g⊙(1 − t²);  dW = xᵀ·d;  db = Σ_rows d;  dx = dy + d·Wᵀ
/// </code>
/// </summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
internal sealed class ResidualLayer<T> : Layer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Parameter<T> _w, _b, _g;

    public ResidualLayer(string name, int width)
    {
        (_w, _b, _g) = (new($"{name}.weight", width, width), new($"{name}.bias", 1, width), new($"{name}.gate", 1, width));
        Parameters = [_w, _b, _g];
    }

    public override int Inputs => _w.Rows;

    public override int Outputs => _w.Columns;

    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    public override void Forward(Compute compute, T[] x, int rows, T[] y)
    {
        Dense.Gemm(Transpose.No, Transpose.No, rows, Outputs, Inputs, T.One, x, Inputs, _w.Value, Outputs, T.Zero, y, Outputs, compute);
        compute.For(rows, r =>
        {
            for (int k = r * Outputs, j = 0; j < Outputs; k++, j++)
            {
                y[k] = x[k] + (_g.Value[j] * T.Tanh(y[k] + _b.Value[j]));
            }
        });
    }

    public override void Backward(Compute compute, T[] x, T[] y, T[] dY, int rows, T[]? dX)
    {
        T[] d = ArrayPool<T>.Shared.Rent(rows * Outputs);
        Dense.Gemm(Transpose.No, Transpose.No, rows, Outputs, Inputs, T.One, x, Inputs, _w.Value, Outputs, T.Zero, d, Outputs, compute);
        if (dX is not null)
        {
            dY.AsSpan(0, rows * Outputs).CopyTo(dX);
        }

        compute.For(rows, r =>
        {
            for (int k = r * Outputs, j = 0; j < Outputs; k++, j++)
            {
                T t = T.Tanh(d[k] + _b.Value[j]);
                d[k] = dY[k] * _g.Value[j] * (T.One - (t * t));
                dY[k] *= t; // ∂loss/∂g, row by row
            }
        });
        if (dX is not null)
        {
            Dense.Gemm(Transpose.No, Transpose.Yes, rows, Inputs, Outputs, T.One, d, Outputs, _w.Value, Outputs, T.One, dX, Inputs, compute);
        }

        if (_w.IsTrained)
        {
            Dense.Gemm(Transpose.Yes, Transpose.No, Inputs, Outputs, rows, T.One, x, Inputs, d, Outputs, Share(_w), _w.Gradient, Outputs, compute);
        }

        AddSums(compute, _b, d, rows);
        AddSums(compute, _g, dY, rows);
        ArrayPool<T>.Shared.Return(d);
    }

    public override string Build(OnnxGraph graph, string x)
    {
        string t = graph.Dense(x, _w, _b, transposed: false, Activation.Tanh);
        return graph.Node("Add", [x, graph.Node("Mul", [t, graph.Constant(_g)])]);
    }

    // The sums of the columns of x, 1ᵀ·x: in an order that does not depend on the number of threads.
    private static void AddSums(Compute compute, Parameter<T> parameter, T[] x, int rows)
    {
        if (parameter.IsTrained)
        {
            T[] ones = [.. Enumerable.Repeat(T.One, rows)];
            int width = parameter.Columns;
            Dense.Gemm(Transpose.No, Transpose.No, 1, width, rows, T.One, ones, rows, x, width, Share(parameter), parameter.Gradient, width, compute);
        }
    }

    // What is there of the gradient counts, unless this is the step's first share.
    private static T Share(Parameter<T> parameter) => parameter.Begin() ? T.One : T.Zero;
}
