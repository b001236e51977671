namespace Encore.Data;

/// <summary>The public data sets that Encore knows by name, and where they lie on this machine.</summary>
public static class DatasetCatalog
{
    private const string GroupLens = "GroupLens research licence: no redistribution, no commercial use without permission";

    private const string HarperKonstan =
        "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872";

    /// <summary>All data sets, smallest first.</summary>
    public static IReadOnlyList<Dataset> All { get; } =
    [
        MovieLens("ml-latest-small", "MovieLens latest-small: about 100,000 ratings, changes over time", "ratings.csv", null, null),
        MovieLens("ml-100k", "MovieLens 100K: 100,000 ratings, 943 users, 1,682 items", "u.data", 4_924_029, "0e33842e24a9c977be4e0107933c0723"),
        MovieLens("ml-1m", "MovieLens 1M: 1,000,209 ratings, 6,040 users, 3,706 items", "ratings.dat", 5_917_549, "c4d9eecfca2ab87c1945afe126590906"),
        MovieLens("ml-10m", "MovieLens 10M: 10,000,054 ratings, 69,878 users, 10,677 items", "ratings.dat", 65_566_137, "ce571fd55effeba0271552578f2648bd"),
        MovieLens("ml-20m", "MovieLens 20M: 20,000,263 ratings, 138,493 users, 26,744 items", "ratings.csv", 198_702_078, "cd245b17a1ae2cc31bb14903e1204af3"),
        MovieLens("ml-25m", "MovieLens 25M: 25,000,095 ratings, 162,541 users, 59,047 items", "ratings.csv", 261_978_986, "6b51fb2759a8657d3bfcbfc42b592ada"),
        MovieLens("ml-32m", "MovieLens 32M: 32,000,204 ratings, 200,948 users, 84,432 items", "ratings.csv", 238_950_008, "d472be332d4daa821edc399621853b57"),
    ];

    /// <summary>The user's cache folder for data: <c>ENCORE_CACHE</c>, else <c>encore</c> in the system's folder for
    /// caches.</summary>
    public static string CacheFolder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("ENCORE_CACHE") is { Length: > 0 } folder)
            {
                return folder;
            }

            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            string caches = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
                : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
                : Path.Combine(home, ".cache");
            return Path.Combine(caches, "encore");
        }
    }

    /// <summary>The data set of a name, in any case.</summary>
    /// <exception cref="ArgumentException">No data set has the name; the message suggests one and lists all.</exception>
    public static Dataset Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var names = All.Select(d => d.Name);
        return All.FirstOrDefault(d => d.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"No data set is named {name}.{Suggestion.DidYouMean(name, names)} The data sets: {string.Join(", ", names)}.");
    }

    /// <summary>The file of interactions where it lies: below <c>ENCORE_DATA</c>, else below the cache folder; null where
    /// neither has it.</summary>
    public static string? Locate(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return ((string?[])[Environment.GetEnvironmentVariable("ENCORE_DATA"), CacheFolder])
            .Where(folder => !string.IsNullOrEmpty(folder))
            .Select(folder => Path.Combine(folder!, dataset.Name, dataset.File))
            .FirstOrDefault(System.IO.File.Exists);
    }

    private static Dataset MovieLens(string name, string title, string file, long? size, string? md5) => new()
    {
        Name = name,
        Title = title,
        Address = new Uri($"https://files.grouplens.org/datasets/movielens/{name}.zip"),
        Size = size,
        Md5 = md5,
        File = file,
        Licence = GroupLens,
        Citation = HarperKonstan,
    };
}
