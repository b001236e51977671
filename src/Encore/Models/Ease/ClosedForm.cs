using System.Numerics;
using System.Runtime.InteropServices;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>
/// What the closed forms share: the Gram matrix, its inverse, and the two ways to weights from an inverse, in either
/// precision and in one buffer of n² numbers.
/// </summary>
internal static class ClosedForm
{
    private const int BlockRows = 64;

    /// <summary>Throws unless some n × n matrices and the transpose of X fit.</summary>
    internal static void RequireMemory(string model, InteractionMatrix train, int n, int matrices, Precision precision, FitContext context)
    {
        long number = precision == Precision.Double ? sizeof(double) : sizeof(float);
        long transpose = (train.Count * 8L) + (n * 4L);
        MemoryBudget.RequireSquare(n, ((long)n * n * number * matrices) + transpose, $"{model} of {train.Items.Count:N0} items",
            "Use itemknn or popularity, which need no items × items matrix, or drop rare items.", context.MemoryLimit);
    }

    /// <summary>G = XᵀX into the first n² of <paramref name="g"/>.</summary>
    internal static void Gram<T>(CsrMatrix x, Span<T> g, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged
    {
        context.Progress?.Report(new FitProgress("Gram matrix", 0));
        if (context.Gram?.Of<T>(x, shared => Multiply<T>(x, shared, context.Compute, cancellationToken)) is { } known)
        {
            known.CopyTo(g);
        }
        else
        {
            Multiply(x, g, context.Compute, cancellationToken);
        }

        context.Progress?.Report(new FitProgress("Gram matrix", 1));
    }

    /// <summary>How much each user counts: the mean weight of the user's interactions over that of all, so that penalties keep
    /// their size; 1 for a user without any. Null where interactions have no weights.</summary>
    /// <exception cref="InvalidDataException">All weights are 0.</exception>
    internal static float[]? UserWeights(InteractionMatrix x, string model)
    {
        if (x.Weights is null)
        {
            return null;
        }

        double mean = Sum(x.Weights.Values) / x.Count;
        if (mean == 0)
        {
            throw new InvalidDataException($"{model}: found {x.Count:N0} interactions with weight 0, expected some that count.");
        }

        var weights = new float[x.Users.Count];
        for (int u = 0; u < weights.Length; u++)
        {
            weights[u] = x.Csr.RowLength(u) == 0 ? 1 : (float)(Sum(x.WeightsOf(u)) / x.Csr.RowLength(u) / mean);
        }

        return weights;

        static double Sum(ReadOnlySpan<float> values)
        {
            double sum = 0;
            foreach (float value in values)
            {
                sum += value;
            }

            return sum;
        }
    }

    /// <summary>X with each row times a factor.</summary>
    internal static CsrMatrix Scaled(CsrMatrix x, Func<int, float> factor)
    {
        var values = x.Values.ToArray();
        for (int u = 0; u < x.Rows; u++)
        {
            float by = factor(u);
            foreach (ref float value in values.AsSpan(x.RowOffsets[u], x.RowLength(u)))
            {
                value *= by;
            }
        }

        return new CsrMatrix(x.Rows, x.Columns, x.RowOffsets, x.ColumnIndices, values);
    }

    private static void Multiply<T>(CsrMatrix x, Span<T> g, Compute compute, CancellationToken cancellationToken)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Sparse.Gram(x, MemoryMarshal.Cast<T, float>(g), compute, cancellationToken);
        }
        else
        {
            Sparse.Gram(x, MemoryMarshal.Cast<T, double>(g), compute, cancellationToken);
        }
    }

    /// <summary>P = A⁻¹ in place of the symmetric A, [n, n].</summary>
    /// <exception cref="InvalidDataException">A is not positive definite in this precision.</exception>
    internal static void Invert<T>(Span<T> a, int n, string remedy, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged
    {
        var progress = context.Progress is null ? null : new Stage("inverse", context.Progress);
        try
        {
            if (typeof(T) == typeof(float))
            {
                Dense.SymmetricInverse(MemoryMarshal.Cast<T, float>(a), n, progress, context.Compute, cancellationToken);
            }
            else
            {
                Dense.SymmetricInverse(MemoryMarshal.Cast<T, double>(a), n, progress, context.Compute, cancellationToken);
            }
        }
        catch (ArithmeticException e)
        {
            throw new InvalidDataException(
                $"The matrix of {n} items has no inverse in {(typeof(T) == typeof(float) ? "single" : "double")} precision; {remedy}.", e);
        }
    }

    /// <summary>C = AᵀB + C with A [k, m], B [k, n], C [m, n].</summary>
    internal static void MultiplyAdd<T>(Compute compute, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int m, int n, int k)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Dense.Gemm(Transpose.Yes, Transpose.No, m, n, k, 1f, MemoryMarshal.Cast<T, float>(a), m,
                MemoryMarshal.Cast<T, float>(b), n, 1f, MemoryMarshal.Cast<T, float>(c), n, compute);
        }
        else
        {
            Dense.Gemm(Transpose.Yes, Transpose.No, m, n, k, 1d, MemoryMarshal.Cast<T, double>(a), m,
                MemoryMarshal.Cast<T, double>(b), n, 1d, MemoryMarshal.Cast<T, double>(c), n, compute);
        }
    }

    /// <summary>The diagonal of the first n² numbers.</summary>
    internal static T[] Diagonal<T>(ReadOnlySpan<T> a, int n)
    {
        var diagonal = new T[n];
        for (int j = 0; j < n; j++)
        {
            diagonal[j] = a[(j * n) + j];
        }

        return diagonal;
    }

    /// <summary>A + diag(d), in place.</summary>
    internal static void AddToDiagonal<T>(Span<T> a, ReadOnlySpan<T> d)
        where T : INumber<T>
    {
        for (int j = 0; j < d.Length; j++)
        {
            a[(j * d.Length) + j] += d[j];
        }
    }

    /// <summary>B = I − P·diag(1/P_jj), in place of P: its diagonal is zero, exactly.</summary>
    internal static void ToZeroDiagonal<T>(Compute compute, T[] p, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var minusDiagonal = Diagonal<T>(p, n);
        Elementwise.Negate(minusDiagonal, minusDiagonal.AsSpan());
        ForRows(compute, n, i =>
        {
            var row = p.AsSpan(i * n, n);
            Elementwise.Divide(row, minusDiagonal, row);
            row[i] = T.Zero;
        });
    }

    /// <summary>B = (I − C·diag(e))·diag(1/q), in place of C, for the first columns of C.</summary>
    internal static void ToDamped<T>(Compute compute, T[] c, int n, T[] e)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ForRows(compute, n, i =>
        {
            var row = c.AsSpan(i * n, n);
            Elementwise.Multiply(row, e, row);
            Elementwise.Negate(row, row);
            row[i] += T.One;
        });
    }

    /// <summary>Runs for every row, on all threads.</summary>
    internal static void ForRows(Compute compute, int rows, Action<int> row)
    {
        compute.For((rows + BlockRows - 1) / BlockRows, block =>
        {
            for (int i = block * BlockRows; i < Math.Min(rows, (block + 1) * BlockRows); i++)
            {
                row(i);
            }
        });
    }

    private sealed class Stage(string name, IProgress<FitProgress> progress) : IProgress<double>
    {
        public void Report(double value) => progress.Report(new FitProgress(name, value));
    }
}
