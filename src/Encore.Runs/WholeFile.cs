namespace Encore.Runs;

/// <summary>Text files that have their names only once they are complete.</summary>
public static class WholeFile
{
    /// <summary>Writes a file, in place of one that is there.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(path);
        string temporary = FormattableString.Invariant($"{path}.{Environment.ProcessId}.tmp");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Writes a file that must not be there yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its text.</param>
    /// <param name="advice">What to do where it exists.</param>
    /// <exception cref="IOException">It exists, or cannot be written.</exception>
    public static void WriteNew(string path, string text, string advice)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (File.Exists(path))
        {
            throw new IOException($"{path} already exists, and is not overwritten. {advice}");
        }

        Write(path, text);
    }
}
