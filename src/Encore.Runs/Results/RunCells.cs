using System.Globalization;
using Encore.Tracking;

namespace Encore.Runs;

/// <summary>What tables say of runs.</summary>
public static class RunCells
{
    // Figures of every run, beside which its metrics stand.
    private static readonly string[] Common =
        [MetricKeys.FitSeconds, MetricKeys.EvaluateSeconds, MetricKeys.PeakMemory, MetricKeys.Epochs, MetricKeys.BestEpoch];

    /// <summary>The metrics of the test users, those of most runs first; where there are none, those of validation users.
    /// </summary>
    public static IReadOnlyList<string> MetricsOf(IReadOnlyList<Run> runs)
    {
        string[] names = [.. runs.SelectMany(r => r.Metrics.Keys).Where(m => !Common.Contains(m) && !m.EndsWith(MetricKeys.StandardError, StringComparison.Ordinal))
            .CountBy(m => m).OrderByDescending(m => m.Value).Select(m => m.Key)];
        string[] test = [.. names.Where(m => !m.Contains('/', StringComparison.Ordinal))];
        return test.Length > 0 ? test : names;
    }

    /// <summary>Whether a figure can be the best of several: that of the test users, of validation users, and costs.</summary>
    public static bool HasBest(string name) => name is not (MetricKeys.Epochs or MetricKeys.BestEpoch);

    /// <summary>What a run has under a name.</summary>
    public static TextTable.Cell Of(Run run, RunField field, DateTimeOffset now)
    {
        var values = field.ValuesOf(run, now);
        return values switch
        {
            [double number] => new TextTable.Cell(Number(field.Name, number), Format.Exact(number)),
            [DateTimeOffset time] => new TextTable.Cell(Time(time), time.ToUniversalTime().ToString("o", CultureInfo.InvariantCulture)),
            [string source, ..] when field.Name == "data" => source, // without its digest
            _ => string.Join(", ", values.Cast<string>()),
        };
    }

    /// <summary>A figure, as its name asks for.</summary>
    public static string Number(string name, double value) => name switch
    {
        "duration" => Duration(value),
        _ when name.EndsWith("seconds", StringComparison.Ordinal) => Format.Seconds(value),
        _ when name.EndsWith("bytes", StringComparison.Ordinal) => Format.Bytes((long)value),
        _ when value == Math.Floor(value) && Math.Abs(value) < 1e15 && !name.AsSpan().ContainsAny('@', '/') && !name.StartsWith(MetricKeys.Loss, StringComparison.Ordinal) => value.ToString("F0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) is (> 0 and < 1e-3) or >= 1e6 => value.ToString("0.####e0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) < 10 => value.ToString("F4", CultureInfo.InvariantCulture),
        _ => value.ToString("F2", CultureInfo.InvariantCulture),
    };

    /// <summary>A time, UTC, to the second.</summary>
    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A length of time.</summary>
    public static string Duration(double seconds) => Format.Seconds(seconds);
}
