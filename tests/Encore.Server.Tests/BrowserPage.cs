using Microsoft.Playwright;

namespace Encore.Server.Tests;

/// <summary>A page in a real browser, in a window of its own. Where there is no browser, the test skips.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private static readonly string? Browser = ((string?[])[Environment.GetEnvironmentVariable("ENCORE_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"])
        .FirstOrDefault(path => path is not null && File.Exists(path));

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private BrowserPage(IPlaywright playwright, IBrowser browser, IPage window) => (_playwright, _browser, Window) = (playwright, browser, window);

    public IPage Window { get; }

    public List<string> Errors { get; } = [];

    /// <summary>What was asked of other servers.</summary>
    public List<string> Elsewhere { get; } = [];

    public static async Task<BrowserPage> StartAsync(Uri server, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, bool hasTouch = false)
    {
        Assert.SkipWhen(Browser is null, "No Chromium: eng/install-test-dependencies.sh installs it, or ENCORE_CHROMIUM names one.");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Browser, Args = ["--no-sandbox"] });
        var window = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, HasTouch = hasTouch, IsMobile = hasTouch });
        var page = new BrowserPage(playwright, browser, window);
        window.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                page.Errors.Add(message.Text);
            }
        };
        window.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(server.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
            {
                page.Elsewhere.Add(request.Url);
            }
        };
        window.PageError += (_, error) => page.Errors.Add(error);
        return page;
    }

    /// <summary>Keeps a picture where <c>ENCORE_SCREENSHOTS</c> names a folder.</summary>
    public async Task ShootAsync(string name, bool fullPage = true)
    {
        if (Environment.GetEnvironmentVariable("ENCORE_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await Window.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = fullPage });
        }
    }

    /// <summary>Fails where the page is wider than its window.</summary>
    public async Task FitsAsync() => (await Window.EvaluateAsync<int>("document.documentElement.scrollWidth"))
        .ShouldBeLessThanOrEqualTo(Window.ViewportSize!.Width, "no sideways scrolling");

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
