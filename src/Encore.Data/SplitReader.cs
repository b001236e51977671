using Encore.Splitting;

namespace Encore.Data;

/// <summary>Reads splits that came with the data, in any format that <see cref="InteractionReader"/> reads.</summary>
public static class SplitReader
{
    /// <summary>
    /// Reads a split for new users from a folder: <c>train</c>, <c>test_history</c>, <c>test_heldout</c> and, both or
    /// neither, <c>validation_history</c> and <c>validation_heldout</c>, each with any ending. A folder that
    /// <see cref="SplitWriter"/> wrote gives back the split as it was.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How the files are written.</param>
    /// <param name="filter">Which interactions count, and whether their values become 1. Default: all, with value 1.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A part is missing.</exception>
    /// <exception cref="InvalidDataException">A part is there twice, or a file is not what it should be.</exception>
    public static Split ReadFolder(string folder, ReadOptions? options = null, InteractionFilter? filter = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"Found no folder {folder}.");
        }

        if (SplitManifest.Find(folder) is { } manifest)
        {
            return filter is { MinimumRating: null, MinimumPerUser: 0, MinimumPerItem: 0, MaximumPerUser: null, Weighting: null } or null
                ? new WrittenSplit(folder, manifest, options ?? new ReadOptions(), cancellationToken).Read()
                : throw new ArgumentException($"{folder} has a split of the protocol {manifest.Protocol} as it was made; expected no filter and no weights, which would make another of it.");
        }

        filter ??= new InteractionFilter { Binarize = true };
        string? validationHistory = Part(folder, "validation_history"), validationHeldOut = Part(folder, "validation_heldout");
        if (validationHistory is null != validationHeldOut is null)
        {
            throw Missing(folder, validationHistory is null ? "validation_history" : "validation_heldout");
        }

        return PredefinedSplit.NewUsers(
            Read(Part(folder, "train") ?? throw Missing(folder, "train")),
            validationHistory is null ? null : Read(validationHistory),
            validationHeldOut is null ? null : Read(validationHeldOut),
            Read(Part(folder, "test_history") ?? throw Missing(folder, "test_history")),
            Read(Part(folder, "test_heldout") ?? throw Missing(folder, "test_heldout")));

        Interactions Read(string path) => InteractionReader.Read(path, options, cancellationToken).Filter(filter);
    }

    /// <summary>The protocol of a split that <see cref="SplitWriter"/> wrote; null for a folder that came with the data.</summary>
    /// <exception cref="InvalidDataException">The folder's <c>split.json</c> is not what was written.</exception>
    public static string? ProtocolOf(string folder) => SplitManifest.Find(folder)?.Protocol;

    /// <summary>Reads a split for known users from files.</summary>
    /// <param name="train">The training interactions.</param>
    /// <param name="validation">The validation interactions; null without.</param>
    /// <param name="test">The test interactions.</param>
    /// <param name="options">How the files are written.</param>
    /// <param name="filter">Which interactions count, and whether their values become 1. Default: all, with value 1, or
    /// with their ratings when those are to be predicted.</param>
    /// <param name="isRating">Whether held-out values are ratings to predict.</param>
    /// <param name="fitOn">What every model learns from in the end; null: as
    /// <see cref="PredefinedSplit.KnownUsers"/> says.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is not what it should be.</exception>
    public static Split ReadFiles(
        string train, string? validation, string test, ReadOptions? options = null, InteractionFilter? filter = null, bool isRating = false, FitOn? fitOn = null,
        CancellationToken cancellationToken = default)
    {
        filter ??= new InteractionFilter { Binarize = !isRating };
        return PredefinedSplit.KnownUsers(Read(train), validation is null ? null : Read(validation), Read(test), isRating, fitOn);

        Interactions Read(string path)
        {
            var log = InteractionReader.Read(path, options, cancellationToken);
            return isRating && !log.HasRatings
                ? throw new InvalidDataException($"{path}: found no rating column, expected the ratings to predict.")
                : log.Filter(filter);
        }
    }

    private static string? Part(string folder, string name)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Where(f => Path.GetFileName(f).Split('.')[0] == name).Order(StringComparer.Ordinal)];
        return files.Length <= 1
            ? files.FirstOrDefault()
            : throw new InvalidDataException(
                $"{folder}: found {string.Join(" and ", files.Select(Path.GetFileName))}, expected one file {name}.*");
    }

    private static FileNotFoundException Missing(string folder, string name) => new(
        $"{folder}: found no file {name}.*; expected train, test_history, test_heldout and, both or neither, validation_history and validation_heldout, such as {name}.tsv.");
}
