using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Encore.Persistence;

/// <summary>A named float32 array to be written.</summary>
internal sealed record SafeTensor(string Name, long[] Shape, float[] Values);

/// <summary>
/// The safetensors format: eight bytes with the length of a JSON header (little-endian), the header, then the numbers.
/// The header maps each name to type, shape and place; <c>__metadata__</c> maps strings to strings. Nothing in a file
/// runs.
/// </summary>
internal static class SafeTensors
{
    /// <summary>Writes a file beside its place, flushes it to the disk and renames it, so that at every moment the path
    /// names a complete file or none.</summary>
    public static void Write(string path, IReadOnlyList<SafeTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        byte[] header = Header(tensors, metadata);
        string temporary = path + ".tmp";
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            file.Write(length);
            file.Write(header);
            foreach (var tensor in tensors)
            {
                file.Write(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
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
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (long side in tensor.Shape)
                {
                    json.WriteNumberValue(side);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += 4L * tensor.Values.Length);
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

/// <summary>A safetensors file that is open for reading; its header has been checked, its numbers are read on demand.</summary>
internal sealed class SafeTensorsFile : IDisposable
{
    // A header of this size describes a million tensors; more is an attack or an accident.
    private const long LongestHeader = 100_000_000;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _start;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private SafeTensorsFile(string path, SafeFileHandle file, long start)
    {
        (_path, _file, _start) = (path, file, start);
    }

    /// <summary>The strings of <c>__metadata__</c>.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The names of the arrays.</summary>
    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Opens a file and checks its header: names once each, known types, shapes that fit their places, places
    /// that lie in the file one behind another.</summary>
    /// <exception cref="InvalidDataException">The file is not a safetensors file, or is damaged.</exception>
    public static SafeTensorsFile Open(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read);
        try
        {
            long size = RandomAccess.GetLength(file);
            Span<byte> prefix = stackalloc byte[8];
            if (size < 8 || RandomAccess.Read(file, prefix, 0) != 8)
            {
                throw new InvalidDataException($"{path}: found {size} bytes, expected a safetensors file (at least 8 bytes).");
            }

            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (length > LongestHeader || (long)length > size - 8)
            {
                throw new InvalidDataException(
                    $"{path}: found a header of {length} bytes in a file of {size}, expected at most {Math.Min(LongestHeader, size - 8)}; the file is cut off or no safetensors file.");
            }

            var header = new byte[length];
            if (RandomAccess.Read(file, header, 8) != header.Length)
            {
                throw new InvalidDataException($"{path}: the header is cut off.");
            }

            var result = new SafeTensorsFile(path, file, 8 + (long)length);
            result.Parse(header, size - result._start);
            return result;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Reads an array, flat.</summary>
    /// <exception cref="InvalidDataException">There is none of that name with float32 numbers.</exception>
    public float[] Read(string name)
    {
        var values = new float[_entries.TryGetValue(name, out var entry) ? checked((int)(entry.Bytes / 4)) : 0];
        Read(name, values);
        return values;
    }

    /// <summary>Reads an array into memory that is there.</summary>
    /// <exception cref="InvalidDataException">There is none of that name and size.</exception>
    public void Read(string name, Span<float> values)
    {
        if (!_entries.TryGetValue(name, out var entry))
        {
            throw new InvalidDataException($"{_path}: found no array {name}.");
        }

        if (entry.Type != "F32" || entry.End - entry.Begin != 4L * values.Length)
        {
            throw new InvalidDataException(
                $"{_path}: array {name} has type {entry.Type} and {entry.End - entry.Begin} bytes, expected F32 and {4L * values.Length}.");
        }

        var bytes = MemoryMarshal.AsBytes(values);
        long at = _start + entry.Begin;
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(_file, bytes, at);
            if (read == 0)
            {
                throw new InvalidDataException($"{_path}: array {name} is cut off.");
            }

            at += read;
            bytes = bytes[read..];
        }
    }

    private void Parse(byte[] header, long dataLength)
    {
        try
        {
            using var json = JsonDocument.Parse(header);
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__"))
                {
                    foreach (var pair in property.Value.EnumerateObject())
                    {
                        Metadata[pair.Name] = pair.Value.GetString() ?? "";
                    }
                }
                else if (!_entries.TryAdd(property.Name, Entry.Of(property.Value)))
                {
                    throw new InvalidDataException($"{_path}: array {property.Name} stands twice in the header.");
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"{_path}: the header is not that of a safetensors file: {error.Message}", error);
        }

        long end = 0;
        foreach (var (name, entry) in _entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End))
        {
            if (entry.Begin != end || entry.End < entry.Begin || entry.End > dataLength)
            {
                throw new InvalidDataException(
                    $"{_path}: array {name} lies at bytes {entry.Begin} … {entry.End} of {dataLength}, expected from {end} on and within the file.");
            }

            if (entry.Bytes != entry.End - entry.Begin)
            {
                throw new InvalidDataException(
                    $"{_path}: array {name} has {entry.End - entry.Begin} bytes, expected {entry.Bytes} for its shape and type {entry.Type}.");
            }

            end = entry.End;
        }

        if (end != dataLength)
        {
            throw new InvalidDataException($"{_path}: found {dataLength} bytes of numbers, expected {end}.");
        }
    }

    private readonly record struct Entry(string Type, long Bytes, long Begin, long End)
    {
        public static Entry Of(JsonElement json)
        {
            string type = json.GetProperty("dtype").GetString() ?? "";
            long bytes = type switch
            {
                "F64" or "I64" or "U64" => 8,
                "F32" or "I32" or "U32" => 4,
                "F16" or "BF16" or "I16" or "U16" => 2,
                "I8" or "U8" or "BOOL" => 1,
                _ => throw new FormatException($"type '{type}' is unknown"),
            };
            foreach (var side in json.GetProperty("shape").EnumerateArray())
            {
                long length = side.GetInt64();
                bytes = length < 0 ? throw new FormatException($"a side of {length}") : checked(bytes * length);
            }

            var offsets = json.GetProperty("data_offsets");
            return offsets.GetArrayLength() == 2
                ? new Entry(type, bytes, offsets[0].GetInt64(), offsets[1].GetInt64())
                : throw new FormatException("data_offsets is no pair");
        }
    }
}
