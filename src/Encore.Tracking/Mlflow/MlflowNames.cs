using System.Text;

namespace Encore.Tracking.Mlflow;

/// <summary>
/// Names and texts as MLflow takes them: names of letters, digits, <c>_ - . /</c> and blanks, up to 250 characters, that are
/// the same when read as a path; values of parameters up to 6000 bytes, of tags up to 5000. Servers that keep runs in files
/// make a folder of what stands before a <c>/</c>, so no name may be the beginning of another's path: <c>loss</c> and
/// <c>loss/kl</c> become <c>loss</c> and <c>loss.kl</c>. Figures of validation users alone have a folder, by which pages
/// group them, and nothing else has its name.
/// </summary>
internal static class MlflowNames
{
    public const int MostMetrics = 1000, MostParameters = 100, MostTags = 100;

    private const int LongestName = 250, LongestParameter = 6000, LongestOldParameter = 250, LongestTag = 5000;

    private const string Group = "validation";

    /// <summary>A name: <c>ndcg@100</c> becomes <c>ndcg_at_100</c>, <c>ndcg@100/stderr</c> <c>ndcg_at_100.stderr</c>, other
    /// characters a <c>_</c>.</summary>
    public static string Name(string name)
    {
        bool isGrouped = name.Length > MetricKeys.Validation.Length && name.StartsWith(MetricKeys.Validation, StringComparison.Ordinal);
        var text = new StringBuilder();
        foreach (char c in (isGrouped ? name[MetricKeys.Validation.Length..] : name).Replace("@", "_at_", StringComparison.Ordinal))
        {
            text.Append(c == '/' ? '.' : char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ' ' ? c : '_');
        }

        // A name of dots alone means another folder, and one of the group's name would be a file in its place.
        string part = text.ToString();
        part = part.AsSpan().Trim(". ").IsEmpty || (!isGrouped && part == Group) ? part.Replace('.', '_') + "_" : part;
        return isGrouped ? $"{Group}/{Short(part, LongestName - MetricKeys.Validation.Length)}" : Short(part, LongestName);
    }

    /// <summary>A parameter's value.</summary>
    public static string Parameter(string value) => Cut(value, LongestParameter);

    /// <summary>A tag's value.</summary>
    public static string Tag(string value) => Cut(value, LongestTag);

    /// <summary>A parameter's value for servers that take no more than old ones did.</summary>
    public static string OldParameter(string value) => Cut(value, LongestOldParameter);

    // What is cut keeps apart what differs behind the cut.
    private static string Short(string name, int length) => name.Length <= length ? name
        : $"{name[..(length - 9)]}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8]}";

    private static string Cut(string text, int bytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytes)
        {
            return text;
        }

        const char End = '…';
        int left = bytes - new Rune(End).Utf8SequenceLength;
        var cut = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            left -= rune.Utf8SequenceLength;
            if (left < 0)
            {
                break;
            }

            cut.Append(rune.ToString());
        }

        return cut.Append(End).ToString();
    }
}
