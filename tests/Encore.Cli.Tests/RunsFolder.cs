using System.Runtime.CompilerServices;
using Encore.Tracking;

namespace Encore.Cli.Tests;

/// <summary>Runs of tests, and of the processes that they start, are kept in a folder of their own.</summary>
internal static class RunsFolder
{
    public static string Path { get; } = Directory.CreateTempSubdirectory("encore-test-runs-").FullName;

    [ModuleInitializer]
    internal static void Use()
    {
        Environment.SetEnvironmentVariable(RunStore.FolderVariable, Path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path, recursive: true);
    }
}
