using Encore.Storage;

namespace Encore.Runs;

/// <summary>Text files that a user named (<see cref="AtomicFile"/>): their folder is made, and where one must not be there yet
/// the error says what to do.</summary>
public static class WholeFile
{
    /// <summary>Writes a file, in place of one that is there.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, string text) => Write(path, text, overwrite: true);

    /// <summary>Writes a file that must not be there yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its text.</param>
    /// <param name="advice">What to do where it exists.</param>
    /// <exception cref="IOException">It exists, or cannot be written.</exception>
    public static void WriteNew(string path, string text, string advice)
    {
        if (File.Exists(path))
        {
            throw new IOException($"{path} already exists, and is not overwritten. {advice}");
        }

        Write(path, text, overwrite: false);
    }

    private static void Write(string path, string text, bool overwrite)
    {
        ArgumentNullException.ThrowIfNull(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.WriteText(path, text, overwrite);
    }
}
