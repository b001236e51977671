using System.Text;
using Encore.Tracking;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace Encore.Dashboard;

/// <summary>A run: what it reached, its curves while they grow, its options beside another's, its files.</summary>
public sealed partial class RunPage : LivePage
{
    private const int LogBytes = 32 << 10, Others = 200;

    private RunList _list = RunList.None;
    private Run? _run, _other;
    private string? _broken, _fault;
    private IReadOnlyList<Run> _children = [], _others = [];
    private IReadOnlyList<ChartFigure> _charts = [];
    private IReadOnlyList<(string Name, long Length)> _files = [];
    private MetricsReader? _metrics, _system;
    private string _log = "";
    private long _logLength;
    private bool _onlyDifferences = true;

    /// <summary>The run's id.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>The run to set beside it.</summary>
    [SupplyParameterFromQuery]
    public string? With { get; set; }

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _list = Live.Now();
        if (_run?.Id != Id)
        {
            (_metrics, _system, _log, _logLength, _charts) = (null, null, "", 0, []);
        }

        Fill();
        ReadOn();
    }

    /// <inheritdoc/>
    protected override bool Look()
    {
        var list = Live.Now();
        bool changed = !ReferenceEquals(list, _list);
        if (changed)
        {
            _list = list;
            Fill();
        }

        return ReadOn() | changed;
    }

    private void Fill()
    {
        _run = _list.Find(Id);
        _broken = _list.Broken.FirstOrDefault(b => b.Id == Id)?.Error;
        _children = _list.Children(Id);
        _files = _run is null ? [] : ArtifactEndpoint.List(Live.Store, Id);
        _other = _list.Find(With);

        // Those that are most like it come first.
        _others = _run is not { } run ? [] : [.. _list.Runs.Where(r => r.Id != Id)
            .OrderByDescending(r => (r.Description.Parent is not null && r.Description.Parent == run.Description.Parent ? 2 : 0) + (r.Description.Model == run.Description.Model ? 1 : 0)).Take(Others)];
    }

    private bool ReadOn()
    {
        if (_run is null)
        {
            return false;
        }

        _metrics ??= new MetricsReader(Live.Store.MetricsOf(Id));
        _system ??= new MetricsReader(Live.Store.SystemOf(Id));
        bool grown = Figures.TryAdvance(_metrics, out string? fault) | Figures.TryAdvance(_system, out _);
        if (fault != _fault)
        {
            (_fault, grown) = (fault, true);
        }

        if (grown)
        {
            _charts = RunCharts.Of(_metrics.Lines, _system.Lines, _run);
        }

        return ReadLog() | grown;
    }

    // Its end: somebody who wants all of it has the file.
    private bool ReadLog()
    {
        try
        {
            var file = new FileInfo(Live.Store.LogOf(Id));
            if (!file.Exists || file.Length == _logLength)
            {
                return false;
            }

            using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            _logLength = stream.Length;
            stream.Position = Math.Max(0, _logLength - LogBytes);
            byte[] bytes = new byte[_logLength - stream.Position];
            stream.ReadExactly(bytes);
            string text = Encoding.UTF8.GetString(bytes);
            _log = _logLength > LogBytes ? "…\n" + text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..] : text;
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Removed or cut while it was read, or not for the server to read.
            bool news = _log != fault.Message;
            (_log, _logLength) = (fault.Message, -1);
            return news;
        }
    }

    private double? Figure(Run run, string name) => _list.Figure(run, name);

    private IEnumerable<(string Name, string Value)> Tiles()
    {
        var run = _run!;
        var names = run.Metrics.Count > 0 ? run.Metrics.Keys : _list.Progress.GetValueOrDefault(run.Id)?.Keys ?? [];
        foreach (string name in names.Where(n => !n.EndsWith(MetricKeys.StandardError, StringComparison.Ordinal)))
        {
            string error = run.Metrics.TryGetValue(name + MetricKeys.StandardError, out double e) ? $" ± {Figures.Text(name, e)}" : "";
            yield return (Figures.Title(name), Figures.Text(name, _list.Figure(run, name)) + error);
        }
    }

    private string Link(string name) => $"run/{Id}/artifacts/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}";

    private void Compare(ChangeEventArgs chosen) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("with", chosen.Value?.ToString() is { Length: > 0 } id ? id.Trim() : null), replace: true);

    private async Task RemoveAsync()
    {
        string what = _children.Count > 0 ? $"{_run!.Description.Name} and the {Figures.Runs(_children.Count)} within it" : _run!.Description.Name;
        bool? sure = await Dialogs.ShowMessageBoxAsync("Remove the run?", $"{what}, with figures, log and files. This cannot be undone.", yesText: "Remove", cancelText: "Keep").ConfigureAwait(true);
        if (sure != true)
        {
            return;
        }

        try
        {
            Live.Remove(Id);
            Navigation.NavigateTo("");
        }
        catch (Exception error) when (error is InvalidOperationException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            await Dialogs.ShowMessageBoxAsync("The run stays", error.Message, yesText: "Close").ConfigureAwait(true);
        }
    }
}
