using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;

namespace Encore.Dashboard;

/// <summary>What stands around every page: where to go, and the colours.</summary>
public sealed partial class Frame : LayoutComponentBase
{
    private const string ColoursKey = "encore-colours";

    private static readonly MudTheme Look = new()
    {
        PaletteLight = new PaletteLight { Primary = "#0b5cad", Background = "#ffffff", Surface = "#ffffff", TextPrimary = "#1f2328", TextSecondary = "#59636e", Divider = "#d1d9e0", Error = "#b42318" },
        PaletteDark = new PaletteDark { Primary = "#6cb0ff", Background = "#14181d", Surface = "#1c2127", TextPrimary = "#e6edf3", TextSecondary = "#9da7b1", Divider = "#3a424b", Error = "#ff8f85" },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = ["system-ui", "Segoe UI", "Roboto", "DejaVu Sans", "sans-serif"] } },
    };

    private MudThemeProvider? _theme;
    private bool _dark;
    private bool _known;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && _theme is not null)
        {
            string? chosen = await Script.InvokeAsync<string?>("localStorage.getItem", ColoursKey).ConfigureAwait(true);
            _dark = chosen is null ? await _theme.GetSystemDarkModeAsync().ConfigureAwait(true) : chosen == "dark";
            _known = true;
            StateHasChanged();
        }
    }

    private async Task SwitchAsync()
    {
        _dark = !_dark;
        await Script.InvokeVoidAsync("localStorage.setItem", ColoursKey, _dark ? "dark" : "light").ConfigureAwait(true);
    }
}
