using System.Text;
using Encore.Numerics;

namespace Encore.Storage;

/// <summary>Collects what a model learned, on its way to a file.</summary>
public sealed class TensorWriter
{
    private readonly List<SafeTensor> _tensors = [];

    /// <summary>The arrays, those of the largest numbers first: each then begins at a multiple of its own size.</summary>
    internal IReadOnlyList<SafeTensor> Tensors =>
        [.. _tensors.OrderByDescending(t => t.Type[^2..] == "64" ? 8 : t.Type == "U8" ? 1 : 4)];

    /// <summary>Adds an array; without a shape it is a vector.</summary>
    /// <typeparam name="T">float, double, int, long or byte.</typeparam>
    public void Add<T>(string name, ReadOnlyMemory<T> values, params long[] shape)
        where T : unmanaged =>
        _tensors.Add(SafeTensor.Of(name, shape.Length == 0 ? [values.Length] : shape, values));

    /// <inheritdoc cref="Add{T}(string, ReadOnlyMemory{T}, long[])"/>
    public void Add<T>(string name, T[] values, params long[] shape)
        where T : unmanaged =>
        Add(name, (ReadOnlyMemory<T>)values, shape);

    /// <summary>A sparse matrix: <c>name.offsets</c>, <c>name.columns</c>, <c>name.values</c>.</summary>
    public void Add(string name, CsrMatrix matrix)
    {
        Add($"{name}.offsets", matrix.RowOffsets);
        Add($"{name}.columns", matrix.ColumnIndices);
        Add($"{name}.values", matrix.Values);
    }

    /// <summary>Texts one behind another: <c>name.utf8</c>, and <c>name.offsets</c> with the start of each and the end
    /// of the last.</summary>
    public void Add(string name, IReadOnlyList<string> texts)
    {
        var offsets = new long[texts.Count + 1];
        using var bytes = new MemoryStream();
        for (int i = 0; i < texts.Count; i++)
        {
            bytes.Write(Encoding.UTF8.GetBytes(texts[i]));
            offsets[i + 1] = bytes.Length;
        }

        Add($"{name}.offsets", offsets);
        Add($"{name}.utf8", bytes.ToArray());
    }

    /// <summary>Ids: whole numbers as <c>name</c>, others as texts.</summary>
    public void Add(string name, IdMap ids)
    {
        if (ids.IsInteger)
        {
            Add(name, Enumerable.Range(0, ids.Count).Select(i => long.Parse(ids[i], System.Globalization.CultureInfo.InvariantCulture)).ToArray());
        }
        else
        {
            Add(name, [.. Enumerable.Range(0, ids.Count).Select(i => ids[i])]);
        }
    }
}
