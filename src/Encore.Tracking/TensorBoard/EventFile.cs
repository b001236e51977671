using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Encore.Storage;

namespace Encore.Tracking.TensorBoard;

/// <summary>
/// An event file on its way: records of the length (8 bytes), its check sum (4), the message, its check sum (4), all
/// little-endian. Each record is one write, so that who reads along finds whole ones. Not for several threads at once.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private readonly FileStream _file;

    /// <summary>A new file.</summary>
    /// <exception cref="IOException">It already exists or cannot be created.</exception>
    public EventFile(string path) =>
        (Path, _file) = (path, new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0));

    /// <summary>The file.</summary>
    public string Path { get; }

    public void Write(ProtoMessage message)
    {
        int length = checked((int)message.Length);
        byte[] record = new byte[length + 16];
        BinaryPrimitives.WriteInt64LittleEndian(record, length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Masked(Crc32C(record.AsSpan(0, 8))));
        using (var body = new MemoryStream(record, 12, length))
        {
            message.WriteTo(body);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + length), Masked(Crc32C(record.AsSpan(12, length))));
        _file.Write(record);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The CRC-32C (Castagnoli) of some bytes.</summary>
    internal static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (byte one in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }

    // A check sum of data that holds check sums says little; the format turns and shifts it.
    private static uint Masked(uint crc) => BitOperations.RotateRight(crc, 15) + 0xa282ead8;
}
