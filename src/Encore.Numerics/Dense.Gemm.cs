using System.Numerics;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

/// <summary>Whether a matrix takes part as it lies or transposed.</summary>
public enum Transpose
{
    /// <summary>As it lies.</summary>
    No,

    /// <summary>Transposed.</summary>
    Yes,
}

/// <summary>Operations on dense row-major matrices: spans in, span out.</summary>
public static partial class Dense
{
    /// <summary>C = alpha·op(A)·op(B) + beta·C, float32.</summary>
    /// <param name="transposeA">Whether op(A) is Aᵀ.</param>
    /// <param name="transposeB">Whether op(B) is Bᵀ.</param>
    /// <param name="m">Rows of op(A) and C.</param>
    /// <param name="n">Columns of op(B) and C.</param>
    /// <param name="k">Columns of op(A), rows of op(B).</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="a">A, [m, k], or [k, m] when transposed.</param>
    /// <param name="lda">Numbers from one row of A to the next.</param>
    /// <param name="b">B, [k, n], or [n, k] when transposed.</param>
    /// <param name="ldb">Numbers from one row of B to the next.</param>
    /// <param name="beta">Factor of what C holds; 0 overwrites C without reading it, NaN or not.</param>
    /// <param name="c">C, [m, n]; it must not overlap A or B.</param>
    /// <param name="ldc">Numbers from one row of C to the next.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <exception cref="ArgumentException">A span is too short for its shape, or a row longer than its stride.</exception>
    /// <remarks>
    /// Equivalent to <c>C[i, j] = alpha·Σ_p op(A)[i, p]·op(B)[p, j] + beta·C[i, j]</c>, the sum in blocks of p whose
    /// borders depend on k alone. So an element has the same bits on any number of threads, and in any batch of rows.
    /// NaN and infinity spread as the sum says. Memory: packed panels of 6 MB and 0.6 MB
    /// more a thread, at most 13 MB, rented from <paramref name="compute"/>.
    /// </remarks>
    public static unsafe void Gemm(
        Transpose transposeA, Transpose transposeB, int m, int n, int k, float alpha, ReadOnlySpan<float> a, int lda,
        ReadOnlySpan<float> b, int ldb, float beta, Span<float> c, int ldc, Compute? compute = null)
    {
        CheckGemm(transposeA, transposeB, m, n, k, a.Length, lda, b.Length, ldb, c.Length, ldc);
        fixed (float* pa = a, pb = b, pc = c)
        {
            GemmOf(transposeA, transposeB, m, n, k, alpha, pa, lda, pb, ldb, beta, pc, ldc, Part.Full, compute ?? Compute.Default);
        }
    }

    /// <summary>C = alpha·op(A)·op(B) + beta·C, float64.</summary>
    /// <inheritdoc cref="Gemm(Transpose, Transpose, int, int, int, float, ReadOnlySpan{float}, int, ReadOnlySpan{float}, int, float, Span{float}, int, Compute?)"/>
    public static unsafe void Gemm(
        Transpose transposeA, Transpose transposeB, int m, int n, int k, double alpha, ReadOnlySpan<double> a, int lda,
        ReadOnlySpan<double> b, int ldb, double beta, Span<double> c, int ldc, Compute? compute = null)
    {
        CheckGemm(transposeA, transposeB, m, n, k, a.Length, lda, b.Length, ldb, c.Length, ldc);
        fixed (double* pa = a, pb = b, pc = c)
        {
            GemmOf(transposeA, transposeB, m, n, k, alpha, pa, lda, pb, ldb, beta, pc, ldc, Part.Full, compute ?? Compute.Default);
        }
    }

    /// <summary>C = alpha·op(A)·op(B) + beta·C in either precision, for code that is written once for both.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <inheritdoc cref="Gemm(Transpose, Transpose, int, int, int, float, ReadOnlySpan{float}, int, ReadOnlySpan{float}, int, float, Span{float}, int, Compute?)"/>
    public static unsafe void Gemm<T>(
        Transpose transposeA, Transpose transposeB, int m, int n, int k, T alpha, ReadOnlySpan<T> a, int lda,
        ReadOnlySpan<T> b, int ldb, T beta, Span<T> c, int ldc, Compute? compute = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckGemm(transposeA, transposeB, m, n, k, a.Length, lda, b.Length, ldb, c.Length, ldc);
        fixed (T* pa = a, pb = b, pc = c)
        {
            GemmOf(transposeA, transposeB, m, n, k, alpha, pa, lda, pb, ldb, beta, pc, ldc, Part.Full, compute ?? Compute.Default);
        }
    }

    /// <summary>Which tiles of C are computed.</summary>
    internal enum Part
    {
        /// <summary>All of them.</summary>
        Full,

        /// <summary>Those that reach the diagonal or lie below it; of the others only the border tiles are touched.</summary>
        Lower,
    }

    internal static unsafe void GemmOf<T>(
        Transpose transposeA, Transpose transposeB, int m, int n, int k, T alpha, T* a, long lda, T* b, long ldb,
        T beta, T* c, long ldc, Part part, Compute compute)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (m == 0 || n == 0)
        {
            return;
        }

        if (k == 0 || T.IsZero(alpha))
        {
            Scale(m, n, beta, c, ldc);
            return;
        }

        var (aRow, aStep) = transposeA == Transpose.No ? (lda, 1L) : (1L, lda);
        var (bColumn, bStep) = transposeB == Transpose.No ? (1L, ldb) : (ldb, 1L);
        var problem = new GemmProblem<T>(m, n, k, alpha, a, aRow, aStep, b, bColumn, bStep, beta, c, ldc, part, compute);
        switch (Kernel.Current)
        {
            case InstructionSet.V512:
                problem.Run(&GemmTile12.Run<T, Vector512<T>, Simd512<T>>, GemmTile12.Rows, 2 * Vector512<T>.Count);
                break;
            case InstructionSet.V256:
                problem.Run(&GemmTile6.Run<T, Vector256<T>, Simd256<T>>, GemmTile6.Rows, 2 * Vector256<T>.Count);
                break;
            case InstructionSet.V128:
                problem.Run(&GemmTile6.Run<T, Vector128<T>, Simd128<T>>, GemmTile6.Rows, 2 * Vector128<T>.Count);
                break;
            case InstructionSet.Scalar:
            default:
                problem.Run(&GemmTile6.Run<T, T, SimdScalar<T>>, GemmTile6.Rows, 2);
                break;
        }
    }

    private static unsafe void Scale<T>(int m, int n, T beta, T* c, long ldc)
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < m; i++)
        {
            var row = new Span<T>(c + (i * ldc), n);
            if (T.IsZero(beta))
            {
                row.Clear();
                continue;
            }

            for (int j = 0; j < n; j++)
            {
                row[j] *= beta;
            }
        }
    }

    private static void CheckGemm(
        Transpose transposeA, Transpose transposeB, int m, int n, int k, int a, int lda, int b, int ldb, int c, int ldc)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        CheckMatrix("A", transposeA == Transpose.No ? m : k, transposeA == Transpose.No ? k : m, a, lda);
        CheckMatrix("B", transposeB == Transpose.No ? k : n, transposeB == Transpose.No ? n : k, b, ldb);
        CheckMatrix("C", m, n, c, ldc);
    }

    private static void CheckMatrix(string name, int rows, int columns, int length, int stride)
    {
        if (stride < columns)
        {
            throw new ArgumentException($"{name}: found rows {stride} apart, expected at least {columns}, their length.");
        }

        long expected = rows == 0 || columns == 0 ? 0 : ((long)(rows - 1) * stride) + columns;
        if (length < expected)
        {
            throw new ArgumentException(
                $"{name}: found {length} numbers, expected {expected} for [{rows}, {columns}] with rows {stride} apart.");
        }
    }
}
