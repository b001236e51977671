using DuckDB.NET.Native;

namespace Encore.Data;

/// <summary>Finds the line of a record, once something is wrong with it.</summary>
internal static class RecordLocator
{
    /// <summary>The line, from 1, on which a record starts; null where the file has no such record.</summary>
    /// <param name="path">A text file, plain or compressed.</param>
    /// <param name="row">The record, from 0, the header and blank lines not counted.</param>
    /// <param name="header">Whether the first record is a header.</param>
    /// <param name="quoted">Whether a line break between quotes is part of a record.</param>
    public static long? Line(string path, long row, bool header, bool quoted)
    {
        using var db = new DuckDb();
        long wanted = row + (header ? 1 : 0), record = -1, number = 0;
        long? found = null;
        bool open = false; // a quoted field goes on over the end of the line
        db.Stream(
            $"SELECT coalesce(line, '') FROM {Sources.LinesOf(path)}",
            chunk =>
            {
                foreach (ref readonly var text in chunk.Column<DuckDBString>(0))
                {
                    var line = Text.Bytes(text);
                    number++;
                    if (!open && !line.IsEmpty && ++record == wanted)
                    {
                        found = number;
                    }

                    open ^= quoted && line.Count((byte)'"') % 2 == 1;
                }
            },
            CancellationToken.None);
        return found;
    }
}
