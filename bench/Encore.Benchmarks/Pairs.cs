using System.Diagnostics;

namespace Encore.Benchmarks;

/// <summary>Seconds: medians and bests of each, and the median of the rounds' ratios theirs ÷ ours; above 1 ours is
/// faster.</summary>
internal readonly record struct PairTimes(double Ours, double OursBest, double Theirs, double TheirsBest, double Ratio);

/// <summary>Two ways to do one thing, timed in turns, so that whatever else the machine does meets both alike.</summary>
internal static class Pairs
{
    // OpenBLAS's threads keep spinning for up to 100 ms after their last work, which would slow ours down.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    /// <summary>The untimed <paramref name="prepare"/> comes before every call. One round warms up.</summary>
    public static PairTimes Time(int rounds, Action prepare, Action ours, Action? theirs)
    {
        var (mine, other, ratios) = (new double[rounds], new double[rounds], new double[rounds]);
        for (int round = -1; round < rounds; round++)
        {
            int at = Math.Max(round, 0);
            // Who goes first alternates too.
            if (round % 2 == 0)
            {
                mine[at] = Seconds(prepare, ours);
            }

            other[at] = theirs is null ? double.NaN : Seconds(prepare, theirs);
            if (round % 2 != 0)
            {
                mine[at] = Seconds(prepare, ours);
            }

            ratios[at] = other[at] / mine[at];
        }

        return new PairTimes(Median(mine), mine.Min(), Median(other), other.Min(), Median(ratios));
    }

    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    // One thread is timed by the processor time that it got, which other people's work on the machine lengthens less;
    // several wait for each other, so that only the clock tells.
    private static double Seconds(Action prepare, Action body)
    {
        prepare();
        Thread.Sleep(Pause);
        var before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        body();
        return VersusOpenBlas.On.Threads > 1
            ? Stopwatch.GetElapsedTime(start).TotalSeconds
            : (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }
}
