using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace Encore.Data;

/// <summary>
/// Tells a compressed file that was cut off from a whole one. DuckDB reads the one like the other: it takes the cut for
/// the end, and half a line for a line.
/// </summary>
internal static class CompressedFile
{
    /// <summary>Checks a file by its ending, beside other work; a file that is not compressed is whole.</summary>
    /// <returns>A task that fails with an <see cref="InvalidDataException"/> where the file is cut off.</returns>
    public static Task CheckAsync(string path, CancellationToken cancellationToken) =>
        path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? Task.Run(() => CheckGzip(path, cancellationToken), cancellationToken)
        : path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase) ? Task.Run(() => CheckZstandard(path), cancellationToken)
        : Task.CompletedTask;

    private static void CheckGzip(string path, CancellationToken cancellationToken)
    {
        long line = 1;
        try
        {
            using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            var buffer = new byte[1 << 18];
            for (int read; (read = gzip.Read(buffer)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                line += buffer.AsSpan(0, read).Count((byte)'\n');
            }
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"{path}:{line}: found the end of the gzip file within its data, or data that is damaged; expected a whole file. Copy or download it again."), error);
        }
    }

    // The format is a chain of frames of blocks, each with its length in front (RFC 8878, section 3.1): walking the
    // lengths reads next to nothing.
    private static void CheckZstandard(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> head = stackalloc byte[6];
        while (file.Position < file.Length)
        {
            Require(file, path, head[..4]);
            uint magic = BinaryPrimitives.ReadUInt32LittleEndian(head);
            if ((magic & 0xFFFFFFF0) == 0x184D2A50)
            {
                Require(file, path, head[..4]);
                Skip(file, path, BinaryPrimitives.ReadUInt32LittleEndian(head));
                continue;
            }

            if (magic != 0xFD2FB528)
            {
                throw new InvalidDataException($"{path}: found no zstd data at byte {file.Position - 4:N0}, expected a zstd file.");
            }

            Require(file, path, head[..1]);
            int descriptor = head[0];
            bool single = (descriptor & 0x20) != 0;
            int window = single ? 0 : 1, dictionary = (descriptor & 3) switch { 3 => 4, var n => n };
            int content = (descriptor >> 6) switch { 0 => single ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
            Skip(file, path, window + dictionary + content);
            for (bool last = false; !last;)
            {
                Require(file, path, head[..3]);
                int block = head[0] | (head[1] << 8) | (head[2] << 16);
                last = (block & 1) != 0;
                Skip(file, path, ((block >> 1) & 3) == 1 ? 1 : block >> 3); // type 1 repeats one byte
            }

            Skip(file, path, (descriptor & 4) != 0 ? 4 : 0);
        }
    }

    private static void Require(FileStream file, string path, Span<byte> bytes)
    {
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw Cut(file, path);
        }
    }

    private static void Skip(FileStream file, string path, long length)
    {
        if (file.Position + length > file.Length)
        {
            throw Cut(file, path);
        }

        file.Position += length;
    }

    private static InvalidDataException Cut(FileStream file, string path) => new(string.Create(CultureInfo.InvariantCulture,
        $"{path}: found the end of the zstd file within its data, after {file.Length:N0} bytes; expected a whole file. Copy or download it again."));
}
