using System.CommandLine;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli;

/// <summary>What several commands read from a command line in one way.</summary>
internal static class CommandOptions
{
    /// <summary>The folder of runs that an option, the environment or habit names.</summary>
    public static string RunsFolder(string? option) => option ?? (Environment.GetEnvironmentVariable(RunStore.FolderVariable) is { Length: > 0 } folder ? folder : "runs");

    /// <summary>The option that names the folder of runs.</summary>
    public static Option<string?> Runs() => new("--runs") { Description = $"The folder that keeps runs. Default: the variable {RunStore.FolderVariable}, or runs", HelpName = "DIR" };

    /// <summary>The option that leaves progress and notes out.</summary>
    /// <param name="each">What else has a line of its own; null: nothing.</param>
    public static Option<bool> Quiet(string? each = null) => new("--quiet", "-q") { Description = each is null ? "No progress and no notes" : $"No progress, no notes and no line for each {each}" };

    /// <summary>A value of an enumeration by its name in any case; the first one where nothing is said.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static T Choice<T>(string? text, string option)
        where T : struct, Enum => DataReading.Choice<T>(text, option);
}
