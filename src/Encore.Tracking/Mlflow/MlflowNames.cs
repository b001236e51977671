using System.Text;

namespace Encore.Tracking.Mlflow;

/// <summary>
/// Names and texts as MLflow takes them: names of letters, digits, <c>_ - . /</c> and blanks, up to 250 characters, that are
/// the same when read as a path; values of parameters up to 6000 bytes, of tags up to 5000.
/// </summary>
internal static class MlflowNames
{
    public const int MostMetrics = 1000, MostParameters = 100, MostTags = 100;

    private const int LongestName = 250, LongestParameter = 6000, LongestTag = 5000;

    /// <summary>A name: <c>ndcg@100</c> becomes <c>ndcg_at_100</c>, other characters a <c>_</c>.</summary>
    public static string Name(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name.Replace("@", "_at_", StringComparison.Ordinal))
        {
            text.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ' ' ? c : '_');
        }

        // As a path: no empty parts, none that mean another folder.
        string[] parts = [.. text.ToString().Split('/', StringSplitOptions.RemoveEmptyEntries).Select(p => p is "." or ".." ? "_" : p)];
        string path = string.Join('/', parts);
        return path.Length == 0 ? "_" : path.Length <= LongestName ? path : path[..LongestName].TrimEnd('/');
    }

    /// <summary>A parameter's value.</summary>
    public static string Parameter(string value) => Cut(value, LongestParameter);

    /// <summary>A tag's value.</summary>
    public static string Tag(string value) => Cut(value, LongestTag);

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
