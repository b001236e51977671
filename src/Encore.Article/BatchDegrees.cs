using Encore.Numerics;

namespace Encore.Article;

/// <summary>The input of the article's CDAE: x_ui / √(‖x_u‖₂·‖x_·i‖₂) = (n·c)^−¼, n the items of user u and c the users
/// with item i among those who share the batch.</summary>
internal sealed class BatchDegrees
{
    private readonly int[][] _counts; // [batches][items]
    private readonly int[] _batch;    // the batch of each user who is evaluated

    private BatchDegrees(int[][] counts, int[] batch) => (_counts, _batch) = (counts, batch);

    /// <summary>Of one batch.</summary>
    public static BatchDegrees Of(CsrMatrix x, ReadOnlySpan<int> rows)
    {
        var counts = new int[x.Columns];
        foreach (int row in rows)
        {
            Count(x, row, counts);
        }

        return new BatchDegrees([counts], []);
    }

    /// <summary>Of all users who are evaluated together: the article asks about them in batches, those with the most
    /// interactions first.</summary>
    public static BatchDegrees OfEvaluation(Histories histories, int batchSize)
    {
        var x = histories.Matrix.Csr;
        int[] order = [.. Enumerable.Range(0, x.Rows).OrderByDescending(x.RowLength)];
        var batch = new int[x.Rows];
        var counts = new int[(x.Rows + batchSize - 1) / batchSize][];
        for (int place = 0; place < order.Length; place++)
        {
            int b = batch[order[place]] = place / batchSize;
            Count(x, order[place], counts[b] ??= new int[x.Columns]);
        }

        return new BatchDegrees(counts, batch);
    }

    /// <summary>Sets the values of one user's items.</summary>
    public void Normalise(ReadOnlySpan<int> items, Span<float> values) => Normalise(items, values, 0);

    /// <summary>Sets the values of a block of users, the first of whom is in this row of the evaluation.</summary>
    public void Normalise(SparseBatch<float> input, int start)
    {
        for (int r = 0; r < input.Rows; r++)
        {
            Normalise(input.RowIndices(r), input.RowValues(r), _batch[start + r]);
        }
    }

    private void Normalise(ReadOnlySpan<int> items, Span<float> values, int batch)
    {
        for (int k = 0; k < items.Length; k++)
        {
            values[k] = (float)Math.Pow((double)items.Length * _counts[batch][items[k]], -0.25);
        }
    }

    private static void Count(CsrMatrix x, int row, int[] counts)
    {
        foreach (int item in x.RowIndices(row))
        {
            counts[item]++;
        }
    }
}
