using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

public static partial class Sparse
{
    // Rows of C a task, and numbers of a row that one pass holds in registers: eight of them.
    private const int GatherRows = 16;

    /// <summary>C = X·B, a sparse mini-batch times a dense matrix: the forward pass of a sparse input layer.</summary>
    /// <param name="x">X, [m, p].</param>
    /// <param name="b">B, [p, n] row-major.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="c">Receives C, [m, n] row-major; what was there is overwritten.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    /// <remarks>
    /// Equivalent to <c>C[r, j] = Σ_e X[r, i_e]·B[i_e, j]</c>, e in the order of the row: the order of a sum depends on
    /// its row alone, so a row gets the same bits in any batch and on any number of threads.
    /// </remarks>
    public static void Multiply<T>(SparseBatch<T> x, ReadOnlySpan<T> b, int n, Span<T> c, Compute? compute = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(x);
        CheckGather(x.Columns, b.Length, x.Rows, c.Length, n);
        Gather(x.Rows, x.OffsetArray, x.IndexArray, x.ValueArray, b, n, c, compute ?? Compute.Default);
    }

    /// <summary>C = X·B with other values in the places of X's: <paramref name="values"/>[e] stands for entry e.</summary>
    /// <inheritdoc cref="Multiply{T}(SparseBatch{T}, ReadOnlySpan{T}, int, Span{T}, Compute?)"/>
    public static void Multiply<T>(SparseBatch<T> x, T[] values, ReadOnlySpan<T> b, int n, Span<T> c, Compute? compute = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(values);
        CheckGather(x.Columns, b.Length, x.Rows, c.Length, n);
        CheckValues(x.Count, values.Length);
        Gather(x.Rows, x.OffsetArray, x.IndexArray, values, b, n, c, compute ?? Compute.Default);
    }

    /// <summary>C = Xᵀ·B: the weight gradient of a sparse input layer, all rows of C, those of empty columns 0.</summary>
    /// <param name="x">X, [m, p].</param>
    /// <param name="values">The value of each entry of X; null: X's own.</param>
    /// <param name="b">B, [m, n] row-major.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="c">Receives C, [p, n] row-major; what was there is overwritten.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    /// <remarks>A sum runs over the rows of X in ascending order, whatever the number of threads.</remarks>
    public static void TransposeMultiply<T>(SparseBatch<T> x, T[]? values, ReadOnlySpan<T> b, int n, Span<T> c, Compute? compute = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(x);
        CheckGather(x.Rows, b.Length, x.Columns, c.Length, n);
        CheckValues(x.Count, values?.Length ?? x.Count);
        var (offsets, rows, order) = x.ByColumn();
        T[] permuted = ArrayPool<T>.Shared.Rent(x.Count);
        Gather(x.Columns, offsets, rows, permuted, b, n, c, compute ?? Compute.Default, values ?? x.ValueArray, order);
        ArrayPool<T>.Shared.Return(permuted);
    }

    /// <summary>C = X·B for the rows from <paramref name="first"/> to before <paramref name="last"/>, on the calling thread;
    /// C has all rows.</summary>
    internal static unsafe void Multiply<T>(SparseBatch<T> x, int first, int last, T[] values, ReadOnlySpan<T> b, int n, Span<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckGather(x.Columns, b.Length, x.Rows, c.Length, n);
        CheckValues(x.Count, values.Length);
        fixed (T* pb = b, pc = c)
        {
            GatherKernel<T>()(first, last, x.OffsetArray, x.IndexArray, values, pb, n, pc);
        }
    }

    private static void CheckGather(int p, int b, int m, int c, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        if (b < (long)p * n || c < (long)m * n)
        {
            throw new ArgumentException(
                $"Found {b} numbers in B and {c} in C; expected {(long)p * n} ([{p}, {n}]) and {(long)m * n} ([{m}, {n}]).", nameof(n));
        }
    }

    private static void CheckValues(int expected, int found)
    {
        if (found < expected)
        {
            throw new ArgumentException($"Found {found} values, expected {expected}, one for each entry.", nameof(found));
        }
    }

    private static unsafe delegate*<int, int, int[], int[], T[], T*, int, T*, void> GatherKernel<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Kernel.Current switch
        {
            InstructionSet.V512 => &GatherRowsOf<T, Vector512<T>, Simd512<T>>,
            InstructionSet.V256 => &GatherRowsOf<T, Vector256<T>, Simd256<T>>,
            InstructionSet.V128 => &GatherRowsOf<T, Vector128<T>, Simd128<T>>,
            _ => &GatherRowsOf<T, T, SimdScalar<T>>,
        };

    // With an order, values first take theirs from it: values[e] = from[order[e]].
    private static unsafe void Gather<T>(
        int m, int[] offsets, int[] indices, T[] values, ReadOnlySpan<T> b, int n, Span<T> c, Compute compute, T[]? from = null, int[]? order = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* pb = b, pc = c)
        {
            var (bb, cc, run) = ((nint)pb, (nint)pc, (nint)GatherKernel<T>());
            compute.For((m + GatherRows - 1) / GatherRows, task =>
            {
                int first = task * GatherRows, last = Math.Min(m, first + GatherRows);
                for (int e = offsets[first]; from is not null && order is not null && e < offsets[last]; e++)
                {
                    values[e] = from[order[e]];
                }

                ((delegate*<int, int, int[], int[], T[], T*, int, T*, void>)run)(first, last, offsets, indices, values, (T*)bb, n, (T*)cc);
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void GatherRowsOf<T, TVector, TSimd>(
        int row, int last, int[] offsets, int[] indices, T[] values, T* b, int n, T* c)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        fixed (int* pi = indices)
        fixed (T* pv = values)
        {
            for (; row < last; row++)
            {
                int count = offsets[row + 1] - offsets[row];
                int* i = pi + offsets[row];
                T* v = pv + offsets[row];
                T* target = c + ((long)row * n);
                int j = 0;
                for (; j <= n - (8 * lanes); j += 8 * lanes)
                {
                    Gather8<T, TVector, TSimd>(count, i, v, b + j, n, target + j);
                }

                if (j <= n - (4 * lanes))
                {
                    Gather4<T, TVector, TSimd>(count, i, v, b + j, n, target + j);
                    j += 4 * lanes;
                }

                for (; j < n && n >= lanes; j += lanes)
                {
                    // The last register may overlap the one before it: it writes the same bits there again.
                    int at = Math.Min(j, n - lanes);
                    TVector sum = default;
                    for (int e = 0; e < count; e++)
                    {
                        sum = TSimd.MultiplyAdd(TSimd.Load(b + ((long)i[e] * n) + at), TSimd.Broadcast(v[e]), sum);
                    }

                    TSimd.Store(sum, target + at);
                }

                for (; j < n; j++)
                {
                    T sum = T.Zero;
                    for (int e = 0; e < count; e++)
                    {
                        sum = T.MultiplyAddEstimate(b[((long)i[e] * n) + j], v[e], sum);
                    }

                    target[j] = sum;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Gather8<T, TVector, TSimd>(int count, int* i, T* v, T* b, int n, T* c)
        where T : unmanaged
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        TVector c0 = default, c1 = default, c2 = default, c3 = default;
        TVector c4 = default, c5 = default, c6 = default, c7 = default;
        for (int e = 0; e < count; e++)
        {
            T* line = b + ((long)i[e] * n);
            var x = TSimd.Broadcast(v[e]);
            c0 = TSimd.MultiplyAdd(TSimd.Load(line), x, c0);
            c1 = TSimd.MultiplyAdd(TSimd.Load(line + lanes), x, c1);
            c2 = TSimd.MultiplyAdd(TSimd.Load(line + (2 * lanes)), x, c2);
            c3 = TSimd.MultiplyAdd(TSimd.Load(line + (3 * lanes)), x, c3);
            c4 = TSimd.MultiplyAdd(TSimd.Load(line + (4 * lanes)), x, c4);
            c5 = TSimd.MultiplyAdd(TSimd.Load(line + (5 * lanes)), x, c5);
            c6 = TSimd.MultiplyAdd(TSimd.Load(line + (6 * lanes)), x, c6);
            c7 = TSimd.MultiplyAdd(TSimd.Load(line + (7 * lanes)), x, c7);
        }

        TSimd.Store(c0, c);
        TSimd.Store(c1, c + lanes);
        TSimd.Store(c2, c + (2 * lanes));
        TSimd.Store(c3, c + (3 * lanes));
        TSimd.Store(c4, c + (4 * lanes));
        TSimd.Store(c5, c + (5 * lanes));
        TSimd.Store(c6, c + (6 * lanes));
        TSimd.Store(c7, c + (7 * lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Gather4<T, TVector, TSimd>(int count, int* i, T* v, T* b, int n, T* c)
        where T : unmanaged
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        TVector c0 = default, c1 = default, c2 = default, c3 = default;
        for (int e = 0; e < count; e++)
        {
            T* line = b + ((long)i[e] * n);
            var x = TSimd.Broadcast(v[e]);
            c0 = TSimd.MultiplyAdd(TSimd.Load(line), x, c0);
            c1 = TSimd.MultiplyAdd(TSimd.Load(line + lanes), x, c1);
            c2 = TSimd.MultiplyAdd(TSimd.Load(line + (2 * lanes)), x, c2);
            c3 = TSimd.MultiplyAdd(TSimd.Load(line + (3 * lanes)), x, c3);
        }

        TSimd.Store(c0, c);
        TSimd.Store(c1, c + lanes);
        TSimd.Store(c2, c + (2 * lanes));
        TSimd.Store(c3, c + (3 * lanes));
    }
}
