using System.Text;
using System.Text.Json;
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
        long wanted = row + (header ? 1 : 0), record = -1;
        long? found = null;
        bool open = false; // a quoted field goes on over the end of the line
        ForEach(path, (number, line) =>
        {
            if (!open && !line.IsEmpty && ++record == wanted)
            {
                found = number;
            }

            open ^= quoted && line.Count((byte)'"') % 2 == 1;
        });
        return found;
    }

    /// <summary>The first line of a file of JSON lines that is no JSON object; null where all are.</summary>
    public static (long Line, string Text)? FirstMalformed(string path)
    {
        (long, string)? found = null;
        ForEach(path, (number, line) =>
        {
            if (found is null && !line.IsEmpty && !IsObject(line))
            {
                found = (number, Encoding.UTF8.GetString(line));
            }
        });
        return found;
    }

    /// <summary>Whether a text is a JSON object or list.</summary>
    public static bool IsJson(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsObject(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            bool isObject = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
            while (reader.Read())
            {
            }

            return isObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void ForEach(string path, LineAction action)
    {
        using var db = new DuckDb();
        long number = 0;
        db.Stream(
            $"SELECT coalesce(line, '') FROM {Sources.LinesOf(path)}",
            chunk =>
            {
                foreach (ref readonly var line in chunk.Column<DuckDBString>(0))
                {
                    action(++number, Text.Bytes(line));
                }
            },
            CancellationToken.None);
    }

    private delegate void LineAction(long number, ReadOnlySpan<byte> line);
}
