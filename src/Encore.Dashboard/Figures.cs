using System.Globalization;
using Encore.Tracking;

namespace Encore.Dashboard;

/// <summary>Figures of runs: their names, units and text.</summary>
internal static class Figures
{
    private static readonly string[] Beside =
        [MetricKeys.FitSeconds, MetricKeys.EvaluateSeconds, MetricKeys.PeakMemory, MetricKeys.BestEpoch, MetricKeys.Epochs];

    private static readonly string[] First = ["ndcg@100", "ndcg", "recall", "rmse", "mae"];

    /// <summary>The metrics of test users that runs have, what is usually looked at first.</summary>
    public static IReadOnlyList<string> Metrics(IEnumerable<Run> runs) => Ordered(runs.SelectMany(r => r.Metrics.Keys)
        .Where(n => !Beside.Contains(n) && !n.StartsWith(MetricKeys.Validation, StringComparison.Ordinal) && !n.EndsWith(MetricKeys.StandardError, StringComparison.Ordinal)));

    /// <summary>The metrics by which runs are compared: those of test users; where hardly any run has them, as within a tuning,
    /// those of validation users before them.</summary>
    public static IReadOnlyList<string> Compared(IReadOnlyCollection<Run> runs)
    {
        var tests = Metrics(runs);
        string[] validation = Ordered(runs.SelectMany(r => r.Metrics.Keys).Where(n => n.StartsWith(MetricKeys.Validation, StringComparison.Ordinal)));
        int tested = runs.Count(r => tests.Any(r.Metrics.ContainsKey)), validated = runs.Count(r => validation.Any(r.Metrics.ContainsKey));
        return validated > 2 * tested ? [.. validation, .. tests] : tests;
    }

    /// <summary>The metrics of validation users that runs have.</summary>
    public static IReadOnlyList<string> ValidationMetrics(RunList list) => Ordered(list.Runs.SelectMany(r => r.Metrics.Keys)
        .Concat(list.Progress.Values.SelectMany(p => p.Keys))
        .Where(n => n.StartsWith(MetricKeys.Validation, StringComparison.Ordinal) && n != MetricKeys.Validation + MetricKeys.Loss));

    private static string[] Ordered(IEnumerable<string> names) => [.. names.CountBy(n => n)
        .OrderBy(n => Rank(n.Key)).ThenByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Select(n => n.Key)];

    private static int Rank(string name)
    {
        int rank = Array.FindIndex(First, f => name.Replace(MetricKeys.Validation, "", StringComparison.Ordinal).StartsWith(f, StringComparison.Ordinal));
        return rank < 0 ? First.Length : rank;
    }

    /// <summary>Reads on; a line that is none is told instead of thrown.</summary>
    public static bool TryAdvance(MetricsReader reader, out string? error)
    {
        error = null;
        try
        {
            return reader.Advance();
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            error = fault.Message;
            return false;
        }
    }

    /// <summary>What a figure is called.</summary>
    public static string Title(string name) => name switch
    {
        MetricKeys.FitSeconds => "time to fit",
        MetricKeys.EvaluateSeconds => "time to measure",
        MetricKeys.TrainSeconds => "training",
        MetricKeys.ValidationSeconds => "validation",
        MetricKeys.PeakMemory => "peak memory",
        MetricKeys.Memory => "memory",
        MetricKeys.BestEpoch => "best epoch",
        MetricKeys.LearningRate => "learning rate",
        MetricKeys.RowsPerSecond => "rows a second",
        MetricKeys.BatchLoss => "loss of a batch",
        _ => name,
    };

    /// <summary>A figure in its unit.</summary>
    public static string Text(string name, double? value) => value switch
    {
        null => "",
        { } v when name.EndsWith("_bytes", StringComparison.Ordinal) => Bytes(v),
        { } v when name.EndsWith("_seconds", StringComparison.Ordinal) => Duration(v),
        { } v when Math.Abs(v) >= 1e12 => v.ToString("0.###e0", CultureInfo.InvariantCulture),
        { } v when v == Math.Floor(v) && Math.Abs(v) < 1e9 => v.ToString("#,0", CultureInfo.InvariantCulture),
        { } v when Math.Abs(v) >= 1000 => v.ToString("#,0", CultureInfo.InvariantCulture),
        { } v when Math.Abs(v) >= 100 => v.ToString("0.0", CultureInfo.InvariantCulture),
        { } v when Math.Abs(v) >= 1 => v.ToString("0.000", CultureInfo.InvariantCulture),
        { } v when Math.Abs(v) >= 0.001 => v.ToString("0.0000", CultureInfo.InvariantCulture),
        { } v => v.ToString("0.##e0", CultureInfo.InvariantCulture),
    };

    public static string Bytes(double bytes) => bytes switch
    {
        >= 1e18 => FormattableString.Invariant($"{bytes:0.###e0} B"),
        >= 1e9 => FormattableString.Invariant($"{bytes / 1e9:0.00} GB"),
        >= 1e6 => FormattableString.Invariant($"{bytes / 1e6:0.0} MB"),
        >= 1e3 => FormattableString.Invariant($"{bytes / 1e3:0.0} kB"),
        _ => FormattableString.Invariant($"{bytes:0} B"),
    };

    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 1 => FormattableString.Invariant($"{time.TotalMilliseconds:0} ms"),
        < 60 => FormattableString.Invariant($"{time.TotalSeconds:0.0} s"),
        < 3600 => FormattableString.Invariant($"{(int)time.TotalMinutes} min {time.Seconds} s"),
        _ => FormattableString.Invariant($"{(int)time.TotalHours} h {time.Minutes} min"),
    };

    /// <summary>A length of time in seconds; a file may say more than one can be.</summary>
    public static string Duration(double seconds) => Math.Abs(seconds) <= 1e10 ? Duration(TimeSpan.FromSeconds(seconds)) : FormattableString.Invariant($"{seconds:0.###e0} s");

    /// <summary>Whether a figure has a place in a chart: scales are computed from differences and multiples of figures, which
    /// have to be numbers too.</summary>
    public static bool IsDrawn(double value) => Math.Abs(value) < 1e150;

    /// <summary>A number of runs.</summary>
    public static string Runs(int count) => count == 1 ? "1 run" : FormattableString.Invariant($"{count} runs");

    /// <summary>How long processes have worked on a run.</summary>
    public static TimeSpan DurationOf(Run run, DateTimeOffset now) =>
        TimeSpan.FromSeconds(run.Seconds) + (run.Status == RunStatus.Running && now > run.SessionStarted ? now - run.SessionStarted : TimeSpan.Zero);

    /// <summary>A moment as the server's clock shows it.</summary>
    public static string Moment(DateTimeOffset moment, TimeProvider time) =>
        TimeZoneInfo.ConvertTime(moment, time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
