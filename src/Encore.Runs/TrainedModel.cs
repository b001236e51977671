using System.Numerics.Tensors;
using Encore.Data;
using Encore.Evaluation;
using Encore.Experiments;

namespace Encore.Runs;

/// <summary>Puts what was trained into a file, with titles and attributes of its items.</summary>
public static class TrainedModel
{
    /// <summary>Loads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads that its scores, and what it learns more, may use; null: one for each processor.</param>
    /// <param name="models">The models that there are.</param>
    /// <param name="map">As <see cref="ModelFile.Load"/> has it.</param>
    /// <exception cref="RunConfigException">The number of threads is not 1 to 1,024.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no model file, damaged, or of a later release.</exception>
    public static ModelFile Load(string path, int? threads, ModelCatalog models, bool map = true)
    {
        var compute = RunInput.ComputeOf(threads);
        return File.Exists(path)
            ? ModelFile.Load(path, map, models, compute)
            : throw new FileNotFoundException($"Found no model file {path}. Train one: encore train ease --out {path}", path);
    }

    /// <summary>Checks before training that the file can be written, not after an hour of it, and makes its folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The key that names it, for errors.</param>
    /// <exception cref="RunConfigException">The path is a folder.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static void Check(string path, string key = "output.out")
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path))
        {
            throw new RunConfigException(key, $"found the folder {path}, expected a file.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Reads a file of items before training, not after an hour of it, and checks that it is about the model's
    /// items.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding; null: found out.</param>
    /// <param name="ids">The model's items.</param>
    /// <param name="session">Warned of items that the file lacks.</param>
    /// <exception cref="InvalidDataException">The file has none of the items.</exception>
    public static ItemDetails ReadItems(string path, string? encoding, IdMap ids, RunSession session)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(session);
        var details = ItemReader.Read(path, encoding, new Relay<string>(note => session.Say(RunMessage.Note, note)));
        int known = Enumerable.Range(0, ids.Count).Count(i => details.Ids.Contains(ids[i]));
        if (known == 0)
        {
            throw new InvalidDataException(
                $"{path}: found none of the {Format.Count(ids.Count)} items of the data in column {details.IdColumn} (such as {string.Join(", ", details.Ids.Order(StringComparer.Ordinal).Take(3))}), expected ids such as {string.Join(", ", Enumerable.Range(0, Math.Min(3, ids.Count)).Select(i => ids[i]))}. Name the column with the ids item.");
        }

        if (known < ids.Count)
        {
            session.Say(RunMessage.Warning, Format.Text(
                $"{path} has {known:N0} of the {ids.Count:N0} items ({(double)known / ids.Count:P1}) in column {details.IdColumn}; the others have no title and no attributes."));
        }

        return details;
    }

    /// <summary>Saves a model with its items' titles and attributes, where there are any, and where it comes from.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model.</param>
    /// <param name="split">What it learned from.</param>
    /// <param name="data">What the model file calls the data.</param>
    /// <param name="place">The data's file or folder, beside which titles are looked for; or a name.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="report">What it reached; null: nothing was measured.</param>
    /// <param name="items">What a file says of the items; null: the file beside the data.</param>
    /// <param name="log">The log, for titles that came with it.</param>
    /// <param name="models">The models that there are; null: Encore's own.</param>
    /// <exception cref="NotSupportedException">The model cannot be stored.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(
        string path, IModel model, Split split, string data, string place, ulong seed, EvaluationReport? report = null, ItemDetails? items = null, Interactions? log = null,
        ModelCatalog? models = null)
    {
        ArgumentNullException.ThrowIfNull(split);
        var details = items ?? ItemReader.FindFor(place);
        details = details is { Titles.Count: 0 } && log?.ItemTitles is { } titles ? details with { Titles = titles } : details;
        var (ids, counts) = (split.Train.Items, UsersOf(split.TrainAndValidation ?? split.Train));
        var table = details?.Table(ids, counts) ?? new ItemTable(ids, counts, log?.ItemTitles);
        ModelFile.Save(path, model, table, ModelProvenance.Of(data, split, seed, report) with { TrainingRatings = RatingsOf(log, split) }, models);
    }

    /// <summary>Training users of each item.</summary>
    internal static int[] UsersOf(InteractionMatrix train) => train.Csr.ColumnCounts();

    // A split of a log with a threshold has lost the ratings; one that came with the data has them where it has no threshold.
    private static RatingRange? RatingsOf(Interactions? log, Split split)
    {
        if (log is { HasRatings: true, Count: > 0 })
        {
            return new RatingRange(TensorPrimitives.Min(log.Values), TensorPrimitives.Max(log.Values));
        }

        RatingRange? range = null;
        for (int user = 0; split.IsRating && user < split.Train.Users.Count; user++)
        {
            if (split.Train.Csr.RowValues(user) is { IsEmpty: false } row)
            {
                var (low, high) = (TensorPrimitives.Min(row), TensorPrimitives.Max(row));
                range = range is { } r ? new RatingRange(Math.Min(r.Lowest, low), Math.Max(r.Highest, high)) : new RatingRange(low, high);
            }
        }

        return range;
    }
}
