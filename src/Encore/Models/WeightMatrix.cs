using System.Numerics.Tensors;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>Dense weights, [rows, columns] row-major, in the precision in which they were solved.</summary>
internal sealed class WeightMatrix
{
    private readonly float[]? _single;
    private readonly double[]? _double;

    internal WeightMatrix(Array values, int rows, int columns)
    {
        (Rows, Columns) = (rows, columns);
        (_single, _double) = (values as float[], values as double[]);
    }

    internal int Rows { get; }

    internal int Columns { get; }

    internal double this[int row, int column]
    {
        get
        {
            int at = (row * Columns) + column;
            return _single is null ? _double![at] : _single[at];
        }
    }

    /// <summary>The numbers, when they are of type <typeparamref name="T"/>.</summary>
    internal ReadOnlySpan<T> Values<T>() => ((T[])(object)(_single ?? (object)_double!)).AsSpan(0, Rows * Columns);

    /// <summary>c = X[rows]·W for the first columns of X; each row of c has the same bits in any batch.</summary>
    internal void Multiply(CsrMatrix x, int startRow, int rows, Span<float> c)
    {
        if (_single is not null)
        {
            Sparse.Multiply(x, startRow, rows, _single, Columns, c);
        }
        else
        {
            Sparse.Multiply(x, startRow, rows, _double, Columns, c);
        }
    }

    /// <summary>c = H·W for the first rows of W: H is [rows, Columns].</summary>
    internal void Multiply(ReadOnlySpan<float> h, int rows, Span<float> c)
    {
        int n = Columns;
        if (_single is not null)
        {
            Dense.Gemm(Transpose.No, Transpose.No, rows, n, n, 1f, h, n, _single, n, 0f, c, n);
            return;
        }

        var (wide, product) = (new double[rows * n], new double[rows * n]);
        TensorPrimitives.ConvertTruncating<float, double>(h[..wide.Length], wide);
        Dense.Gemm(Transpose.No, Transpose.No, rows, n, n, 1d, wide, n, _double, n, 0d, product, n);
        TensorPrimitives.ConvertTruncating<double, float>(product, c);
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
            TensorPrimitives.Add(target, bias, target);
        }
    }
}
