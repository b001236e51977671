using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Encore.Data;

/// <summary>
/// A column of ids as it is read: every id becomes a number in the order of first appearance, at the end renumbered to
/// the canonical order. Whole numbers in plain form stay numbers until a first id is not one.
/// </summary>
internal sealed class IdColumn
{
    private long[] _keys = new long[1024];
    private int[] _codes = new int[1024]; // code + 1; 0 is an empty place
    private readonly List<long> _numbers = [];
    private Dictionary<string, int>? _texts;
    private Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public ColumnBuffer<int> Codes { get; } = new();

    /// <summary>The first row of an id with a byte 0, which no text has; −1: none.</summary>
    public long ZeroAt { get; private set; } = -1;

    /// <summary>Whether a text that is no number was met.</summary>
    public bool Has(string id) => _texts?.ContainsKey(id) ?? false;

    public void Add(long id) => Codes.Add(_texts is null ? Code(id) : Code(id.ToString(CultureInfo.InvariantCulture)));

    public void Add(ReadOnlySpan<byte> id)
    {
        if (_texts is null && TryParsePlain(id, out long number))
        {
            Codes.Add(Code(number));
            return;
        }

        if (_texts is null)
        {
            ToTexts();
        }

        char[]? rented = id.Length <= 256 ? null : ArrayPool<char>.Shared.Rent(id.Length);
        Span<char> text = rented ?? stackalloc char[256];
        text = text[..Encoding.UTF8.GetChars(id, text)];
        if (!_lookup.TryGetValue(text, out int code))
        {
            ZeroAt = ZeroAt < 0 && id.Contains((byte)0) ? Codes.Count : ZeroAt;
            _texts!.Add(text.ToString(), code = _texts.Count);
        }

        Codes.Add(code);
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    /// <summary>The map of the ids and the column as its indices; this object is spent.</summary>
    public (IdMap Ids, int[] Indices) Finish()
    {
        IdMap ids;
        var rank = new int[_texts?.Count ?? _numbers.Count];
        if (_texts is null)
        {
            long[] sorted = [.. _numbers];
            int[] order = [.. Enumerable.Range(0, sorted.Length)];
            Array.Sort(sorted, order);
            for (int i = 0; i < order.Length; i++)
            {
                rank[order[i]] = i;
            }

            ids = IdMap.FromSorted(sorted);
        }
        else
        {
            ids = IdMap.From(_texts.Keys);
            foreach (var (text, code) in _texts)
            {
                ids.TryGetIndex(text, out rank[code]);
            }
        }

        int[] indices = Codes.Take();
        for (int k = 0; k < indices.Length; k++)
        {
            indices[k] = rank[indices[k]];
        }

        return (ids, indices);
    }

    private int Code(string id)
    {
        if (!_texts!.TryGetValue(id, out int code))
        {
            _texts.Add(id, code = _texts.Count);
        }

        return code;
    }

    // Open addressing with linear probing; the multiplier is 2⁶⁴ over the golden ratio (Knuth 6.4).
    private int Code(long id)
    {
        int mask = _keys.Length - 1;
        int at = (int)((ulong)id * 0x9E3779B97F4A7C15 >> (64 - BitOperations.Log2((uint)_keys.Length)));
        while (_codes[at] != 0)
        {
            if (_keys[at] == id)
            {
                return _codes[at] - 1;
            }

            at = (at + 1) & mask;
        }

        _numbers.Add(id);
        (_keys[at], _codes[at]) = (id, _numbers.Count);
        if (_numbers.Count * 2 > _keys.Length)
        {
            Grow();
        }

        return _numbers.Count - 1;
    }

    private void Grow()
    {
        int length = _keys.Length * 2, mask = length - 1;
        (_keys, _codes) = (new long[length], new int[length]);
        for (int code = 0; code < _numbers.Count; code++)
        {
            int at = (int)((ulong)_numbers[code] * 0x9E3779B97F4A7C15 >> (64 - BitOperations.Log2((uint)length)));
            while (_codes[at] != 0)
            {
                at = (at + 1) & mask;
            }

            (_keys[at], _codes[at]) = (_numbers[code], code + 1);
        }
    }

    private void ToTexts()
    {
        _texts = new Dictionary<string, int>(_numbers.Count, StringComparer.Ordinal);
        foreach (long number in _numbers)
        {
            _texts.Add(number.ToString(CultureInfo.InvariantCulture), _texts.Count);
        }

        _lookup = _texts.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    // The one way of writing a number that reads back to the same text; longer ones go the general way.
    private static bool TryParsePlain(ReadOnlySpan<byte> id, out long number)
    {
        number = 0;
        if (id.Length is 0 or > 18 || (id[0] == '0' && id.Length > 1))
        {
            return id.Length > 18 && TryParseLong(id, out number);
        }

        int start = id[0] == '-' ? 1 : 0;
        if (start == 1 && (id.Length == 1 || id[1] == '0'))
        {
            return false;
        }

        for (int k = start; k < id.Length; k++)
        {
            uint digit = (uint)(id[k] - '0');
            if (digit > 9)
            {
                return false;
            }

            number = (number * 10) + digit;
        }

        number = start == 1 ? -number : number;
        return true;
    }

    private static bool TryParseLong(ReadOnlySpan<byte> id, out long number)
    {
        Span<byte> text = stackalloc byte[20];
        return long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            && number.TryFormat(text, out int length, default, CultureInfo.InvariantCulture)
            && id.SequenceEqual(text[..length]);
    }
}
