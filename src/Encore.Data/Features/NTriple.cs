using System.Buffers;
using System.Globalization;
using System.Text;

namespace Encore.Data;

/// <summary>A line of N-Triples (W3C, RDF 1.1 N-Triples, 2014).</summary>
internal static class NTriple
{
    private static readonly SearchValues<char> NotInIris = SearchValues.Create(" \t\"{}|^`");

    /// <summary>Subject, predicate and object of a line: IRIs without brackets, blank nodes as they are, literals by their text;
    /// null where the line is no triple.</summary>
    public static (string Subject, string Predicate, string Object)? Parse(string line)
    {
        int at = 0;
        if (Node(line, ref at) is not { } subject || Iri(line, ref at) is not { } predicate)
        {
            return null;
        }

        Skip(line, ref at);
        string? tail = at < line.Length && line[at] == '"' ? Literal(line, ref at) : Node(line, ref at);
        Skip(line, ref at);
        if (tail is null || at >= line.Length || line[at] != '.')
        {
            return null;
        }

        at++;
        Skip(line, ref at);
        return at == line.Length || line[at] == '#' ? (subject, predicate, tail) : null;
    }

    private static string? Node(string line, ref int at)
    {
        Skip(line, ref at);
        if (at + 2 >= line.Length || line[at] != '_' || line[at + 1] != ':')
        {
            return Iri(line, ref at);
        }

        int start = at;
        while (at < line.Length && !char.IsWhiteSpace(line[at]))
        {
            at++;
        }

        return line[start..at];
    }

    private static string? Iri(string line, ref int at)
    {
        Skip(line, ref at);
        if (at >= line.Length || line[at] != '<')
        {
            return null;
        }

        int end = line.IndexOf('>', at);
        if (end <= at + 1 || line.AsSpan(at, end - at).ContainsAny(NotInIris))
        {
            return null;
        }

        string? iri = Unescaped(line.AsSpan(at + 1, end - at - 1));
        at = end + 1;
        return iri;
    }

    // The text; a language or a type behind it is passed over.
    private static string? Literal(string line, ref int at)
    {
        int start = ++at;
        while (at < line.Length && line[at] != '"')
        {
            at += line[at] == '\\' ? 2 : 1;
        }

        if (at >= line.Length)
        {
            return null;
        }

        string? text = Unescaped(line.AsSpan(start, at - start));
        at++;
        if (at + 1 < line.Length && line[at] == '^' && line[at + 1] == '^')
        {
            at += 2;
            return Iri(line, ref at) is null ? null : text;
        }

        while (at < line.Length && line[at] != '.' && !char.IsWhiteSpace(line[at]))
        {
            at++;
        }

        return text;
    }

    private static string? Unescaped(ReadOnlySpan<char> text)
    {
        if (!text.Contains('\\'))
        {
            return text.ToString();
        }

        var all = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                all.Append(text[i]);
                continue;
            }

            i++;
            int digits = i < text.Length ? text[i] switch { 'u' => 4, 'U' => 8, _ => 0 } : 0;
            if (digits > 0)
            {
                if (i + digits >= text.Length || !int.TryParse(text.Slice(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || !Rune.IsValid(code))
                {
                    return null;
                }

                all.Append(new Rune(code).ToString());
                i += digits;
                continue;
            }

            char? plain = i >= text.Length ? null : text[i] switch { 't' => '\t', 'b' => '\b', 'n' => '\n', 'r' => '\r', 'f' => '\f', '"' => '"', '\'' => '\'', '\\' => '\\', _ => null };
            if (plain is null)
            {
                return null;
            }

            all.Append(plain);
        }

        return all.ToString();
    }

    private static void Skip(string line, ref int at)
    {
        while (at < line.Length && line[at] is ' ' or '\t')
        {
            at++;
        }
    }
}
