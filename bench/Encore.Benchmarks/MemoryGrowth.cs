using System.Globalization;

namespace Encore.Benchmarks;

/// <summary>How much memory a piece of code takes at its peak, counted from when this object was made.</summary>
internal sealed class MemoryGrowth
{
    private readonly long _allocated = GC.GetTotalAllocatedBytes(precise: true);
    private readonly long _resident = Reset();

    /// <summary>Bytes allocated on the managed heap.</summary>
    public long Allocated => GC.GetTotalAllocatedBytes(precise: true) - _allocated;

    /// <summary>Bytes by which the process's resident memory rose at its peak; −1 where /proc does not tell.</summary>
    public long Resident => _resident < 0 ? -1 : Status("self", "VmHWM") - _resident;

    /// <summary>A line of /proc/…/status in bytes, −1 where there is none.</summary>
    public static long Status(string process, string name)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal));
            return line is null ? -1 : 1024 * long.Parse(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    // Writing 5 lets the kernel forget the peak so far.
    private static long Reset()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -1;
        }

        return Status("self", "VmRSS");
    }
}
