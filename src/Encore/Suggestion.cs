namespace Encore;

/// <summary>What somebody may have meant who mistyped a name.</summary>
public static class Suggestion
{
    /// <summary>
    /// The known name closest to a text: fewest insertions, deletions, substitutions and swaps of neighbours (optimal
    /// string alignment), without regard to case; the first of equals. A name further away than a third of the longer
    /// text's length (at least one change) is not close; neither is one that shares no letter.
    /// </summary>
    /// <returns>The name, or null when none is close.</returns>
    public static string? Closest(string text, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(known);
        string? closest = null;
        int best = int.MaxValue;
        foreach (string name in known)
        {
            int distance = Distance(text.ToUpperInvariant(), name.ToUpperInvariant());
            int longer = Math.Max(text.Length, name.Length);
            if (distance < best && distance < longer && distance <= Math.Max(1, longer / 3))
            {
                (closest, best) = (name, distance);
            }
        }

        return closest;
    }

    /// <summary>" Did you mean NAME?" for the end of an error, or nothing.</summary>
    public static string DidYouMean(string text, IEnumerable<string> known) =>
        Closest(text, known) is { } name ? $" Did you mean {name}?" : "";

    // Rows of the dynamic programme: d[i][j] changes turn the first i letters of a into the first j of b.
    internal static int Distance(string a, string b)
    {
        var (before, previous, current) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (int j = 0; j <= b.Length; j++)
        {
            previous[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitute = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitute, Math.Min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    current[j] = Math.Min(current[j], before[j - 2] + 1);
                }
            }

            (before, previous, current) = (previous, current, before);
        }

        return previous[b.Length];
    }
}
