using System.Text;

namespace Encore.Data;

/// <summary>Reads a text record by record: a line, or several where a line break stands between quotes. Lines may end in
/// any way. A quote that does not end takes one line with it, not the rest of the file.</summary>
internal sealed class RecordReader(Stream utf8, char? quote, string delimiter, char? escape, int longest)
{
    // Bytes that an error shows of a line that is too long.
    private const int Shown = 100;

    private readonly byte[] _delimiter = Encoding.UTF8.GetBytes(delimiter);
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _length, _filled;
    private bool _ended, _begun;
    private byte[] _beginning = [];

    /// <summary>Reads without quotes: each line is a record.</summary>
    public static RecordReader Lines(Stream utf8, int longest) => new(utf8, null, "\n", null, longest);

    /// <summary>Bytes that a record may have.</summary>
    public int Longest => longest;

    /// <summary>The line on which the record starts, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>How many lines it has.</summary>
    public int LineCount { get; private set; }

    /// <summary>Whether it is longer than allowed: then it is one line, and only its beginning is here.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Whether each quote that opens a field ends it.</summary>
    public bool IsSound { get; private set; }

    /// <summary>Whether it ended with a line feed alone, with something else, or with the file.</summary>
    public LineEnd End { get; private set; }

    /// <summary>Its bytes without the line's end.</summary>
    public ReadOnlySpan<byte> Record => IsTooLong ? _beginning : _buffer.AsSpan(_start, _length);

    /// <summary>Goes to the next record.</summary>
    /// <returns>False after the last one.</returns>
    public bool Read()
    {
        Line = _begun ? Line + LineCount : 1;
        _start += _begun ? _length + Width(End) : 0;
        (_begun, LineCount, IsTooLong, IsSound, _length) = (true, 1, false, true, 0);
        if (!Fill(1))
        {
            return false;
        }

        int end = quote is null ? -1 : EndOfRecord();
        if (end < 0)
        {
            IsSound = quote is null || !IsOpen;
            LineCount = 1;
            end = EndOfLine(0);
        }

        if (end > longest)
        {
            SkipLine();
        }
        else
        {
            _length = end;
        }

        return true;
    }

    private static int Width(LineEnd end) => end switch { LineEnd.None => 0, LineEnd.CarriageReturnLineFeed => 2, _ => 1 };

    // Whether quotes were left open, after EndOfRecord() found no end.
    private bool IsOpen { get; set; }

    // The end of the record by its quotes; −1 where they do not end it.
    private int EndOfRecord()
    {
        (IsOpen, byte mark) = (false, (byte)quote!.Value);
        for (int at = 0; ; at += _delimiter.Length)
        {
            if (!Has(at) || Byte(at) != mark)
            {
                at = EndOfField(at);
            }
            else if ((at = EndOfQuoted(at + 1, mark)) < 0)
            {
                IsOpen = true;
                return -1;
            }
            else if (Has(at) && !IsLineEnd(at) && !IsDelimiter(at))
            {
                IsSound = false;
                at = EndOfField(at);
            }

            if (at > longest || !Has(at) || IsLineEnd(at))
            {
                IsOpen = at > longest && LineCount > 1;
                return at > longest ? -1 : SetEnd(at);
            }
        }
    }

    private int EndOfField(int at)
    {
        while (at <= longest && Has(at) && !IsLineEnd(at) && !IsDelimiter(at))
        {
            at++;
        }

        return at;
    }

    // Behind the closing quote, or −1.
    private int EndOfQuoted(int at, byte mark)
    {
        for (; at <= longest && Has(at); at++)
        {
            byte b = Byte(at);
            if (b == escape && Has(at + 1) && (Byte(at + 1) == mark || (escape != quote && Byte(at + 1) == escape)))
            {
                at++;
            }
            else if (b == mark)
            {
                return at + 1;
            }
            else if (b == '\n' || (b == '\r' && !(Has(at + 1) && Byte(at + 1) == '\n')))
            {
                LineCount++;
            }
        }

        return -1;
    }

    private int EndOfLine(int at)
    {
        while (true)
        {
            int found = _buffer.AsSpan(_start + at, _filled - _start - at).IndexOfAny((byte)'\n', (byte)'\r');
            at = found >= 0 ? at + found : _filled - _start;
            if (found >= 0 || at > longest || !Fill(at + 1))
            {
                return SetEnd(at);
            }
        }
    }

    private int SetEnd(int at)
    {
        End = !Has(at) ? LineEnd.None
            : Byte(at) == '\n' ? LineEnd.LineFeed
            : Byte(at) != '\r' ? LineEnd.None
            : Has(at + 1) && Byte(at + 1) == '\n' ? LineEnd.CarriageReturnLineFeed
            : LineEnd.CarriageReturn;
        return at;
    }

    // Goes to the end of a line that is too long, of which only the beginning is kept.
    private void SkipLine()
    {
        (IsTooLong, _beginning) = (true, _buffer.AsSpan(_start, Math.Min(Shown, longest)).ToArray());
        while (Fill(1))
        {
            int found = _buffer.AsSpan(_start, _filled - _start).IndexOfAny((byte)'\n', (byte)'\r');
            if (found >= 0)
            {
                _start += found;
                break;
            }

            _start = _filled;
        }

        SetEnd(0);
    }

    private byte Byte(int at) => _buffer[_start + at];

    private bool Has(int at) => _start + at < _filled || Fill(at + 1);

    private bool IsLineEnd(int at) => Byte(at) is (byte)'\n' or (byte)'\r';

    private bool IsDelimiter(int at) => Has(at + _delimiter.Length - 1) && _buffer.AsSpan(_start + at, _delimiter.Length).SequenceEqual(_delimiter);

    // Makes as many bytes of the record available; false where the file ends before.
    private bool Fill(int count)
    {
        while (_filled - _start < count && !_ended)
        {
            if (_start > 0 && _filled == _buffer.Length)
            {
                _buffer.AsSpan(_start, _filled - _start).CopyTo(_buffer);
                (_start, _filled) = (0, _filled - _start);
            }

            if (_filled == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            int read = utf8.Read(_buffer, _filled, _buffer.Length - _filled);
            (_filled, _ended) = (_filled + read, read == 0);
        }

        return _filled - _start >= count;
    }
}

/// <summary>How a line ends.</summary>
internal enum LineEnd
{
    /// <summary>With the file.</summary>
    None,
    LineFeed,
    CarriageReturn,
    CarriageReturnLineFeed,
}
