using System.Buffers.Binary;
using System.Globalization;

namespace Encore.Data;

/// <summary>Checks that a zstd file has its end. It is a chain of frames of blocks, each with its length in front (RFC
/// 8878, section 3.1): walking the lengths reads next to nothing.</summary>
internal static class ZstandardFile
{
    public static void Check(string path, CancellationToken cancellationToken)
    {
        using var file = File.OpenRead(path);
        try
        {
            while (file.Position < file.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long start = file.Position;
                uint magic = (uint)Read(file, 4);
                if ((magic & 0xFFFFFFF0) == 0x184D2A50)
                {
                    Skip(file, Read(file, 4)); // data of somebody else's
                }
                else if (magic == 0xFD2FB528)
                {
                    SkipFrame(file);
                }
                else
                {
                    throw new InvalidDataException(
                        string.Create(CultureInfo.InvariantCulture, $"{path}: found no zstd data at byte {start:N0}, expected a zstd file."));
                }
            }
        }
        catch (EndOfStreamException)
        {
            throw CompressedFile.Cut(path, file);
        }
    }

    private static void SkipFrame(FileStream file)
    {
        int descriptor = (int)Read(file, 1);
        bool single = (descriptor & 0x20) != 0;
        int window = single ? 0 : 1;
        int dictionary = (descriptor & 3) switch { 3 => 4, var n => n };
        int content = (descriptor >> 6) switch { 0 => single ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        Skip(file, window + dictionary + content);
        for (bool last = false; !last;)
        {
            int block = (int)Read(file, 3);
            last = (block & 1) != 0;
            Skip(file, ((block >> 1) & 3) == 1 ? 1 : block >> 3); // type 1 repeats one byte
        }

        Skip(file, (descriptor & 4) != 0 ? 4 : 0); // a checksum
    }

    private static long Read(FileStream file, int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        bytes.Clear();
        file.ReadExactly(bytes[..length]);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private static void Skip(FileStream file, long length)
    {
        if (file.Position + length > file.Length)
        {
            throw new EndOfStreamException();
        }

        file.Position += length;
    }
}
