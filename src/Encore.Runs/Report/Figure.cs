namespace Encore.Runs;

/// <summary>How the series of a figure are drawn.</summary>
public enum FigureKind
{
    /// <summary>A line through the points, with markers where they are few.</summary>
    Lines,

    /// <summary>Points, each with its error.</summary>
    Points,

    /// <summary>Groups of bars, a group for each of <see cref="Figure.Categories"/>.</summary>
    Bars,
}

/// <summary>A figure of a report: what to draw, and what to say to those who do not see it.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="XLabel">The horizontal axis, with its unit.</param>
/// <param name="YLabel">The vertical axis, with its unit.</param>
/// <param name="Kind">How the series are drawn.</param>
/// <param name="Series">What is drawn; each keeps its colour and marker throughout a report.</param>
public sealed record Figure(string Title, string XLabel, string YLabel, FigureKind Kind, IReadOnlyList<Series> Series)
{
    /// <summary>How values by group are drawn: bars, or lines where there are more models than bars tell apart.</summary>
    public static FigureKind KindOf(int models) => models <= Chart.MostBars ? FigureKind.Bars : FigureKind.Lines;

    /// <summary>What can be read off it, in a sentence or two.</summary>
    public string Caption { get; init; } = "";

    /// <summary>The names at the horizontal axis, for which x is 0, 1, …; null: x is a number.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>Whether the horizontal axis is logarithmic.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Whether the vertical axis begins at 0; bars always do.</summary>
    public bool FromZero { get; init; }

    /// <summary>The description for screen readers.</summary>
    public string Alt => $"{Title}: {YLabel} against {XLabel} for {string.Join(", ", Series.Select(Describe))}.";

    private static string Describe(Series series) => series.Ys.Length == 0 ? series.Name
        : Numbers.Text($"{series.Name} ({(series.Ys.Length == 1 ? Numbers.Short(series.Ys[0]) : $"{Numbers.Short(series.Ys[0])} to {Numbers.Short(series.Ys[^1])}")})");
}

/// <summary>One model's numbers in a figure.</summary>
/// <param name="Name">The model.</param>
/// <param name="Style">Which colour and marker it has.</param>
/// <param name="Xs">Positions.</param>
/// <param name="Ys">Values beside them.</param>
/// <param name="Errors">Standard errors of the values; null: none.</param>
public sealed record Series(string Name, int Style, double[] Xs, double[] Ys, double[]? Errors = null);
