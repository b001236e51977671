namespace Encore.Data;

/// <summary>What <c>--data</c> takes: <c>demo</c>, a data set of the catalogue, a file, or a folder of a data set.</summary>
public static class DataSpec
{
    /// <summary>The name of the built-in data.</summary>
    public const string Demo = "demo";

    /// <summary>Reads what a spec names.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="options">How a file is written; a query sees the file as <c>data</c>.</param>
    /// <param name="readers">Readers of further formats, which are asked first; null: none. They take a file without a
    /// query.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="FileNotFoundException">The spec names nothing that is here; the message says how to get
    /// it.</exception>
    /// <exception cref="InvalidDataException">The file is not what it should be.</exception>
    public static Interactions Load(string spec, ReadOptions? options = null, ReaderCatalog? readers = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(spec);
        if (options?.Query is null && File.Exists(spec) && readers?.For(spec) is { } reader)
        {
            options ??= new ReadOptions();
            options.Notes?.Report($"{spec} is read as {reader.Name}, by the reader that was added for it");
            var context = new ReadContext { Columns = options.Columns, Duplicates = options.Duplicates, Notes = options.Notes, Progress = options.Progress };
            return reader.Read(spec, context, cancellationToken);
        }

        if (spec == Demo && !File.Exists(spec))
        {
            return options?.Query is null
                ? DemoData.Generate().Interactions
                : throw new ArgumentException("A query reads files; the demo data has none. Give a file as data.");
        }

        var dataset = DatasetCatalog.All.FirstOrDefault(d => d.Name.Equals(spec, StringComparison.OrdinalIgnoreCase));
        if (File.Exists(spec) || Directory.Exists(spec) || (dataset is null && Path.GetFileName(spec).Contains('.', StringComparison.Ordinal)))
        {
            return InteractionReader.Read(spec, options, cancellationToken); // which says so when there is no such file
        }

        if (dataset is null)
        {
            string[] names = [Demo, .. DatasetCatalog.All.Select(d => d.Name)];
            throw new FileNotFoundException(
                $"Found no file or data set {spec}.{Suggestion.DidYouMean(Path.GetFileName(spec), names)} Expected a file, or one of {string.Join(", ", names)}.", spec);
        }

        string file = DatasetCatalog.Locate(dataset) ?? throw new FileNotFoundException(
            $"The data set {dataset.Name} is not on this machine. Get it with: encore data get {dataset.Name}. Or put its {dataset.File} at {Path.Combine(DatasetCatalog.CacheFolder, dataset.Name, dataset.File)}, or below the folder that ENCORE_DATA names.");
        return InteractionReader.Read(file, options, cancellationToken);
    }
}
