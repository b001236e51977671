using System.Text;
using System.Text.Json;

namespace Encore.Data;

/// <summary>Finds the line of a record, once something is wrong with it.</summary>
internal static class RecordLocator
{
    /// <summary>The line, from 1, on which a record starts; null where the file has no such record.</summary>
    /// <param name="file">A text file.</param>
    /// <param name="row">The record, from 0, the header and blank lines not counted.</param>
    /// <param name="header">Whether the first record is a header.</param>
    /// <param name="dialect">Whose quotes may hold the break of a line; null: a line is a record.</param>
    public static long? Line(DataFile file, long row, bool header, Dialect? dialect = null)
    {
        long wanted = row + (header ? 1 : 0), record = -1;
        using var bytes = file.OpenBytes();
        var reader = dialect is null ? RecordReader.Lines(bytes, int.MaxValue / 2)
            : new RecordReader(bytes, dialect.Quote, dialect.Delimiter, dialect.Escape, TextCopy.LongestLine);
        while (reader.Read())
        {
            if (!TextHead.WithoutMark(reader.Record, reader.Line).IsEmpty && ++record == wanted)
            {
                return reader.Line;
            }
        }

        return null;
    }

    /// <summary>The first line of a file of JSON lines that is no JSON object; null where all are.</summary>
    public static (long Line, string Text)? FirstMalformed(DataFile file)
    {
        using var bytes = file.OpenBytes();
        var reader = RecordReader.Lines(bytes, int.MaxValue / 2);
        while (reader.Read())
        {
            var line = TextHead.WithoutMark(reader.Record, reader.Line);
            if (!line.IsEmpty && !IsObject(line))
            {
                return (reader.Line, Encoding.UTF8.GetString(line));
            }
        }

        return null;
    }

    /// <summary>The first line whose bytes are no UTF-8; null where all are.</summary>
    public static (long Line, string Text)? FirstNotUtf8(DataFile file)
    {
        using var bytes = file.OpenBytes();
        var reader = RecordReader.Lines(bytes, int.MaxValue / 2);
        while (reader.Read())
        {
            if (!System.Text.Unicode.Utf8.IsValid(reader.Record))
            {
                return (reader.Line, Encoding.UTF8.GetString(reader.Record));
            }
        }

        return null;
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

    /// <summary>Whether a line is a JSON object.</summary>
    public static bool IsObject(ReadOnlySpan<byte> line)
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
}
