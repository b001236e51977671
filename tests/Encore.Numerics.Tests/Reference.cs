namespace Encore.Numerics.Tests;

/// <summary>The plain meaning of each sparse kernel, in double precision.</summary>
internal static partial class Reference
{
    public static CsrMatrix RandomCsr(int rows, int columns, double density, ulong seed, bool binary)
    {
        var rng = new Rng(seed);
        var (r, c, v) = (new List<int>(), new List<int>(), new List<float>());
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                if (rng.NextDouble() < density)
                {
                    r.Add(i);
                    c.Add(j);
                    v.Add(binary ? 1f : rng.NextSingle() - 0.5f);
                }
            }
        }

        return CsrMatrix.FromEntries(rows, columns, [.. r], [.. c], [.. v]);
    }

    public static float[,] Dense(CsrMatrix x)
    {
        var dense = new float[x.Rows, x.Columns];
        for (int r = 0; r < x.Rows; r++)
        {
            for (int k = 0; k < x.RowLength(r); k++)
            {
                dense[r, x.RowIndices(r)[k]] = x.RowValues(r)[k];
            }
        }

        return dense;
    }

    public static double[] Gram(CsrMatrix x)
    {
        var dense = Dense(x);
        var gram = new double[x.Columns * x.Columns];
        for (int i = 0; i < x.Columns; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                for (int u = 0; u < x.Rows; u++)
                {
                    gram[(i * x.Columns) + j] += (double)dense[u, i] * dense[u, j];
                }
            }
        }

        return gram;
    }
}
