using Microsoft.Win32.SafeHandles;

namespace Encore.Data;

/// <summary>
/// Finds lines that DuckDB would drop in silence: it refuses lines above its limit, but not those that are longer than
/// its buffer, which it does not see.
/// </summary>
internal static class LongLines
{
    /// <summary>Bytes from which a line of fields, or of a list, is surely too long.</summary>
    public const int OfFields = 16 << 20, OfLists = 64 << 20;

    // Such a line has whole blocks without an end of line; where each block has one, its first bytes tell.
    private const int Block = 1 << 20, Probe = 1 << 12;

    /// <summary>Refuses a file with such a line. Looks at a few bytes in each block of a file that has none.</summary>
    /// <exception cref="InvalidDataException">There is one.</exception>
    public static void Check(DataFile file, int longest, CancellationToken cancellationToken)
    {
        if (file.Packing != FileKind.Text || new FileInfo(file.Path).Length < longest)
        {
            return;
        }

        using var handle = File.OpenHandle(file.Path);
        long length = RandomAccess.GetLength(handle);
        byte[] buffer = new byte[Block];
        long without = 0;
        for (long start = 0; start < length; start += Block)
        {
            cancellationToken.ThrowIfCancellationRequested();
            without = HasLineEnd(handle, start, buffer) ? 0 : without + 1;
            if (without * Block >= longest)
            {
                throw Error(file.Name, LineAt(handle, start, buffer), longest);
            }
        }
    }

    /// <summary>The error of such a line.</summary>
    public static InvalidDataException Error(string path, long line, int longest) => new(FormattableString.Invariant(
        $"{path}:{line}: found a line of more than {longest >> 20} MB, expected lines that end in a line feed."));

    private static bool HasLineEnd(SafeFileHandle handle, long start, byte[] buffer)
    {
        for (int at = 0, read; at < Block; at += read)
        {
            var part = buffer.AsSpan(0, at == 0 ? Probe : Block - at);
            read = RandomAccess.Read(handle, part, start + at);
            if (read == 0)
            {
                return false;
            }

            if (part[..read].IndexOfAny((byte)'\n', (byte)'\r') >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static long LineAt(SafeFileHandle handle, long end, byte[] buffer)
    {
        long line = 1;
        for (long at = 0, read; at < end; at += read)
        {
            read = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(Block, end - at)), at);
            line += buffer.AsSpan(0, (int)read).Count((byte)'\n');
        }

        return line;
    }
}

/// <summary>Counts the lines of bytes that pass by, and keeps the longest.</summary>
internal sealed class LineCounter
{
    private long _length, _longest, _longestAt;

    /// <summary>The line, from 1, on which the bytes so far end.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Takes more bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.LastIndexOfAny((byte)'\n', (byte)'\r');
        _length += end < 0 ? bytes.Length : bytes.IndexOfAny((byte)'\n', (byte)'\r');
        (_longest, _longestAt) = _length > _longest ? (_length, Line) : (_longest, _longestAt);
        Line += bytes.Count((byte)'\n');
        _length = end < 0 ? _length : bytes.Length - end - 1;
    }

    /// <summary>Refuses a line that DuckDB would not see.</summary>
    /// <exception cref="InvalidDataException">There was one.</exception>
    public void Check(string path)
    {
        if (_longest > LongLines.OfFields)
        {
            throw LongLines.Error(path, _longestAt, LongLines.OfFields);
        }
    }
}
