using Encore.Models;
using Microsoft.Playwright;

namespace Encore.Server.Tests;

/// <summary>The explorer page in a real browser.</summary>
public sealed class ExplorerTests
{
    [Fact]
    public async Task Page_PickTitles_ChangesRecommendationsAtOnce()
    {
        await using var server = await TestServer.StartAsync();
        await using var page = await OpenAsync(server);
        string first = await Recommended(page).First.InnerTextAsync();
        await page.Window.GetByLabel("Search titles").FillAsync("Comedy No. 30");
        await page.Window.Locator(".mud-popover-open").GetByText("Comedy No. 30").First.WaitForAsync(); // the list of what was found
        await page.Window.Keyboard.PressAsync("Enter"); // by keyboard alone
        await page.Window.GetByTestId("history").GetByText("Comedy No. 30").WaitForAsync();
        await Assertions.Expect(Recommended(page).First).Not.ToHaveTextAsync(first);
        await Assertions.Expect(Recommended(page).First).ToContainTextAsync("because of Comedy No. 30");

        await page.Window.GetByLabel("Remove Comedy No. 30").ClickAsync();
        await Assertions.Expect(page.Window.GetByTestId("history").GetByText("Comedy No. 30")).ToHaveCountAsync(0);
        page.Errors.ShouldBeEmpty();
        page.Elsewhere.ShouldBeEmpty();
    }

    [Fact]
    public async Task Page_Filter_KeepsOneGenre()
    {
        await using var server = await TestServer.StartAsync();
        await using var page = await OpenAsync(server);
        await page.Window.GetByLabel("Only genres").First.ClickAsync();
        await page.Window.GetByRole(AriaRole.Option, new() { Name = "Comedy" }).Or(page.Window.Locator(".mud-popover-open").GetByText("Comedy")).First.ClickAsync();
        await Assertions.Expect(Recommended(page).Filter(new() { HasText = "Comedy" })).ToHaveCountAsync(12);
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Page_ItemThatNobodyHasMet_IsRecommendedWithItsReasons()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } }, Demo.Fease());
        await server.PostAsync("/v1/admin/items", """{"items": [{"item": "new", "title": "The New One", "attributes": {"genre": "Comedy", "genres": ["Comedy", "Premiere"]}}]}""");
        await using var page = await OpenAsync(server);
        await page.Window.GetByLabel("Search titles").FillAsync("Comedy No. 30");
        await page.Window.Locator(".mud-popover-open").GetByText("Comedy No. 30").First.WaitForAsync();
        await page.Window.Keyboard.PressAsync("Enter");
        await page.Window.GetByTestId("history").GetByText("Comedy No. 30").WaitForAsync();
        await page.Window.GetByLabel("Only genres").First.ClickAsync();
        await page.Window.Locator(".mud-popover-open").GetByText("Premiere").First.ClickAsync();
        await Assertions.Expect(Recommended(page)).ToHaveCountAsync(1);
        await Assertions.Expect(Recommended(page).First).ToContainTextAsync("The New One");
        await Assertions.Expect(Recommended(page).First).ToContainTextAsync("because of Comedy No. 30");
        await Assertions.Expect(Recommended(page).First).ToContainTextAsync("in common: genre=Comedy");
        await page.ShootAsync("explorer-new-item");
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Page_ModelSwitch_AsksTheOtherModel()
    {
        await using var server = await TestServer.StartAsync(null, null, ("other", Demo.Fitted(new Popularity())));
        await using var page = await OpenAsync(server);
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
        await using var page = await OpenAsync(server, width, height, scheme);
        await page.Window.Locator(".popular").GetByRole(AriaRole.Button).Or(page.Window.Locator(".popular .mud-chip")).First.ClickAsync();
        await Assertions.Expect(Recommended(page).First).ToContainTextAsync("because of");
        await page.FitsAsync();
        await Assertions.Expect(page.Window.Locator(".main")).ToHaveCSSAsync("background-color", scheme == ColorScheme.Dark ? "rgb(22, 24, 29)" : "rgb(255, 255, 255)");
        await page.ShootAsync($"explorer-{width}-{scheme}");
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Reference_Page_ShowsTheEndpointsAndAsksNobodyElse()
    {
        await using var server = await TestServer.StartAsync();
        await using var page = await OpenAsync(server, path: "reference/");
        await page.Window.GetByText("Recommend items to many").First.WaitForAsync();
        page.Elsewhere.ShouldBeEmpty();
        page.Errors.ShouldBeEmpty();
    }

    private static async Task<BrowserPage> OpenAsync(TestServer server, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, string path = "")
    {
        var page = await BrowserPage.StartAsync(server.Address, width, height, scheme);
        await page.Window.GotoAsync(new Uri(server.Address, path).ToString(), new() { WaitUntil = WaitUntilState.NetworkIdle });
        if (path.Length == 0)
        {
            // What is drawn first is still; what is done to it before the circuit stands is lost.
            await page.Window.Locator("[data-testid=recommended][data-interactive=yes]").WaitForAsync();
            await Recommended(page).First.WaitForAsync();
        }

        return page;
    }

    private static ILocator Recommended(BrowserPage page) => page.Window.GetByTestId("recommended").Locator("li");
}
