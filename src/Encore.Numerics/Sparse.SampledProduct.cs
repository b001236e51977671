using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

public static partial class Sparse
{
    /// <summary>
    /// The product A·Bᵀ at the places of a sparse matrix only: what an output layer needs where few outputs are
    /// observed (sampled dense-dense product).
    /// </summary>
    /// <param name="places">The places, [m, p]; its values are not read.</param>
    /// <param name="a">A, [m, n] row-major.</param>
    /// <param name="b">B, [p, n] row-major: one row for each column of <paramref name="places"/>.</param>
    /// <param name="n">Columns of A and B.</param>
    /// <param name="bias">Added to the outputs of each column, [p]; empty: nothing.</param>
    /// <param name="values">Receives one number for each place.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    /// <remarks>Equivalent to <c>values[e] = Σ_j A[r_e, j]·B[i_e, j] + bias[i_e]</c>, the sum in lanes of the machine's
    /// width: an element's bits depend on its operands alone.</remarks>
    public static unsafe void SampledProduct<T>(
        SparseBatch<T> places, ReadOnlySpan<T> a, ReadOnlySpan<T> b, int n, ReadOnlySpan<T> bias, T[] values, Compute? compute = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(values);
        CheckGather(places.Columns, b.Length, places.Rows, a.Length, n);
        CheckValues(places.Count, values.Length);
        if (!bias.IsEmpty && bias.Length < places.Columns)
        {
            throw new ArgumentException($"Found {bias.Length} biases, expected {places.Columns}.", nameof(bias));
        }

        var (offsets, indices) = (places.OffsetArray, places.IndexArray);
        int m = places.Rows;
        fixed (T* pa = a, pb = b, pbias = bias)
        {
            var (aa, bb, zz, run) = ((nint)pa, (nint)pb, (nint)pbias, (nint)DotKernel<T>());
            (compute ?? Compute.Default).For((m + GatherRows - 1) / GatherRows, task =>
                ((delegate*<int, int, int[], int[], T*, T*, int, T*, T[], void>)run)(
                    task * GatherRows, Math.Min(m, (task + 1) * GatherRows), offsets, indices, (T*)aa, (T*)bb, n, (T*)zz, values));
        }
    }

    /// <summary>The product at the places of the rows from <paramref name="first"/> to before <paramref name="last"/>, on the
    /// calling thread; A has all rows.</summary>
    internal static unsafe void SampledProduct<T>(
        SparseBatch<T> places, int first, int last, ReadOnlySpan<T> a, ReadOnlySpan<T> b, int n, ReadOnlySpan<T> bias, T[] values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckGather(places.Columns, b.Length, places.Rows, a.Length, n);
        CheckValues(places.Count, values.Length);
        CheckValues(bias.IsEmpty ? 0 : places.Columns, bias.Length);
        fixed (T* pa = a, pb = b, pbias = bias)
        {
            DotKernel<T>()(first, last, places.OffsetArray, places.IndexArray, pa, pb, n, pbias, values);
        }
    }

    private static unsafe delegate*<int, int, int[], int[], T*, T*, int, T*, T[], void> DotKernel<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Kernel.Current switch
        {
            InstructionSet.V512 => &DotRowsOf<T, Vector512<T>, Simd512<T>>,
            InstructionSet.V256 => &DotRowsOf<T, Vector256<T>, Simd256<T>>,
            InstructionSet.V128 => &DotRowsOf<T, Vector128<T>, Simd128<T>>,
            _ => &DotRowsOf<T, T, SimdScalar<T>>,
        };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void DotRowsOf<T, TVector, TSimd>(
        int row, int last, int[] offsets, int[] indices, T* a, T* b, int n, T* bias, T[] values)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        for (; row < last; row++)
        {
            T* x = a + ((long)row * n);
            int e = offsets[row], end = offsets[row + 1];
            for (; e <= end - 4; e += 4)
            {
                T* y0 = b + ((long)indices[e] * n), y1 = b + ((long)indices[e + 1] * n);
                T* y2 = b + ((long)indices[e + 2] * n), y3 = b + ((long)indices[e + 3] * n);
                TVector s0 = default, s1 = default, s2 = default, s3 = default;
                int j = 0;
                for (; j <= n - TSimd.Lanes; j += TSimd.Lanes)
                {
                    var v = TSimd.Load(x + j);
                    s0 = TSimd.MultiplyAdd(v, TSimd.Load(y0 + j), s0);
                    s1 = TSimd.MultiplyAdd(v, TSimd.Load(y1 + j), s1);
                    s2 = TSimd.MultiplyAdd(v, TSimd.Load(y2 + j), s2);
                    s3 = TSimd.MultiplyAdd(v, TSimd.Load(y3 + j), s3);
                }

                values[e] = Finish<T, TVector, TSimd>(s0, x, y0, j, n);
                values[e + 1] = Finish<T, TVector, TSimd>(s1, x, y1, j, n);
                values[e + 2] = Finish<T, TVector, TSimd>(s2, x, y2, j, n);
                values[e + 3] = Finish<T, TVector, TSimd>(s3, x, y3, j, n);
            }

            for (; e < end; e++)
            {
                T* y = b + ((long)indices[e] * n);
                TVector s = default;
                int j = 0;
                for (; j <= n - TSimd.Lanes; j += TSimd.Lanes)
                {
                    s = TSimd.MultiplyAdd(TSimd.Load(x + j), TSimd.Load(y + j), s);
                }

                values[e] = Finish<T, TVector, TSimd>(s, x, y, j, n);
            }

            if (bias is not null)
            {
                for (e = offsets[row]; e < end; e++)
                {
                    values[e] += bias[indices[e]];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe T Finish<T, TVector, TSimd>(TVector sum, T* x, T* y, int j, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        T total = TSimd.Sum(sum);
        for (; j < n; j++)
        {
            total = T.MultiplyAddEstimate(x[j], y[j], total);
        }

        return total;
    }
}
