using System.Globalization;
using Encore.Tracking;

namespace Encore.Dashboard;

/// <summary>What options did to a metric: points for one option, a line for each run through several.</summary>
internal static class OptionCharts
{
    private const double Wide = 30; // from which ratio of the ends on an axis is logarithmic

    private const int Categories = 12; // values that are names and still have room on an axis

    /// <summary>The options in which runs differ and that can be an axis.</summary>
    public static IReadOnlyList<string> Options(IReadOnlyList<Run> runs) => [.. Facts.SideBySide(runs, onlyDifferences: true)
        .Where(row => row.Key is not ("data.fingerprint" or "commit") && (Numbers(row.Values) is not null || row.Values.Distinct().Count() <= Categories))
        .OrderBy(row => runs.Any(r => r.Description.Options.ContainsKey(row.Key)) ? 0 : 1).Select(row => row.Key)];

    public static ChartFigure Scatter(IReadOnlyList<Run> runs, string option, string metric)
    {
        var axis = new OptionAxis(option, Values(runs, option));
        double[] ys = [.. runs.Select(r => r.Metrics.GetValueOrDefault(metric, double.NaN))];
        var points = new Curve(metric, axis.Places, ys, 0)
        {
            IsPoints = true,
            Texts = [.. runs.Select((r, i) => $"{r.Description.Name}<br>{option} {axis.Values[i]}<br>{metric} {Figures.Text(metric, ys[i])}")],
        };
        return new ChartFigure($"{Figures.Title(metric)} by {option}", option, Figures.Title(metric), [points]) { IsLogarithmic = axis.IsLogarithmic, Categories = axis.Names };
    }

    /// <summary>Parallel coordinates; the metric's axis is the last, and the better a run, the more its line stands out.</summary>
    public static ChartFigure Parallel(IReadOnlyList<Run> runs, IReadOnlyList<string> options, string metric)
    {
        OptionAxis[] axes = [.. options.Select(o => new OptionAxis(o, Values(runs, o))),
            new OptionAxis(metric, [.. runs.Select(r => r.Metrics.GetValueOrDefault(metric).ToString("R", CultureInfo.InvariantCulture))])];
        bool cost = Run.PrefersLower(runs, metric);
        double[] reached = [.. runs.Select(r => r.Metrics.GetValueOrDefault(metric))];
        int[] order = [.. Enumerable.Range(0, runs.Count).OrderBy(i => cost ? -reached[i] : reached[i])];
        Curve[] curves = [.. order.Select((i, rank) => new Curve(runs[i].Description.Name, [.. axes.Select((_, a) => (double)a)], [.. axes.Select(a => a.Share(i))], 0)
        {
            Share = order.Length > 1 ? rank / (order.Length - 1.0) : 1,
            Texts = [.. axes.Select(a => $"{runs[i].Description.Name}<br>{string.Join("<br>", axes.Select(x => $"{x.Name} {x.Say(i)}"))}")],
        })];
        return new ChartFigure($"Options and {Figures.Title(metric)}, a line for each run", "", "place between the least and the greatest", curves)
        {
            HidesY = true,
            Categories = [.. axes.Select(a => a.Name)],
            Words = [.. axes.SelectMany((axis, a) => axis.Words.Select(w => new ChartWord(a, w.Share, w.Text, w.Share > 0.5)))],
        };
    }

    private static IReadOnlyList<string> Values(IReadOnlyList<Run> runs, string option) => [.. runs.Select(r => Facts.Of(r).FirstOrDefault(f => f.Key == option).Value ?? "")];

    private static double[]? Numbers(IReadOnlyList<string> values)
    {
        double[] numbers = new double[values.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!double.TryParse(values[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !Figures.IsDrawn(numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }

    /// <summary>An option's values on an axis: numbers where all are numbers, else names in order.</summary>
    private sealed class OptionAxis
    {
        private readonly double[]? _numbers;
        private readonly double _from, _to;

        public OptionAxis(string name, IReadOnlyList<string> values)
        {
            (Name, Values, _numbers) = (name, values, Numbers(values));
            if (_numbers is null)
            {
                Names = [.. values.Distinct().Order(StringComparer.Ordinal)];
            }

            Places = _numbers ?? [.. values.Select(v => (double)((IList<string>)Names!).IndexOf(v))];
            IsLogarithmic = _numbers is { Length: > 0 } && _numbers.Min() > 0 && _numbers.Max() / _numbers.Min() >= Wide;
            (_from, _to) = Places.Length == 0 ? (0, 0) : (Scaled(Places.Min()), Scaled(Places.Max()));
        }

        public string Name { get; }

        public IReadOnlyList<string> Values { get; }

        public IReadOnlyList<string>? Names { get; }

        public double[] Places { get; }

        public bool IsLogarithmic { get; }

        public IEnumerable<(double Share, string Text)> Words => Names is { } names
            ? names.Select((n, i) => (names.Count > 1 ? i / (names.Count - 1.0) : 0.5, n))
            : [(0, Figures.Text("", Places.Min())), (1, Figures.Text("", Places.Max()))];

        public string Say(int run) => _numbers is null ? Values[run] : Figures.Text("", _numbers[run]);

        public double Share(int run) => _to > _from ? (Scaled(Places[run]) - _from) / (_to - _from) : 0.5;

        private double Scaled(double place) => IsLogarithmic ? Math.Log10(place) : place;
    }
}
