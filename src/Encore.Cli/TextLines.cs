namespace Encore.Cli;

/// <summary>Prose in lines.</summary>
internal static class TextLines
{
    private const char NoBreak = '\u00A0';

    /// <summary>Breaks a text between words; a number stays with its sign.</summary>
    /// <param name="text">The text, one paragraph.</param>
    /// <param name="width">Characters a line may have; a longer word has a line of its own.</param>
    /// <param name="indent">Blanks before the second line and all that follow.</param>
    public static IReadOnlyList<string> Wrap(string text, int width, int indent = 0)
    {
        foreach (string sign in (string[])["≥", ">", "±", "="])
        {
            text = text.Replace($" {sign} ", $" {sign}{NoBreak}", StringComparison.Ordinal);
        }

        text = text.Replace(" %", $"{NoBreak}%", StringComparison.Ordinal);
        var lines = new List<string>();
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Trim().Length > 0 && line.Length + 1 + word.Length > width)
            {
                lines.Add(line);
                line = new string(' ', indent) + word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }

        lines.Add(line);
        return [.. lines.Select(l => l.Replace(NoBreak, ' ').TrimEnd())];
    }
}
