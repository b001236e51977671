using System.Text;

namespace Encore.Data;

/// <summary>The first lines of a text file.</summary>
/// <param name="Lines">The first lines that are not empty, at most <see cref="Most"/>.</param>
/// <param name="Encoding">The file's encoding; null: UTF-8.</param>
/// <param name="HasOneEnd">Whether its lines end in one way.</param>
internal sealed record TextHead(IReadOnlyList<string> Lines, Encoding? Encoding, bool HasOneEnd)
{
    /// <summary>Lines to look at.</summary>
    public const int Most = 256;

    // Enough for its lines, and for the first line of an adjacency list, which may be long.
    private const int MostBytes = 1 << 18, LongestLine = 1 << 26;

    /// <summary>Reads the first lines.</summary>
    /// <param name="file">The file.</param>
    /// <param name="options">What was said; told of an encoding that was found.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidDataException">It is no text.</exception>
    public static TextHead Read(DataFile file, ReadOptions options, CancellationToken cancellationToken)
    {
        var encoding = options.Encoding is { } name ? TextEncodings.Find(name) : Certain(file);
        if (options.Encoding is null && encoding is not null)
        {
            options.Notes?.Report($"{file.Name}: read as {encoding.WebName}, by its first bytes (--encoding {encoding.WebName}).");
        }

        var lines = new List<string>();
        var ends = new HashSet<LineEnd>();
        string? wrong = null;
        using var bytes = OpenUtf8(file, encoding);
        var reader = RecordReader.Lines(bytes, LongestLine);
        long length = 0;
        try
        {
            while (lines.Count < Most && (length < MostBytes || lines.Count < 2) && wrong is null && reader.Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var line = WithoutMark(reader.Record, reader.Line);
                length += line.Length;
                ends.Add(reader.End);
                wrong = line.Contains((byte)0)
                    ? FormattableString.Invariant($"{file.Name}:{reader.Line}: found a byte 0, expected text. If it is text in UTF-16: --encoding utf-16, or utf-16be.")
                    : null;
                if (!line.IsEmpty)
                {
                    lines.Add(System.Text.Encoding.UTF8.GetString(line));
                }
            }
        }
        catch (Exception error) when (DataFile.IsOfPacking(error) && file.IsReadable)
        {
            // The check of the whole file says what is wrong and where.
        }

        if (wrong is not null)
        {
            throw new InvalidDataException(wrong);
        }

        ends.Remove(LineEnd.None);
        return new TextHead(lines, encoding, ends.Count < 2);
    }

    /// <summary>A file's text as UTF-8.</summary>
    public static Stream OpenUtf8(DataFile file, Encoding? encoding) => encoding is null ? file.OpenBytes()
        : System.Text.Encoding.CreateTranscodingStream(file.OpenBytes(), encoding, System.Text.Encoding.UTF8);

    /// <summary>A line without the byte order mark that a first one may have.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> line, long number) =>
        number == 1 && line.StartsWith("\uFEFF"u8) ? line[3..] : line;

    private static Encoding? Certain(DataFile file)
    {
        using var bytes = file.OpenBytes();
        var head = new byte[4096];
        try
        {
            return TextEncodings.Certain(head.AsSpan(0, bytes.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
        }
        catch (Exception error) when (DataFile.IsOfPacking(error) && file.IsReadable)
        {
            return null;
        }
    }
}
