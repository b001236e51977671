using Encore.Data;
using Encore.Runs;

namespace Encore.Cli.Configuration;

/// <summary>
/// Files and folders in configurations. A relative one starts at the folder of the file that names it, so that a file can be
/// copied with its data and be run from anywhere; a program that writes a file for somewhere else makes them absolute.
/// </summary>
internal static class ConfigPaths
{
    /// <summary>A key's value, absolute where it is a file or folder.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="folder">Where relative ones start.</param>
    public static string Absolute(ConfigKey key, string value, string folder)
    {
        string place = Path.GetFullPath(value, Path.GetFullPath(folder));
        return key.Path && !(key.Key == DataSource && IsDataset(value, place)) ? place : value;
    }

    /// <summary>The values by key, files and folders absolute.</summary>
    public static IReadOnlyDictionary<string, string> Absolute(IReadOnlyDictionary<string, string> config, string folder) => config.ToDictionary(
        c => c.Key, c => ConfigKeys.All.FirstOrDefault(k => k.Key == c.Key) is { } key ? Absolute(key, c.Value, folder) : c.Value);

    /// <summary>A configuration file's text with its files and folders absolute.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">Where its relative ones start.</param>
    public static string Absolute(string path, string folder)
    {
        string[] lines = File.ReadAllText(path).Split('\n');
        foreach (var entry in ConfigReader.Read(path).Where(e => e.Model < 0))
        {
            // As ConfigText writes them: a line for each.
            if (ConfigKeys.All.FirstOrDefault(k => k.Key == entry.Key && k.Path) is { } key)
            {
                lines[entry.Line - 1] = ConfigText.Line(key, Absolute(key, entry.As(key.Kind), folder));
            }
        }

        return string.Join('\n', lines);
    }

    private const string DataSource = "data.source";

    // A name that data has without a file, where no file of that name is in the way (DataSpec).
    private static bool IsDataset(string value, string place) => value == DataSpec.Demo
        ? !File.Exists(place)
        : !Path.Exists(place) && DatasetCatalog.All.Any(d => d.Name.Equals(value, StringComparison.OrdinalIgnoreCase));
}
