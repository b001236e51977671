using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

public static partial class Sparse
{
    // Columns of C that one pass holds in registers: eight vectors of sixteen lanes.
    private const int Panel = 128;

    // Rows of C per block; a panel of B stays in the second-level cache while they pass.
    private const int BlockRows = 64;

    /// <summary>C = X[rows]·B, a sparse matrix times a dense one, for some rows of X.</summary>
    /// <param name="x">X, [m, p].</param>
    /// <param name="startRow">First row of X.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="b">B, [p, n] row-major.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="c">Receives C, [rows, n] row-major; what was there is overwritten.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <exception cref="ArgumentException">A span is too short, or the rows lie outside X.</exception>
    /// <remarks>
    /// Equivalent to <c>C[r, j] = Σ_k X[r, k]·B[k, j]</c>, k ascending over the entries of the row: the sum's order
    /// depends on the row alone, so a row gets the same bits in any batch. NaN and infinity in B spread only to rows
    /// that hold their column.
    /// </remarks>
    public static unsafe void Multiply(
        CsrMatrix x, int startRow, int rows, ReadOnlySpan<float> b, int n, Span<float> c, Compute? compute = null)
    {
        CheckMultiply(x, startRow, rows, b.Length, n, c.Length);
        fixed (float* pb = b, pc = c)
        {
            var (bb, cc) = ((nint)pb, (nint)pc);
            ForPanels(compute ?? Compute.Default, rows, n, (row, last, column, width) =>
                MultiplyPanel(x, startRow, row, last, (float*)bb, n, column, width, (float*)cc));
        }
    }

    /// <summary>
    /// C = X[rows]·B with B and the sums in double precision, rounded once into C.
    /// </summary>
    /// <inheritdoc cref="Multiply(CsrMatrix, int, int, ReadOnlySpan{float}, int, Span{float}, Compute?)"/>
    public static unsafe void Multiply(
        CsrMatrix x, int startRow, int rows, ReadOnlySpan<double> b, int n, Span<float> c, Compute? compute = null)
    {
        CheckMultiply(x, startRow, rows, b.Length, n, c.Length);
        fixed (double* pb = b)
        fixed (float* pc = c)
        {
            var (bb, cc) = ((nint)pb, (nint)pc);
            ForPanels(compute ?? Compute.Default, rows, n, (row, last, column, width) =>
                MultiplyPanel(x, startRow, row, last, (double*)bb, n, column, width, (float*)cc));
        }
    }

    private static void CheckMultiply(CsrMatrix x, int startRow, int rows, int b, int n, int c)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        if (startRow < 0 || rows < 0 || startRow > x.Rows - rows)
        {
            throw new ArgumentException($"Found rows {startRow} … {startRow + (long)rows - 1} of a matrix of {x.Rows} rows.", nameof(rows));
        }

        if (b < (long)x.Columns * n || c < (long)rows * n)
        {
            throw new ArgumentException(
                $"Found {b} numbers in B and {c} in C; expected {(long)x.Columns * n} ([{x.Columns}, {n}]) and {(long)rows * n} ([{rows}, {n}]).",
                nameof(n));
        }
    }

    private static void ForPanels(Compute compute, int rows, int n, Action<int, int, int, int> multiply)
    {
        int rowBlocks = (rows + BlockRows - 1) / BlockRows, panels = (n + Panel - 1) / Panel;

        // A panel's blocks of rows follow each other, so that B's panel is read from the cache.
        compute.For(rowBlocks * panels, task =>
        {
            int column = task / rowBlocks * Panel, row = task % rowBlocks * BlockRows;
            multiply(row, Math.Min(rows, row + BlockRows), column, Math.Min(Panel, n - column));
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void MultiplyPanel(
        CsrMatrix x, int startRow, int row, int last, float* b, int n, int column, int width, float* c)
    {
        // One chain of fused operations for each number of C, whatever the width: every path has the same bits.
        var set = Kernel.Current;
        fixed (int* columns = x.ColumnIndices)
        fixed (float* values = x.Values)
        {
            for (; row < last; row++)
            {
                int start = x.RowOffsets[startRow + row], end = x.RowOffsets[startRow + row + 1];
                float* target = c + ((long)row * n) + column;
                int j = 0;
                if (set == InstructionSet.V512 && width == Panel)
                {
                    Row512(columns, values, start, end, b + column, n, target);
                    continue;
                }

                if (set >= InstructionSet.V256)
                {
                    for (; j <= width - 64; j += 64)
                    {
                        Row256(columns, values, start, end, b + column + j, n, target + j);
                    }
                }

                for (; set >= InstructionSet.V128 && j <= width - 4; j += 4)
                {
                    var sum = Vector128<float>.Zero;
                    for (int k = start; k < end; k++)
                    {
                        sum = Vector128.FusedMultiplyAdd(Vector128.Load(b + ((long)columns[k] * n) + column + j),
                            Vector128.Create(values[k]), sum);
                    }

                    sum.Store(target + j);
                }

                for (; j < width; j++)
                {
                    float sum = 0;
                    for (int k = start; k < end; k++)
                    {
                        sum = MathF.FusedMultiplyAdd(b[((long)columns[k] * n) + column + j], values[k], sum);
                    }

                    target[j] = sum;
                }
            }
        }
    }

    // Eight registers of sixteen columns each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Row512(int* columns, float* values, int start, int end, float* b, int n, float* c)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> c4 = default, c5 = default, c6 = default, c7 = default;
        for (int k = start; k < end; k++)
        {
            float* line = b + ((long)columns[k] * n);
            var x = Vector512.Create(values[k]);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Load(line), x, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Load(line + 16), x, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Load(line + 32), x, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Load(line + 48), x, c3);
            c4 = Vector512.FusedMultiplyAdd(Vector512.Load(line + 64), x, c4);
            c5 = Vector512.FusedMultiplyAdd(Vector512.Load(line + 80), x, c5);
            c6 = Vector512.FusedMultiplyAdd(Vector512.Load(line + 96), x, c6);
            c7 = Vector512.FusedMultiplyAdd(Vector512.Load(line + 112), x, c7);
        }

        c0.Store(c);
        c1.Store(c + 16);
        c2.Store(c + 32);
        c3.Store(c + 48);
        c4.Store(c + 64);
        c5.Store(c + 80);
        c6.Store(c + 96);
        c7.Store(c + 112);
    }

    // Eight registers of eight columns each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Row256(int* columns, float* values, int start, int end, float* b, int n, float* c)
    {
        Vector256<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector256<float> c4 = default, c5 = default, c6 = default, c7 = default;
        for (int k = start; k < end; k++)
        {
            float* line = b + ((long)columns[k] * n);
            var x = Vector256.Create(values[k]);
            c0 = Vector256.FusedMultiplyAdd(Vector256.Load(line), x, c0);
            c1 = Vector256.FusedMultiplyAdd(Vector256.Load(line + 8), x, c1);
            c2 = Vector256.FusedMultiplyAdd(Vector256.Load(line + 16), x, c2);
            c3 = Vector256.FusedMultiplyAdd(Vector256.Load(line + 24), x, c3);
            c4 = Vector256.FusedMultiplyAdd(Vector256.Load(line + 32), x, c4);
            c5 = Vector256.FusedMultiplyAdd(Vector256.Load(line + 40), x, c5);
            c6 = Vector256.FusedMultiplyAdd(Vector256.Load(line + 48), x, c6);
            c7 = Vector256.FusedMultiplyAdd(Vector256.Load(line + 56), x, c7);
        }

        c0.Store(c);
        c1.Store(c + 8);
        c2.Store(c + 16);
        c3.Store(c + 24);
        c4.Store(c + 32);
        c5.Store(c + 40);
        c6.Store(c + 48);
        c7.Store(c + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void MultiplyPanel(
        CsrMatrix x, int startRow, int row, int last, double* b, int n, int column, int width, float* c)
    {
        var set = Kernel.Current;
        double* sums = stackalloc double[Panel];
        for (; row < last; row++)
        {
            var columns = x.RowIndices(startRow + row);
            var values = x.RowValues(startRow + row);
            new Span<double>(sums, width).Clear();
            for (int k = 0; k < columns.Length; k++)
            {
                double* line = b + ((long)columns[k] * n) + column;
                double value = values[k];
                int j = 0;
                for (; set >= InstructionSet.V256 && j <= width - 4; j += 4)
                {
                    Vector256.FusedMultiplyAdd(Vector256.Load(line + j), Vector256.Create(value), Vector256.Load(sums + j))
                        .Store(sums + j);
                }

                for (; set >= InstructionSet.V128 && j <= width - 2; j += 2)
                {
                    Vector128.FusedMultiplyAdd(Vector128.Load(line + j), Vector128.Create(value), Vector128.Load(sums + j))
                        .Store(sums + j);
                }

                for (; j < width; j++)
                {
                    sums[j] = Math.FusedMultiplyAdd(line[j], value, sums[j]);
                }
            }

            float* target = c + ((long)row * n) + column;
            for (int j = 0; j < width; j++)
            {
                target[j] = (float)sums[j];
            }
        }
    }
}
