using Encore.Tracking;
using Microsoft.AspNetCore.Components;

namespace Encore.Dashboard;

/// <summary>The best run of each model on the same data, under the same protocol.</summary>
public sealed partial class BestPage : RunListPage
{
    private IReadOnlyList<string> _data = [], _protocols = [], _metrics = [];
    private (string Data, string Protocol, string Metric) _chosen = ("", "", "");
    private bool _lower;
    private IReadOnlyList<(Run Run, double Value, int Count)> _best = [];

    /// <summary>The data.</summary>
    [SupplyParameterFromQuery]
    public string? Data { get; set; }

    /// <summary>The protocol.</summary>
    [SupplyParameterFromQuery]
    public string? Protocol { get; set; }

    /// <summary>The metric.</summary>
    [SupplyParameterFromQuery]
    public string? Metric { get; set; }

    /// <inheritdoc/>
    protected override void Fill()
    {
        // What most runs have comes first.
        var measured = List.Runs.Where(r => r.Description is { Model: not null, Data: not null } && Figures.Metrics([r]).Count > 0).ToArray();
        _data = Common(measured, r => r.Description.Data!.Source);
        string data = Chosen(Data, _data);
        measured = [.. measured.Where(r => r.Description.Data!.Source == data)];
        _protocols = Common(measured, r => r.Description.Protocol ?? "");
        string protocol = Chosen(Protocol, _protocols);
        measured = [.. measured.Where(r => (r.Description.Protocol ?? "") == protocol)];
        _metrics = Figures.Metrics(measured);
        string metric = Chosen(Metric, _metrics);
        _chosen = (data, protocol, metric);
        _lower = Run.PrefersLower(measured, metric);
        int sign = _lower ? -1 : 1;
        _best = [.. measured.Where(r => r.Metrics.ContainsKey(metric)).GroupBy(r => r.Description.Model!)
            .Select(g => (Run: g.MaxBy(r => sign * r.Metrics[metric])!, Count: g.Count())).Select(b => (b.Run, b.Run.Metrics[metric], b.Count)).OrderByDescending(b => sign * b.Item2)];
    }

    private static string[] Common(Run[] runs, Func<Run, string> value) => [.. runs.CountBy(value).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Key)];

    private static string Chosen(string? asked, IReadOnlyList<string> known) => asked is not null && known.Contains(asked) ? asked : known.Count > 0 ? known[0] : "";

    private void Go(string name, string value) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter(name, value), replace: true);
}
