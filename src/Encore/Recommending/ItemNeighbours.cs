using System.Numerics.Tensors;
using Encore.Numerics;

namespace Encore.Recommending;

/// <summary>How alike items are to a model: its own weights between them, or the cosine of their vectors.</summary>
internal sealed class ItemNeighbours
{
    private readonly Compute _compute;
    private readonly IItemSimilarity? _model;
    private readonly float[] _vectors = [];  // [items, width], each of length 1 or 0
    private readonly int _width;

    private ItemNeighbours(IItemSimilarity model, Compute compute) => (_model, _compute) = (model, compute);

    private ItemNeighbours(ReadOnlySpan<float> vectors, int width, Compute compute)
    {
        (_vectors, _width, _compute) = (vectors.ToArray(), width, compute);
        for (int i = 0; i < _vectors.Length / width; i++)
        {
            var row = _vectors.AsSpan(i * width, width);
            float norm = TensorPrimitives.Norm<float>(row);
            Elementwise.Multiply(row, norm > 0 ? 1 / norm : 0, row);
        }
    }

    /// <summary>Of a fitted model; null where it has neither.</summary>
    public static ItemNeighbours? Of(IRecommender model, Compute compute) => model switch
    {
        IItemSimilarity similarity => new ItemNeighbours(similarity, compute),
        IItemVectors { ItemVectors: { } vectors } => new ItemNeighbours(vectors.Values.Span, vectors.Width, compute),
        _ => null,
    };

    /// <summary>How alike each item is to one, [items].</summary>
    public void Similarities(int item, Span<float> similarities)
    {
        if (_model is not null)
        {
            _model.Similarities(item, similarities);
            return;
        }

        Dense.Gemm(Transpose.No, Transpose.Yes, 1, similarities.Length, _width, 1f, _vectors.AsSpan(item * _width, _width), _width,
            _vectors, _width, 0f, similarities, similarities.Length, _compute);
    }
}
