using Encore.Numerics;

namespace Encore.Models;

/// <summary>How alike items are by each of their attributes.</summary>
internal sealed class AttributeLikeness
{
    private readonly FeatureSpace _space;
    private readonly CsrMatrix _features;
    private readonly CsrMatrix _byFeature;
    private readonly double[][] _norms; // by attribute, [items]
    private readonly double _shrinkage;

    public AttributeLikeness(FeatureSpace space, CsrMatrix features, double shrinkage)
    {
        (_space, _features, _shrinkage, _byFeature) = (space, features, shrinkage, features.Transpose());
        _norms = [.. space.Columns.Select(column => Enumerable.Range(0, features.Rows).Select(i => Norm(column, i)).ToArray())];
    }

    /// <summary>Σ_t μ_t·H_t of an item and all others, [items]; 0 with itself.</summary>
    public void Alike(int item, int[][] terms, double[] μ, double[] column)
    {
        double[][] byAttribute = ByAttribute(item);
        Array.Clear(column);
        for (int t = 0; t < terms.Length; t++)
        {
            if (μ[t] == 0)
            {
                continue;
            }

            for (int i = 0; i < column.Length; i++)
            {
                double product = μ[t];
                foreach (int k in terms[t])
                {
                    product *= byAttribute[k][i];
                }

                column[i] += product;
            }
        }
    }

    /// <summary>H_t of all items and some, [items, some], of each term.</summary>
    public float[][] Columns(Compute compute, int[] some, int[][] terms)
    {
        var columns = new float[terms.Length][];
        for (int t = 0; t < terms.Length; t++)
        {
            columns[t] = new float[_features.Rows * some.Length];
        }

        compute.For(some.Length, j =>
        {
            double[][] byAttribute = ByAttribute(some[j]);
            for (int t = 0; t < terms.Length; t++)
            {
                for (int i = 0; i < _features.Rows; i++)
                {
                    double product = 1;
                    foreach (int k in terms[t])
                    {
                        product *= byAttribute[k][i];
                    }

                    columns[t][(i * some.Length) + j] = (float)product;
                }
            }
        });
        return columns;
    }

    private double[][] ByAttribute(int item)
    {
        var likeness = new double[_space.Columns.Count][];
        var features = _features.RowIndices(item);
        var values = _features.RowValues(item);
        for (int a = 0; a < likeness.Length; a++)
        {
            var column = _space.Columns[a];
            double[] of = likeness[a] = new double[_features.Rows];
            for (int k = 0; k < features.Length; k++)
            {
                if (features[k] >= column.Start && features[k] < column.Start + column.Count)
                {
                    var items = _byFeature.RowIndices(features[k]);
                    var others = _byFeature.RowValues(features[k]);
                    for (int e = 0; e < items.Length; e++)
                    {
                        of[items[e]] += (double)values[k] * others[e];
                    }
                }
            }

            for (int i = 0; i < of.Length; i++)
            {
                of[i] = of[i] == 0 || i == item ? 0 : of[i] / ((_norms[a][item] * _norms[a][i]) + _shrinkage);
            }
        }

        return likeness;
    }

    private double Norm(FeatureColumn column, int item)
    {
        double squares = 0;
        var features = _features.RowIndices(item);
        var values = _features.RowValues(item);
        for (int k = 0; k < features.Length; k++)
        {
            if (features[k] >= column.Start && features[k] < column.Start + column.Count)
            {
                squares += (double)values[k] * values[k];
            }
        }

        return Math.Sqrt(squares);
    }
}
