using System.Text;

namespace Encore.Data;

/// <summary>Encodings of text files.</summary>
internal static class TextEncodings
{
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["latin-1"] = "iso-8859-1",
        ["latin1"] = "iso-8859-1",
        ["ansi"] = "windows-1252",
        ["cp1252"] = "windows-1252",
        ["cp1251"] = "windows-1251",
        ["utf8"] = "utf-8",
        ["utf16"] = "utf-16",
        ["utf-16le"] = "utf-16",
        ["utf-16be"] = "utf-16BE",
        ["gbk"] = "gb18030",
    };

    private static readonly string[] Usual = ["utf-8", "latin-1", "windows-1252", "utf-16", "utf-16be", "iso-8859-15", "windows-1251", "shift_jis", "gb18030", "euc-kr"];

    /// <summary>An encoding by its name; null for UTF-8.</summary>
    /// <exception cref="ArgumentException">There is no such encoding.</exception>
    public static Encoding? Find(string name)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        try
        {
            var encoding = Encoding.GetEncoding(Aliases.GetValueOrDefault(name, name), EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("\uFFFD"));
            return encoding.CodePage == Encoding.UTF8.CodePage ? null : encoding;
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"--encoding: found {name}, expected an encoding such as {string.Join(", ", Usual)}.{Suggestion.DidYouMean(name, Usual)}", error);
        }
    }

    /// <summary>The encoding that the first bytes make certain: by a byte order mark, or by the zeros that letters have in
    /// UTF-16; null: UTF-8, or nothing is certain.</summary>
    public static Encoding? Certain(ReadOnlySpan<byte> head)
    {
        if (head is [0xFF, 0xFE, 0, 0, ..])
        {
            return Encoding.UTF32;
        }

        if (head is [0xFF, 0xFE, ..])
        {
            return Encoding.Unicode;
        }

        if (head is [0xFE, 0xFF, ..])
        {
            return Encoding.BigEndianUnicode;
        }

        var (even, odd) = (0, 0);
        for (int i = 0; i + 1 < head.Length; i += 2)
        {
            even += head[i] == 0 ? 1 : 0;
            odd += head[i + 1] == 0 ? 1 : 0;
        }

        int pairs = head.Length / 2;
        return pairs < 4 ? null
            : odd * 2 > pairs && even == 0 ? Encoding.Unicode
            : even * 2 > pairs && odd == 0 ? Encoding.BigEndianUnicode
            : null;
    }
}
