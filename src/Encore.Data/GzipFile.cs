using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace Encore.Data;

/// <summary>Checks that each member of a gzip file has its end (RFC 1952), by decompressing it.</summary>
internal static class GzipFile
{
    // No less than what DeflateStream reads at once: within as much before its place lies the end of its data.
    private const int Ahead = 1 << 14;

    public static void Check(string path, bool hasLines, CancellationToken cancellationToken)
    {
        using var file = File.OpenRead(path);
        var lines = new LineCounter();
        while (StartsMember(file))
        {
            string where = path;
            try
            {
                SkipHeader(file);
                long length = Inflate(file, lines, cancellationToken);
                where = string.Create(CultureInfo.InvariantCulture, $"{path}:{lines.Line}");
                FindTrailer(file, (uint)length);
            }
            catch (EndOfStreamException)
            {
                throw CompressedFile.Cut(where, file);
            }
            catch (InvalidDataException error)
            {
                throw new InvalidDataException(
                    string.Create(CultureInfo.InvariantCulture, $"{path}:{lines.Line}: found damaged gzip data, expected a whole file. Copy or download it again."), error);
            }
        }

        if (hasLines)
        {
            lines.Check(path);
        }
    }

    // DuckDB says what is wrong with a file that does not begin so; after a member anything else is padding.
    private static bool StartsMember(FileStream file)
    {
        Span<byte> magic = stackalloc byte[2];
        int read = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        file.Position -= read;
        return read == 2 && magic is [0x1F, 0x8B];
    }

    private static void SkipHeader(FileStream file)
    {
        Span<byte> head = stackalloc byte[10];
        file.ReadExactly(head);
        int flags = head[3];
        if ((flags & 4) != 0)
        {
            file.ReadExactly(head[..2]);
            file.Position += BinaryPrimitives.ReadUInt16LittleEndian(head);
        }

        foreach (int text in (int[])[8, 16]) // a name, a comment, each up to a zero
        {
            while ((flags & text) != 0 && file.ReadByte() is not 0 and var letter)
            {
                _ = letter >= 0 ? letter : throw new EndOfStreamException();
            }
        }

        file.Position += (flags & 2) != 0 ? 2 : 0;
    }

    private static long Inflate(FileStream file, LineCounter lines, CancellationToken cancellationToken)
    {
        using var deflate = new DeflateStream(file, CompressionMode.Decompress, leaveOpen: true);
        var buffer = new byte[1 << 18];
        long length = 0;
        for (int read; (read = deflate.Read(buffer)) > 0; length += read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lines.Add(buffer.AsSpan(0, read));
        }

        return length;
    }

    // DeflateStream does not say where its data ended, nor whether it did: the end is where the length stands behind a
    // checksum, and then nothing or another member.
    private static void FindTrailer(FileStream file, uint length)
    {
        long start = Math.Max(0, file.Position - Ahead);
        var bytes = new byte[(int)Math.Min(file.Length - start, Ahead + 8)];
        file.Position = start;
        file.ReadExactly(bytes);
        for (int at = 4; at + 4 <= bytes.Length; at++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) == length
                && (start + at + 4 == file.Length || bytes.AsSpan(at + 4) is [0x1F, 0x8B, ..] or [] or [0, ..]))
            {
                file.Position = start + at + 4;
                return;
            }
        }

        throw new EndOfStreamException();
    }
}
