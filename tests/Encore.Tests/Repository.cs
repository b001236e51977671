namespace Encore.Tests;

/// <summary>Files of the repository and of the data beside it.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of real data: ENCORE_DATA, else beside the repository.</summary>
    public static string Data { get; } =
        Environment.GetEnvironmentVariable("ENCORE_DATA") ?? Path.Combine(Root, "..", "shared", "data");

    public static string Golden(string name) => Path.Combine(Root, "tests", "Encore.Tests", "Golden", name + ".json");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Encore.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Encore.slnx above {AppContext.BaseDirectory}.");
    }
}
