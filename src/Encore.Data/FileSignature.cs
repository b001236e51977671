using System.Buffers.Binary;
using System.Text;

namespace Encore.Data;

/// <summary>What a file is by its first bytes.</summary>
internal enum FileKind
{
    /// <summary>Text, or nothing that is known.</summary>
    Text,
    Parquet,
    Workbook,
    Sqlite,
    DuckDb,
    Gzip,
    Zstandard,
    Bzip2,
    Zip,
}

/// <summary>Tells files by their first bytes: names lie, and what is no log should be called what it is.</summary>
internal static class FileSignature
{
    /// <summary>Bytes to look at.</summary>
    public const int Length = 512;

    private static readonly (string Magic, FileKind Kind)[] Known =
    [
        ("PAR1", FileKind.Parquet), ("SQLite format 3\0", FileKind.Sqlite), ("\x1F\x8B", FileKind.Gzip),
        ("PK\x03\x04", FileKind.Zip), ("PK\x05\x06", FileKind.Zip), ("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", FileKind.Workbook),
    ];

    private static readonly (string Magic, string What, string Advice)[] Others =
    [
        ("\u00FD7zXZ\0", "an xz file", "decompress it first: xz -d"),
        ("7z\xBC\xAF\x27\x1C", "a 7z archive", "unpack it first"),
        ("Rar!\x1A\x07", "a RAR archive", "unpack it first"),
        ("ARROW1", "an Arrow (Feather) file", "save it as Parquet"),
        ("FEA1", "a Feather file", "save it as Parquet"),
        ("ORC", "an ORC file", "save it as Parquet"),
        ("Obj\x01", "an Avro file", "save it as Parquet"),
        ("\x89HDF\r\n", "an HDF5 file", "save its table as Parquet or CSV"),
        ("\x93NUMPY", "a NumPy array", "save it as CSV or Parquet"),
        ("MATLAB 5.0 MAT-file", "a MATLAB file", "save its table as CSV"),
    ];

    /// <summary>The kind of a file.</summary>
    /// <param name="head">Its first bytes.</param>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="InvalidDataException">It is something that holds no log that can be read.</exception>
    public static FileKind Of(ReadOnlySpan<byte> head, string path)
    {
        string text = Encoding.Latin1.GetString(head);
        bool isBinary = head.IndexOfAnyInRange((byte)0, (byte)8) >= 0; // a text may begin with the letters of a signature
        foreach (var (magic, what, advice) in Others)
        {
            if (isBinary && text.StartsWith(magic, StringComparison.Ordinal))
            {
                throw Refused(path, what, advice);
            }
        }

        if (text.StartsWith("%PDF-", StringComparison.Ordinal))
        {
            throw Refused(path, "a PDF document", "save its table as CSV");
        }

        if (head.Length > 262 && text.AsSpan(257, 5) is "ustar")
        {
            throw Refused(path, "a tar archive", "unpack it first (tar -xf) and name one of its files");
        }

        if (text.TrimStart('\xEF', '\xBB', '\xBF', ' ', '\r', '\n', '\t') is var start
            && (start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase)))
        {
            throw Refused(path, "a web page", "a download may have ended at a page of errors or of conditions; look at it, and download the data again");
        }

        // Any of these may begin a text too; that it goes on with an opcode and protocol is a pickle's own.
        if (head is [0x80, >= 2 and <= 5, ..])
        {
            throw Refused(path, "a Python pickle", "save its table as CSV or Parquet");
        }

        return IsZstandard(head) ? FileKind.Zstandard
            : head.Length >= 12 && head[8..12].SequenceEqual("DUCK"u8) ? FileKind.DuckDb
            : IsBzip2(head) ? FileKind.Bzip2
            : isBinary ? Array.Find(Known, k => text.StartsWith(k.Magic, StringComparison.Ordinal)).Kind
            : FileKind.Text;
    }

    // The first block, or the end of an empty file.
    private static bool IsBzip2(ReadOnlySpan<byte> head) => head is [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', 0x31 or 0x17, ..];

    private static bool IsZstandard(ReadOnlySpan<byte> head) =>
        head.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(head) is var magic && (magic == 0xFD2FB528 || (magic & 0xFFFFFFF0) == 0x184D2A50);

    private static InvalidDataException Refused(string path, string what, string advice) =>
        new($"{path}: found {what}, expected a log as text, Parquet, JSON lines, a workbook or a database; {advice}.");
}
