using System.Numerics.Tensors;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Models;

/// <summary>Dense weights, [rows, columns] row-major, in the precision in which they were solved.</summary>
internal sealed class WeightMatrix
{
    private readonly Compute _compute;
    private readonly ReadOnlyMemory<float> _single;
    private readonly ReadOnlyMemory<double> _double;

    internal WeightMatrix(Array values, int rows, int columns, Compute compute)
        : this((values as float[]).AsMemory(), (values as double[]).AsMemory(), rows, columns, compute)
    {
    }

    // One of the two is empty. The memory may be that of a file.
    private WeightMatrix(ReadOnlyMemory<float> single, ReadOnlyMemory<double> @double, int rows, int columns, Compute compute) =>
        (_single, _double, Rows, Columns, _compute) = (single, @double, rows, columns, compute);

    internal static WeightMatrix Read(TensorReader from, string name, int rows, int columns, Precision precision, Compute compute) =>
        precision == Precision.Double
            ? new WeightMatrix(default, from.Large<double>(name, rows, columns), rows, columns, compute)
            : new WeightMatrix(from.Large<float>(name, rows, columns), default, rows, columns, compute);

    internal void Write(TensorWriter to, string name)
    {
        int length = Rows * Columns;
        if (IsDouble)
        {
            to.Add(name, _double[..length], Rows, Columns);
        }
        else
        {
            to.Add(name, _single[..length], Rows, Columns);
        }
    }

    internal bool IsDouble => _single.IsEmpty;

    internal int Rows { get; }

    internal int Columns { get; }

    internal double this[int row, int column]
    {
        get
        {
            int at = (row * Columns) + column;
            double value = IsDouble ? _double.Span[at] : _single.Span[at];
            GC.KeepAlive(this);
            return value;
        }
    }

    /// <summary>The numbers, when they are of type <typeparamref name="T"/>.</summary>
    internal ReadOnlySpan<T> Values<T>() =>
        (IsDouble ? ((ReadOnlyMemory<T>)(object)_double).Span : ((ReadOnlyMemory<T>)(object)_single).Span)[..(Rows * Columns)];

    /// <summary>The first rows in single precision.</summary>
    internal float[] ToSingle(int rows)
    {
        var values = new float[rows * Columns];
        for (int row = 0; row < rows; row++)
        {
            CopyRow(row, values.AsSpan(row * Columns, Columns));
        }

        return values;
    }

    /// <summary>A row in single precision.</summary>
    internal void CopyRow(int row, Span<float> to)
    {
        if (IsDouble)
        {
            TensorPrimitives.ConvertTruncating(_double.Span.Slice(row * Columns, Columns), to);
        }
        else
        {
            _single.Span.Slice(row * Columns, Columns).CopyTo(to);
        }

        GC.KeepAlive(this);
    }

    /// <summary>c = X[rows]·W for the first columns of X; each row of c has the same bits in any batch.</summary>
    internal void Multiply(CsrMatrix x, int startRow, int rows, Span<float> c)
    {
        if (IsDouble)
        {
            Sparse.Multiply(x, startRow, rows, _double.Span, Columns, c, _compute);
        }
        else
        {
            Sparse.Multiply(x, startRow, rows, _single.Span, Columns, c, _compute);
        }

        GC.KeepAlive(this); // a mapped file stays mapped while its numbers are read
    }

    /// <summary>c = H·W for the first rows of W: H is [rows, Columns].</summary>
    internal void Multiply(ReadOnlySpan<float> h, int rows, Span<float> c)
    {
        int n = Columns;
        if (!IsDouble)
        {
            Dense.Gemm(Transpose.No, Transpose.No, rows, n, n, 1f, h, n, _single.Span, n, 0f, c, n, _compute);
            GC.KeepAlive(this);
            return;
        }

        var (wide, product) = (new double[rows * n], new double[rows * n]);
        TensorPrimitives.ConvertTruncating<float, double>(h[..wide.Length], wide);
        Dense.Gemm(Transpose.No, Transpose.No, rows, n, n, 1d, wide, n, _double.Span, n, 0d, product, n, _compute);
        GC.KeepAlive(this);
        TensorPrimitives.ConvertTruncating<double, float>(product, c);
    }

    /// <summary>W·v, [rows], in double.</summary>
    internal void MultiplyVector(double[] v, double[] product)
    {
        ClosedForm.ForRows(_compute, Rows, row =>
        {
            double sum = 0;
            if (IsDouble)
            {
                sum = TensorPrimitives.Dot(_double.Span.Slice(row * Columns, Columns), v);
            }
            else
            {
                var weights = _single.Span.Slice(row * Columns, Columns);
                for (int j = 0; j < weights.Length; j++)
                {
                    sum += weights[j] * v[j];
                }
            }

            product[row] = sum;
        });
        GC.KeepAlive(this);
    }

    /// <summary>Adds a row of W, such as the bias, to each row of c.</summary>
    internal void AddRow(int row, Span<float> c)
    {
        var bias = new float[Columns];
        for (int j = 0; j < Columns; j++)
        {
            bias[j] = (float)this[row, j];
        }

        for (int r = 0; r < c.Length / Columns; r++)
        {
            var target = c.Slice(r * Columns, Columns);
            Elementwise.Add(target, bias, target);
        }
    }
}
