using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ScottPlot;

namespace Encore.Runs;

/// <summary>
/// Draws a <see cref="Figure"/> as SVG: ScottPlot the marks, the grid and the axes; the words are SVG text of the page, so
/// that they have its font, can be read aloud, and need no font on the machine that draws. Colours are names that the
/// page's style sheet gives values to, one set for light and one for dark.
/// </summary>
internal static partial class Chart
{
    private const int Width = 440, Height = 310, Left = 58, Right = 14, Top = 10, Bottom = 50;
    private const int Axis = 90, Grid = 91; // numbers of colours beside those of the styles
    private const double Letter = 7; // a digit of the page's font, with some room for wider ones
    private const int Markers = 40; // points of a line from which on a figure has none

    private const int Shown = 8; // markers of such a line

    /// <summary>Models that a report tells apart. Markers and dashes change in rhythms of their own, so that two models have
    /// both in common only where their colours are far apart, also to whoever confuses some of them.</summary>
    public const int Styles = 24;

    /// <summary>Models up to which a group of bars can be told apart; more are drawn as lines.</summary>
    public const int MostBars = 8;

    private static readonly MarkerShape[] Shapes =
        [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleDown];

    // Of lines, as SVG has them: the drawing library cannot write dashes into SVG, so they are added to what it wrote.
    private static readonly string[] Dashes = ["none", "7 3", "2 2.6"];

    /// <summary>The figure as an <c>svg</c> element.</summary>
    public static string Svg(Figure figure)
    {
        using var plot = new Plot();
        Frame(plot);
        foreach (var series in figure.Series)
        {
            Add(plot, figure, series);
        }

        Limits(plot, figure);
        var (xs, xNames) = XTicks(plot, figure);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(xs, [.. xs.Select(_ => "")]);
        double[] ys = Ticks(plot.Axes.Left.Min, plot.Axes.Left.Max, 6);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual(ys, [.. ys.Select(_ => "")]);
        string marks = plot.GetSvgXml(Width, Height);
        var words = new StringBuilder();
        for (int t = 0; t < xs.Length; t++)
        {
            foreach (var (line, name) in xNames[t].Index())
            {
                Word(words, X(plot, xs[t]), Height - Bottom + (xNames[t].Length > 1 ? 15 : 19) + (13 * line), "middle", name);
            }
        }

        foreach (double y in ys)
        {
            Word(words, Left - 7, Y(plot, y) + 4, "end", Numbers.Short(Math.Round(y, 10)));
        }

        Word(words, Left + ((Width - Left - Right) / 2.0), Height - 8, "middle", figure.XLabel, "label");
        words.Append(CultureInfo.InvariantCulture,
            $"<text class=\"label\" text-anchor=\"middle\" transform=\"translate(13 {Top + ((Height - Top - Bottom) / 2)}) rotate(-90)\">{Html.Text(figure.YLabel)}</text>");
        return $"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Html.Text(figure.Alt)}\">{Themed(marks)}{words}</svg>";
    }

    /// <summary>A sample of a style, for legends.</summary>
    public static string Swatch(int style)
    {
        string shape = (style % Shapes.Length) switch
        {
            1 => "<rect x=\"10\" y=\"4\" width=\"8\" height=\"8\"/>",
            2 => "<path d=\"M14 3L19 12H9Z\"/>",
            3 => "<path d=\"M14 2L20 8L14 14L8 8Z\"/>",
            4 => "<path d=\"M14 13L19 4H9Z\"/>",
            _ => "<circle cx=\"14\" cy=\"8\" r=\"4.5\"/>",
        };
        string dash = Dashes[style % Dashes.Length];
        return Numbers.Text($"<svg class=\"swatch\" viewBox=\"0 0 28 16\" aria-hidden=\"true\" fill=\"var(--s{style % Styles})\" stroke=\"var(--s{style % Styles})\"><path d=\"M0 8H28\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>{shape}</svg>");
    }

    private static void Frame(Plot plot)
    {
        plot.FigureBackground.Color = plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Color(Sentinel(Axis));
        plot.Grid.MajorLineColor = Sentinel(Grid);
        plot.HideLegend();
        plot.Axes.Right.IsVisible = plot.Axes.Top.IsVisible = false;
        plot.Layout.Fixed(new PixelPadding(Left, Right, Bottom, Top));
    }

    private static void Add(Plot plot, Figure figure, Series series)
    {
        var colour = Sentinel(series.Style % Axis);
        double[] xs = figure.IsLogarithmic ? [.. series.Xs.Select(Math.Log10)] : series.Xs;
        if (figure.Kind == FigureKind.Bars)
        {
            Bars(plot, figure, series, colour);
            return;
        }

        var scatter = plot.Add.Scatter(xs, series.Ys, colour);
        scatter.LineWidth = figure.Kind == FigureKind.Lines ? 2 : 0;
        scatter.MarkerShape = Shapes[series.Style % Shapes.Length];
        scatter.MarkerSize = figure.Kind == FigureKind.Points ? 11 : series.Xs.Length > Markers ? 0 : 7;
        if (scatter.MarkerSize == 0)
        {
            // A marker here and there, not at the same places for all.
            int[] at = [.. Enumerable.Range(0, Shown).Select(k => (int)((k + 0.5 + (series.Style % 4 / 8.0)) * xs.Length / (Shown + 0.5)))];
            var marks = plot.Add.Scatter(at.Select(k => xs[Math.Min(k, xs.Length - 1)]).ToArray(), at.Select(k => series.Ys[Math.Min(k, xs.Length - 1)]).ToArray(), colour);
            (marks.LineWidth, marks.MarkerShape, marks.MarkerSize) = (0, scatter.MarkerShape, 7);
        }

        if (figure.Kind == FigureKind.Points && series.Errors is { } errors)
        {
            var bar = plot.Add.ErrorBar(xs, series.Ys, errors);
            (bar.Color, bar.LineWidth) = (colour, 1.5f);
        }
    }

    private static void Bars(Plot plot, Figure figure, Series series, Color colour)
    {
        int place = figure.Series.Index().First(s => ReferenceEquals(s.Item, series)).Index, count = figure.Series.Count;
        double width = 0.8 / count;
        for (int b = 0; b < series.Xs.Length; b++)
        {
            double at = series.Xs[b] - 0.4 + ((place + 0.5) * width);
            plot.Add.Bar(new Bar { Position = at, Value = series.Ys[b], FillColor = colour, LineWidth = 0, Size = width * 0.92 });
            if (series.Errors is { } errors && double.IsFinite(errors[b]))
            {
                var bar = plot.Add.ErrorBar([at], [series.Ys[b]], [errors[b]]);
                (bar.Color, bar.LineWidth, bar.CapSize) = (Sentinel(Axis), 1, 2);
            }
        }
    }

    private static void Limits(Plot plot, Figure figure)
    {
        double[] ys = [.. figure.Series.SelectMany(s => s.Ys.Select((y, k) => (Y: y, E: s.Errors is { } e && double.IsFinite(e[k]) ? e[k] : 0)))
            .SelectMany(v => new[] { v.Y - v.E, v.Y + v.E }).Where(double.IsFinite)];
        double low = ys.Length == 0 ? 0 : ys.Min(), high = ys.Length == 0 ? 1 : ys.Max();
        bool zero = figure.FromZero || figure.Kind == FigureKind.Bars;
        double pad = Math.Max((high - low) * 0.06, 1e-9);
        plot.Axes.SetLimitsY(zero ? Math.Min(0, low - (low < 0 ? pad : 0)) : low - pad, Math.Max(high + pad, zero ? 1e-9 : double.NegativeInfinity));
        if (figure.Categories is { } names)
        {
            plot.Axes.SetLimitsX(-0.55, names.Count - 0.45);
            return;
        }

        double[] xs = [.. figure.Series.SelectMany(s => s.Xs).Select(x => figure.IsLogarithmic ? Math.Log10(x) : x)];
        double from = xs.Length == 0 ? 0 : xs.Min(), to = xs.Length == 0 ? 1 : xs.Max(), space = Math.Max((to - from) * 0.05, figure.IsLogarithmic ? 0.1 : 1e-6);
        plot.Axes.SetLimitsX(from - space, to + space);
    }

    private static (double[] At, string[][] Names) XTicks(Plot plot, Figure figure)
    {
        double min = plot.Axes.Bottom.Min, max = plot.Axes.Bottom.Max;
        if (figure.Categories is { } names)
        {
            return ([.. Enumerable.Range(0, names.Count).Select(k => (double)k)], Fitted(names));
        }

        if (!figure.IsLogarithmic)
        {
            double[] ticks = Ticks(min, max, 7);
            return (ticks, [.. ticks.Select(t => (string[])[Numbers.Short(Math.Round(t, 10))])]);
        }

        double[] values = [.. Enumerable.Range(-6, 13).SelectMany(p => ((double[])[1, 2, 5]).Select(m => m * Math.Pow(10, p)))
            .Where(v => Math.Log10(v) >= min && Math.Log10(v) <= max)];
        if (values.Length > 8)
        {
            values = [.. values.Where(v => Math.Abs(Math.Log10(v) - Math.Round(Math.Log10(v))) < 1e-9)];
        }

        return ([.. values.Select(Math.Log10)], [.. values.Select(v => (string[])[Numbers.Short(v)])]);
    }

    /// <summary>Names that fit below their places: a range in two lines where one is too wide, and only every second or third
    /// where that is too wide as well.</summary>
    internal static string[][] Fitted(IReadOnlyList<string> names)
    {
        double place = ((Width - Left - Right) / (names.Count + 0.1)) - Letter;
        string[][] lines = [.. names.Select(n => (string[])[n])];
        if (Longest() > place)
        {
            lines = [.. names.Select(n => n.IndexOf('–', StringComparison.Ordinal) is > 0 and var dash ? [n[..(dash + 1)], n[(dash + 1)..]] : (string[])[n])];
        }

        int every = Math.Max(1, (int)Math.Ceiling((Longest() + Letter) / (place + Letter)));
        return [.. lines.Select((l, k) => k % every == 0 ? l : [])];

        double Longest() => lines.Max(l => l.Max(w => w.Length)) * Letter;
    }

    /// <summary>Round numbers between two ends: 1, 2 or 5 times a power of ten apart.</summary>
    public static double[] Ticks(double min, double max, int most)
    {
        double raw = (max - min) / most, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return [.. Enumerable.Range(0, (2 * most) + 2).Select(k => (Math.Ceiling(min / step) + k) * step).TakeWhile(t => t <= max + (step * 1e-9))];
    }

    private static double X(Plot plot, double x) =>
        Left + ((x - plot.Axes.Bottom.Min) / (plot.Axes.Bottom.Max - plot.Axes.Bottom.Min) * (Width - Left - Right));

    private static double Y(Plot plot, double y) =>
        Height - Bottom - ((y - plot.Axes.Left.Min) / (plot.Axes.Left.Max - plot.Axes.Left.Min) * (Height - Top - Bottom));

    private static void Word(StringBuilder words, double x, double y, string anchor, string text, string kind = "tick") => words.Append(
        CultureInfo.InvariantCulture, $"<text class=\"{kind}\" x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{Html.Text(text)}</text>");

    // A colour that no drawing has by chance, and the place of its name.
    private static Color Sentinel(int n) => Color.FromHex(Numbers.Text($"#0F{n:D2}E1"));

    // The inside of ScottPlot's svg element, its colours by name, without its empty words; and without its clips, whose
    // names would meet in one page and which cut nothing off.
    private static string Themed(string svg)
    {
        int start = svg.IndexOf('>', svg.IndexOf("<svg", StringComparison.Ordinal)) + 1, end = svg.LastIndexOf("</svg>", StringComparison.Ordinal);
        string inside = Superfluous().Replace(svg[start..end], "");
        inside = Line().Replace(inside, m => Number(m) < Axis ? $"{m.Value} stroke-dasharray=\"{Dashes[Number(m) % Dashes.Length]}\"" : m.Value);
        return SentinelColour().Replace(inside, m => Number(m) switch
        {
            Axis => "var(--axis)",
            Grid => "var(--grid)",
            var n => $"var(--s{n % Styles})",
        });

        static int Number(Match match) => int.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"<text[^>]*>\s*</text>|<clipPath.*?</clipPath>| clip-path=""[^""]*""|[\t\n\r]+", RegexOptions.Singleline)]
    private static partial Regex Superfluous();

    [GeneratedRegex(@"stroke=""#0F(?<n>[0-9]{2})E1"" stroke-width=""2""", RegexOptions.IgnoreCase)]
    private static partial Regex Line();

    [GeneratedRegex("#0F(?<n>[0-9]{2})E1", RegexOptions.IgnoreCase)]
    private static partial Regex SentinelColour();
}
