using System.Text;
using Encore.Numerics;

namespace Encore.Storage;

/// <summary>Gives a model back what it learned, after a look at its shape. Nothing is taken into memory that the file
/// does not have.</summary>
public sealed class TensorReader
{
    private readonly SafeTensorsFile _file;
    private readonly bool _map;

    /// <param name="file">The file.</param>
    /// <param name="map">Whether large arrays stay in the file and are read as they are used.</param>
    internal TensorReader(SafeTensorsFile file, bool map) => (_file, _map) = (file, map);

    // Below this a mapping costs more than a copy.
    private const long SmallestMapping = 1 << 20;

    /// <summary>The file, for errors.</summary>
    public string Path => _file.Path;

    /// <summary>Whether the file has an array of a name.</summary>
    public bool Has(string name) => _file.Has(name);

    /// <summary>An array of a given shape, copied into memory.</summary>
    /// <exception cref="InvalidDataException">There is none of that name, type and shape.</exception>
    public T[] Read<T>(string name, params long[] shape)
        where T : unmanaged
    {
        CheckShape(name, shape);
        return _file.Read<T>(name);
    }

    /// <summary>A vector of any length up to a limit, copied into memory.</summary>
    /// <exception cref="InvalidDataException">There is none of that name and type, or it is longer or no vector.</exception>
    public T[] ReadVector<T>(string name, int longest)
        where T : unmanaged
    {
        var shape = _file.Shape(name);
        return shape is [>= 0 and var length] && length <= longest
            ? _file.Read<T>(name)
            : throw new InvalidDataException($"{Path}: array {name} has shape [{string.Join(", ", shape)}], expected a vector of at most {longest}.");
    }

    /// <summary>An array of a given shape, in the file or in memory.</summary>
    /// <inheritdoc cref="Read"/>
    public ReadOnlyMemory<T> Large<T>(string name, params long[] shape)
        where T : unmanaged
    {
        CheckShape(name, shape);
        long numbers = shape.Aggregate(1L, (product, side) => product * side);
        return _map && numbers * 4 >= SmallestMapping ? _file.Map<T>(name) : _file.Read<T>(name);
    }

    /// <summary>A vector of finite numbers.</summary>
    public float[] Finite(string name, params long[] shape)
    {
        float[] values = Read<float>(name, shape);
        CheckFinite(name, values);
        return values;
    }

    /// <summary>A square sparse matrix.</summary>
    public CsrMatrix Csr(string name, int n) => Csr(name, n, n);

    /// <summary>A sparse matrix, [rows, width].</summary>
    public CsrMatrix Csr(string name, int rows, int width)
    {
        int[] offsets = Read<int>($"{name}.offsets", rows + 1L);
        int[] columns = _file.Read<int>($"{name}.columns");
        float[] values = Finite($"{name}.values", columns.Length);
        bool ascends = offsets[0] == 0 && offsets[^1] == columns.Length;
        for (int i = 0; i < rows && ascends; i++)
        {
            ascends = offsets[i] <= offsets[i + 1] && offsets[i + 1] <= columns.Length;
            for (int k = offsets[i]; k < offsets[i + 1] && ascends; k++)
            {
                ascends = columns[k] >= 0 && columns[k] < width && (k == offsets[i] || columns[k] > columns[k - 1]);
            }
        }

        return ascends ? new CsrMatrix(rows, width, offsets, columns, values)
            : throw new InvalidDataException($"{Path}: {name} is no sparse {rows} × {width} matrix: its offsets or columns do not ascend within it.");
    }

    /// <summary>Texts as <see cref="TensorWriter.Add(string, IReadOnlyList{string})"/> wrote them.</summary>
    public string[] Texts(string name)
    {
        long[] offsets = _file.Read<long>($"{name}.offsets");
        byte[] bytes = _file.Read<byte>($"{name}.utf8");
        if (offsets.Length == 0 || offsets[0] != 0 || offsets[^1] != bytes.Length)
        {
            throw new InvalidDataException($"{Path}: the offsets of {name} do not lead from 0 to {bytes.Length}.");
        }

        var texts = new string[offsets.Length - 1];
        for (int i = 0; i < texts.Length; i++)
        {
            if (offsets[i + 1] < offsets[i] || offsets[i + 1] > bytes.Length)
            {
                throw new InvalidDataException($"{Path}: offset {i + 1} of {name} is {offsets[i + 1]}, expected {offsets[i]} … {bytes.Length}.");
            }

            texts[i] = Encoding.UTF8.GetString(bytes.AsSpan((int)offsets[i]..(int)offsets[i + 1]));
        }

        return texts;
    }

    /// <summary>Ids; there is at least one.</summary>
    public IdMap Ids(string name)
    {
        IdMap ids;
        try
        {
            ids = Has(name) ? IdMap.FromSorted(_file.Read<long>(name)) : IdMap.FromSorted(Texts(name));
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{Path}: the ids of {name} do not ascend: {error.Message}", error);
        }

        return ids.Count > 0 ? ids : throw new InvalidDataException($"{Path}: found no id in {name}, expected at least one.");
    }

    /// <summary>Throws unless there is an array of a name and shape.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public void CheckShape(string name, params long[] shape)
    {
        var found = _file.Shape(name);
        if (!found.SequenceEqual(shape))
        {
            throw new InvalidDataException(
                $"{Path}: array {name} has shape [{string.Join(", ", found)}], expected [{string.Join(", ", shape)}] for the model's options and items.");
        }
    }

    private void CheckFinite(string name, float[] values)
    {
        // One pass at memory speed; a sum that overflows is looked at again.
        if (!float.IsFinite(System.Numerics.Tensors.TensorPrimitives.SumOfMagnitudes<float>(values)) && !Array.TrueForAll(values, float.IsFinite))
        {
            throw new InvalidDataException(
                $"{Path}: array {name} holds {Array.Find(values, x => !float.IsFinite(x))}, expected finite numbers.");
        }
    }
}
