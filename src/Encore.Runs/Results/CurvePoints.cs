using Encore.Tracking;

namespace Encore.Runs;

/// <summary>What a learning curve comes down to.</summary>
internal static class CurvePoints
{
    private const double AlmostBest = 0.99;

    /// <summary>The figure that a run is selected by: a metric of validation users, else their loss, else the loss.</summary>
    public static string? Selected(IReadOnlyList<RunMetrics> lines)
    {
        string[] names = [.. lines.SelectMany(l => l.Values.Keys).Distinct()];
        const string ValidationLoss = MetricKeys.Validation + MetricKeys.Loss;
        return Array.Find(names, n => n.StartsWith(MetricKeys.Validation, StringComparison.Ordinal) && n != ValidationLoss)
            ?? Array.Find(names, n => n == ValidationLoss)
            ?? Array.Find(names, n => n == MetricKeys.Loss);
    }

    /// <summary>Points of a curve by name, in order; none where it has no line of the figure.</summary>
    /// <param name="lines">The run's lines.</param>
    /// <param name="run">The run.</param>
    public static IReadOnlyList<(string Name, double Value, bool IsTime)> Of(IReadOnlyList<RunMetrics> lines, Run run)
    {
        if (Selected(lines) is not { } figure)
        {
            return [];
        }

        RunMetrics[] curve = [.. lines.Where(l => l.Values.ContainsKey(figure))];
        bool smaller = run.PrefersLower(figure);
        var best = smaller ? curve.MinBy(Value)! : curve.MaxBy(Value)!;
        var points = new List<(string, double, bool)>
        {
            ($"{figure}, first", Value(curve[0]), false),
            ($"{figure}, best", Value(best), false),
            ("epoch of the best", best.Epoch, false),
            ("time to the best", Elapsed(best), true),
        };
        if (!smaller && Value(best) > 0)
        {
            // Most of training may be the last percent.
            var almost = curve.First(l => Value(l) >= AlmostBest * Value(best));
            points.Add(("epoch of 99 % of the best", almost.Epoch, false));
            points.Add(("time to 99 % of the best", Elapsed(almost), true));
        }

        points.Add(($"{figure}, last", Value(curve[^1]), false));
        points.Add(("last epoch", curve[^1].Epoch, false));
        if (lines.LastOrDefault(l => l.Values.ContainsKey(MetricKeys.Loss)) is { } end && figure != MetricKeys.Loss)
        {
            points.Add(("loss, last", end.Values[MetricKeys.Loss], false));
        }

        return points;

        double Value(RunMetrics line) => line.Values[figure];

        double Elapsed(RunMetrics line) => line.Values.TryGetValue(MetricKeys.ElapsedSeconds, out double seconds) ? seconds : Worked(lines, line, run);
    }

    // Where lines do not say it: from the run's beginning, without the time between its last line before it was resumed and
    // the process that went on.
    private static double Worked(IReadOnlyList<RunMetrics> lines, RunMetrics line, Run run)
    {
        var idle = line.Time >= run.SessionStarted && lines.LastOrDefault(l => l.Time < run.SessionStarted) is { } before
            ? run.SessionStarted - before.Time
            : TimeSpan.Zero;
        return Math.Max(0, (line.Time - run.Started - idle).TotalSeconds);
    }
}
