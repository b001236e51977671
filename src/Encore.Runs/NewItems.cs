using System.Diagnostics;
using Encore.Data;
using Encore.Experiments;

namespace Encore.Runs;

/// <summary>Adds items that nobody has met to a model file, by what is known of them; no other score changes.</summary>
public static class NewItems
{
    // Ids that a warning names.
    private const int Shown = 3;

    /// <summary>Reads the items and writes the new model file.</summary>
    /// <param name="file">The model.</param>
    /// <param name="spec">The items: <c>FILE[:COLUMN[=KIND],…]</c> (<see cref="FeatureSpec"/>). Items that the model has are passed
    /// over, so that a whole catalogue may be given.</param>
    /// <param name="data">How the file is written.</param>
    /// <param name="path">The file to write; it may be the one that was read.</param>
    /// <param name="session">Told what was assumed.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException">The spec is not what it should be, or the model does not take items from
    /// features.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not what it should be, or has no new item, or none of which the model
    /// knows anything.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static NewItemsReport Run(ModelFile file, string spec, DataConfig data, string path, RunSession session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(session);
        TrainedModel.Check(path);
        long start = Stopwatch.GetTimestamp();
        var notes = new Relay<string>(note => session.Say(RunMessage.Note, note));
        FeatureFile read;
        try
        {
            read = FeatureReader.Load(FeatureSpec.Parse(spec), FeatureSubject.Items, new ReadOptions { Encoding = data.Encoding, Notes = notes }, cancellationToken);
        }
        catch (FormatException error)
        {
            throw new ArgumentException($"--new-items: {error.Message}", error);
        }

        string[] added = [.. Enumerable.Range(0, read.Table.Ids.Count).Select(i => read.Table.Ids[i]).Where(id => !file.Items.Ids.TryGetIndex(id, out _))];
        int known = read.Table.Ids.Count - added.Length;
        if (added.Length == 0)
        {
            throw new InvalidDataException(Format.Text($"{spec}: found {known:N0} items in column {read.IdColumn}, all of which {file.Path} has; expected new ones."));
        }

        if (known > 0)
        {
            session.Say(RunMessage.Note, Format.Text($"{spec}: {file.Path} has {known:N0} of its {read.Table.Ids.Count:N0} items already; they are passed over."));
        }

        IReadOnlyList<string> without;
        try
        {
            var table = read.Table.For(IdMap.From(added));
            if (file.Model is INeedsItemFeatures { ItemFeatures.Space: var space } && space.Encode(table).Known == 0)
            {
                throw new InvalidDataException($"{spec}: found the columns {string.Join(", ", table.Columns.Select(c => c.Name))}, and nothing in them that the model knows; expected {string.Join(", ", space.Columns.Select(c => c.Name))} with values that it learned from.");
            }

            without = file.SaveWithItems(path, table, read.Titles);
        }
        catch (NotSupportedException error)
        {
            throw new ArgumentException($"{file.Path}: {error.Message}", error);
        }

        if (without.Count > 0)
        {
            session.Say(RunMessage.Warning, Format.Text(
                $"{spec}: of {without.Count:N0} of the {added.Length:N0} new items, such as {string.Join(", ", without.Take(Shown))}, the file says nothing that the model knows: they score 0 for everyone."));
        }

        return new NewItemsReport(added.Length, without.Count, known, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}

/// <summary>What was added to a model.</summary>
/// <param name="Added">New items.</param>
/// <param name="WithoutFeatures">Those of them of which the file says nothing that the model knows.</param>
/// <param name="Known">Items that the model had.</param>
/// <param name="Seconds">Seconds to read, add and write.</param>
public sealed record NewItemsReport(int Added, int WithoutFeatures, int Known, double Seconds);
