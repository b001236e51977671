using System.Diagnostics;
using System.Globalization;

namespace Encore;

/// <summary>The most resident memory of the process.</summary>
internal static class PeakMemory
{
    /// <summary>Forgets what earlier work took, so that <see cref="Read"/> tells of what follows.</summary>
    public static void Reset()
    {
        GC.Collect();
        if (OperatingSystem.IsLinux())
        {
            try
            {
                File.WriteAllText("/proc/self/clear_refs", "5"); // the high-water mark becomes what is resident now
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A container may forbid it; then the mark is that of the process since its start.
            }
        }
    }

    /// <summary>Bytes since the reset; where the system cannot reset its mark, since the process began.</summary>
    public static long Read()
    {
        if (OperatingSystem.IsLinux()
            && File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)) is { } line)
        {
            return 1024 * long.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
