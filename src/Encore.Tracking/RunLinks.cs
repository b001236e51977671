namespace Encore.Tracking;

/// <summary>
/// Symbolic links in a run's folder. Runs are copied, unpacked and mounted from elsewhere, and a link among their files would
/// let whoever made it read or write any file as whoever looks at the run: none is followed out of the run's folder.
/// </summary>
public static class RunLinks
{
    private const int Most = 40;

    /// <summary>Makes sure that a run's folder, and the files in it by name, are where they seem to be.</summary>
    /// <param name="folder">The run's folder. Links above it are its owner's, and followed.</param>
    /// <param name="names">The files and folders in it that are used.</param>
    /// <exception cref="InvalidDataException">One is a link that leads out of the run's folder.</exception>
    public static void Check(string folder, IEnumerable<string> names)
    {
        if (new DirectoryInfo(folder).LinkTarget is { } elsewhere)
        {
            throw new InvalidDataException($"{folder}: found a link to {elsewhere}, expected a folder; runs are not followed out of the folder that keeps them.");
        }

        foreach (string name in names)
        {
            string path = Path.Combine(folder, name);
            if (new FileInfo(path).LinkTarget is { } target && !IsWithin(folder, path))
            {
                throw new InvalidDataException($"{path}: found a link to {target}, expected a file or folder of the run; links are not followed out of a run's folder.");
            }
        }
    }

    /// <summary>Whether a path leads to what lies in a folder once all links on its way, and on the folder's, are followed.</summary>
    public static bool IsWithin(string folder, string path) =>
        RealPath(folder) is { } real && RealPath(path) is { } end && end.StartsWith(Path.TrimEndingDirectorySeparator(real) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The files below a folder, without those behind links.</summary>
    public static IEnumerable<FileInfo> Files(string folder) =>
        new DirectoryInfo(folder) is { Exists: true, LinkTarget: null } here
            ? here.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            : [];

    // Part by part, as the system goes: its own answer is about the last part alone, and ".." after a link means the folder
    // above the one that the link leads to. Null: links in a circle.
    private static string? RealPath(string path)
    {
        string full = Path.GetFullPath(path), at = Path.GetPathRoot(full)!;
        var left = new Stack<string>(Parts(full[at.Length..]));
        for (int links = 0; left.TryPop(out string? part);)
        {
            if (part is "." or "..")
            {
                at = part == "." ? at : Path.GetDirectoryName(at) ?? at;
                continue;
            }

            string next = Path.Combine(at, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                at = next;
                continue;
            }

            if (++links > Most)
            {
                return null;
            }

            string root = Path.GetPathRoot(target)!;
            at = root.Length > 0 ? Path.GetPathRoot(Path.GetFullPath(root))! : at;
            foreach (string inner in Parts(target[root.Length..]))
            {
                left.Push(inner);
            }
        }

        return at;
    }

    // The last one first.
    private static IEnumerable<string> Parts(string path) =>
        path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries).Reverse();
}
