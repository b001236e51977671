using System.Numerics;
using System.Numerics.Tensors;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>What the closed forms with content share.</summary>
internal static class ContentForm
{
    // Features of a panel that one product takes, and the share of items from which on a feature goes into one.
    private const int Panel = 256;
    private const double Dense = 0.05;

    // Sides of the squares in which a matrix is transposed: both lie in the first-level cache.
    private const int Tile = 32;

    // Targets whose similarities are in memory at once, for each thread.
    private const int Block = 64;

    /// <summary>A + s·T·Tᵀ into the first items of A, [stride, stride], for the features T of items, [items, features].</summary>
    public static void AddFeatureGram<T>(Compute compute, T[] a, int stride, CsrMatrix features, double scale)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (scale == 0)
        {
            return; // settings that mean the same have the same bits
        }

        int n = features.Rows;
        var byFeature = features.Transpose();
        bool[] isDense = [.. Enumerable.Range(0, byFeature.Rows).Select(f => byFeature.RowLength(f) > Dense * n)];
        AddPanels(compute, a, stride, byFeature, [.. Enumerable.Range(0, byFeature.Rows).Where(f => isDense[f])], T.CreateChecked(scale));
        T s = T.CreateChecked(scale);
        ClosedForm.ForRows(compute, n, i =>
        {
            var row = a.AsSpan(i * stride, n);
            var columns = features.RowIndices(i);
            var values = features.RowValues(i);
            for (int k = 0; k < columns.Length; k++)
            {
                if (isDense[columns[k]])
                {
                    continue;
                }

                var others = byFeature.RowIndices(columns[k]);
                var of = byFeature.RowValues(columns[k]);
                for (int e = 0; e < others.Length; e++)
                {
                    row[others[e]] += s * (T.CreateTruncating(values[k]) * T.CreateTruncating(of[e]));
                }
            }
        });
    }

    private static void AddPanels<T>(Compute compute, T[] a, int stride, CsrMatrix byFeature, int[] dense, T scale)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = byFeature.Columns;
        foreach (int[] chunk in dense.Chunk(Panel))
        {
            var panel = new T[chunk.Length * n];
            for (int k = 0; k < chunk.Length; k++)
            {
                var items = byFeature.RowIndices(chunk[k]);
                var values = byFeature.RowValues(chunk[k]);
                for (int e = 0; e < items.Length; e++)
                {
                    panel[(k * n) + items[e]] = T.CreateTruncating(values[e]);
                }
            }

            Numerics.Dense.Gemm<T>(Transpose.Yes, Transpose.No, n, n, chunk.Length, scale, panel, n, panel, n, T.One, a, stride, compute);
        }
    }

    /// <summary>The cosine of each item's features to those of items that were met, the k largest above 0 of each: row c holds the
    /// neighbours of item c, which it is not among. Of equal ones the lower index is kept.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="features">Features of items, [items, features].</param>
    /// <param name="met">Which items somebody has met.</param>
    /// <param name="k">Neighbours of each.</param>
    public static CsrMatrix Similar(Compute compute, CsrMatrix features, bool[] met, int k)
    {
        int n = features.Rows;
        var index = new ContentIndex(features, met);
        var rows = new (int[] Items, float[] Values)[n];
        compute.For((n + Block - 1) / Block, block =>
        {
            var scores = new float[n];
            var list = new int[Math.Min(k, n)];
            for (int c = block * Block; c < Math.Min(n, (block + 1) * Block); c++)
            {
                index.Cosines(features.RowIndices(c), features.RowValues(c), scores);
                scores[c] = 0;
                rows[c] = Largest(scores, list);
            }
        });

        var offsets = new int[n + 1];
        for (int c = 0; c < n; c++)
        {
            offsets[c + 1] = offsets[c] + rows[c].Items.Length;
        }

        return new CsrMatrix(n, n, offsets, [.. rows.SelectMany(r => r.Items)], [.. rows.SelectMany(r => r.Values)]);
    }

    /// <summary>Which items somebody has met.</summary>
    public static bool[] Met(InteractionMatrix x) => Array.ConvertAll(x.Csr.ColumnCounts(), count => count > 0);

    /// <summary>T·t for an item with features t: [known items].</summary>
    public static double[] Overlap(ContentWeights learned, ReadOnlySpan<int> features, ReadOnlySpan<float> values)
    {
        var t = new float[learned.Features.Count];
        for (int k = 0; k < features.Length; k++)
        {
            t[features[k]] = values[k];
        }

        var overlap = new double[learned.Known.Count];
        var matrix = learned.Features.Matrix;
        for (int i = 0; i < overlap.Length; i++)
        {
            int row = learned.Added?.KnownAt[i] ?? i;
            var own = matrix.RowIndices(row);
            var of = matrix.RowValues(row);
            for (int k = 0; k < own.Length; k++)
            {
                overlap[i] += (double)of[k] * t[own[k]];
            }
        }

        return overlap;
    }

    /// <summary>The k known and met items most like an item with some features, with their cosines.</summary>
    public static (int[] Items, float[] Values) Neighbours(ContentWeights learned, ReadOnlySpan<int> features, ReadOnlySpan<float> values, int k)
    {
        double[] overlap = Overlap(learned, features, values);
        var cosines = new float[overlap.Length];
        double norm = TensorPrimitives.Norm(values);
        for (int i = 0; i < cosines.Length; i++)
        {
            double other = TensorPrimitives.Norm(learned.Features.Matrix.RowValues(learned.Added?.KnownAt[i] ?? i));
            cosines[i] = overlap[i] == 0 || !learned.Met[i] ? 0 : (float)(overlap[i] / (norm * other));
        }

        return Largest(cosines, new int[Math.Min(k, cosines.Length)]);
    }

    /// <summary>P·v for the P behind W, W_ij = −P_ij/P_jj, with v [known items]: [inputs].</summary>
    public static double[] InverseTimes(ContentWeights learned, double[] v)
    {
        int n = learned.Known.Count;
        double[] w = new double[n], product = new double[learned.W.Rows];
        Elementwise.Multiply<double>(v, learned.InverseDiagonal, w);
        learned.W.MultiplyVector(w, product);
        for (int i = 0; i < product.Length; i++)
        {
            product[i] = (i < n ? w[i] : 0) - product[i];
        }

        return product;
    }

    /// <summary>The largest above 0, by item.</summary>
    public static (int[] Items, float[] Values) Largest(float[] scores, int[] list)
    {
        int found = TopK.Select(scores, list);
        int[] items = [.. list[..found].Where(i => scores[i] > 0).Order()];
        return (items, Array.ConvertAll(items, i => scores[i]));
    }

    /// <summary>aᵀ in place of a, [n, n].</summary>
    public static void TransposeInPlace<T>(Compute compute, T[] a, int n)
    {
        int tiles = (n + Tile - 1) / Tile;
        compute.For(tiles, block =>
        {
            for (int other = block; other < tiles; other++)
            {
                for (int i = block * Tile; i < Math.Min(n, (block + 1) * Tile); i++)
                {
                    for (int j = Math.Max(i + 1, other * Tile); j < Math.Min(n, (other + 1) * Tile); j++)
                    {
                        (a[(i * n) + j], a[(j * n) + i]) = (a[(j * n) + i], a[(i * n) + j]);
                    }
                }
            }
        });
    }

    /// <summary>Wᵀ of a matrix [rows, columns], a new one.</summary>
    public static T[] Transposed<T>(Compute compute, T[] a, int rows, int columns)
    {
        var transposed = new T[a.Length];
        compute.For((columns + Tile - 1) / Tile, block =>
        {
            int first = block * Tile, last = Math.Min(columns, first + Tile);
            for (int top = 0; top < rows; top += Tile)
            {
                for (int j = first; j < last; j++)
                {
                    for (int i = top; i < Math.Min(rows, top + Tile); i++)
                    {
                        transposed[(j * rows) + i] = a[(i * columns) + j];
                    }
                }
            }
        });
        return transposed;
    }
}
