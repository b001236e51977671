using System.Globalization;
using Encore.Tracking;
using Microsoft.AspNetCore.Components;

namespace Encore.Dashboard;

/// <summary>The list of runs. What is shown stands in the address, so that it can be sent to somebody.</summary>
public sealed partial class RunsPage : RunListPage
{
    private const int PageSize = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private static readonly string[] Statuses = [.. Enum.GetNames<RunStatus>().Select(s => s.ToLowerInvariant())];

    private readonly HashSet<string> _open = [];
    private RunFilter _filter = new();
    private IReadOnlyList<(Run Run, int Depth)> _rows = [];
    private IReadOnlyList<string> _kinds = [], _models = [], _data = [], _metrics = [];
    private IReadOnlyList<string> _picked = [];
    private int _matches, _page = 1, _pages = 1;
    private string? _fault;
    private int _typed;

    /// <summary>Words that a run must have, or a query.</summary>
    [SupplyParameterFromQuery(Name = "q")]
    public string? Query { get; set; }

    /// <summary>The kind of runs to show.</summary>
    [SupplyParameterFromQuery]
    public string? Kind { get; set; }

    /// <summary>The model whose runs to show.</summary>
    [SupplyParameterFromQuery]
    public string? Model { get; set; }

    /// <summary>Where runs to show stand.</summary>
    [SupplyParameterFromQuery]
    public string? Status { get; set; }

    /// <summary>The data of the runs to show.</summary>
    [SupplyParameterFromQuery]
    public string? Data { get; set; }

    /// <summary>The column to sort by, with a minus for falling order.</summary>
    [SupplyParameterFromQuery]
    public string? Sort { get; set; }

    /// <summary>The metric to show.</summary>
    [SupplyParameterFromQuery]
    public string? Metric { get; set; }

    /// <summary>The page of the list, from 1.</summary>
    [SupplyParameterFromQuery]
    public int? Page { get; set; }

    /// <summary>The runs that are selected.</summary>
    [SupplyParameterFromQuery]
    public string? Picked { get; set; }

    private string Main => Metric is { Length: > 0 } ? Metric : _metrics.Count > 0 ? _metrics[0] : "";

    private string Validation { get; set; } = "";

    // Beside the metric's own column its name need not be said again.
    private string ValidationTitle => Validation.Length == 0 || Validation == MetricKeys.Validation + Main ? "validation" : Validation;

    private (string Key, string Title, bool Number)[] Columns =>
    [
        ("name", "Name", false), ("started", "Started", false), ("kind", "Kind", false), ("status", "Status", false), ("data", "Data", false), ("protocol", "Protocol", false),
        ("epochs", "Epochs", true), ("metric", Main.Length > 0 ? Main : "Metric", true), ("validation", ValidationTitle, true), ("duration", "Duration", true),
    ];

    private string Count => string.Create(CultureInfo.InvariantCulture,
        $"{_matches:N0} {(_matches == 1 ? "run" : "runs")}{(_filter.IsFlat ? $" of {List.Runs.Count:N0}" : _matches < List.Runs.Count ? $", {List.Runs.Count - _matches:N0} within them" : "")}");

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _filter = new RunFilter { Text = Query ?? "", Kind = Kind ?? "", Model = Model ?? "", Status = Status ?? "", Data = Data ?? "", Sort = Sort ?? "-started" };
        _picked = Picked?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
        base.OnParametersSet();
    }

    /// <inheritdoc/>
    protected override void Fill()
    {
        _kinds = Values(r => r.Description.Kind);
        _models = Values(r => r.Description.Model);
        _data = Values(r => r.Description.Data?.Source);
        _metrics = Figures.Metrics(List.Runs);
        var validation = Figures.ValidationMetrics(List);
        Validation = validation.Contains(MetricKeys.Validation + Main) || validation.Count == 0 ? (validation.Count == 0 ? "" : MetricKeys.Validation + Main) : validation[0];
        var matches = _filter.Select(List, Key, Live.Time, out _fault);
        _matches = matches.Count;
        _pages = Math.Max(1, (_matches + PageSize - 1) / PageSize);
        _page = Math.Clamp(Page ?? 1, 1, _pages);
        _rows = [.. matches.Skip((_page - 1) * PageSize).Take(PageSize).SelectMany(run => (IEnumerable<(Run, int)>)
            [(run, 0), .. !_filter.IsFlat && _open.Contains(run.Id) ? List.Children(run.Id).Select(c => (c, 1)) : []])];
    }

    private string[] Values(Func<Run, string?> value) =>
        [.. List.Runs.Select(value).Where(v => !string.IsNullOrEmpty(v)).Distinct().Order(StringComparer.Ordinal)!];

    private IComparable? Key(Run run) => _filter.Column switch
    {
        "name" => run.Description.Name,
        "kind" => run.Description.Kind,
        "status" => run.Status.ToString(),
        "data" => run.Description.Data?.Source,
        "protocol" => run.Description.Protocol,
        "epochs" => Shown(run, MetricKeys.Epochs),
        "metric" => Shown(run, Main),
        "validation" => Shown(run, Validation),
        "duration" => Figures.DurationOf(run, Now),
        _ => run.Started,
    };

    // Of a comparison or a tuning: the best that the runs within it reached.
    private double? Shown(Run run, string name)
    {
        if (List.Figure(run, name) is { } own)
        {
            return own;
        }

        var children = name == Main || name == Validation ? List.Children(run.Id) : [];
        double[] within = [.. children.Select(c => List.Figure(c, name)).OfType<double>()];
        return within.Length == 0 ? null : Run.PrefersLower(children, name) ? within.Min() : within.Max();
    }

    private string? Order(string column) => _filter.Column != column ? null : _filter.Falls ? "descending" : "ascending";

    private string Arrow(string column) => _filter.Column != column ? "" : _filter.Falls ? " ↓" : " ↑";

    private void Toggle(string id)
    {
        if (!_open.Remove(id))
        {
            _open.Add(id);
        }

        Fill();
    }

    // The list follows while somebody types, once they pause.
    private async Task TypedAsync(ChangeEventArgs typed)
    {
        int turn = ++_typed;
        string text = typed.Value?.ToString() ?? "";
        await Task.Delay(Pause, Live.Time, CancellationToken.None).ConfigureAwait(true);
        if (turn == _typed)
        {
            Go(_filter with { Text = text });
        }
    }

    private void Pick(IReadOnlyList<string> picked) => Go(_filter, _page, Metric, picked);

    private void Go(RunFilter filter, int page = 1, string? metric = null) => Go(filter, page, metric ?? Metric, _picked);

    private void Go(RunFilter filter, int page, string? metric, IReadOnlyList<string> picked) => Navigation.NavigateTo(
        Navigation.GetUriWithQueryParameters(Navigation.BaseUri, new Dictionary<string, object?>
        {
            ["q"] = Set(filter.Text),
            ["kind"] = Set(filter.Kind),
            ["model"] = Set(filter.Model),
            ["status"] = Set(filter.Status),
            ["data"] = Set(filter.Data),
            ["sort"] = filter.Sort == "-started" ? null : filter.Sort,
            ["metric"] = Set(metric),
            ["page"] = page > 1 ? page : null,
            ["picked"] = picked.Count > 0 ? string.Join(',', picked) : null,
        }), replace: true);

    private static string? Set(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
