using System.IO.Compression;

namespace Encore.Data;

/// <summary>Finds the line of a record, once something is wrong with it.</summary>
internal static class RecordLocator
{
    /// <summary>The line, from 1, on which a record starts; null where the file cannot be read as text from here.</summary>
    /// <param name="path">A delimited file, plain or gzip.</param>
    /// <param name="row">The record, from 0, the header and blank lines not counted.</param>
    /// <param name="header">Whether the first record is a header.</param>
    public static long? Line(string path, long row, bool header)
    {
        if (path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        using var file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream);
        long wanted = row + (header ? 1 : 0), record = -1, number = 0;
        bool open = false; // a quoted field goes on over the end of the line
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (!open && line.Length > 0 && ++record == wanted)
            {
                return number;
            }

            open ^= line.AsSpan().Count('"') % 2 == 1;
        }

        return null;
    }
}
