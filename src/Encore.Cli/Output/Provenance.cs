using System.Reflection;
using System.Runtime.InteropServices;
using Encore.Numerics;

namespace Encore.Cli.Output;

/// <summary>What a result's numbers and times depend on.</summary>
internal static class Provenance
{
    /// <summary>Version, seed and machine in a sentence.</summary>
    public static string Of(ulong seed) => Format.Text(
        $"Encore {Version}, seed {seed}; {Processor}, {Workers.Count} threads, {RuntimeInformation.OSArchitecture}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}.");

    private static string Version => typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private static string Processor
    {
        get
        {
            string? line = OperatingSystem.IsLinux() && File.Exists("/proc/cpuinfo")
                ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
                : null;
            return line is null ? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "processor unknown" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
    }
}
