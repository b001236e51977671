using System.Globalization;

namespace Encore.Data;

/// <summary>What some files say of the items or users of a log, beside each other.</summary>
public sealed class MatchedFeatures
{
    private MatchedFeatures(Encore.Features features, FeatureTable table, IReadOnlyList<FeatureMatch> files) => (Features, Table, Files) = (features, table, files);

    /// <summary>The features, a row for each of the log's ids.</summary>
    public Encore.Features Features { get; }

    /// <summary>The values that they are made of, a row for each of the log's ids.</summary>
    public FeatureTable Table { get; }

    /// <summary>What each file has to do with the log.</summary>
    public IReadOnlyList<FeatureMatch> Files { get; }

    /// <summary>Joins files and matches them with ids; vocabularies are learned from the rows that match.</summary>
    /// <param name="files">The files, at least one, all of items or all of users.</param>
    /// <param name="ids">The ids of the log's items or users.</param>
    /// <param name="notes">Told what was assumed.</param>
    /// <exception cref="InvalidDataException">A file has none of the ids, two have a column of one name, a column is not what
    /// was asked for, or nothing is left.</exception>
    public static MatchedFeatures Of(IReadOnlyList<FeatureFile> files, IdMap ids, IProgress<string>? notes = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        var columns = new List<(FeatureValues Values, FeatureFile File)>();
        foreach (var file in files)
        {
            if (file.Table.Matches(ids) == 0)
            {
                throw NoMatch(file, ids);
            }

            foreach (var column in file.Table.For(ids).Columns)
            {
                if (columns.Find(c => c.Values.Name.Equals(column.Name, StringComparison.OrdinalIgnoreCase)).File is { } other)
                {
                    throw new InvalidDataException($"Found a column {column.Name} in {other.Name} and in {file.Name}, expected names that differ. Name the columns to read: FILE:COLUMN,…");
                }

                columns.Add((column, file));
            }
        }

        var table = new FeatureTable(ids, [.. columns.Select(c => c.Values)]);
        var features = Learn(string.Join(", ", files.Select(f => f.Name)), table, [.. files.SelectMany(f => f.Recipes)], notes);
        return new MatchedFeatures(features, table, [.. files.Select(f => FeatureMatch.Of(f, features.Space, ids))]);
    }

    internal static Encore.Features Learn(string where, FeatureTable table, IReadOnlyList<FeatureRecipe> recipes, IProgress<string>? notes)
    {
        try
        {
            return Encore.Features.Of(table, recipes, notes);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{where}: {Plain(error)}", error);
        }
    }

    /// <summary>A message without the parameter that means nothing to who gave a file.</summary>
    internal static string Plain(ArgumentException error) => error.ParamName is { } name ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : error.Message;

    private static InvalidDataException NoMatch(FeatureFile file, IdMap ids) => new(string.Create(CultureInfo.InvariantCulture,
        $"{file.Name}: found none of the {ids.Count:N0} {FeatureReader.Word(file.Subject)} of the data in column {file.IdColumn} (such as {Some(file.Table.Ids)}), expected ids such as {Some(ids)}. Name the column with the ids: FILE:COLUMN=id"));

    private static string Some(IdMap ids) => string.Join(", ", Enumerable.Range(0, Math.Min(3, ids.Count)).Select(i => ids[i]));
}

/// <summary>What a file has to do with a log.</summary>
/// <param name="File">The file.</param>
/// <param name="Ids">Number of the log's ids.</param>
/// <param name="Matched">How many of them the file has.</param>
/// <param name="Columns">Its columns.</param>
public sealed record FeatureMatch(FeatureFile File, int Ids, int Matched, IReadOnlyList<FeatureColumnSummary> Columns)
{
    /// <summary>The share of the log's ids that the file has, in [0, 1].</summary>
    public double Share => (double)Matched / Math.Max(1, Ids);

    /// <summary>Number of features that it gives.</summary>
    public int Features => Columns.Sum(c => c.Features);

    internal static FeatureMatch Of(FeatureFile file, FeatureSpace space, IdMap ids) => new(file, ids.Count, file.Table.Matches(ids), [.. file.Recipes.Select(recipe =>
    {
        var values = file.Table[recipe.Column];
        var column = space.Columns.FirstOrDefault(c => c.Name.Equals(values.Name, StringComparison.OrdinalIgnoreCase));
        int known = Enumerable.Range(0, values.Rows).Count(values.Has);
        return new FeatureColumnSummary(values.Name, column?.Kind, (double)known / Math.Max(1, values.Rows), column?.Count ?? 0);
    })]);
}

/// <summary>A column of a file of features, in figures.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Kind">How its values became features; null: it was left out, as it says nothing.</param>
/// <param name="Coverage">The share of the file's rows with a value, in [0, 1].</param>
/// <param name="Features">Number of its features.</param>
public sealed record FeatureColumnSummary(string Name, FeatureKind? Kind, double Coverage, int Features);
