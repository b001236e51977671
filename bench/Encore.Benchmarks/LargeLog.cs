using System.Diagnostics;
using System.Text;
using Encore.Data;
using Encore.Numerics;

namespace Encore.Benchmarks;

/// <summary>A log of MovieLens 20M's size, and the time and memory to read it.</summary>
internal static class LargeLog
{
    /// <summary>Writes a CSV with a header: items by a Zipf law, users alike, each with half stars and its own times in
    /// no order. The same arguments write the same bytes.</summary>
    public static void Generate(string path, int rows, int users, int items)
    {
        var cumulative = new double[items];
        double sum = 0;
        for (int i = 0; i < items; i++)
        {
            cumulative[i] = sum += 1.0 / (i + 10);
        }

        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        using var writer = new StreamWriter(file, new UTF8Encoding(false), 1 << 20) { NewLine = "\n" };
        writer.WriteLine("userId,movieId,rating,timestamp");
        var rng = new Rng(20, 0);
        for (int row = 0; row < rows; row++)
        {
            int user = (int)((long)row * users / rows) + 1;
            int item = Array.BinarySearch(cumulative, rng.NextDouble() * sum);
            item = (item < 0 ? ~item : item) + 1;
            writer.Write(user);
            writer.Write(',');
            writer.Write(item);
            writer.Write(',');
            int halves = 1 + rng.NextInt32(10);
            writer.Write(halves / 2);
            writer.Write(halves % 2 == 0 ? ".0," : ".5,");
            writer.WriteLine(1_000_000_000 + rng.NextInt32(500_000_000));
        }
    }

    /// <summary>Reads a log into a CSR matrix and prints how long it took, by step.</summary>
    public static void Load(string path)
    {
        long start = Stopwatch.GetTimestamp();
        var log = InteractionReader.Read(path);
        var read = Stopwatch.GetElapsedTime(start);
        var matrix = log.ToMatrix();
        var all = Stopwatch.GetElapsedTime(start);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant(
            $"{log.RowsRead:N0} rows, {log.Duplicates:N0} duplicates, {matrix.Csr.Rows:N0} × {matrix.Csr.Columns:N0}, {matrix.Count:N0} non-zeros: read {read.TotalSeconds:F2} s, CSR {(all - read).TotalSeconds:F2} s, {all.TotalSeconds:F2} s in all, peak {process.PeakWorkingSet64 / 1e9:F2} GB"));
    }
}
