using Encore.Tracking;

namespace Encore.Dashboard;

/// <summary>The charts of a run: what training wrote, what is looked at most first.</summary>
internal static class RunCharts
{
    public static IReadOnlyList<ChartFigure> Of(IReadOnlyList<RunMetrics> lines, IReadOnlyList<RunMetrics> system, Run run)
    {
        var keys = Series.Keys(lines);
        var charts = new List<ChartFigure>();
        foreach (string key in keys.Where(k => k.StartsWith(MetricKeys.Validation, StringComparison.Ordinal) && k != MetricKeys.Validation + MetricKeys.Loss))
        {
            string metric = key[MetricKeys.Validation.Length..];
            charts.Add(new ChartFigure($"{metric} of validation users", "epoch", metric, [Series.Of(metric, key, lines, Axis.Epoch, 0)]) { Words = Best(lines, key, run.PrefersLower(key)) });
        }

        Add("Loss", "loss", Axis.Epoch, [MetricKeys.Loss, MetricKeys.Validation + MetricKeys.Loss]);
        Add("Parts of the loss", "loss", Axis.Epoch, [.. keys.Where(k => k.StartsWith(MetricKeys.LossPart, StringComparison.Ordinal))]);
        Add("Loss of a batch", "loss", Axis.Step, [MetricKeys.BatchLoss]);
        Add("Learning rate", "learning rate", Axis.Step, [MetricKeys.LearningRate]);
        Add("Weight of the divergence", "β", Axis.Epoch, [MetricKeys.Beta]);
        Add("Speed", "rows a second", Axis.Epoch, [MetricKeys.RowsPerSecond]);
        Add("Time of an epoch", "seconds", Axis.Epoch, [MetricKeys.TrainSeconds, MetricKeys.ValidationSeconds]);
        string[] shown = [MetricKeys.Loss, MetricKeys.BatchLoss, MetricKeys.LearningRate, MetricKeys.Beta, MetricKeys.RowsPerSecond, MetricKeys.TrainSeconds, MetricKeys.ValidationSeconds, MetricKeys.ElapsedSeconds, MetricKeys.Memory, MetricKeys.Processors];
        foreach (string key in keys.Where(k => !shown.Contains(k) && !k.StartsWith(MetricKeys.Validation, StringComparison.Ordinal) && !k.StartsWith(MetricKeys.LossPart, StringComparison.Ordinal)))
        {
            Add(key, key, Axis.Epoch, [key]);
        }

        // What belongs to another run shares its process: its own lines say what that used.
        var use = system.Count > 0 ? system : lines;
        AddUse("Processors", "processors busy", MetricKeys.Processors, 1);
        AddUse("Memory", "GB", MetricKeys.Memory, 1e-9);
        return charts;

        void Add(string title, string unit, Axis axis, string[] names)
        {
            Curve[] curves = [.. names.Select((n, i) => Series.Of(Figures.Title(n), n, lines, axis, i)).Where(c => c.Xs.Count > 0)];
            if (curves.Length > 0)
            {
                charts.Add(new ChartFigure(title, Series.Label(axis), unit, curves) { HasLegend = curves.Length > 1 });
            }
        }

        void AddUse(string title, string unit, string name, double scale)
        {
            var curve = Series.Of(title, name, use, Axis.Minutes, 0, scale);
            if (curve.Xs.Count > 1)
            {
                charts.Add(new ChartFigure(title, "minutes", unit, [curve]));
            }
        }
    }

    private static ChartWord[] Best(IReadOnlyList<RunMetrics> lines, string key, bool cost)
    {
        var known = lines.Where(l => l.Values.TryGetValue(key, out double value) && Figures.IsDrawn(value)).ToArray();
        return (cost ? known.MinBy(l => l.Values[key]) : known.MaxBy(l => l.Values[key])) is { } best
            ? [new ChartWord(best.Epoch, best.Values[key], $"best {Figures.Text(key, best.Values[key])}", !cost)]
            : [];
    }
}
