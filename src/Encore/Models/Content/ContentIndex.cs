using System.Numerics.Tensors;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>Features of items by feature, for cosines of one item to all that were met.</summary>
internal sealed class ContentIndex
{
    private readonly CsrMatrix _byFeature;
    private readonly float[] _norms;

    public ContentIndex(CsrMatrix features, bool[] met)
    {
        _norms = new float[features.Rows];
        var offsets = new int[features.Rows + 1];
        var (columns, values) = (new List<int>(), new List<float>());
        for (int i = 0; i < features.Rows; i++)
        {
            if (met[i])
            {
                columns.AddRange(features.RowIndices(i));
                values.AddRange(features.RowValues(i));
                _norms[i] = TensorPrimitives.Norm(features.RowValues(i));
            }

            offsets[i + 1] = columns.Count;
        }

        _byFeature = new CsrMatrix(features.Rows, features.Columns, offsets, [.. columns], [.. values]).Transpose();
    }

    /// <summary>The cosines of an item with some features to each item; 0 to those that nobody has met or that have no
    /// features.</summary>
    public void Cosines(ReadOnlySpan<int> features, ReadOnlySpan<float> values, float[] cosines)
    {
        Array.Clear(cosines);
        for (int k = 0; k < features.Length; k++)
        {
            var items = _byFeature.RowIndices(features[k]);
            var of = _byFeature.RowValues(features[k]);
            for (int e = 0; e < items.Length; e++)
            {
                cosines[items[e]] += values[k] * of[e];
            }
        }

        float norm = TensorPrimitives.Norm(values);
        for (int i = 0; i < cosines.Length; i++)
        {
            cosines[i] = cosines[i] == 0 ? 0 : cosines[i] / (norm * _norms[i]);
        }
    }
}
