using System.Globalization;
using Microsoft.AspNetCore.Components;
using Plotly.Blazor;
using Plotly.Blazor.LayoutLib;
using Plotly.Blazor.Traces;
using Plotly.Blazor.Traces.ScatterLib;
using XTitle = Plotly.Blazor.LayoutLib.XAxisLib.Title;
using YTitle = Plotly.Blazor.LayoutLib.YAxisLib.Title;

namespace Encore.Dashboard;

/// <summary>Draws a <see cref="ChartFigure"/>, again whenever there is another one; its numbers stand below.</summary>
public sealed partial class Chart : ComponentBase
{
    private const int Markers = 40; // points of a curve from which on it has no markers
    private const int Marked = 4; // curves of a chart from which on they have none

    private static readonly Config Config = new()
    {
        Responsive = true,
        DisplayLogo = false,
        DisplayModeBar = Plotly.Blazor.ConfigLib.DisplayModeBarEnum.Hover,
        ModeBarButtonsToRemove = (string[])["select2d", "lasso2d", "autoScale2d"],
    };

    private readonly string _id = $"plot{Interlocked.Increment(ref _count)}";
    private static int _count;
    private PlotlyChart? _plot;
    private IList<ITrace> _traces = [];
    private Layout _layout = new();
    private ChartFigure? _drawn;
    private readonly HashSet<string> _hidden = [];
    private bool _drawnDark, _ready, _stale, _numbers;

    /// <summary>What to draw.</summary>
    [Parameter, EditorRequired]
    public ChartFigure Figure { get; set; } = null!;

    /// <summary>Whether the colours are dark.</summary>
    [CascadingParameter(Name = "Dark")]
    public bool Dark { get; set; }

    private string Alt => string.Create(CultureInfo.InvariantCulture,
        $"{Figure.Title}: {Figure.YLabel} by {Figure.XLabel}. {string.Join("; ", Figure.Curves.Take(8).Select(Said))}{(Figure.Curves.Count > 8 ? $"; and {Figure.Curves.Count - 8} more" : "")}. The numbers are listed below.");

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (!ReferenceEquals(_drawn, Figure) || _drawnDark != Dark)
        {
            Make();
        }
    }

    private void Make()
    {
        (_drawn, _drawnDark, _stale) = (Figure, Dark, true);
        _traces = [.. Figure.Curves.Where(c => !_hidden.Contains(c.Name)).Select(Trace)];
        _layout = MakeLayout();
    }

    private void Toggle(string curve)
    {
        if (!_hidden.Remove(curve))
        {
            _hidden.Add(curve);
        }

        Make();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            // The page with its words comes first, the drawing library after it.
            (_ready, _stale) = (true, false);
            StateHasChanged();
        }
        else if (_stale && _plot is not null)
        {
            _stale = false;
            await _plot.React().ConfigureAwait(true);
        }
    }

    private static string Said(Curve curve) => curve.Ys.Count == 0
        ? $"{curve.Name}: nothing yet"
        : string.Create(CultureInfo.InvariantCulture, $"{curve.Name}: {curve.Ys.Count} values from {Figures.Text("", curve.Ys[0])} to {Figures.Text("", curve.Ys[^1])}");

    private Scatter Trace(Curve curve)
    {
        string colour = curve.Share is { } share ? Palette.Scale(share, Dark) : Palette.Colour(curve.Style, Dark);
        bool marked = curve.IsPoints || (curve.Xs.Count <= Markers && Figure.Curves.Count <= Marked);
        return new Scatter
        {
            Name = curve.Name,
            X = [.. curve.Xs],
            Y = [.. curve.Ys],
            Mode = curve.IsPoints ? ModeFlag.Markers : marked ? ModeFlag.Lines | ModeFlag.Markers : ModeFlag.Lines,
            Line = new Line { Color = colour, Dash = curve.Share is null ? Palette.Dash(curve.Style) : "solid", Width = curve.Share >= 1 ? 3 : curve.Share is null ? 2 : 1 },
            Marker = new Marker { Color = colour, Size = curve.IsPoints ? 9 : 6, Symbol = curve.Share is null ? Palette.Symbol(curve.Style) : Palette.Symbol(0) },
            HoverTemplate = curve.Texts is null ? "%{y:.5~g}<extra>%{fullData.name}</extra>" : "%{text}<extra></extra>",
            TextArray = curve.Texts is null ? null : [.. curve.Texts],
        };
    }

    private Layout MakeLayout()
    {
        string text = Palette.Text(Dark), soft = Palette.Soft(Dark), grid = Palette.Grid(Dark);
        return new Layout
        {
            AutoSize = true,
            Height = 300,
            ShowLegend = false,
            UiRevision = "same", // what somebody zoomed to stays while the curve grows
            PaperBgColor = "rgba(0,0,0,0)",
            PlotBgColor = "rgba(0,0,0,0)",
            Font = new Font { Color = text, Family = "system-ui, Segoe UI, Roboto, DejaVu Sans, sans-serif", Size = 12 },
            Margin = new Margin { L = Figure.HidesY ? 30 : 64, R = Figure.HidesY ? 30 : 16, T = Figure.Words.Count > 0 ? 28 : 10, B = 48 },
            HoverMode = Figure.Curves.Any(c => c.Texts is not null) ? HoverModeEnum.Closest : HoverModeEnum.XUnified,
            HoverLabel = new Plotly.Blazor.LayoutLib.HoverLabel { BgColor = Palette.Page(Dark), BorderColor = grid, Font = new Plotly.Blazor.LayoutLib.HoverLabelLib.Font { Color = text } },
            ModeBar = new ModeBar { BgColor = "rgba(0,0,0,0)", Color = soft, ActiveColor = text },
            XAxis = [XAxis(soft, grid)],
            YAxis = [new YAxis
            {
                Title = new YTitle { Text = Figure.HidesY ? "" : Figure.YLabel, Standoff = 8 },
                GridColor = grid, LineColor = soft, TickColor = soft, ZeroLine = false, AutoMargin = Plotly.Blazor.LayoutLib.YAxisLib.AutoMarginFlag.True,
                Range = Range(), ShowLine = !Figure.HidesY, TickLen = Figure.HidesY ? 0 : 5,
                ShowGrid = !Figure.HidesY, ShowTickLabels = !Figure.HidesY, ExponentFormat = Plotly.Blazor.LayoutLib.YAxisLib.ExponentFormatEnum.SI,
            }],
            Annotations = [.. Figure.Words.Select(w => new Annotation
            {
                X = w.X, Y = w.Y, Text = w.Text, ShowArrow = false, YShift = w.Above ? 10 : -10, Font = new Plotly.Blazor.LayoutLib.AnnotationLib.Font { Color = soft, Size = 11 },
                BgColor = Palette.Page(Dark), Opacity = 0.9m,
            })],
        };
    }

    // A curve that does not change lies in the middle, on an axis of its size; null: the library's choice.
    private object[]? Range()
    {
        double[] ys = [.. Figure.Curves.SelectMany(c => c.Ys)];
        return ys.Length == 0 || ys.Min() != ys.Max() ? null : ys[0] == 0 ? [-1, 1] : [ys[0] - (Math.Abs(ys[0]) / 2), ys[0] + (Math.Abs(ys[0]) / 2)];
    }

    private XAxis XAxis(string soft, string grid) => new()
    {
        Title = new XTitle { Text = Figure.XLabel, Standoff = 8 },
        Type = Figure.IsLogarithmic ? Plotly.Blazor.LayoutLib.XAxisLib.TypeEnum.Log : Plotly.Blazor.LayoutLib.XAxisLib.TypeEnum.Linear,
        GridColor = Figure.HidesY ? soft : grid,
        LineColor = soft,
        TickColor = soft,
        ZeroLine = false,
        ExponentFormat = Figure.IsLogarithmic ? Plotly.Blazor.LayoutLib.XAxisLib.ExponentFormatEnum.e : Plotly.Blazor.LayoutLib.XAxisLib.ExponentFormatEnum.SI,
        DTick = Figure.IsLogarithmic ? "D2" : null,
        AutoMargin = Plotly.Blazor.LayoutLib.XAxisLib.AutoMarginFlag.True,
        TickVals = Figure.Categories is { } names ? [.. Enumerable.Range(0, names.Count)] : null,
        TickText = Figure.Categories is { } words ? [.. words] : null,
    };
}
