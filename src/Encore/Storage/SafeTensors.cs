using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Encore.Storage;

/// <summary>A named array to be written.</summary>
internal sealed class SafeTensor
{
    // Numbers that are turned into bytes at once: a span of bytes cannot be as long as one of numbers.
    private const int ChunkNumbers = 1 << 20;

    private readonly int _length;
    private readonly BytesOf _bytes;

    private SafeTensor(string name, string type, long[] shape, int length, int size, BytesOf bytes)
    {
        (Name, Type, Shape, Bytes, _length, _bytes) = (name, type, shape, (long)length * size, length, bytes);
    }

    /// <summary>A float32 array.</summary>
    public SafeTensor(string name, long[] shape, float[] values)
        : this(name, "F32", shape, values.Length, sizeof(float), (start, count) => MemoryMarshal.AsBytes(values.AsSpan(start, count)))
    {
    }

    private delegate ReadOnlySpan<byte> BytesOf(int start, int count);

    public string Name { get; }

    /// <summary>The type as the format names it, such as F32.</summary>
    public string Type { get; }

    public long[] Shape { get; }

    /// <summary>Number of bytes.</summary>
    public long Bytes { get; }

    /// <summary>An array of any type that the format has a name for.</summary>
    public static SafeTensor Of<T>(string name, long[] shape, ReadOnlyMemory<T> values)
        where T : unmanaged =>
        new(name, SafeTensors.TypeOf<T>(), shape, values.Length, Unsafe.SizeOf<T>(), (start, count) => MemoryMarshal.AsBytes(values.Span.Slice(start, count)));

    /// <summary>The numbers as bytes, a chunk at a time.</summary>
    public void ForChunks(Action<ReadOnlySpan<byte>> take)
    {
        for (int start = 0; start < _length; start += ChunkNumbers)
        {
            take(_bytes(start, Math.Min(ChunkNumbers, _length - start)));
        }
    }
}

/// <summary>
/// The safetensors format: eight bytes with the length of a JSON header (little-endian), the header, then the numbers.
/// The header maps each name to type, shape and place; <c>__metadata__</c> maps strings to strings. Nothing in a file
/// runs.
/// </summary>
internal static class SafeTensors
{
    /// <summary>The name of a type in the format.</summary>
    public static string TypeOf<T>() => typeof(T) == typeof(float) ? "F32"
        : typeof(T) == typeof(double) ? "F64"
        : typeof(T) == typeof(int) ? "I32"
        : typeof(T) == typeof(long) ? "I64"
        : typeof(T) == typeof(byte) ? "U8"
        : throw new NotSupportedException($"Arrays of {typeof(T).Name} have no place in a file.");

    /// <summary>The SHA-256 digest of all numbers in the order of the file, in hexadecimal digits.</summary>
    public static string Digest(IReadOnlyList<SafeTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors)
        {
            tensor.ForChunks(hash.AppendData);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Writes a file, whole or not at all (<see cref="AtomicFile"/>), in a folder that is made where there is
    /// none.</summary>
    public static void Write(string path, IReadOnlyList<SafeTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        byte[] header = Header(tensors, metadata);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        AtomicFile.Write(path, file =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            file.Write(length);
            file.Write(header);
            foreach (var tensor in tensors)
            {
                tensor.ForChunks(file.Write);
            }
        });
    }

    private static byte[] Header(IReadOnlyList<SafeTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (name, value) in metadata)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            long at = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type);
                json.WriteStartArray("shape");
                foreach (long side in tensor.Shape)
                {
                    json.WriteNumberValue(side);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += tensor.Bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // The numbers begin at a multiple of eight bytes; blanks behind the header are allowed.
        int padding = (8 - ((int)buffer.Length % 8)) % 8;
        for (int i = 0; i < padding; i++)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }
}
