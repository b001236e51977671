namespace Encore.Server.Host;

/// <summary>Reads digests of keys, and never takes a list without one for "no keys": a file that was emptied by accident
/// must not open a server.</summary>
public static class KeyDigestList
{
    /// <summary>Reads a file with a SHA-256 digest a line, as <c>sha256sum</c> writes them. What follows a blank or
    /// <c>#</c> is a comment.</summary>
    /// <exception cref="InvalidDataException">A line is no digest, or there is none; the message never shows a line, which
    /// may be a key.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse(File.ReadLines(path), path, line: true);
        }
        catch (Exception error) when (error is UnauthorizedAccessException)
        {
            string what = Directory.Exists(path) ? "it is a folder" : "permission denied";
            throw new IOException($"The keys file {path} cannot be read: {what}. Expected a file with a SHA-256 digest a line.", error);
        }
    }

    /// <summary>Reads digests with commas between, as an environment variable has them.</summary>
    /// <param name="text">The digests.</param>
    /// <param name="source">Where they come from, for messages.</param>
    /// <exception cref="InvalidDataException">A part is no digest, or there is none.</exception>
    public static IReadOnlyList<string> Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(source);
        return Parse(text.Split(','), source, line: false);
    }

    internal static bool IsDigest(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);

    internal static string Wrong(string text) => FormattableString.Invariant(
        $"Found a key digest of {text.Length} characters, expected the 64 hexadecimal digits of a SHA-256 digest. Make one: printf %s \"$KEY\" | sha256sum");

    private static List<string> Parse(IEnumerable<string> parts, string source, bool line)
    {
        var digests = new List<string>();
        int number = 0;
        foreach (string part in parts)
        {
            number++;
            string digest = part.Split('#')[0].Trim().Split((char[]?)null, 2)[0];
            if (digest.Length > 0)
            {
                digests.Add(IsDigest(digest) ? digest : throw new InvalidDataException(FormattableString.Invariant($"{source}{(line ? $":{number}" : "")}: {Wrong(digest)}")));
            }
        }

        return digests.Count > 0 ? digests : throw new InvalidDataException(
            $"{source} holds no key digest; expected at least one, or the server would ask for no key. Make one: printf %s \"$KEY\" | sha256sum. To serve this machine without keys, leave it out.");
    }
}
