using System.Reflection;
using System.Runtime.InteropServices;

namespace Encore.Tracking;

/// <summary>What a run's times, and the bits of its results, depend on.</summary>
public sealed record Machine
{
    /// <summary>The version of Encore.</summary>
    public required string Encore { get; init; }

    /// <summary>The runtime.</summary>
    public required string Runtime { get; init; }

    /// <summary>The operating system.</summary>
    public required string System { get; init; }

    /// <summary>The processor's name.</summary>
    public required string Processor { get; init; }

    /// <summary>Threads that work.</summary>
    public required int Threads { get; init; }

    /// <summary>Memory of the machine, or what the process may have of it, in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>This machine.</summary>
    /// <param name="threads">Threads that work; 0: one for each processor.</param>
    public static Machine Here(int threads = 0) => new()
    {
        Encore = Version,
        Runtime = RuntimeInformation.FrameworkDescription,
        System = $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
        Processor = ProcessorName,
        Threads = threads == 0 ? Environment.ProcessorCount : threads,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
    };

    internal static Machine Unknown { get; } = new() { Encore = "", Runtime = "", System = "", Processor = "", Threads = 0, MemoryBytes = 0 };

    /// <summary>The version of Encore.</summary>
    public static string Version => typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>The processor's name, as the system has it.</summary>
    public static string ProcessorName
    {
        get
        {
            string? line = OperatingSystem.IsLinux() && File.Exists("/proc/cpuinfo")
                ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
                : null;
            return line is null ? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "processor unknown" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
    }

    /// <summary>The commit that is checked out in the repository that a folder lies in; null: it lies in none.</summary>
    public static string? Commit(string folder)
    {
        for (string? at = Path.GetFullPath(folder); at is not null; at = Path.GetDirectoryName(at))
        {
            string git = Path.Combine(at, ".git");
            if (File.Exists(git) && File.ReadAllText(git).Trim() is var link && link.StartsWith("gitdir:", StringComparison.Ordinal))
            {
                git = Path.GetFullPath(link["gitdir:".Length..].Trim(), at); // a worktree
            }

            if (Directory.Exists(git))
            {
                return Head(git);
            }
        }

        return null;
    }

    private static string? Head(string git)
    {
        string head = Path.Combine(git, "HEAD");
        string text = File.Exists(head) ? File.ReadAllText(head).Trim() : "";
        if (!text.StartsWith("ref:", StringComparison.Ordinal))
        {
            return text.Length > 0 ? text : null;
        }

        string name = text["ref:".Length..].Trim();
        string common = Path.Combine(git, "commondir");
        string[] places = File.Exists(common) ? [git, Path.GetFullPath(File.ReadAllText(common).Trim(), git)] : [git];
        foreach (string place in places)
        {
            if (File.Exists(Path.Combine(place, name)))
            {
                return File.ReadAllText(Path.Combine(place, name)).Trim();
            }

            string packed = Path.Combine(place, "packed-refs");
            if (File.Exists(packed) && File.ReadLines(packed).FirstOrDefault(l => l.EndsWith(' ' + name, StringComparison.Ordinal)) is { } line)
            {
                return line.Split(' ')[0];
            }
        }

        return null; // no commit yet
    }
}
