using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Encore.Tracking;

/// <summary>
/// Figures, one JSON object a line: <c>{"step":20,"epoch":2,"time":"2026-01-31T12:00:00.000Z","loss":512.3}</c>. Lines are
/// only ever added, each with one write, so that a process that dies leaves whole lines.
/// </summary>
public static class MetricsFile
{
    private const byte NewLine = (byte)'\n';

    /// <summary>A line's bytes, its end included. Figures that are no finite numbers are left out.</summary>
    internal static byte[] Line(RunMetrics metrics)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", metrics.Step);
            json.WriteNumber("epoch", metrics.Epoch);
            json.WriteString("time", metrics.Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            foreach (var (name, value) in metrics.Values)
            {
                if (double.IsFinite(value))
                {
                    json.WriteNumber(name, value);
                }
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a file from its beginning.</summary>
    /// <returns>The lines that count, steps rising; empty where there is no file.</returns>
    /// <exception cref="InvalidDataException">A line is no object of figures; the message names it.</exception>
    public static IReadOnlyList<RunMetrics> Read(string path)
    {
        var series = new MetricsReader(path);
        series.Advance();
        return series.Lines;
    }

    /// <summary>Parses the lines of a block.</summary>
    /// <param name="block">Bytes from the start of a line on.</param>
    /// <param name="take">Told each line.</param>
    /// <param name="path">The file, for errors.</param>
    /// <param name="line">The number of the block's first line, from 1.</param>
    /// <returns>Bytes up to the end of the last whole line, and the number of lines.</returns>
    internal static (int Bytes, int Lines) Parse(ReadOnlySpan<byte> block, Action<RunMetrics> take, string path, int line)
    {
        int start = 0, lines = 0;
        for (int length; (length = block[start..].IndexOf(NewLine)) >= 0; start += length + 1, lines++)
        {
            var text = block.Slice(start, length);
            if (text.Trim(" \r"u8).Length > 0)
            {
                try
                {
                    take(ParseLine(text));
                }
                catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
                {
                    throw new InvalidDataException(
                        $"{path}:{line + lines}: found {Encoding.UTF8.GetString(text[..Math.Min(80, text.Length)])}, expected an object of numbers with step, epoch and time.", error);
                }
            }
        }

        return (start, lines);
    }

    /// <summary>When a file's last whole line was written, from its end alone; null where there is none.</summary>
    internal static DateTimeOffset? LastTime(string path)
    {
        const int Tail = 1 << 14;
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        file.Position = Math.Max(0, file.Length - Tail);
        byte[] bytes = new byte[Tail];
        var tail = bytes.AsSpan(0, file.ReadAtLeast(bytes, Tail, throwOnEndOfStream: false));
        int end = tail.LastIndexOf(NewLine);
        try
        {
            return end < 0 ? null : ParseLine(tail[(tail[..end].LastIndexOf(NewLine) + 1)..end]).Time;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null; // who reads the figures is told
        }
    }

    private static RunMetrics ParseLine(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        long step = 0;
        int epoch = 0;
        DateTimeOffset time = default;
        var values = new Dictionary<string, double>();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("no object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("step"u8))
            {
                reader.Read();
                step = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("epoch"u8))
            {
                reader.Read();
                epoch = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("time"u8))
            {
                reader.Read();
                time = reader.GetDateTimeOffset();
            }
            else
            {
                string name = Names.Of(ref reader);
                reader.Read();
                double value = reader.GetDouble();
                values[name] = double.IsFinite(value) ? value : throw new FormatException(); // such as 1e999
            }
        }

        return new RunMetrics(step, epoch, time, values);
    }

    // A file has few names and many lines.
    private static class Names
    {
        private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> Known = new();

        public static string Of(ref Utf8JsonReader reader)
        {
            Span<char> text = stackalloc char[128];
            if (reader.HasValueSequence || reader.ValueSpan.Length > text.Length)
            {
                return reader.GetString()!;
            }

            int length = reader.CopyString(text);
            var known = Known.GetAlternateLookup<ReadOnlySpan<char>>();
            if (known.TryGetValue(text[..length], out string? name))
            {
                return name;
            }

            name = text[..length].ToString();
            return Known.GetOrAdd(name, name);
        }
    }
}

/// <summary>Follows a file of figures as it grows. Not for several threads at once.</summary>
/// <param name="path">The file; it may not be there yet.</param>
public sealed class MetricsReader(string path)
{
    private readonly List<RunMetrics> _lines = [];
    private long _offset;
    private int _line = 1;

    /// <summary>The lines read so far that count, steps rising.</summary>
    public IReadOnlyList<RunMetrics> Lines => _lines;

    /// <summary>Reads what has been added; a last line without an end is left for the next time.</summary>
    /// <returns>Whether <see cref="Lines"/> changed.</returns>
    /// <exception cref="InvalidDataException">A line is no object of figures; the message names it.</exception>
    public bool Advance()
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        bool changed = false;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            int held = 0;
            file.Position = _offset;
            for (int read; (read = file.Read(buffer, held, buffer.Length - held)) > 0;)
            {
                held += read;
                var (bytes, lines) = MetricsFile.Parse(buffer.AsSpan(0, held), Add, path, _line);
                changed |= lines > 0;
                _offset += bytes;
                _line += lines;
                held -= bytes;
                buffer.AsSpan(bytes, held).CopyTo(buffer);
                if (held == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
                    buffer.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return changed;
    }

    private void Add(RunMetrics line)
    {
        while (_lines.Count > 0 && _lines[^1].Step >= line.Step)
        {
            _lines.RemoveAt(_lines.Count - 1);
        }

        _lines.Add(line);
    }
}
