using Encore.Tracking;

namespace Encore.Dashboard;

/// <summary>What curves are drawn over.</summary>
internal enum Axis
{
    /// <summary>Epochs.</summary>
    Epoch,

    /// <summary>Batches.</summary>
    Step,

    /// <summary>Minutes since the first line.</summary>
    Minutes,
}

/// <summary>Curves out of lines of figures.</summary>
internal static class Series
{
    private const int Most = 600; // points of a curve; a screen has no more

    public static string Label(Axis axis) => axis switch
    {
        Axis.Epoch => "epoch",
        Axis.Step => "batches",
        _ => "minutes",
    };

    /// <summary>A figure's curve. Figures that are written within epochs have no place on an axis of epochs but between
    /// them, and none that tells how far; they are drawn over batches there.</summary>
    public static Curve Of(string name, string key, IReadOnlyList<RunMetrics> lines, Axis axis, int style, double scale = 1)
    {
        var xs = new List<double>();
        var ys = new List<double>();
        foreach (var line in lines)
        {
            if (line.Values.TryGetValue(key, out double value) && Figures.IsDrawn(value))
            {
                xs.Add(axis switch
                {
                    Axis.Epoch => line.Epoch,
                    Axis.Step => line.Step,
                    _ => (line.Time - lines[0].Time).TotalMinutes,
                });
                ys.Add(value * scale);
            }
        }

        return Thin(new Curve(name, xs, ys, style));
    }

    /// <summary>The figures that lines have, in the order in which they come.</summary>
    public static IReadOnlyList<string> Keys(IEnumerable<RunMetrics> lines) => [.. lines.SelectMany(l => l.Values.Keys).Distinct()];

    // The least and the greatest of each stretch, so that no spike is lost.
    private static Curve Thin(Curve curve)
    {
        if (curve.Xs.Count <= Most)
        {
            return curve;
        }

        var kept = new SortedSet<int> { 0, curve.Xs.Count - 1 };
        for (int stretch = 0; stretch < Most / 2; stretch++)
        {
            int from = (int)((long)curve.Xs.Count * stretch / (Most / 2)), to = (int)((long)curve.Xs.Count * (stretch + 1) / (Most / 2));
            int least = from, greatest = from;
            for (int i = from; i < to; i++)
            {
                least = curve.Ys[i] < curve.Ys[least] ? i : least;
                greatest = curve.Ys[i] > curve.Ys[greatest] ? i : greatest;
            }

            kept.Add(least);
            kept.Add(greatest);
        }

        return curve with { Xs = [.. kept.Select(i => curve.Xs[i])], Ys = [.. kept.Select(i => curve.Ys[i])] };
    }
}
