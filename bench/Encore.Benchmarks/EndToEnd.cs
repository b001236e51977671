using System.Diagnostics;
using System.Globalization;

namespace Encore.Benchmarks;

/// <summary>The whole tool as a user starts it: wall time and peak memory of each process.</summary>
internal static class EndToEnd
{
    private const string DataVariable = "ENCORE_DATA";

    private static readonly string[] Arguments =
        ["compare", "--data", "ml-1m", "--protocol", "weak", "--models", "ease", "--output", "json"];

    /// <summary><c>end-to-end [runs]</c>, with ENCORE_DATA naming the folder that holds ml-1m.</summary>
    public static int Run(int runs)
    {
        string? data = Environment.GetEnvironmentVariable(DataVariable);
        string? tool = Tool();
        if (data is null || !File.Exists(Path.Combine(data, "ml-1m", "ratings.dat")) || tool is null)
        {
            Console.WriteLine(tool is null
                ? "Skipped: the tool is not built (dotnet build -c Release src/Encore.Tool)."
                : $"Skipped: {DataVariable} names no folder with ml-1m/ratings.dat (get it with: encore data get ml-1m).");
            return 0;
        }

        Console.WriteLine($"`encore {string.Join(' ', Arguments)}`, whole process, {runs} runs after one that warms the file cache:");
        Console.WriteLine();
        Console.WriteLine("| run | wall, s | CPU, s | peak resident, MB |");
        Console.WriteLine("| ---: | ---: | ---: | ---: |");
        var (walls, cpus, peaks) = (new double[runs], new double[runs], new double[runs]);
        for (int run = -1; run < runs; run++)
        {
            var (wall, cpu, peak) = Measure(tool);
            if (run >= 0)
            {
                (walls[run], cpus[run], peaks[run]) = (wall, cpu, peak);
                Row($"{run + 1}", wall, cpu, peak);
            }
        }

        Row("median", Pairs.Median(walls), Pairs.Median(cpus), Pairs.Median(peaks));
        return 0;
    }

    private static void Row(string name, double wall, double cpu, double peak) => Console.WriteLine(
        FormattableString.Invariant($"| {name} | {wall:F2} | {cpu:F2} | {peak / 1e6:F0} |"));

    // Peak and processor time only grow, and are gone with the process: the last look before its end has them, but
    // for the final 5 ms.
    private static (double Wall, double Cpu, double Peak) Measure(string tool)
    {
        long start = Stopwatch.GetTimestamp();
        using var child = Process.Start(new ProcessStartInfo(tool, Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = child.StandardOutput.ReadToEndAsync();
        var errors = child.StandardError.ReadToEndAsync();
        string id = child.Id.ToString(CultureInfo.InvariantCulture);
        double peak = 0, cpu = 0;
        while (!child.WaitForExit(5))
        {
            peak = Math.Max(peak, MemoryGrowth.Status(id, "VmHWM"));
            cpu = Math.Max(cpu, ProcessorSeconds(child));
        }

        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return child.ExitCode == 0 && output.Result.Length > 0
            ? (wall, cpu, peak)
            : throw new InvalidOperationException($"The tool ended with {child.ExitCode}: {errors.Result}");
    }

    private static double ProcessorSeconds(Process process)
    {
        try
        {
            process.Refresh();
            return process.TotalProcessorTime.TotalSeconds;
        }
        catch (InvalidOperationException)
        {
            return 0; // it ended between the two looks
        }
    }

    // Beside this program's own build output, or where the first folder above says that the repository begins.
    private static string? Tool()
    {
        string name = OperatingSystem.IsWindows() ? "encore.exe" : "encore";
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "artifacts", "bin", "Encore.Tool", "release", name);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }
}
