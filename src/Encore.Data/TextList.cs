using System.Text;

namespace Encore.Data;

/// <summary>Lists within a field of text, as JSON and Python write them: <c>["a", "b"]</c>, <c>['a', "b's"]</c>.</summary>
internal static class TextList
{
    /// <summary>The values of a list of texts and numbers; null where the text is no such list.</summary>
    public static string[]? TryParse(string text)
    {
        string list = text.Trim();
        if (list.Length < 2 || list[0] != '[' || list[^1] != ']')
        {
            return null;
        }

        var values = new List<string>();
        int at = 1, end = list.Length - 1;
        while (true)
        {
            Skip(list, ref at, end);
            if (at == end && values.Count == 0)
            {
                return [];
            }

            if (Value(list, ref at, end) is not { } value)
            {
                return null;
            }

            if (value.Length > 0)
            {
                values.Add(value);
            }

            Skip(list, ref at, end);
            if (at == end)
            {
                return [.. values];
            }

            if (list[at++] != ',')
            {
                return null;
            }
        }
    }

    private static string? Value(string list, ref int at, int end)
    {
        if (at >= end)
        {
            return null;
        }

        char quote = list[at];
        var value = new StringBuilder();
        if (quote is not ('"' or '\''))
        {
            while (at < end && list[at] is not (',' or '[' or ']' or '{' or '}' or '"' or '\''))
            {
                value.Append(list[at++]);
            }

            return at < end && list[at] != ',' ? null : value.ToString().Trim();
        }

        for (at++; at < end && list[at] != quote; at++)
        {
            if (list[at] == '\\' && at + 1 < end)
            {
                at++;
                if (list[at] == 'u' && at + 4 < end && ushort.TryParse(list.AsSpan(at + 1, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out ushort code))
                {
                    value.Append((char)code);
                    at += 4;
                    continue;
                }
            }

            value.Append(list[at]);
        }

        return at++ < end ? value.ToString() : null;
    }

    private static void Skip(string list, ref int at, int end)
    {
        while (at < end && char.IsWhiteSpace(list[at]))
        {
            at++;
        }
    }
}
