using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Encore;

/// <summary>
/// The original ids of users or items beside their dense indices 0 … <see cref="Count"/> − 1. The order is canonical:
/// ascending by number when every id is a whole number in plain form, by ordinal text otherwise. So an index depends
/// on which ids there are, never on the order in which a file lists them.
/// </summary>
public sealed class IdMap
{
    private readonly long[]? _numbers;
    private readonly string[]? _texts;
    private byte[]? _digest;

    private IdMap(long[]? numbers, string[]? texts) => (_numbers, _texts) = (numbers, texts);

    /// <summary>Ids in the order of requests, which may repeat; to be read by index, not to be searched.</summary>
    internal static IdMap OfRequests(string[] ids) => new(null, ids);

    /// <summary>Number of ids.</summary>
    public int Count => _numbers?.Length ?? _texts!.Length;

    /// <summary>Whether the ids are whole numbers, kept as such.</summary>
    public bool IsInteger => _numbers is not null;

    /// <summary>The original id at a dense index.</summary>
    public string this[int index] =>
        _numbers is null ? _texts![index] : _numbers[index].ToString(CultureInfo.InvariantCulture);

    /// <summary>A map of whole-number ids; they must ascend and not repeat. The array is kept, not copied.</summary>
    /// <exception cref="ArgumentException">The ids do not ascend.</exception>
    public static IdMap FromSorted(long[] ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        for (int i = 1; i < ids.Length; i++)
        {
            if (ids[i] <= ids[i - 1])
            {
                throw new ArgumentException($"Id {ids[i]} at {i} follows {ids[i - 1]}; expected ascending ids.", nameof(ids));
            }
        }

        return new IdMap(ids, null);
    }

    /// <summary>A map of ids that ascend as ordinal texts and do not repeat. The array is kept, not copied.</summary>
    /// <exception cref="ArgumentException">The ids do not ascend.</exception>
    public static IdMap FromSorted(string[] ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        for (int i = 1; i < ids.Length; i++)
        {
            if (string.CompareOrdinal(ids[i], ids[i - 1]) <= 0)
            {
                throw new ArgumentException($"Id {ids[i]} at {i} follows {ids[i - 1]}; expected ascending ids.", nameof(ids));
            }
        }

        return new IdMap(null, ids);
    }

    /// <summary>
    /// A map of the distinct ids among <paramref name="ids"/>, in canonical order. Ids that are all whole numbers in
    /// plain form ("42", "-7", not "042" or "+7") are kept as numbers.
    /// </summary>
    public static IdMap From(IEnumerable<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var distinct = new HashSet<string>(ids, StringComparer.Ordinal);
        var numbers = new long[distinct.Count];
        int n = 0;
        foreach (string id in distinct)
        {
            if (!TryParsePlain(id, out numbers[n]))
            {
                var texts = distinct.ToArray();
                Array.Sort(texts, StringComparer.Ordinal);
                return new IdMap(null, texts);
            }

            n++;
        }

        Array.Sort(numbers);
        return new IdMap(numbers, null);
    }

    /// <summary>The dense index of an original id. Time O(log <see cref="Count"/>).</summary>
    public bool TryGetIndex(string id, out int index)
    {
        ArgumentNullException.ThrowIfNull(id);
        index = _numbers is null ? Array.BinarySearch(_texts!, id, StringComparer.Ordinal)
            : TryParsePlain(id, out long number) ? Array.BinarySearch(_numbers, number) : -1;
        return index >= 0;
    }

    /// <summary>The ids at some indices, as a map of their own; the indices must ascend.</summary>
    public IdMap Select(ReadOnlySpan<int> indices)
    {
        if (_numbers is not null)
        {
            var numbers = new long[indices.Length];
            for (int i = 0; i < indices.Length; i++)
            {
                numbers[i] = _numbers[indices[i]];
            }

            return FromSorted(numbers);
        }

        var texts = new string[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            texts[i] = _texts![indices[i]];
        }

        return new IdMap(null, texts);
    }

    /// <summary>For each index of this map its index in <paramref name="other"/>, or −1 where that map lacks the id.</summary>
    public int[] MapTo(IdMap other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var map = new int[Count];
        for (int i = 0; i < map.Length; i++)
        {
            map[i] = ReferenceEquals(this, other) ? i : other.TryGetIndex(this[i], out int index) ? index : -1;
        }

        return map;
    }

    /// <summary>Whether another map has the same ids, and so the same indices.</summary>
    internal bool HasSameIds(IdMap other) =>
        ReferenceEquals(this, other)
        || (_numbers is not null
            ? other._numbers is not null && _numbers.AsSpan().SequenceEqual(other._numbers)
            : other._texts is not null && _texts.AsSpan().SequenceEqual(other._texts));

    /// <summary>Whether another map has the same ids, by a digest of each that is made once: for calls that come often with
    /// maps that live long. Time O(<see cref="Count"/>) at the first call, then O(1).</summary>
    internal bool HasSameDigest(IdMap other) =>
        ReferenceEquals(this, other) || (Count == other.Count && Digest().AsSpan().SequenceEqual(other.Digest()));

    private byte[] Digest()
    {
        if (Volatile.Read(ref _digest) is { } known)
        {
            return known;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<char> plain = stackalloc char[20];
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<char> text = _texts is not null ? _texts[i]
                : _numbers![i].TryFormat(plain, out int length, provider: CultureInfo.InvariantCulture) ? plain[..length] : default;
            int characters = text.Length;
            hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in characters)));
            hash.AppendData(MemoryMarshal.AsBytes(text));
        }

        byte[] digest = hash.GetHashAndReset();
        Volatile.Write(ref _digest, digest); // two threads may both make it, and make the same
        return digest;
    }

    /// <summary>Whether a text is a whole number written the one way that reads back to the same text.</summary>
    internal static bool TryParsePlain(ReadOnlySpan<char> text, out long number)
    {
        number = 0;
        bool negative = text.StartsWith("-");
        var digits = negative ? text[1..] : text;
        return digits.Length is > 0 and <= 19
            && !digits.ContainsAnyExceptInRange('0', '9')
            && (digits[0] != '0' || (digits.Length == 1 && !negative))
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}
