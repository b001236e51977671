using System.IO.Compression;
using System.Text.Json;

namespace Encore.Data;

/// <summary>A file of data: what it is packed in, and what is inside.</summary>
/// <param name="Path">The file on disk.</param>
/// <param name="Member">The file within a zip archive; null without one.</param>
/// <param name="Packing">Gzip, Zstandard, Bzip2 or Zip; Text: nothing.</param>
/// <param name="Content">What is inside: Text, Parquet, Workbook, Sqlite or DuckDb.</param>
/// <param name="Format">The format of the content, as far as name and first bytes tell.</param>
internal sealed record DataFile(string Path, string? Member, FileKind Packing, FileKind Content, DataFormat Format)
{
    /// <summary>The file as errors name it.</summary>
    public string Name => Member is null ? Path : $"{Path}/{Member}";

    /// <summary>Whether DuckDB can read its bytes where they are.</summary>
    public bool IsReadable => Packing is FileKind.Text or FileKind.Gzip or FileKind.Zstandard;

    /// <summary>The file as arguments of DuckDB's readers of text.</summary>
    public string Sql => $"{Text.File(Path)}, compression = '{Packing switch { FileKind.Gzip => "gzip", FileKind.Zstandard => "zstd", _ => "uncompressed" }}'";

    /// <summary>A plain text file.</summary>
    public static DataFile Plain(string path) => new(path, null, FileKind.Text, FileKind.Text, DataFormat.Delimited);

    /// <summary>Whether a path names a file, or one within a zip archive.</summary>
    public static bool Exists(string path) => File.Exists(path) || ArchiveOf(path) is not null;

    /// <summary>Looks at a file.</summary>
    /// <param name="path">The file; of a file in a zip archive the archive, a slash and its name there.</param>
    /// <param name="notes">Told where its content is not what its name says.</param>
    /// <exception cref="InvalidDataException">It holds no log that can be read.</exception>
    public static DataFile Open(string path, IProgress<string>? notes)
    {
        string? member = null;
        if (!File.Exists(path) && ArchiveOf(path) is { } archive)
        {
            (path, member) = (archive, path[(archive.Length + 1)..].Replace('\\', '/'));
        }

        byte[] head = Head(File.OpenRead(path));
        var packing = FileSignature.Of(head, path);
        var content = packing;
        if (packing == FileKind.Zip)
        {
            (packing, member) = ZipArchives.Choose(path, member, notes);
        }

        string name = System.IO.Path.GetFileName(member ?? path);
        if (packing is FileKind.Gzip or FileKind.Zstandard or FileKind.Bzip2 or FileKind.Zip)
        {
            var packed = new DataFile(path, member, packing, FileKind.Text, DataFormat.Delimited);
            content = packed.IsDamaged(out head) ? FileKind.Text : FileSignature.Of(head, packed.Name);
            if (content is FileKind.Gzip or FileKind.Zstandard or FileKind.Bzip2 or FileKind.Zip)
            {
                throw new InvalidDataException($"{packed.Name}: found a compressed file within a compressed file, expected data; decompress the outer one first.");
            }
        }
        else
        {
            (packing, content) = (FileKind.Text, packing);
        }

        var format = FormatOf(name, content, head);
        Compare(path, name, packing, content, format, notes);
        return new DataFile(path, member, packing, content, format);
    }

    /// <summary>Its bytes, decompressed.</summary>
    public Stream OpenBytes()
    {
        Stream file = File.OpenRead(Path);
        return Packing switch
        {
            FileKind.Gzip => new GZipStream(file, CompressionMode.Decompress),
            FileKind.Zstandard => new ZstdSharp.DecompressionStream(file, leaveOpen: false),
            FileKind.Bzip2 => new Bzip2Members(file),
            FileKind.Zip => ZipArchives.Open(file, Member!, Path),
            _ => file,
        };
    }

    /// <summary>The error of a packed file that cannot be unpacked.</summary>
    public InvalidDataException Damaged(Exception error) =>
        new($"{Name}: found damaged compressed data ({error.Message.TrimEnd('.')}), expected a whole file. Copy or download it again.", error);

    /// <summary>Whether an exception is about bytes that cannot be unpacked.</summary>
    public static bool IsOfPacking(Exception error) =>
        error is InvalidDataException or EndOfStreamException or ZstdSharp.ZstdException or ICSharpCode.SharpZipLib.SharpZipBaseException or IndexOutOfRangeException;

    private bool IsDamaged(out byte[] head)
    {
        try
        {
            head = Head(OpenBytes());
            return false;
        }
        catch (Exception error) when (IsOfPacking(error) && IsReadable)
        {
            head = []; // what is wrong is said when the whole is read
            return true;
        }
        catch (Exception error) when (IsOfPacking(error))
        {
            throw Damaged(error);
        }
    }

    private static byte[] Head(Stream stream)
    {
        using (stream)
        {
            var head = new byte[FileSignature.Length];
            return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        }
    }

    // The part of a path that is a zip archive, where the rest names a file in it.
    private static string? ArchiveOf(string path)
    {
        for (int at = path.IndexOf(".zip", StringComparison.OrdinalIgnoreCase); at >= 0; at = path.IndexOf(".zip", at + 1, StringComparison.OrdinalIgnoreCase))
        {
            if (at + 5 < path.Length && path[at + 4] is '/' or '\\' && File.Exists(path[..(at + 4)]))
            {
                return path[..(at + 4)];
            }
        }

        return null;
    }

    private static DataFormat FormatOf(string name, FileKind content, byte[] head) =>
        content == FileKind.Parquet ? DataFormat.Parquet
        : Sources.FormatOf(name) is not DataFormat.Delimited and var format ? format
        : IsJson(head) ? DataFormat.JsonLines
        : DataFormat.Delimited;

    // The first line, or as much of it as is here, begins an object with a name and a colon.
    private static bool IsJson(ReadOnlySpan<byte> head)
    {
        try
        {
            var reader = new Utf8JsonReader(head, isFinalBlock: false, state: default);
            return head is [(byte)'{', ..] && reader.Read() && reader.TokenType == JsonTokenType.StartObject
                && reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Compare(string path, string name, FileKind packing, FileKind content, DataFormat format, IProgress<string>? notes)
    {
        string lower = name.ToLowerInvariant();
        var named = lower.EndsWith(".gz", StringComparison.Ordinal) ? FileKind.Gzip
            : lower.EndsWith(".zst", StringComparison.Ordinal) ? FileKind.Zstandard
            : lower.EndsWith(".bz2", StringComparison.Ordinal) ? FileKind.Bzip2 : FileKind.Text;
        if (packing != named && packing != FileKind.Zip)
        {
            notes?.Report($"{path}: read as {(packing == FileKind.Text ? "an uncompressed file" : $"a file compressed by {packing.ToString().ToLowerInvariant()}")}: its name says otherwise, its content does not.");
        }

        if (format != Sources.FormatOf(name))
        {
            notes?.Report($"{path}: read as {(content == FileKind.Parquet ? "Parquet" : "JSON lines")}, by its content.");
        }
    }
}
