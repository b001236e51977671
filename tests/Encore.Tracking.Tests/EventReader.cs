using System.Buffers.Binary;
using Google.Protobuf;

namespace Encore.Tracking.Tests;

/// <summary>An event as the tests read it.</summary>
internal sealed record ReadEvent(double WallTime, long Step, string? Version, bool IsRestart, IReadOnlyList<ReadValue> Values);

/// <summary>A value of a summary.</summary>
internal sealed record ReadValue(string Tag, float? Scalar, string? Plugin, byte[] Content, string? Text);

/// <summary>
/// Reads event files with Google's parser and a check sum of its own (bit by bit, from the polynomial): nothing is shared with
/// what wrote them.
/// </summary>
internal static class EventReader
{
    public static IReadOnlyList<ReadEvent> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var events = new List<ReadEvent>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at)));
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)).ShouldBe(MaskedCrc(bytes.AsSpan(at, 8)));
            var data = bytes.AsSpan(at + 12, length);
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)).ShouldBe(MaskedCrc(data));
            events.Add(Event(data.ToArray()));
            at += length + 16;
        }

        return events;
    }

    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte one in bytes)
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82f63b78u);
            }
        }

        return ~crc;
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc(bytes);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u);
    }

    private static ReadEvent Event(byte[] data)
    {
        var found = new ReadEvent(double.NaN, 0, null, false, []);
        foreach (var (field, value) in Fields(data))
        {
            found = field switch
            {
                1 => found with { WallTime = (double)value },
                2 => found with { Step = (long)(ulong)value },
                3 => found with { Version = Text(value) },
                5 => found with { Values = [.. Fields((byte[])value).Select(v => Value((byte[])v.Value))] },
                7 => found with { IsRestart = (ulong)Fields((byte[])value).Single(f => f.Field == 1).Value == 1 },
                _ => found,
            };
        }

        return found;
    }

    private static ReadValue Value(byte[] data)
    {
        var found = new ReadValue("", null, null, [], null);
        foreach (var (field, value) in Fields(data))
        {
            switch (field)
            {
                case 1:
                    found = found with { Tag = Text(value) };
                    break;
                case 2:
                    found = found with { Scalar = (float)value };
                    break;
                case 8:
                    found = found with { Text = Fields((byte[])value).Where(f => f.Field == 8).Select(f => Text(f.Value)).FirstOrDefault() };
                    break;
                case 9:
                    var plugin = Fields((byte[])Fields((byte[])value).Single(f => f.Field == 1).Value).ToDictionary(f => f.Field, f => f.Value);
                    found = found with { Plugin = Text(plugin[1]), Content = (byte[])plugin[2] };
                    break;
            }
        }

        return found;
    }

    public static string Text(object value) => System.Text.Encoding.UTF8.GetString((byte[])value);

    /// <summary>A message's fields: varints as ulong, floats, doubles, and bytes.</summary>
    public static List<(int Field, object Value)> Fields(byte[] data)
    {
        using var input = new CodedInputStream(data);
        var fields = new List<(int, object)>();
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed32 => input.ReadFloat(),
                WireFormat.WireType.Fixed64 => input.ReadDouble(),
                WireFormat.WireType.LengthDelimited => input.ReadBytes().ToByteArray(),
                var type => throw new InvalidDataException($"wire type {type}"),
            }));
        }

        return fields;
    }
}
