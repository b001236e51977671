using System.Numerics;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>Small systems of equations without symmetry.</summary>
internal static class LinearSystem
{
    // Right-hand columns of a block: each block is solved by itself.
    private const int Columns = 256;

    /// <summary>K⁻¹·Y in place of Y [n, columns], by LU with row exchanges; K [n, n] is overwritten. Time n³/3 and n²·columns
    /// multiply-adds.</summary>
    /// <exception cref="InvalidDataException">K has no inverse in this precision.</exception>
    public static void Solve<T>(Compute compute, T[] K, int n, T[] Y, int columns)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] order = [.. Enumerable.Range(0, n)];
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int i = k + 1; i < n; i++)
            {
                pivot = T.Abs(K[(i * n) + k]) > T.Abs(K[(pivot * n) + k]) ? i : pivot;
            }

            if (pivot != k)
            {
                (order[k], order[pivot]) = (order[pivot], order[k]);
                var swap = K.AsSpan(k * n, n).ToArray();
                K.AsSpan(pivot * n, n).CopyTo(K.AsSpan(k * n));
                swap.CopyTo(K, pivot * n);
            }

            T diagonal = K[(k * n) + k];
            if (diagonal == T.Zero || !T.IsFinite(diagonal))
            {
                throw new InvalidDataException($"The correction for {n} items has no inverse in {(typeof(T) == typeof(float) ? "single" : "double")} precision; lower beta or alpha.");
            }

            int step = k;
            int length = n - k - 1;
            compute.For((length + 63) / 64, block =>
            {
                for (int i = step + 1 + (block * 64); i < Math.Min(n, step + 1 + ((block + 1) * 64)); i++)
                {
                    T factor = K[(i * n) + step] /= diagonal;
                    if (factor != T.Zero)
                    {
                        var row = K.AsSpan((i * n) + step + 1, length);
                        Elementwise.MultiplyAdd(K.AsSpan((step * n) + step + 1, length), -factor, row, row);
                    }
                }
            });
        }

        Substitute(compute, K, n, Y, columns, order);
    }

    private static void Substitute<T>(Compute compute, T[] K, int n, T[] Y, int columns, int[] order)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var permuted = new T[Y.Length];
        ClosedForm.ForRows(compute, n, i => Y.AsSpan(order[i] * columns, columns).CopyTo(permuted.AsSpan(i * columns)));
        compute.For((columns + Columns - 1) / Columns, block =>
        {
            int first = block * Columns, width = Math.Min(Columns, columns - first);
            for (int i = 1; i < n; i++)
            {
                var row = permuted.AsSpan((i * columns) + first, width);
                for (int k = 0; k < i; k++)
                {
                    Elementwise.MultiplyAdd(permuted.AsSpan((k * columns) + first, width), -K[(i * n) + k], row, row);
                }
            }

            for (int i = n - 1; i >= 0; i--)
            {
                var row = permuted.AsSpan((i * columns) + first, width);
                for (int k = i + 1; k < n; k++)
                {
                    Elementwise.MultiplyAdd(permuted.AsSpan((k * columns) + first, width), -K[(i * n) + k], row, row);
                }

                Elementwise.Divide(row, K[(i * n) + i], row);
            }
        });
        permuted.CopyTo(Y, 0);
    }

    /// <summary>min_μ μᵀAμ − 2bᵀμ with μ ≥ 0 but for the first <paramref name="free"/> (Lawson &amp; Hanson 1974, chapter 23, on
    /// normal equations); terms that depend on others get 0.</summary>
    public static double[] NonNegative(double[] a, double[] b, int free)
    {
        int n = b.Length;
        var passive = new bool[n];
        Array.Fill(passive, true, 0, free);
        double[] μ = Passive(a, b, passive);
        double tolerance = 1e-10 * Math.Max(1e-300, b.Max(Math.Abs));
        for (int round = 0; round < 10 * n; round++)
        {
            // The gradient of those that are 0.
            int best = -1;
            double steepest = tolerance;
            for (int i = 0; i < n; i++)
            {
                double gradient = passive[i] ? 0 : b[i] - Row(a, i, μ);
                (best, steepest) = gradient > steepest ? (i, gradient) : (best, steepest);
            }

            if (best < 0)
            {
                break;
            }

            passive[best] = true;
            while (true)
            {
                double[] next = Passive(a, b, passive);
                int[] below = [.. Enumerable.Range(free, n - free).Where(i => passive[i] && next[i] <= 0)];
                if (below.Length == 0)
                {
                    μ = next;
                    break;
                }

                double step = below.Min(i => μ[i] / (μ[i] - next[i]) is var s && double.IsFinite(s) ? s : 0);
                for (int i = 0; i < n; i++)
                {
                    μ[i] += step * (next[i] - μ[i]);
                    if (i >= free && passive[i] && (μ[i] <= 1e-14 || (below.Contains(i) && step == 0)))
                    {
                        (passive[i], μ[i]) = (false, 0);
                    }
                }
            }
        }

        return μ;
    }

    private static double Row(double[] a, int i, double[] μ)
    {
        double sum = 0;
        for (int j = 0; j < μ.Length; j++)
        {
            sum += a[(i * μ.Length) + j] * μ[j];
        }

        return sum;
    }

    // The minimum over some unknowns, the others 0: Cholesky, a column that depends on those before it gets 0.
    private static double[] Passive(double[] a, double[] b, bool[] passive)
    {
        int n = b.Length;
        int[] index = [.. Enumerable.Range(0, n).Where(i => passive[i])];
        int k = index.Length;
        var l = new double[k, k];
        var y = new double[k];
        for (int i = 0; i < k; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = a[(index[i] * n) + index[j]];
                for (int e = 0; e < j; e++)
                {
                    sum -= l[i, e] * l[j, e];
                }

                if (i == j)
                {
                    double own = a[(index[i] * n) + index[i]];
                    l[i, i] = sum > 1e-12 * own ? Math.Sqrt(sum) : double.PositiveInfinity;
                }
                else
                {
                    l[i, j] = sum / l[j, j];
                }
            }

            double right = b[index[i]];
            for (int e = 0; e < i; e++)
            {
                right -= l[i, e] * y[e];
            }

            y[i] = right / l[i, i];
        }

        var solution = new double[n];
        for (int i = k - 1; i >= 0; i--)
        {
            double right = y[i];
            for (int e = i + 1; e < k; e++)
            {
                right -= l[e, i] * solution[index[e]];
            }

            solution[index[i]] = right / l[i, i];
        }

        return solution;
    }
}
