using Encore.Numerics;

namespace Encore.Tests.Models;

/// <summary>Small matrices for the tests of models.</summary>
internal static class TestMatrix
{
    public static InteractionMatrix Of(double[,] values) => Of(values.GetLength(0), values.GetLength(1), (u, i) => (float)values[u, i]);

    /// <summary>A matrix by formula; zeros are not stored. Items are named 100, 101, …</summary>
    public static InteractionMatrix Of(int users, int items, Func<int, int, float> value)
    {
        var (rows, columns, values) = (new List<int>(), new List<int>(), new List<float>());
        for (int u = 0; u < users; u++)
        {
            for (int i = 0; i < items; i++)
            {
                if (value(u, i) is var x && x != 0)
                {
                    rows.Add(u);
                    columns.Add(i);
                    values.Add(x);
                }
            }
        }

        var csr = CsrMatrix.FromEntries(users, items, [.. rows], [.. columns], [.. values]);
        return new InteractionMatrix(Ids(1, users), Ids(100, items), csr);
    }

    public static IdMap Ids(int first, int count) =>
        IdMap.FromSorted([.. Enumerable.Range(first, count).Select(id => (long)id)]);

    /// <summary>Entries at random; item 3 (when there is one) and user 2 have none. Valued: whole ratings 1 … 5.</summary>
    public static InteractionMatrix Random(ulong seed, int users, int items, double density = 0.3, bool valued = false) =>
        Of(users, items, (u, i) =>
        {
            var rng = new Rng(seed, (uint)u, (uint)i);
            bool there = rng.NextDouble() < density && u != 2 && i != 3;
            return !there ? 0 : valued ? 1 + rng.NextInt32(5) : 1;
        });

    /// <summary>Users and items of one parity belong together; each user lacks the item of its own number.</summary>
    public static InteractionMatrix Checkerboard(int size) =>
        Of(size, size, (u, i) => u % 2 == i % 2 && u != i ? 1 : 0);

    /// <summary>What a model learns from, with the parity of items for a feature where it needs any.</summary>
    public static TrainingData Learn(IModel model, InteractionMatrix train) => new(train)
    {
        ItemFeatures = model is not INeedsItemFeatures ? null : Features.Of(
            new FeatureTable(train.Items, [new FeatureValues("parity", [.. Enumerable.Range(0, train.Items.Count).Select(i => new[] { $"{i % 2}" })])]),
            [new FeatureRecipe("parity") { Kind = FeatureKind.Category }]),
    };

    public static double[,] Dense(InteractionMatrix matrix)
    {
        var dense = new double[matrix.Users.Count, matrix.Items.Count];
        for (int u = 0; u < matrix.Users.Count; u++)
        {
            for (int k = 0; k < matrix.Csr.RowLength(u); k++)
            {
                dense[u, matrix.Csr.RowIndices(u)[k]] = matrix.Csr.RowValues(u)[k];
            }
        }

        return dense;
    }

    public static double[,] Dense(int rows, int columns, Func<int, int, double> value)
    {
        var dense = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                dense[i, j] = value(i, j);
            }
        }

        return dense;
    }

    /// <summary>AᵀB, plainly.</summary>
    public static double[,] TransposeTimes(double[,] a, double[,] b) =>
        Dense(a.GetLength(1), b.GetLength(1), (i, j) => Enumerable.Range(0, a.GetLength(0)).Sum(k => a[k, i] * b[k, j]));

    public static float[] Scores(IRecommender model, InteractionMatrix histories)
    {
        var scores = new float[histories.Users.Count * model.Items.Count];
        model.Score(new Histories(histories, 0, histories.Users.Count), scores);
        return scores;
    }

    /// <summary>The largest |a − b| / max(1, |b|).</summary>
    public static double LargestDifference(double[,] a, double[,] b)
    {
        (a.GetLength(0), a.GetLength(1)).ShouldBe((b.GetLength(0), b.GetLength(1)));
        double largest = 0;
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < a.GetLength(1); j++)
            {
                double difference = Math.Abs(a[i, j] - b[i, j]) / Math.Max(1, Math.Abs(b[i, j]));
                largest = difference <= largest ? largest : difference; // NaN stays
            }
        }

        return largest;
    }
}
