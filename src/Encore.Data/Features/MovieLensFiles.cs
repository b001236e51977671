namespace Encore.Data;

/// <summary>A file whose columns are known by its name and shape.</summary>
/// <param name="Rows">The file.</param>
/// <param name="Recipes">What to make of its columns.</param>
internal sealed record KnownFile(KeyedRows Rows, IReadOnlyList<FeatureRecipe> Recipes)
{
    /// <summary>The column with titles as they are shown; −1: none.</summary>
    public int Title { get; init; } = -1;

    /// <summary>What was done to the data, to be said; null: nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>What MovieLens says of its items and users: movies.csv, movies.dat, u.item; users.dat, u.user.</summary>
internal static class MovieLensFiles
{
    /// <summary>The columns that each file has: the id first, then what is known.</summary>
    public const string Title = "title", Genres = "genres", Year = "year";

    private const string YearInTitle = @"\s*\((\d{4})\)\s*$";

    // MovieLens 100K has a column of 0 and 1 for each genre.
    private static readonly string[] Genres100K =
    [
        "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
        "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
    ];

    // MovieLens 1M's README: an age is the first of a range, an occupation a number.
    private static readonly Dictionary<string, string> Ages1M = new()
    {
        ["1"] = "under 18",
        ["18"] = "18-24",
        ["25"] = "25-34",
        ["35"] = "35-44",
        ["45"] = "45-49",
        ["50"] = "50-55",
        ["56"] = "56 or more",
    };

    private static readonly string[] Occupations1M =
    [
        "other", "academic/educator", "artist", "clerical/admin", "college/grad student", "customer service", "doctor/health care", "executive/managerial", "farmer",
        "homemaker", "K-12 student", "lawyer", "programmer", "retired", "sales/marketing", "scientist", "self-employed", "technician/engineer", "tradesman/craftsman",
        "unemployed", "writer",
    ];

    private const string ZipNote = "of zip codes the first three characters are read, which are a region.";

    /// <summary>The names of the files that tell of items, or of users, in the order in which a folder is asked for them.</summary>
    public static IReadOnlyList<string> Names(FeatureSubject subject) =>
        subject == FeatureSubject.Items ? ["movies.csv", "movies.dat", "u.item"] : ["users.dat", "u.user"];

    /// <summary>Opens a file that has the name and the shape of one of MovieLens; null where it is another.</summary>
    public static KnownFile? Open(string path, FeatureSubject subject)
    {
        string name = Path.GetFileName(path);
        if (!Names(subject).Contains(name) || !File.Exists(path))
        {
            return null;
        }

        string first = File.ReadLines(path, System.Text.Encoding.Latin1).FirstOrDefault() ?? "";
        return name switch
        {
            "movies.csv" when first.TrimStart('\uFEFF', 'ï', '»', '¿') == "movieId,title,genres" =>
                Items(KeyedRows.Csv(path, Columns("movieId", "title", "replace(genres, '(no genres listed)', '')"))),
            "movies.dat" when Fields(first, "::") == 3 => Items(KeyedRows.Plain(path, "::", 3, Columns("c0", "c1", "c2"))),
            "u.item" when Fields(first, "|") == 24 => Items(KeyedRows.Plain(path, "|", 24, Columns("c0", "c1", GenreFlags()))),
            "users.dat" when Fields(first, "::") == 5 => Users(KeyedRows.Plain(path, "::", 5,
            [
                new("user", "c0"), new("sex", "c1"), new("age", "c2") { Meaning = age => Ages1M.GetValueOrDefault(age, age) },
                new("occupation", "c3") { Meaning = o => int.TryParse(o, out int n) && n >= 0 && n < Occupations1M.Length ? Occupations1M[n] : o },
                new("zip", "left(c4, 3)"),
            ])),
            "u.user" when Fields(first, "|") == 5 => Users(KeyedRows.Plain(path, "|", 5,
                [new("user", "c0"), new("age", "c1"), new("sex", "c2"), new("occupation", "c3"), new("zip", "left(c4, 3)")])),
            _ => null,
        };
    }

    private static int Fields(string line, string delimiter) => line.Split(delimiter).Length;

    // The id, the title's words, genres, the year, and the title as it is.
    private static RowColumn[] Columns(string id, string title, string genres) =>
    [
        new("item", id),
        new(Title, $"regexp_replace({title}, '{YearInTitle}', '')"),
        new(Genres, genres),
        new(Year, $"nullif(regexp_extract({title}, '{YearInTitle}', 1), '')"),
        new("", title),
    ];

    private static string GenreFlags() => $"concat_ws('|', {string.Join(", ", Genres100K.Select((genre, g) => $"CASE WHEN c{5 + g} = '1' THEN {Text.Literal(genre)} END"))})";

    private static KnownFile Items(KeyedRows rows) => new(rows,
        [
            new(Genres) { Kind = FeatureKind.Category, IsOptional = true }, new(Year) { Kind = FeatureKind.Bins, IsOptional = true },
            new(Title) { Kind = FeatureKind.Text, IsOptional = true },
        ])
    {
        Title = rows.Columns.Count - 1,
    };

    private static KnownFile Users(KeyedRows rows) => new(rows,
        [new("sex") { Kind = FeatureKind.Category }, new("age") { IsOptional = true }, new("occupation") { Kind = FeatureKind.Category }, new("zip") { Kind = FeatureKind.Category }])
    {
        Note = $"{rows.Name}: {ZipNote}",
    };
}
