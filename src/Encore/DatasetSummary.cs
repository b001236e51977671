namespace Encore;

/// <summary>What a log holds, in numbers.</summary>
public sealed class DatasetSummary
{
    private const int HistogramBins = 20;

    /// <summary>Number of users.</summary>
    public int Users { get; private init; }

    /// <summary>Number of items.</summary>
    public int Items { get; private init; }

    /// <summary>Number of interactions, duplicates taken together.</summary>
    public long Interactions { get; private init; }

    /// <summary>Lines that were read.</summary>
    public long RowsRead { get; private init; }

    /// <summary>Lines that repeated the user and item of another.</summary>
    public long Duplicates { get; private init; }

    /// <summary>Interactions / (users × items), in [0, 1].</summary>
    public double Density => (double)Interactions / Math.Max(1, (double)Users * Items);

    /// <summary>How often each rating occurs, ascending; beyond 20 different ratings, in 20 bins of equal width by their
    /// lower ends. Empty without ratings.</summary>
    public IReadOnlyList<(double From, int Count)> Ratings { get; private init; } = [];

    /// <summary>Whether <see cref="Ratings"/> are bins rather than single values.</summary>
    public bool RatingsAreBinned { get; private init; }

    /// <summary>Mean rating; NaN without ratings.</summary>
    public double MeanRating { get; private init; }

    /// <summary>Mean count, where the values are counts rather than ratings; NaN without.</summary>
    public double MeanCount { get; private init; } = double.NaN;

    /// <summary>The first time; null without times.</summary>
    public DateTimeOffset? First { get; private init; }

    /// <summary>The last time; null without times.</summary>
    public DateTimeOffset? Last { get; private init; }

    /// <summary>Interactions per user.</summary>
    public DegreeQuantiles PerUser { get; private init; } = DegreeQuantiles.None;

    /// <summary>Interactions per item.</summary>
    public DegreeQuantiles PerItem { get; private init; } = DegreeQuantiles.None;

    /// <summary>The summary of a log.</summary>
    public static DatasetSummary Of(Interactions log)
    {
        ArgumentNullException.ThrowIfNull(log);
        var perUser = new int[log.Users.Count];
        for (int u = 0; u < perUser.Length; u++)
        {
            perUser[u] = log.UserItems(u).Length;
        }

        var perItem = new int[log.Items.Count];
        foreach (int i in log.ItemIndices)
        {
            perItem[i]++;
        }

        var (ratings, binned) = log.HasRatings ? Histogram(log.Values) : ([], false);
        double sum = 0;
        foreach (float value in log.Values)
        {
            sum += value;
        }

        long first = long.MaxValue, last = long.MinValue;
        foreach (long time in log.Times)
        {
            (first, last) = (Math.Min(first, time), Math.Max(last, time));
        }

        return new DatasetSummary
        {
            Users = log.Users.Count,
            Items = log.Items.Count,
            Interactions = log.Count,
            RowsRead = log.RowsRead,
            Duplicates = log.Duplicates,
            Ratings = ratings,
            RatingsAreBinned = binned,
            MeanRating = log.HasRatings ? sum / log.Count : double.NaN,
            MeanCount = log.HasCounts ? sum / log.Count : double.NaN,
            First = log.Times.IsEmpty ? null : Instant(first, UnitOf(log.TimeUnit, last)),
            Last = log.Times.IsEmpty ? null : Instant(last, UnitOf(log.TimeUnit, last)),
            PerUser = DegreeQuantiles.Of(perUser),
            PerItem = DegreeQuantiles.Of(perItem),
        };
    }

    private static (IReadOnlyList<(double, int)> Histogram, bool Binned) Histogram(ReadOnlySpan<float> values)
    {
        var counts = new SortedDictionary<double, int>();
        foreach (float value in values)
        {
            counts[value] = counts.GetValueOrDefault(value) + 1;
            if (counts.Count > HistogramBins)
            {
                return (Bins(values), true);
            }
        }

        return ([.. counts.Select(c => (c.Key, c.Value))], false);
    }

    private static (double, int)[] Bins(ReadOnlySpan<float> values)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (float value in values)
        {
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        double width = (high - low) / HistogramBins;
        var counts = new int[HistogramBins];
        foreach (float value in values)
        {
            counts[Math.Min(HistogramBins - 1, (int)((value - low) / width))]++;
        }

        return [.. counts.Select((count, bin) => (low + (bin * width), count))];
    }

    /// <summary>What the times of a log count. Logs write seconds, milliseconds, microseconds or nanoseconds since 1970 and do
    /// not say which: the size of the last time tells, as 1e11 seconds lie in the year 5138 and 1e11 milliseconds in
    /// 1973.</summary>
    /// <param name="said">What was said; <see cref="TimeUnit.Auto"/>: nothing.</param>
    /// <param name="last">The last time.</param>
    public static TimeUnit UnitOf(TimeUnit said, long last) => said != TimeUnit.Auto ? said : last switch
    {
        > 100_000_000_000_000_000 => TimeUnit.Nanoseconds,
        > 100_000_000_000_000 => TimeUnit.Microseconds,
        > 100_000_000_000 => TimeUnit.Milliseconds,
        _ => TimeUnit.Seconds,
    };

    // Outside the calendar there is no date.
    internal static DateTimeOffset? Instant(long time, TimeUnit unit)
    {
        decimal seconds = unit switch
        {
            TimeUnit.Nanoseconds => time / 1e9m,
            TimeUnit.Microseconds => time / 1e6m,
            TimeUnit.Milliseconds => time / 1e3m,
            _ => time,
        };
        return seconds is > -62_000_000_000m and < 253_000_000_000m
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond)) // doubles lose microseconds
            : null;
    }
}

/// <summary>How many interactions the users have, or the items.</summary>
public sealed class DegreeQuantiles(int minimum, int q25, int median, int q75, int q95, int maximum, double mean)
{
    /// <summary>The least.</summary>
    public int Minimum { get; } = minimum;

    /// <summary>A quarter has at most as many.</summary>
    public int Q25 { get; } = q25;

    /// <summary>Half has at most as many.</summary>
    public int Median { get; } = median;

    /// <summary>Three quarters have at most as many.</summary>
    public int Q75 { get; } = q75;

    /// <summary>95 % have at most as many.</summary>
    public int Q95 { get; } = q95;

    /// <summary>The most.</summary>
    public int Maximum { get; } = maximum;

    /// <summary>The mean.</summary>
    public double Mean { get; } = mean;

    /// <summary>Of nobody.</summary>
    internal static DegreeQuantiles None { get; } = new(0, 0, 0, 0, 0, 0, double.NaN);

    internal static DegreeQuantiles Of(int[] counts)
    {
        int[] sorted = [.. counts.Order()];
        return sorted.Length == 0
            ? None
            : new DegreeQuantiles(sorted[0], At(0.25), At(0.5), At(0.75), At(0.95), sorted[^1], sorted.Average());

        // The smallest value that at least a share q does not exceed.
        int At(double q) => sorted[Math.Max(0, (int)Math.Ceiling(q * sorted.Length) - 1)];
    }
}
