using System.Globalization;

namespace Encore.Data;

/// <summary>
/// Tells a compressed file that was cut off from a whole one. DuckDB reads the one like the other: it takes the cut for
/// the end, and half a line for a line.
/// </summary>
internal static class CompressedFile
{
    /// <summary>Checks a file beside other work; a file that is not compressed is whole.</summary>
    /// <returns>A task that fails with an <see cref="InvalidDataException"/> where the file is cut off.</returns>
    public static Task CheckAsync(DataFile file, CancellationToken cancellationToken) =>
        file.Packing == FileKind.Gzip ? Run(file.Path, (path, token) => GzipFile.Check(path, file is { Content: FileKind.Text, Format: not DataFormat.JsonLines }, token), cancellationToken)
        : file.Packing == FileKind.Zstandard ? Run(file.Path, ZstandardFile.Check, cancellationToken)
        : Task.CompletedTask;

    /// <summary>The error of a file that ends too early.</summary>
    /// <param name="path">The file, with the line where it is known.</param>
    /// <param name="file">The file's bytes.</param>
    public static InvalidDataException Cut(string path, FileStream file) => new(string.Create(CultureInfo.InvariantCulture,
        $"{path}: found the end of the compressed file within its data, after {file.Length:N0} bytes; expected a whole file. Copy or download it again."));

    private static Task Run(string path, Action<string, CancellationToken> check, CancellationToken cancellationToken) =>
        Task.Run(() => check(path, cancellationToken), cancellationToken);
}
