using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Encore.Storage;

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

    /// <summary>Where the file lies.</summary>
    public string Path => _path;

    /// <summary>Whether there is an array of that name.</summary>
    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>The lengths of an array's sides.</summary>
    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public IReadOnlyList<long> Shape(string name) => Find(name).Shape;

    /// <summary>Bytes of the file.</summary>
    public long Length => _start + _entries.Values.Max(e => (long?)e.End) ?? _start;

    /// <summary>Reads an array of float32 numbers, flat.</summary>
    /// <exception cref="InvalidDataException">There is none of that name with float32 numbers.</exception>
    public float[] Read(string name) => Read<float>(name);

    /// <summary>Reads an array, flat.</summary>
    /// <exception cref="InvalidDataException">There is none of that name and type.</exception>
    public T[] Read<T>(string name)
        where T : unmanaged
    {
        var values = new T[Numbers<T>(name)];
        Read(name, values.AsSpan());
        return values;
    }

    /// <summary>Reads an array into memory that is there.</summary>
    /// <exception cref="InvalidDataException">There is none of that name, type and size.</exception>
    public void Read<T>(string name, Span<T> values)
        where T : unmanaged
    {
        var entry = Find(name);
        long expected = (long)Unsafe.SizeOf<T>() * values.Length;
        if (entry.Type != SafeTensors.TypeOf<T>() || entry.End - entry.Begin != expected)
        {
            throw new InvalidDataException(
                $"{_path}: array {name} has type {entry.Type} and {entry.End - entry.Begin} bytes, expected {SafeTensors.TypeOf<T>()} and {expected}.");
        }

        const int Chunk = 1 << 20;
        long at = _start + entry.Begin;
        for (int start = 0; start < values.Length; start += Chunk)
        {
            var bytes = MemoryMarshal.AsBytes(values.Slice(start, Math.Min(Chunk, values.Length - start)));
            Fill(bytes, at, name);
            at += bytes.Length;
        }
    }

    /// <summary>An array where it lies in the file: its pages come into memory as they are read. The file must not be
    /// changed in place while the memory is used; replacing it as a whole is harmless.</summary>
    /// <exception cref="InvalidDataException">There is none of that name and type.</exception>
    public ReadOnlyMemory<T> Map<T>(string name)
        where T : unmanaged
    {
        int length = Numbers<T>(name);
        var entry = Find(name);
        return length == 0 || (_start + entry.Begin) % Unsafe.SizeOf<T>() != 0
            ? Read<T>(name)
            : new MappedNumbers<T>(_path, _start + entry.Begin, length).Memory;
    }

    /// <summary>The SHA-256 digest of all numbers in the order of the file, in hexadecimal digits.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        for (long at = _start, end = Length; at < end; at += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at));
            Fill(part, at, "of all");
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private Entry Find(string name) => _entries.TryGetValue(name, out var entry)
        ? entry
        : throw new InvalidDataException($"{_path}: found no array {name}.");

    // Counted before memory is taken, and only where the type is right.
    private int Numbers<T>(string name)
        where T : unmanaged
    {
        var entry = Find(name);
        long length = (entry.End - entry.Begin) / Unsafe.SizeOf<T>();
        return entry.Type == SafeTensors.TypeOf<T>() && length <= Array.MaxLength
            ? (int)length
            : throw new InvalidDataException(
                $"{_path}: array {name} has type {entry.Type} and {entry.End - entry.Begin} bytes, expected {SafeTensors.TypeOf<T>()} and at most {Array.MaxLength} numbers.");
    }

    private void Fill(Span<byte> bytes, long at, string name)
    {
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
            Require(json.RootElement, JsonValueKind.Object, "the header", "an object");
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__"))
                {
                    Require(property.Value, JsonValueKind.Object, property.Name, "an object of texts");
                    foreach (var pair in property.Value.EnumerateObject())
                    {
                        Require(pair.Value, JsonValueKind.String, $"{property.Name}.{pair.Name}", "a text");
                        if (!Metadata.TryAdd(pair.Name, pair.Value.GetString()!))
                        {
                            throw new InvalidDataException($"{_path}: {pair.Name} stands twice in the metadata.");
                        }
                    }
                }
                else if (!_entries.TryAdd(property.Name, Entry.Of(property.Name, property.Value)))
                {
                    throw new InvalidDataException($"{_path}: array {property.Name} stands twice in the header.");
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or OverflowException) // invalid: half a surrogate pair
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

    private readonly record struct Entry(string Type, IReadOnlyList<long> Shape, long Bytes, long Begin, long End)
    {
        public static Entry Of(string name, JsonElement json)
        {
            Require(json, JsonValueKind.Object, $"array {name}", "an object");
            string type = Member(json, name, "dtype", JsonValueKind.String, "a text").GetString()!;
            long bytes = type switch
            {
                "F64" or "I64" or "U64" => 8,
                "F32" or "I32" or "U32" => 4,
                "F16" or "BF16" or "I16" or "U16" => 2,
                "I8" or "U8" or "BOOL" => 1,
                _ => throw new FormatException($"type '{type}' of array {name} is unknown"),
            };
            var shape = new List<long>();
            foreach (var side in Member(json, name, "shape", JsonValueKind.Array, "a list").EnumerateArray())
            {
                long length = Whole(side, $"a side of array {name}");
                shape.Add(length);
                bytes = checked(bytes * length);
            }

            var offsets = Member(json, name, "data_offsets", JsonValueKind.Array, "a pair");
            return offsets.GetArrayLength() == 2
                ? new Entry(type, shape, bytes, Whole(offsets[0], $"an offset of array {name}"), Whole(offsets[1], $"an offset of array {name}"))
                : throw new FormatException($"found {offsets.GetArrayLength()} data_offsets of array {name}, expected a pair");
        }

        private static JsonElement Member(JsonElement json, string array, string name, JsonValueKind kind, string expected)
        {
            if (!json.TryGetProperty(name, out var value))
            {
                throw new FormatException($"array {array} has no {name}, expected {expected}");
            }

            Require(value, kind, $"{name} of array {array}", expected);
            return value;
        }

        private static long Whole(JsonElement json, string what) => json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out long x) && x >= 0
            ? x
            : throw new FormatException($"{what} is {JsonKinds.KindOf(json)}, expected a whole number ≥ 0");
    }

    private static void Require(JsonElement value, JsonValueKind kind, string what, string expected)
    {
        if (value.ValueKind != kind)
        {
            throw new FormatException($"{what} is {JsonKinds.KindOf(value)}, expected {expected}");
        }
    }
}
