using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Encore.Numerics;

/// <summary>Products of a sparse matrix: spans in, span out.</summary>
public static partial class Sparse
{
    // Rows of G per block: small enough to spread the popular items, large enough to hide the hand-out.
    private const int GramRows = 8;

    /// <summary>
    /// The Gram matrix G = XᵀX, full and symmetric. For values that are all 1 it counts, exactly; otherwise each sum
    /// is taken in double precision and rounded once.
    /// </summary>
    /// <param name="x">X, [m, n].</param>
    /// <param name="gram">Receives G, [n, n] row-major; what was there is overwritten.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <param name="cancellationToken">Looked at between blocks of rows.</param>
    /// <exception cref="ArgumentException">The span does not hold n² numbers.</exception>
    /// <remarks>
    /// Equivalent to <c>G[i, j] = Σ_u X[u, i]·X[u, j]</c>, u ascending. Row i of G walks the users of item i and adds
    /// their rows into one buffer of n sums, which stays in the cache; half the products, by symmetry:
    /// Σ_u nnz(u)²/2 of them. Extra memory: the transpose of X and n sums a thread.
    /// </remarks>
    public static unsafe void Gram(CsrMatrix x, Span<float> gram, Compute? compute = null, CancellationToken cancellationToken = default)
    {
        CheckGram(x, gram.Length);
        fixed (float* g = gram)
        {
            GramOf(x, g, compute ?? Compute.Default, cancellationToken);
        }
    }

    /// <inheritdoc cref="Gram(CsrMatrix, Span{float}, Compute?, CancellationToken)"/>
    public static unsafe void Gram(CsrMatrix x, Span<double> gram, Compute? compute = null, CancellationToken cancellationToken = default)
    {
        CheckGram(x, gram.Length);
        fixed (double* g = gram)
        {
            GramOf(x, g, compute ?? Compute.Default, cancellationToken);
        }
    }

    private static void CheckGram(CsrMatrix x, int length)
    {
        ArgumentNullException.ThrowIfNull(x);
        long expected = (long)x.Columns * x.Columns;
        if (length != expected)
        {
            throw new ArgumentException(
                $"The Gram matrix of {x.Columns} columns: found a span of {length} numbers, expected {expected}.", nameof(length));
        }
    }

    private static unsafe void GramOf<T>(CsrMatrix x, T* g, Compute compute, CancellationToken cancellationToken)
        where T : unmanaged
    {
        int n = x.Columns;
        bool binary = x.IsBinary();
        var transposed = x.Transpose();
        int blocks = (n + GramRows - 1) / GramRows;
        compute.For(blocks, block =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            void* sums = NativeMemory.AllocZeroed((nuint)n, sizeof(double));
            try
            {
                for (int i = block * GramRows; i < Math.Min(n, (block + 1) * GramRows); i++)
                {
                    if (binary)
                    {
                        CountRow(x, transposed.RowIndices(i), i, (int*)sums);
                        Store((int*)sums + i, g + ((long)i * n) + i, n - i);
                    }
                    else
                    {
                        SumRow(x, transposed.RowIndices(i), transposed.RowValues(i), i, (double*)sums);
                        Store((double*)sums + i, g + ((long)i * n) + i, n - i);
                    }
                }
            }
            finally
            {
                NativeMemory.Free(sums);
            }
        });

        Dense.Mirror(g, n, fromLower: false, compute, cancellationToken);
    }

    // sums[j] += 1 for each user's items j >= i.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void CountRow(CsrMatrix x, ReadOnlySpan<int> users, int i, int* sums)
    {
        fixed (int* columns = x.ColumnIndices, offsets = x.RowOffsets)
        {
            foreach (int u in users)
            {
                int end = offsets[u + 1];
                int k = LowerBound(columns, offsets[u], end, i);
                for (; k <= end - 4; k += 4)
                {
                    sums[columns[k]]++;
                    sums[columns[k + 1]]++;
                    sums[columns[k + 2]]++;
                    sums[columns[k + 3]]++;
                }

                for (; k < end; k++)
                {
                    sums[columns[k]]++;
                }
            }
        }
    }

    // sums[j] += X[u, i]·X[u, j] for each user's items j >= i.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void SumRow(
        CsrMatrix x, ReadOnlySpan<int> users, ReadOnlySpan<float> weights, int i, double* sums)
    {
        fixed (int* columns = x.ColumnIndices, offsets = x.RowOffsets)
        fixed (float* values = x.Values)
        {
            for (int p = 0; p < users.Length; p++)
            {
                double weight = weights[p];
                int end = offsets[users[p] + 1];
                for (int k = LowerBound(columns, offsets[users[p]], end, i); k < end; k++)
                {
                    sums[columns[k]] += weight * values[k];
                }
            }
        }
    }

    // First place in the ascending columns[start..end) that holds i or more; item i itself is there.
    private static unsafe int LowerBound(int* columns, int start, int end, int i)
    {
        while (start < end)
        {
            int middle = (int)(((uint)start + (uint)end) >> 1);
            (start, end) = columns[middle] < i ? (middle + 1, end) : (start, middle);
        }

        return start;
    }

    // Moves the sums out and leaves zeros for the next row.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Store<T>(int* sums, T* row, int length)
        where T : unmanaged
    {
        for (int j = 0; j < length; j++)
        {
            if (typeof(T) == typeof(float))
            {
                ((float*)row)[j] = sums[j];
            }
            else
            {
                ((double*)row)[j] = sums[j];
            }

            sums[j] = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Store<T>(double* sums, T* row, int length)
        where T : unmanaged
    {
        for (int j = 0; j < length; j++)
        {
            if (typeof(T) == typeof(float))
            {
                ((float*)row)[j] = (float)sums[j];
            }
            else
            {
                ((double*)row)[j] = sums[j];
            }

            sums[j] = 0;
        }
    }
}
