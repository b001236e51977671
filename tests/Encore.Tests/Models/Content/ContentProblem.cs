using Encore.Models;
using Encore.Numerics;

namespace Encore.Tests.Models;

/// <summary>A small problem with features of items and users, and the plain arithmetic of its closed forms.</summary>
internal sealed class ContentProblem
{
    public ContentProblem(ulong seed, int users = 40, int items = 17, int kinds = 5, int coldFrom = int.MaxValue, bool valued = false, bool vectors = false)
    {
        Train = TestMatrix.Of(users, items, (u, i) =>
        {
            var rng = new Rng(seed, (uint)u, (uint)i);
            bool there = i < coldFrom && rng.NextDouble() < ((u + i) % 3 == 0 ? 0.5 : 0.15);
            return !there ? 0 : valued ? 1 + rng.NextInt32(5) : 1;
        });
        Table = ItemTable(Train.Items, kinds, vectors);
        ItemFeatures = Features.Of(Table, Recipes(vectors));
        UserFeatures = Features.Of(new FeatureTable(Train.Users, [new FeatureValues("group", [.. Enumerable.Range(0, users).Select(u => new[] { $"g{u % 3}" })])]));
        X = TestMatrix.Dense(Train);
        G = TestMatrix.TransposeTimes(X, X);
        T = Dense(ItemFeatures);
        U = Dense(UserFeatures);
    }

    public InteractionMatrix Train { get; }

    public FeatureTable Table { get; }

    public Features ItemFeatures { get; }

    public Features UserFeatures { get; }

    /// <summary>[users, items].</summary>
    public double[,] X { get; }

    /// <summary>XᵀX.</summary>
    public double[,] G { get; }

    /// <summary>[items, features].</summary>
    public double[,] T { get; }

    /// <summary>[users, features].</summary>
    public double[,] U { get; }

    public int N => Train.Items.Count;

    public TrainingData Data(bool withUsers = false) => new(Train) { ItemFeatures = ItemFeatures, UserFeatures = withUsers ? UserFeatures : null };

    public TModel Fitted<TModel>(TModel model, bool withUsers = false)
        where TModel : IModel
    {
        model.Fit(Data(withUsers), new FitContext());
        return model;
    }

    /// <summary>Several kinds, a number and words for each item, by its place.</summary>
    public static FeatureTable ItemTable(IdMap ids, int kinds, bool vectors = false) => new(ids,
    [
        new FeatureValues("kind", [.. Enumerable.Range(0, ids.Count).Select(i => Of(ids, i) is var k && k % 3 == 0 ? new[] { $"k{k % kinds}", $"k{(k + 1) % kinds}" } : [$"k{k % kinds}"])]),
        new FeatureValues("words", [.. Enumerable.Range(0, ids.Count).Select(i => new[] { $"word{Of(ids, i) % 4} of word{Of(ids, i) % 6}" })]),
        .. vectors
            ? (FeatureValues[])[new FeatureValues("v", [.. Enumerable.Range(0, ids.Count).Select(i => Enumerable.Range(0, 40).Select(k => (float)new Rng(7, (uint)Of(ids, i), (uint)k).NextGaussian()).ToArray())])]
            : [],
    ]);

    public static FeatureRecipe[] Recipes(bool vectors = false) =>
        [new("kind") { Kind = FeatureKind.Category }, new("words") { Kind = FeatureKind.Text }, .. vectors ? (FeatureRecipe[])[new("v")] : []];

    // What an item is like depends on its id, not on which items stand beside it.
    private static int Of(IdMap ids, int i) => int.Parse(new string([.. ids[i].Where(char.IsAsciiDigit)]), System.Globalization.CultureInfo.InvariantCulture) - 100;

    /// <summary>A + Bᵀ·B-like sums: a + s·b·bᵀ.</summary>
    public static double[,] PlusOuter(double[,] a, double[,] b, double s) => TestMatrix.Dense(a.GetLength(0), a.GetLength(1), (i, j) =>
        a[i, j] + (s * Enumerable.Range(0, b.GetLength(1)).Sum(k => b[i, k] * b[j, k])));

    public static double[,] PlusDiagonal(double[,] a, double d) => TestMatrix.Dense(a.GetLength(0), a.GetLength(1), (i, j) => a[i, j] + (i == j ? d : 0));

    public static double[,] Times(double[,] a, double[,] b) =>
        TestMatrix.Dense(a.GetLength(0), b.GetLength(1), (i, j) => Enumerable.Range(0, a.GetLength(1)).Sum(k => a[i, k] * b[k, j]));

    /// <summary>The inverse, by Gauss and Jordan with row exchanges.</summary>
    public static double[,] Inverse(double[,] a)
    {
        int n = a.GetLength(0);
        var m = (double[,])a.Clone();
        var inverse = TestMatrix.Dense(n, n, (i, j) => i == j ? 1 : 0);
        for (int k = 0; k < n; k++)
        {
            int pivot = Enumerable.Range(k, n - k).MaxBy(i => Math.Abs(m[i, k]));
            for (int j = 0; j < n; j++)
            {
                (m[k, j], m[pivot, j]) = (m[pivot, j], m[k, j]);
                (inverse[k, j], inverse[pivot, j]) = (inverse[pivot, j], inverse[k, j]);
            }

            double d = m[k, k];
            for (int j = 0; j < n; j++)
            {
                m[k, j] /= d;
                inverse[k, j] /= d;
            }

            for (int i = 0; i < n; i++)
            {
                double f = m[i, k];
                for (int j = 0; j < n && i != k; j++)
                {
                    m[i, j] -= f * m[k, j];
                    inverse[i, j] -= f * inverse[k, j];
                }
            }
        }

        return inverse;
    }

    /// <summary>−P_ij/P_jj, 0 on the diagonal.</summary>
    public static double[,] ZeroDiagonal(double[,] p) => TestMatrix.Dense(p.GetLength(0), p.GetLength(1), (i, j) => i == j ? 0 : -p[i, j] / p[j, j]);

    /// <summary>R: of each item (a column) the cosines to the k items that are met and most like it.</summary>
    public double[,] Likeness(int k)
    {
        bool[] met = [.. Enumerable.Range(0, N).Select(j => G[j, j] > 0)];
        double Dot(int i, int j) => Enumerable.Range(0, T.GetLength(1)).Sum(f => T[i, f] * T[j, f]);
        var r = new double[N, N];
        for (int j = 0; j < N; j++)
        {
            foreach (int i in Enumerable.Range(0, N).Where(i => i != j && met[i] && Dot(i, j) > 0)
                .OrderByDescending(i => (float)(Dot(i, j) / Math.Sqrt(Dot(i, i) * Dot(j, j)))).ThenBy(i => i).Take(k))
            {
                r[i, j] = Dot(i, j) / Math.Sqrt(Dot(i, i) * Dot(j, j));
            }
        }

        return r;
    }

    public static double[,] Dense(WeightMatrix w) => TestMatrix.Dense(w.Rows, w.Columns, (i, j) => w[i, j]);

    private static double[,] Dense(Features features)
    {
        var dense = new double[features.Ids.Count, features.Count];
        for (int row = 0; row < features.Ids.Count; row++)
        {
            for (int k = 0; k < features.Matrix.RowLength(row); k++)
            {
                dense[row, features.Matrix.RowIndices(row)[k]] = features.Matrix.RowValues(row)[k];
            }
        }

        return dense;
    }
}
