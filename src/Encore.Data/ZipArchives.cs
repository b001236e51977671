using System.IO.Compression;

namespace Encore.Data;

/// <summary>Files in zip archives, workbooks among them.</summary>
internal static class ZipArchives
{
    // More are no help in an error.
    private const int MostNames = 8;

    /// <summary>The file of an archive that is meant.</summary>
    /// <returns>Zip and its name; of a workbook Workbook.</returns>
    /// <exception cref="InvalidDataException">There is no such file, or several and none was named.</exception>
    public static (FileKind Kind, string? Member) Choose(string path, string? member, IProgress<string>? notes)
    {
        using var archive = Read(path);
        string[] names = [.. archive.Entries.Select(e => e.FullName)];
        if (names.Contains("xl/workbook.xml"))
        {
            return (FileKind.Workbook, null);
        }

        string[] files = [.. names.Where(n => !n.EndsWith('/') && !n.StartsWith("__MACOSX/", StringComparison.Ordinal) && !Path.GetFileName(n).StartsWith('.'))];
        if (files.Length > 0 && files.All(n => n.EndsWith(".npy", StringComparison.Ordinal)))
        {
            throw new InvalidDataException($"{path}: found NumPy arrays, expected a log; save them as CSV or Parquet.");
        }

        if (member is not null)
        {
            return files.Contains(member) ? (FileKind.Zip, member)
                : throw new InvalidDataException($"{path}: found no file {member} in the archive.{Suggestion.DidYouMean(member, files)} It holds {List(files)}.");
        }

        if (files.Length != 1)
        {
            throw new InvalidDataException(files.Length == 0
                ? $"{path}: found an empty archive, expected a file of interactions."
                : $"{path}: found {files.Length} files in the archive ({List(files)}), expected one. Say which: {path}/{files[0]}");
        }

        notes?.Report($"{path}: read {files[0]}, the only file in the archive.");
        return (FileKind.Zip, files[0]);
    }

    /// <summary>A file's bytes, decompressed.</summary>
    public static Stream Open(Stream file, string member, string path)
    {
        try
        {
            return new ZipArchive(file, ZipArchiveMode.Read).GetEntry(member)!.Open();
        }
        catch (InvalidDataException error)
        {
            throw Damaged(path, error);
        }
    }

    private static ZipArchive Read(string path)
    {
        try
        {
            return ZipFile.OpenRead(path);
        }
        catch (InvalidDataException error)
        {
            throw Damaged(path, error);
        }
    }

    private static InvalidDataException Damaged(string path, Exception error) =>
        new($"{path}: found a damaged zip archive, expected a whole one. Copy or download it again.", error);

    private static string List(string[] names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Length > MostNames ? FormattableString.Invariant($" and {names.Length - MostNames} more") : "");
}
