using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

public static partial class Dense
{
    /// <summary>The Cholesky factor of a symmetric positive definite matrix, in place: A = L·Lᵀ.</summary>
    /// <param name="a">A, [n, n] row-major, of which the lower triangle is read. Receives L in the lower triangle; what
    /// lies above it is lost.</param>
    /// <param name="n">Rows and columns of A.</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <param name="cancellationToken">Looked at between blocks.</param>
    /// <exception cref="ArithmeticException">A is not positive definite; the message names the pivot.</exception>
    /// <exception cref="ArgumentException">The span does not hold n² numbers.</exception>
    /// <remarks>Equivalent to <c>L[j, j] = √(A[j, j] − Σ L[j, k]²)</c>, <c>L[i, j] = (A[i, j] − Σ L[i, k]·L[j, k]) /
    /// L[j, j]</c>. Halves the matrix recursively, so that n³/3 operations run in GEMM; the same bits on any number of
    /// threads.</remarks>
    public static unsafe void Cholesky(Span<float> a, int n, Compute? compute = null, CancellationToken cancellationToken = default)
    {
        CheckSquare(a.Length, n);
        fixed (float* pa = a)
        {
            new Triangular<float>(n, null, compute ?? Compute.Default, cancellationToken).Cholesky(pa, n, 0);
        }
    }

    /// <inheritdoc cref="Cholesky(Span{float}, int, Compute?, CancellationToken)"/>
    public static unsafe void Cholesky(Span<double> a, int n, Compute? compute = null, CancellationToken cancellationToken = default)
    {
        CheckSquare(a.Length, n);
        fixed (double* pa = a)
        {
            new Triangular<double>(n, null, compute ?? Compute.Default, cancellationToken).Cholesky(pa, n, 0);
        }
    }

    private static void CheckSquare(int length, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        if (length != (long)n * n)
        {
            throw new ArgumentException($"Found {length} numbers, expected {(long)n * n} for [{n}, {n}].", nameof(length));
        }
    }
}
