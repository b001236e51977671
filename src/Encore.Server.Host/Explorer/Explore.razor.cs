using System.Globalization;
using Encore.Experiments;
using Encore.Recommending;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace Encore.Server.Host.Explorer;

/// <summary>Pick a few titles and see what the model makes of them, with its reasons.</summary>
public sealed partial class Explore : ComponentBase
{
    private const int Shown = 12, Reasons = 3, PopularShown = 8;

    private static long _pages;

    private static readonly MudTheme Look = new()
    {
        PaletteLight = new PaletteLight { Primary = "#2b5fb3", Background = "#ffffff", AppbarText = "#1b1b1f", TextPrimary = "#1b1b1f", TextSecondary = "#55585f" },
        PaletteDark = new PaletteDark { Primary = "#8ab4f8", Background = "#16181d", Surface = "#1f2228", AppbarText = "#e8eaed", TextPrimary = "#e8eaed", TextSecondary = "#a9adb5" },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = ["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"] } },
    };

    // Each open page takes turns with the others as a connection does.
    private readonly string _page = Interlocked.Increment(ref _pages).ToString(CultureInfo.InvariantCulture);
    private readonly List<string> _history = [];
    private readonly Dictionary<string, string> _where = [];
    private IReadOnlyList<Recommendation> _answer = [];
    private MudAutocomplete<string>? _search;
    private MudThemeProvider? _theme;
    private string _model = "";
    private string? _picked;
    private string? _note;
    private string? _error;
    private double _discount;
    private double _diversity;
    private bool _dark;

    private ModelFile File => Models.Find(_model);

    private string Reached => File.Provenance.Metrics.TryGetValue("ndcg@100", out double ndcg)
        ? string.Create(CultureInfo.InvariantCulture, $", ndcg@100 {ndcg:F3} on {File.Provenance.Data}")
        : "";

    private IEnumerable<string> Popular => Enumerable.Range(0, File.Items.Ids.Count)
        .OrderByDescending(i => File.Items.Users[i]).Take(PopularShown).Select(i => File.Items.Ids[i]);

    /// <inheritdoc/>
    protected override Task OnInitializedAsync()
    {
        _model = Models.Names[0];
        return RefreshAsync();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && _theme is not null)
        {
            _dark = await _theme.GetSystemDarkModeAsync().ConfigureAwait(true);
            StateHasChanged();
        }
    }

    private string Title(string id) => File.Items.Title(id) ?? id;

    private string Details(string id) => File.Items.Ids.TryGetIndex(id, out int item)
        ? string.Join(", ", File.Items.Attributes.Where(a => File.Items.Values(a).Count <= 40).SelectMany(a => File.Items.Values(a, item)))
        : "";

    private Task<IEnumerable<string>> SearchAsync(string? text, CancellationToken cancellationToken) =>
        Task.FromResult(File.Items.Search(text ?? "", 12).Select(i => File.Items.Ids[i]));

    private async Task AddAsync(string? id)
    {
        if (id is not null && !_history.Contains(id))
        {
            _history.Add(id);
            await RefreshAsync().ConfigureAwait(true);
        }

        _picked = null;
        if (_search is not null)
        {
            await _search.ClearAsync().ConfigureAwait(true);
        }
    }

    private Task RemoveAsync(string id)
    {
        _history.Remove(id);
        return RefreshAsync();
    }

    private Task SwitchAsync(string? model)
    {
        _model = model ?? _model;
        _where.Clear();
        return RefreshAsync();
    }

    private Task FilterAsync(string attribute, string? value)
    {
        _where[attribute] = value ?? "";
        return RefreshAsync();
    }

    private Task DiscountAsync(double discount)
    {
        _discount = discount;
        return RefreshAsync();
    }

    private Task DiversityAsync(double diversity)
    {
        _diversity = diversity;
        return RefreshAsync();
    }

    private async Task RefreshAsync()
    {
        var request = new RecommendRequest
        {
            History = [.. _history.Select(id => new HistoryItem(id))],
            Options = new RecommendOptions
            {
                K = Shown,
                Explain = true,
                Contributions = Options.MaximumContributions,
                ExplainedHistory = Options.MaximumExplained,
                PopularityDiscount = _discount,
                Diversity = File.Recommender?.KnowsSimilarItems == true ? _diversity : 0,
                Where = [.. _where.Where(w => w.Value.Length > 0).Select(w => new AttributeFilter(w.Key, [w.Value]))],
            },
        };
        try
        {
            using var timeout = new CancellationTokenSource(Options.Timeout);
            var answer = await Models.RecommendAsync(request, _model, "explorer", _page, timeout.Token).ConfigureAwait(true);
            (_answer, _note, _error) = (answer, answer.Note, null);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException or OperationCanceledException or ProblemException)
        {
            (_answer, _error) = ([], error.Message);
        }
    }

    private static string Because(Recommendation r) => r.Explanation is not { } explanation ? "" : string.Join(", ", explanation.Contributions
        .Where(c => c.Value > 0).Take(Reasons).Select(c => c.Title ?? c.Item));

    // What the item has in common with what was liked.
    private static string Shared(Recommendation r) => r.Explanation is not { } explanation ? "" : string.Join(", ", explanation.SharedAttributes
        .Take(Reasons).Select(a => a.Name));

    // The first of the list fills the bar.
    private string Width(float score)
    {
        float best = _answer.Max(r => r.Score), worst = Math.Min(0, _answer.Min(r => r.Score));
        double share = best > worst ? (score - worst) / (best - worst) : 0; // where all score alike there is nothing to show
        return string.Create(CultureInfo.InvariantCulture, $"width: {100 * share:F0}%");
    }
}
