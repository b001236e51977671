namespace Encore.Data;

/// <summary>Of whom a file of features tells.</summary>
public enum FeatureSubject
{
    /// <summary>Of items.</summary>
    Items,

    /// <summary>Of users.</summary>
    Users,
}

/// <summary>What a file says of items or users, and what to make of its columns.</summary>
/// <param name="Name">The file, for errors.</param>
/// <param name="Subject">Of whom it tells.</param>
/// <param name="IdColumn">The column that was read as ids.</param>
/// <param name="Table">The columns that were read, a row for each id.</param>
/// <param name="Recipes">What to make of them, in their order.</param>
public sealed record FeatureFile(string Name, FeatureSubject Subject, string IdColumn, FeatureTable Table, IReadOnlyList<FeatureRecipe> Recipes)
{
    /// <summary>Titles of items by id, to show; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Titles { get; init; } = new Dictionary<string, string>();

    /// <summary>The features of its own ids.</summary>
    /// <param name="notes">Told what was assumed.</param>
    /// <exception cref="InvalidDataException">A column is not what its recipe says, or nothing is left.</exception>
    public Encore.Features ToFeatures(IProgress<string>? notes = null) => MatchedFeatures.Learn(Name, Table, Recipes, notes);
}
