using Encore.Tracking;
using Microsoft.AspNetCore.Components;

namespace Encore.Dashboard;

/// <summary>Several runs: their curves over each other, where they differ, and what the differences did. All that is
/// chosen stands in the address.</summary>
public sealed partial class ComparePage : LivePage
{
    private const int Most = 200;
    private const int Named = 20; // curves that colours, dashes and markers tell apart
    private const int Sides = 4; // runs that stand side by side; more stand below each other

    private static readonly string[] Axes = ["epoch", "batches", "minutes"];

    private readonly Dictionary<string, MetricsReader> _readers = [];
    private RunList _list = RunList.None;
    private Run? _parent;
    private IReadOnlyList<Run> _runs = [];
    private IReadOnlyList<string> _keys = [], _metrics = [], _options = [];
    private ChartFigure? _curves, _scatter, _parallel;
    private string _key = "", _metric = "", _option = "", _added = "";
    private int _left;
    private bool _onlyDifferences = true;

    /// <summary>The ids of the runs, with commas between.</summary>
    [SupplyParameterFromQuery]
    public string? Runs { get; set; }

    /// <summary>The run whose runs are compared.</summary>
    [SupplyParameterFromQuery]
    public string? Of { get; set; }

    /// <summary>The figure whose curves are shown.</summary>
    [SupplyParameterFromQuery(Name = "curve")]
    public string? Key { get; set; }

    /// <summary>What curves are drawn over.</summary>
    [SupplyParameterFromQuery]
    public string? Over { get; set; }

    /// <summary>The metric that is set against an option.</summary>
    [SupplyParameterFromQuery]
    public string? Metric { get; set; }

    /// <summary>The option that it is set against.</summary>
    [SupplyParameterFromQuery]
    public string? Against { get; set; }

    private Axis On => Over switch
    {
        "batches" => Axis.Step,
        "minutes" => Axis.Minutes,
        _ => Axis.Epoch,
    };

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _list = Live.Now();
        ReadOn();
        Draw();
    }

    /// <inheritdoc/>
    protected override bool Look()
    {
        var list = Live.Now();
        bool changed = !ReferenceEquals(list, _list);
        _list = list;
        if (!(ReadOn() | changed))
        {
            return false;
        }

        Draw();
        return true;
    }

    private bool ReadOn()
    {
        string[] ids = Runs?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        _parent = _list.Find(Of);
        Run[] all = [.. (_parent is null ? [] : _list.Children(_parent.Id)).Concat(ids.Select(_list.Find).OfType<Run>()).DistinctBy(r => r.Id)];
        _runs = [.. all.Take(Most)];
        _left = all.Length - _runs.Count;
        bool grown = false;
        foreach (var run in _runs)
        {
            if (!_readers.TryGetValue(run.Id, out var reader))
            {
                _readers[run.Id] = reader = new MetricsReader(Live.Store.MetricsOf(run.Id));
            }
            else if (run.Ended is not null)
            {
                continue; // it grows no more
            }

            grown |= Figures.TryAdvance(reader, out _);
        }

        return grown;
    }

    private void Draw()
    {
        _keys = [.. Series.Keys(_runs.SelectMany(r => _readers[r.Id].Lines.Take(3).Concat(_readers[r.Id].Lines.TakeLast(1))))
            .OrderBy(k => k.StartsWith(MetricKeys.Validation, StringComparison.Ordinal) && k != MetricKeys.Validation + MetricKeys.Loss ? 0 : k == MetricKeys.Loss ? 1 : 2)];
        _key = Key is not null && _keys.Contains(Key) ? Key : _keys.Count > 0 ? _keys[0] : "";
        Curve[] curves = _key.Length == 0 ? [] : [.. _runs.Select((run, i) => Series.Of(Label(run), _key, _readers[run.Id].Lines, On, i)).Where(c => c.Xs.Count > 0)];
        bool named = _runs.Count <= Named;
        _curves = curves.Length == 0 ? null : new ChartFigure(Figures.Title(_key), Series.Label(On), Figures.Title(_key), named ? curves : Ranked(curves)) { HasLegend = named };

        _metrics = [.. Figures.Compared(_runs), .. _runs.Any(r => r.Metrics.ContainsKey(MetricKeys.FitSeconds)) ? [MetricKeys.FitSeconds] : (string[])[]];
        _metric = Metric is not null && _metrics.Contains(Metric) ? Metric : _metrics.Count > 0 ? _metrics[0] : "";
        Run[] ended = [.. _runs.Where(r => _list.Figure(r, _metric) is { } figure && Figures.IsDrawn(figure))];
        _options = OptionCharts.Options(ended);
        _option = Against is not null && _options.Contains(Against) ? Against : _options.Count > 0 ? _options[0] : "";
        _scatter = _option.Length == 0 ? null : OptionCharts.Scatter(ended, _option, _metric);

        // Seeds are no choice; they are an axis only where there is nothing better.
        string[] axes = [.. _options.Where(o => o is not ("seed" or "repetition"))];
        axes = [.. (axes.Length > 1 ? axes : _options).Take(6)];
        _parallel = axes.Length < 2 ? null : OptionCharts.Parallel(ended, axes, _metric);
    }

    // Too many to name: the better a run's last value, the more it stands out, and it is drawn on top.
    private Curve[] Ranked(Curve[] curves)
    {
        Curve[] ordered = [.. Run.PrefersLower(_runs, _key) ? curves.OrderByDescending(c => c.Ys[^1]) : curves.OrderBy(c => c.Ys[^1])];
        return [.. ordered.Select((c, i) => c with { Share = ordered.Length > 1 ? i / (ordered.Length - 1.0) : 1 })];
    }

    // Runs of the same name are told apart by the end of their ids.
    private string Label(Run run) =>
        _runs.Count(r => r.Description.Name == run.Description.Name) > 1 ? $"{run.Description.Name} {run.Id[^4..]}" : run.Description.Name;

    private double? Figure(Run run, string name) => _list.Figure(run, name);

    private void Add(ChangeEventArgs chosen)
    {
        string text = chosen.Value?.ToString()?.Trim() ?? "";
        _added = text;
        if (_list.Find(text) is { } run && !_runs.Contains(run))
        {
            _added = "";
            Go("runs", string.Join(',', (Runs?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? []).Append(run.Id)));
        }
    }

    private void Go(string name, string value) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter(name, value.Length > 0 ? value : null), replace: true);
}
