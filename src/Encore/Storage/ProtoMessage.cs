using System.Runtime.CompilerServices;
using System.Text;

namespace Encore.Storage;

/// <summary>
/// A protocol buffers message that is being written: fields by number, in the wire format (varint, fixed 32 or 64 bits,
/// length and bytes). Sizes are known before anything is written, so that large arrays go straight to the file.
/// </summary>
public sealed class ProtoMessage
{
    private readonly List<(byte[] Head, Action<Stream>? Body, long Length)> _parts = [];

    /// <summary>Number of bytes.</summary>
    public long Length => _parts.Sum(part => part.Head.Length + part.Length);

    /// <summary>A whole number, as a varint.</summary>
    public ProtoMessage Add(int field, long value)
    {
        var bytes = new List<byte>();
        Varint(bytes, (ulong)(field << 3));
        Varint(bytes, (ulong)value);
        _parts.Add(([.. bytes], null, 0));
        return this;
    }

    /// <summary>A number of 32 bits.</summary>
    public ProtoMessage Add(int field, float value)
    {
        var bytes = new List<byte>();
        Varint(bytes, (ulong)((field << 3) | 5));
        bytes.AddRange(BitConverter.GetBytes(value));
        _parts.Add(([.. bytes], null, 0));
        return this;
    }

    /// <summary>A number of 64 bits.</summary>
    public ProtoMessage Add(int field, double value)
    {
        var bytes = new List<byte>();
        Varint(bytes, (ulong)((field << 3) | 1));
        bytes.AddRange(BitConverter.GetBytes(value));
        _parts.Add(([.. bytes], null, 0));
        return this;
    }

    /// <summary>A text, in UTF-8.</summary>
    public ProtoMessage Add(int field, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Delimited(field, bytes.Length, stream => stream.Write(bytes));
        return this;
    }

    /// <summary>A message within the message.</summary>
    public ProtoMessage Add(int field, ProtoMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Delimited(field, message.Length, message.WriteTo);
        return this;
    }

    /// <summary>An array's numbers as little-endian bytes.</summary>
    public ProtoMessage AddBytes<T>(int field, T[] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        var tensor = SafeTensor.Of<T>("", [values.Length], values);
        Delimited(field, (long)values.Length * Unsafe.SizeOf<T>(), stream => tensor.ForChunks(stream.Write));
        return this;
    }

    /// <summary>Writes the message, without its length.</summary>
    public void WriteTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        foreach (var (head, body, _) in _parts)
        {
            stream.Write(head);
            body?.Invoke(stream);
        }
    }

    private void Delimited(int field, long length, Action<Stream> body)
    {
        var bytes = new List<byte>();
        Varint(bytes, (ulong)((field << 3) | 2));
        Varint(bytes, (ulong)length);
        _parts.Add(([.. bytes], body, length));
    }

    private static void Varint(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
    }
}
