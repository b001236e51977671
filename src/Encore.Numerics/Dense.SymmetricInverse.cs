using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

public static partial class Dense
{
    /// <summary>The inverse of a symmetric positive definite matrix, in place.</summary>
    /// <param name="a">A, [n, n] row-major, of which the lower triangle is read. Receives A⁻¹, both triangles.</param>
    /// <param name="n">Rows and columns of A, up to 46,340 (one array holds no more).</param>
    /// <param name="progress">Told the share that is done, in [0, 1].</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <param name="cancellationToken">Looked at between blocks.</param>
    /// <exception cref="ArithmeticException">A is not positive definite; the message names the pivot.</exception>
    /// <exception cref="ArgumentException">The span does not hold n² numbers.</exception>
    /// <remarks>
    /// Three recursive steps on the lower triangle, n³ operations together, nearly all in GEMM: A = L·Lᵀ, W = L⁻¹,
    /// A⁻¹ = Wᵀ·W; then the triangle is mirrored. Memory beside the matrix does not grow with n: the packed panels of
    /// GEMM (7.5 MB on two threads, at most 13 MB) and one panel of 4,096 × 64 numbers. The same bits
    /// on any number of threads.
    /// </remarks>
    public static unsafe void SymmetricInverse(
        Span<float> a, int n, IProgress<double>? progress = null, Compute? compute = null, CancellationToken cancellationToken = default)
    {
        CheckSquare(a.Length, n);
        fixed (float* pa = a)
        {
            new Triangular<float>(n, progress, compute ?? Compute.Default, cancellationToken).Inverse(pa, n);
            Mirror(pa, n, fromLower: true, compute ?? Compute.Default, cancellationToken);
        }
    }

    /// <inheritdoc cref="SymmetricInverse(Span{float}, int, IProgress{double}?, Compute?, CancellationToken)"/>
    public static unsafe void SymmetricInverse(
        Span<double> a, int n, IProgress<double>? progress = null, Compute? compute = null, CancellationToken cancellationToken = default)
    {
        CheckSquare(a.Length, n);
        fixed (double* pa = a)
        {
            new Triangular<double>(n, progress, compute ?? Compute.Default, cancellationToken).Inverse(pa, n);
            Mirror(pa, n, fromLower: true, compute ?? Compute.Default, cancellationToken);
        }
    }
}
