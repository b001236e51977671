namespace Encore.Dashboard;

/// <summary>A chart of lines or points.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="XLabel">The horizontal axis, with its unit.</param>
/// <param name="YLabel">The vertical axis, with its unit.</param>
/// <param name="Curves">What is drawn.</param>
public sealed record ChartFigure(string Title, string XLabel, string YLabel, IReadOnlyList<Curve> Curves)
{
    /// <summary>Whether the horizontal axis is logarithmic.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Whether the vertical axis has no numbers of its own, as where each line has several scales.</summary>
    public bool HidesY { get; init; }

    /// <summary>Names on the horizontal axis, at 0, 1, …; null: numbers.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>Words within the chart.</summary>
    public IReadOnlyList<ChartWord> Words { get; init; } = [];

    /// <summary>Whether the curves are named beside the chart.</summary>
    public bool HasLegend { get; init; }
}

/// <summary>A line or points of a chart.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Xs">Where, across.</param>
/// <param name="Ys">Where, up.</param>
/// <param name="Style">The number of its colour, dashes and marker.</param>
public sealed record Curve(string Name, IReadOnlyList<double> Xs, IReadOnlyList<double> Ys, int Style)
{
    /// <summary>Whether points are drawn without a line.</summary>
    public bool IsPoints { get; init; }

    /// <summary>What stands beside each point when it is pointed at; null: its numbers.</summary>
    public IReadOnlyList<string>? Texts { get; init; }

    /// <summary>From 0 (worst) to 1 (best): a colour by value instead of by style; null: by style.</summary>
    public double? Share { get; init; }
}

/// <summary>A word within a chart.</summary>
/// <param name="X">Where, across.</param>
/// <param name="Y">Where, up.</param>
/// <param name="Text">The word.</param>
/// <param name="Above">Whether it stands above the place rather than below.</param>
public sealed record ChartWord(double X, double Y, string Text, bool Above);
