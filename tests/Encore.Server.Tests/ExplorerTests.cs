using Encore.Models;
using Microsoft.Playwright;

namespace Encore.Server.Tests;

/// <summary>The explorer page in a real browser. Where there is none, these tests skip.</summary>
public sealed class ExplorerTests
{
    private static readonly string? Browser = ((string?[])[Environment.GetEnvironmentVariable("ENCORE_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"])
        .FirstOrDefault(path => path is not null && File.Exists(path));

    [Fact]
    public async Task Page_PickTitles_ChangesRecommendationsAtOnce()
    {
        await using var server = await TestServer.StartAsync();
        await using var page = await Page.OpenAsync(server);
        string first = await page.Recommended.First.InnerTextAsync();
        await page.Window.GetByLabel("Search titles").FillAsync("Comedy No. 30");
        await page.Window.Locator(".mud-popover-open").GetByText("Comedy No. 30").First.WaitForAsync(); // the list of what was found
        await page.Window.Keyboard.PressAsync("Enter"); // by keyboard alone
        await page.Window.GetByTestId("history").GetByText("Comedy No. 30").WaitForAsync();
        await Assertions.Expect(page.Recommended.First).Not.ToHaveTextAsync(first);
        await Assertions.Expect(page.Recommended.First).ToContainTextAsync("because of Comedy No. 30");

        await page.Window.GetByLabel("Remove Comedy No. 30").ClickAsync();
        await Assertions.Expect(page.Window.GetByTestId("history").GetByText("Comedy No. 30")).ToHaveCountAsync(0);
        page.Errors.ShouldBeEmpty();
        page.Elsewhere.ShouldBeEmpty();
    }

    [Fact]
    public async Task Page_Filter_KeepsOneGenre()
    {
        await using var server = await TestServer.StartAsync();
        await using var page = await Page.OpenAsync(server);
        await page.Window.GetByLabel("Only genres").First.ClickAsync();
        await page.Window.GetByRole(AriaRole.Option, new() { Name = "Comedy" }).Or(page.Window.Locator(".mud-popover-open").GetByText("Comedy")).First.ClickAsync();
        await Assertions.Expect(page.Recommended.Filter(new() { HasText = "Comedy" })).ToHaveCountAsync(12);
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Page_ModelSwitch_AsksTheOtherModel()
    {
        await using var server = await TestServer.StartAsync(null, null, ("other", Demo.Fitted(new Popularity())));
        await using var page = await Page.OpenAsync(server);
        await page.Window.GetByText("EASE λ=200").WaitForAsync();
        await page.Window.GetByTestId("model").First.ClickAsync();
        await page.Window.Locator(".mud-popover-open").GetByText("other").ClickAsync();
        await page.Window.GetByText("Popularity, 500 items").WaitForAsync();
        page.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    public async Task Page_AnySize_FitsAndFollowsTheColours(int width, int height, ColorScheme scheme)
    {
        await using var server = await TestServer.StartAsync();
        await using var page = await Page.OpenAsync(server, width, height, scheme);
        await page.Window.Locator(".popular").GetByRole(AriaRole.Button).Or(page.Window.Locator(".popular .mud-chip")).First.ClickAsync();
        await Assertions.Expect(page.Recommended.First).ToContainTextAsync("because of");
        (await page.Window.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width, "no sideways scrolling");
        await Assertions.Expect(page.Window.Locator(".main")).ToHaveCSSAsync("background-color", scheme == ColorScheme.Dark ? "rgb(22, 24, 29)" : "rgb(255, 255, 255)");
        if (Environment.GetEnvironmentVariable("ENCORE_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.Window.ScreenshotAsync(new() { Path = Path.Combine(folder, $"explorer-{width}-{scheme}.png"), FullPage = true });
        }

        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Reference_Page_ShowsTheEndpointsAndAsksNobodyElse()
    {
        await using var server = await TestServer.StartAsync();
        await using var page = await Page.OpenAsync(server, path: "reference/");
        await page.Window.GetByText("Recommend items to many").First.WaitForAsync();
        page.Elsewhere.ShouldBeEmpty();
        page.Errors.ShouldBeEmpty();
    }

    /// <summary>The page in a window of its own.</summary>
    private sealed class Page : IAsyncDisposable
    {
        private readonly IPlaywright _playwright;
        private readonly IBrowser _browser;

        private Page(IPlaywright playwright, IBrowser browser, IPage window) => (_playwright, _browser, Window) = (playwright, browser, window);

        public IPage Window { get; }

        public List<string> Errors { get; } = [];

        /// <summary>What was asked of other servers.</summary>
        public List<string> Elsewhere { get; } = [];

        public ILocator Recommended => Window.GetByTestId("recommended").Locator("li");

        public static async Task<Page> OpenAsync(TestServer server, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, string path = "")
        {
            Assert.SkipWhen(Browser is null, "No Chromium: eng/install-test-dependencies.sh installs it, or ENCORE_CHROMIUM names one.");
            var playwright = await Playwright.CreateAsync();
            var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Browser, Args = ["--no-sandbox"] });
            var window = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
            var page = new Page(playwright, browser, window);
            window.Console += (_, message) =>
            {
                if (message.Type == "error")
                {
                    page.Errors.Add(message.Text);
                }
            };
            window.Request += (_, request) =>
            {
                if (!request.Url.StartsWith(server.Address.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
                {
                    page.Elsewhere.Add(request.Url);
                }
            };
            window.PageError += (_, error) => page.Errors.Add(error);
            await window.GotoAsync(new Uri(server.Address, path).ToString(), new() { WaitUntil = WaitUntilState.NetworkIdle });
            if (path.Length == 0)
            {
                // What is drawn first is still; what is done to it before the circuit stands is lost.
                await window.Locator("[data-testid=recommended][data-interactive=yes]").WaitForAsync();
                await page.Recommended.First.WaitForAsync();
            }

            return page;
        }

        public async ValueTask DisposeAsync()
        {
            await _browser.DisposeAsync();
            _playwright.Dispose();
        }
    }
}
