using Microsoft.Playwright;

namespace Encore.Server.Tests;

/// <summary>The dashboard in a real browser.</summary>
public sealed class DashboardTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(500)]
    public async Task List_AnyNumberOfRuns_FitsPhonesAndDesktopsInBothColours(int runs)
    {
        await using var server = await TestDashboard.StartAsync(runs);
        foreach (var (width, height, touch) in ((int, int, bool)[])[(1280, 900, false), (390, 844, true)])
        {
            foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            {
                await using var page = await BrowserPage.StartAsync(server.Address, width, height, scheme, touch);
                await OpenAsync(page, server);
                await Assertions.Expect(page.Window.Locator(".frame")).ToHaveCSSAsync("background-color", scheme == ColorScheme.Dark ? "rgb(20, 24, 29)" : "rgb(255, 255, 255)");
                await page.FitsAsync();
                await page.ShootAsync($"list-{runs}-{width}-{scheme}");
                page.Errors.ShouldBeEmpty();
                page.Elsewhere.ShouldBeEmpty();
            }
        }
    }

    private static async Task OpenAsync(BrowserPage page, TestDashboard server, string path = "")
    {
        await page.Window.GotoAsync(new Uri(server.Address, path).ToString(), new() { WaitUntil = WaitUntilState.Load });
        await page.Window.Locator("[data-ready=yes]").WaitForAsync(); // what is done before the circuit stands is lost
    }
}
