using System.Numerics;
using System.Numerics.Tensors;

namespace Encore.Numerics.Dispatch;

/// <summary>
/// Triangular factorisation, solution and inversion in place, by halving: each step solves one half, updates the other
/// with GEMM, solves that. Only blocks of 64 and fewer are done number by number.
/// </summary>
/// <remarks>Matrices are row-major with rows <c>ld</c> apart; L is lower triangular. What lies above it is
/// never read as part of A; the diagonal blocks of 64 keep their inverses there.</remarks>
internal sealed unsafe class Triangular<T>(long ld, IProgress<double>? progress, Compute compute, CancellationToken cancellationToken)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Where halving stops. GEMM runs well on depths of 64, and the work below it is n²·64.
    private const int Base = 64;

    // Rows of the panel that a multiplication by a 64 × 64 block in place copies at a time.
    private const int PanelRows = 4096;

    // Rows that a thread copies or negates at a time.
    private const int CopyBlock = 16;

    private readonly T[] _panel = GC.AllocateUninitializedArray<T>(PanelRows * Base, pinned: true);
    private readonly double[] _block = new double[Base * Base];
    private readonly double[] _inverse = new double[Base];
    private readonly T[] _small = GC.AllocateUninitializedArray<T>(Base * Base, pinned: true);
    private double _done;
    private double _total = double.PositiveInfinity;

    /// <summary>A⁻¹ in the lower triangle of A.</summary>
    public void Inverse(T* a, int n)
    {
        _total = (double)n * n * n;
        Cholesky(a, n, 0);
        InvertLower(a, n);
        TransposeTimesSelf(a, n);
        progress?.Report(1);
    }

    /// <summary>A = L·Lᵀ; <paramref name="offset"/> is A's place in the whole, for the error.</summary>
    public void Cholesky(T* a, int n, int offset)
    {
        if (n <= Base)
        {
            CholeskyBase(a, n, offset);
            return;
        }

        int h = Half(n);
        T* a21 = a + (h * ld), a22 = a21 + h;
        Cholesky(a, h, offset);
        SolveRightTransposed(a, h, a21, n - h); // L21 = A21·L11⁻ᵀ
        Update(Transpose.No, Transpose.Yes, n - h, n - h, h, -T.One, a21, a21, a22, Dense.Part.Lower); // A22 −= L21·L21ᵀ
        Cholesky(a22, n - h, offset + h);
    }

    /// <summary>L := L⁻¹.</summary>
    private void InvertLower(T* l, int n)
    {
        if (n <= Base)
        {
            InvertBase(l, n);
            return;
        }

        int h = Half(n);
        T* l21 = l + (h * ld), l22 = l21 + h;
        SolveRight(l, h, l21, n - h); // L21·L11⁻¹
        SolveLeft(l22, n - h, l21, h); // L22⁻¹·(L21·L11⁻¹)
        Negate(l21, n - h, h);
        InvertLower(l, h);
        InvertLower(l22, n - h);
    }

    /// <summary>The lower triangle of W := Wᵀ·W for a lower triangular W.</summary>
    private void TransposeTimesSelf(T* w, int n)
    {
        if (n <= Base)
        {
            TransposeTimesSelfBase(w, n);
            return;
        }

        int h = Half(n);
        T* w21 = w + (h * ld), w22 = w21 + h;
        TransposeTimesSelf(w, h);
        Update(Transpose.Yes, Transpose.No, h, h, n - h, T.One, w21, w21, w, Dense.Part.Lower); // W11 += W21ᵀ·W21
        MultiplyLeftTransposed(w22, n - h, w21, h); // W21 := W22ᵀ·W21
        TransposeTimesSelf(w22, n - h);
    }

    /// <summary>B := B·L⁻ᵀ, B [m, n].</summary>
    private void SolveRightTransposed(T* l, int n, T* b, int m)
    {
        if (n <= Base)
        {
            MultiplyRows(b, m, n, InverseOf(l, n), Transpose.Yes);
            return;
        }

        int h = Half(n);
        T* l21 = l + (h * ld), l22 = l21 + h;
        SolveRightTransposed(l, h, b, m);
        Update(Transpose.No, Transpose.Yes, m, n - h, h, -T.One, b, l21, b + h, Dense.Part.Full); // B2 −= B1·L21ᵀ
        SolveRightTransposed(l22, n - h, b + h, m);
    }

    /// <summary>B := B·L⁻¹, B [m, n].</summary>
    private void SolveRight(T* l, int n, T* b, int m)
    {
        if (n <= Base)
        {
            MultiplyRows(b, m, n, InverseOf(l, n), Transpose.No);
            return;
        }

        int h = Half(n);
        T* l21 = l + (h * ld), l22 = l21 + h;
        SolveRight(l22, n - h, b + h, m);
        Update(Transpose.No, Transpose.No, m, h, n - h, -T.One, b + h, l21, b, Dense.Part.Full); // B1 −= B2·L21
        SolveRight(l, h, b, m);
    }

    /// <summary>B := L⁻¹·B, B [n, m].</summary>
    private void SolveLeft(T* l, int n, T* b, int m)
    {
        if (n <= Base)
        {
            MultiplyColumns(InverseOf(l, n), Transpose.No, n, b, m);
            return;
        }

        int h = Half(n);
        T* l21 = l + (h * ld), l22 = l21 + h, b2 = b + (h * ld);
        SolveLeft(l, h, b, m);
        Update(Transpose.No, Transpose.No, n - h, m, h, -T.One, l21, b, b2, Dense.Part.Full); // B2 −= L21·B1
        SolveLeft(l22, n - h, b2, m);
    }

    /// <summary>B := Lᵀ·B, B [n, m].</summary>
    private void MultiplyLeftTransposed(T* l, int n, T* b, int m)
    {
        if (n <= Base)
        {
            fixed (T* small = _small)
            {
                CopyLower(l, n, small);
                MultiplyColumns(small, Transpose.Yes, n, b, m);
            }

            return;
        }

        int h = Half(n);
        T* l21 = l + (h * ld), l22 = l21 + h, b2 = b + (h * ld);
        MultiplyLeftTransposed(l, h, b, m);
        Update(Transpose.Yes, Transpose.No, h, m, n - h, T.One, l21, b2, b, Dense.Part.Full); // B1 += L21ᵀ·B2
        MultiplyLeftTransposed(l22, n - h, b2, m);
    }

    /// <summary>C += alpha·op(A)·op(B), all inside the one matrix.</summary>
    private void Update(
        Transpose ta, Transpose tb, int m, int n, int k, T alpha, T* a, T* b, T* c, Dense.Part part)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Dense.GemmOf(ta, tb, m, n, k, alpha, a, ld, b, ld, T.One, c, ld, part, compute);
        _done += (part == Dense.Part.Lower ? 1.0 : 2.0) * m * n * k;
        progress?.Report(Math.Min(1, _done / _total));
    }

    // B := B·op(S), B [m, n] in place through a copied panel of rows, S [n, n] dense with rows n apart.
    private void MultiplyRows(T* b, int m, int n, T* s, Transpose transpose)
    {
        fixed (T* panel = _panel)
        {
            for (int i = 0; i < m; i += PanelRows)
            {
                int rows = Math.Min(PanelRows, m - i);
                CopyRows(b + (i * ld), ld, rows, n, panel, n);
                Dense.GemmOf(Transpose.No, transpose, rows, n, n, T.One, panel, n, s, n, T.Zero, b + (i * ld), ld, Dense.Part.Full, compute);
            }
        }
    }

    // B := op(S)·B, B [n, m] in place through a copied panel of columns.
    private void MultiplyColumns(T* s, Transpose transpose, int n, T* b, int m)
    {
        fixed (T* panel = _panel)
        {
            for (int j = 0; j < m; j += PanelRows)
            {
                int columns = Math.Min(PanelRows, m - j);
                CopyRows(b + j, ld, n, columns, panel, columns);
                Dense.GemmOf(transpose, Transpose.No, n, columns, n, T.One, s, n, panel, columns, T.Zero, b + j, ld, Dense.Part.Full, compute);
            }
        }
    }

    private void CopyRows(T* source, long sourceLd, int rows, int columns, T* target, long targetLd)
    {
        var (from, to) = ((nint)source, (nint)target);
        compute.For((rows + CopyBlock - 1) / CopyBlock, block =>
        {
            for (int i = block * CopyBlock; i < Math.Min(rows, (block + 1) * CopyBlock); i++)
            {
                new ReadOnlySpan<T>((T*)from + (i * sourceLd), columns)
                    .CopyTo(new Span<T>((T*)to + (i * targetLd), columns));
            }
        });
    }

    // L⁻¹ of a block of the base, dense, from where Cholesky put it.
    private T* InverseOf(T* l, int n)
    {
        fixed (T* small = _small) // pinned for the life of this object, so the pointer outlives the statement
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    small[(i * n) + j] = j < i ? l[(j * ld) + i] : j > i ? T.Zero : T.One / l[(i * ld) + i];
                }
            }

            return small;
        }
    }

    // L := L⁻¹ for a block of the base: the inverse only changes sides.
    private void InvertBase(T* l, int n)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                l[(i * ld) + j] = l[(j * ld) + i];
            }

            l[(i * ld) + i] = T.One / l[(i * ld) + i];
        }
    }

    private void CopyLower(T* l, int n, T* target)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                target[(i * n) + j] = j <= i ? l[(i * ld) + j] : T.Zero;
            }
        }
    }

    // The small blocks are done in double: they cost nothing, and every row below them inherits their error.
    private void CholeskyBase(T* a, int n, int offset)
    {
        double[] block = _block;
        for (int j = 0; j < n; j++)
        {
            for (int i = j; i < n; i++)
            {
                double sum = double.CreateTruncating(a[(i * ld) + j]);
                for (int p = 0; p < j; p++)
                {
                    sum -= block[(i * Base) + p] * block[(j * Base) + p];
                }

                if (i == j)
                {
                    if (!(sum > 0) || !double.IsFinite(sum))
                    {
                        throw new ArithmeticException(
                            $"The matrix is not positive definite: found pivot {sum:R} at row {offset + j}, expected a positive number.");
                    }

                    block[(j * Base) + j] = Math.Sqrt(sum);
                }
                else
                {
                    block[(i * Base) + j] = sum / block[(j * Base) + j];
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                a[(i * ld) + j] = T.CreateTruncating(block[(i * Base) + j]);
            }
        }

        StoreInverse(a, n);
    }

    // Every later step solves with this block, so its inverse is made once and kept, transposed, above the block's
    // diagonal, which nothing else needs; 1/L[i, i] completes it.
    private void StoreInverse(T* a, int n)
    {
        double[] block = _block, inverse = _inverse;
        for (int j = 0; j < n; j++)
        {
            inverse[j] = 1 / block[(j * Base) + j];
            for (int i = j + 1; i < n; i++)
            {
                double sum = -block[(i * Base) + j] * inverse[j];
                for (int p = j + 1; p < i; p++)
                {
                    sum -= block[(i * Base) + p] * inverse[p];
                }

                inverse[i] = sum / block[(i * Base) + i];
                a[(j * ld) + i] = T.CreateTruncating(inverse[i]);
            }
        }
    }

    private void TransposeTimesSelfBase(T* w, int n)
    {
        double[] block = _block;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int p = i; p < n; p++)
                {
                    sum += double.CreateTruncating(w[(p * ld) + i]) * double.CreateTruncating(w[(p * ld) + j]);
                }

                block[(i * Base) + j] = sum;
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                w[(i * ld) + j] = T.CreateTruncating(block[(i * Base) + j]);
            }
        }
    }

    private void Negate(T* b, int m, int n)
    {
        nint start = (nint)b;
        compute.For((m + CopyBlock - 1) / CopyBlock, block =>
        {
            for (int i = block * CopyBlock; i < Math.Min(m, (block + 1) * CopyBlock); i++)
            {
                var row = new Span<T>((T*)start + (i * ld), n);
                TensorPrimitives.Negate(row, row);
            }
        });
    }

    // A multiple of the base near the middle, so that the halves' borders fall on whole blocks.
    private static int Half(int n) => (n / 2 + Base - 1) / Base * Base;
}
