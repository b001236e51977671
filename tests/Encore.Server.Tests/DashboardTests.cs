using System.Diagnostics;
using System.Net;
using Encore.Dashboard;
using Encore.Tracking;
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
        await InAllWindowsAsync(server, async (page, window) =>
        {
            await OpenAsync(page, server);
            await page.FitsAsync();
            await page.ShootAsync($"list-{runs}-{window}");
        });
    }

    [Fact]
    public async Task List_WithoutRuns_SaysHowToMakeOneAndShowsItOnceItBegins()
    {
        await using var server = await TestDashboard.StartAsync();
        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server);
        await Assertions.Expect(page.Window.GetByTestId("empty")).ToContainTextAsync("encore train");
        await page.ShootAsync("list-0");
        using var run = server.Runs.Open("first");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(1);
        await Assertions.Expect(Rows(page)).ToContainTextAsync("running");
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task List_OfFiveHundred_OpensFast()
    {
        await using var server = await TestDashboard.StartAsync(500);
        await using var page = await BrowserPage.StartAsync(server.Address);
        var times = new List<(long Shown, long Ready)>();
        for (int turn = 0; turn < 5; turn++)
        {
            await page.Window.GotoAsync("about:blank");
            var watch = Stopwatch.StartNew();
            await page.Window.GotoAsync(server.Address.ToString(), new() { WaitUntil = WaitUntilState.Commit });
            await Rows(page).Nth(49).WaitForAsync();
            long shown = watch.ElapsedMilliseconds;
            await page.Window.Locator("[data-testid=runs][data-interactive=yes]").WaitForAsync();
            times.Add((shown, watch.ElapsedMilliseconds));
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", times.Select(t => FormattableString.Invariant($"shown {t.Shown} ms, ready {t.Ready} ms"))));
        var look = Stopwatch.StartNew();
        for (int turn = 0; turn < 20; turn++)
        {
            server.Store.All();
        }

        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"a look at the list: {look.Elapsed.TotalMilliseconds / 20:0.0} ms"));
        times.Min(t => t.Ready).ShouldBeLessThan(5000, "machines that do much else are slow; the claim is a second");
    }

    [Fact]
    public async Task List_FilterSortAndOpen_StandInTheAddress()
    {
        await using var server = await TestDashboard.StartAsync(120);
        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server);
        await page.Window.GetByLabel("Model").SelectOptionAsync("ease");
        await Assertions.Expect(page.Window).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("model=ease"));
        await Assertions.Expect(Rows(page).Filter(new() { HasNotText = "ease" })).ToHaveCountAsync(0);
        await page.Window.GetByLabel("Status", new() { Exact = true }).SelectOptionAsync("finished");
        await page.Window.GetByRole(AriaRole.Button, new() { Name = "ndcg@100" }).ClickAsync();
        await Assertions.Expect(page.Window.Locator("th[aria-sort=descending]")).ToContainTextAsync("ndcg@100");
        string[] cells = [.. await page.Window.Locator("td[data-label='ndcg@100']").AllInnerTextsAsync()];
        cells.Length.ShouldBeGreaterThan(3);
        cells.Select(c => double.Parse(c, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(cells.Select(c => double.Parse(c, System.Globalization.CultureInfo.InvariantCulture)).OrderDescending());

        // The address alone brings the same list.
        string count = await page.Window.GetByTestId("count").InnerTextAsync();
        await page.Window.ReloadAsync();
        await Assertions.Expect(page.Window.GetByTestId("count")).ToHaveTextAsync(count);
        await page.Window.Locator("[data-ready=yes]").WaitForAsync();

        await page.Window.GetByRole(AriaRole.Button, new() { Name = "Clear filters" }).ClickAsync();
        await page.Window.GetByLabel("Search").FillAsync("trial 7");
        await Assertions.Expect(Rows(page).First).ToContainTextAsync("of tune mult-vae");

        await page.Window.GetByLabel("Search").FillAsync("model=multvae and ndcg@100>.415 and status=finished");
        await Assertions.Expect(page.Window.GetByTestId("count")).ToContainTextAsync($"{server.Store.All().Count(r => r.Description.Model == "mult-vae" && r.Metrics.GetValueOrDefault("ndcg@100") > 0.415)} runs of");
        await page.ShootAsync("list-query", fullPage: false);
        await page.Window.GetByLabel("Search").FillAsync("modell=ease");
        await Assertions.Expect(page.Window.GetByTestId("fault")).ToContainTextAsync("modell");
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task List_Parents_UnfoldByKeyboard()
    {
        await using var server = await TestDashboard.StartAsync(20);
        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server);
        int before = await Rows(page).CountAsync();
        await page.Window.GetByRole(AriaRole.Button, new() { Name = "8 runs of compare" }).FocusAsync();
        await page.Window.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(before + 8);

        // Everything can be reached, and shows where one is.
        await page.Window.Locator(".brand").FocusAsync();
        var reached = new List<string>();
        for (int key = 0; key < 14; key++)
        {
            await page.Window.Keyboard.PressAsync("Tab");
            reached.Add(await page.Window.EvaluateAsync<string>("(document.activeElement.getAttribute('aria-label') || document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText).trim()"));
            (await page.Window.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle")).ShouldBe("solid", reached[^1]);
        }

        await page.ShootAsync("list-keyboard", fullPage: false);
        foreach (string name in (string[])["Best", "Compare", "Dark colours", "Search", "Kind", "Model", "Status", "Data", "Metric", "Name"])
        {
            reached.ShouldContain(r => r.StartsWith(name, StringComparison.Ordinal), string.Join(" | ", reached));
        }
    }

    [Fact]
    public async Task List_ABrokenRun_IsSaidBesideTheOthers()
    {
        await using var server = await TestDashboard.StartAsync(3);
        Directory.CreateDirectory(Path.Combine(server.Folder, "20260101-000000-torn-0000"));
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "20260101-000000-torn-0000", "run.json"), "{\"id\":", TestContext.Current.CancellationToken);
        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server);
        await Assertions.Expect(page.Window.GetByRole(AriaRole.Alert)).ToContainTextAsync("20260101-000000-torn-0000 cannot be read");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(3);
        await page.ShootAsync("list-broken");
        await OpenAsync(page, server, "run/20260101-000000-torn-0000");
        await Assertions.Expect(page.Window.Locator("h1")).ToHaveTextAsync("This run is damaged");
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_WhileItTrains_ShowsEachEpochWithinASecondWithoutLoading()
    {
        await using var server = await TestDashboard.StartAsync(3);
        using var run = server.Runs.Open(epochs: 6);
        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server, $"run/{run.Id}");
        await page.Window.EvaluateAsync("window.stillHere = true");
        await Assertions.Expect(page.Window.Locator(".js-plotly-plot .scatterlayer").First).ToBeVisibleAsync();
        var latencies = new List<long>();
        for (int epoch = 7; epoch <= 16; epoch++)
        {
            var watch = Stopwatch.StartNew();
            server.Runs.Log(run, epoch, 0.42);
            while (!await page.Window.EvaluateAsync<bool>($"document.querySelector('[data-testid=live]').innerText.includes('epoch {epoch},') && document.querySelector('.js-plotly-plot').data[0].x.length === {epoch}"))
            {
                watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
            }

            latencies.Add(watch.ElapsedMilliseconds);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(", ", latencies)} ms");
        latencies.Order().ElementAt(latencies.Count / 2).ShouldBeLessThan(1000, string.Join(", ", latencies));
        (await page.Window.EvaluateAsync<bool>("window.stillHere")).ShouldBeTrue("nothing was loaded again");
        run.Write("epoch 16 done");
        await Assertions.Expect(page.Window.GetByTestId("log")).ToContainTextAsync("epoch 16 done");
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.4211 }));
        await Assertions.Expect(page.Window.GetByTestId("tiles")).ToContainTextAsync("0.4211");
        await Assertions.Expect(page.Window.Locator("h1")).ToContainTextAsync("finished");
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task List_WhileARunTrains_ShowsItsEpochs()
    {
        await using var server = await TestDashboard.StartAsync(20);
        using var run = server.Runs.Open(epochs: 2);
        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server);
        var watch = Stopwatch.StartNew();
        server.Runs.Log(run, 3, 0.42);
        await Assertions.Expect(Rows(page).First.Locator("td[data-label=Epochs]")).ToHaveTextAsync("3");
        TestContext.Current.TestOutputHelper?.WriteLine($"{watch.ElapsedMilliseconds} ms");
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_Page_FitsAndShowsCurvesFilesAndDifferences()
    {
        await using var server = await TestDashboard.StartAsync(40);
        using var run = server.Runs.Open(epochs: 24);
        await AddFilesAsync(server, run);
        run.Write("24 epochs in 58 s");
        string other = server.Store.All().First(r => r.Description.Model == "mult-vae" && r.Description.Kind == "trial").Id;
        await InAllWindowsAsync(server, async (page, window) =>
        {
            await OpenAsync(page, server, $"run/{run.Id}?with={other}");
            await Assertions.Expect(page.Window.GetByTestId("sides")).ToContainTextAsync("learning-rate");
            await Assertions.Expect(page.Window.GetByTestId("sides")).Not.ToContainTextAsync("dropout"); // the same in both
            await Assertions.Expect(page.Window.GetByTestId("files")).ToContainTextAsync("model.encore");
            await Assertions.Expect(page.Window.Locator(".js-plotly-plot .scatterlayer")).ToHaveCountAsync(await page.Window.GetByTestId("chart").CountAsync());
            await page.FitsAsync();
            await page.ShootAsync($"run-{window}");
        });
    }

    [Fact]
    public async Task Run_SetBesideAnother_ByKeyboard()
    {
        await using var server = await TestDashboard.StartAsync(20);
        var runs = server.Store.All().Where(r => r.Description.Kind == "fit").ToArray();
        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server, $"run/{runs[0].Id}");
        await page.Window.GetByLabel("Beside another run").FocusAsync();
        await page.Window.Keyboard.TypeAsync(runs[1].Id);
        await page.Window.Keyboard.PressAsync("Enter");
        await page.Window.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.Window.GetByTestId("sides")).ToContainTextAsync(runs[1].Description.Name);
        await Assertions.Expect(page.Window).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("with=" + runs[1].Id));
        await page.Window.GetByText("Only what differs").ClickAsync();
        await Assertions.Expect(page.Window.GetByTestId("sides")).ToContainTextAsync("protocol");
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Compare_SelectedRuns_LieOverEachOther()
    {
        await using var server = await TestDashboard.StartAsync(60);
        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server);
        await page.Window.GetByLabel("Status", new() { Exact = true }).SelectOptionAsync("finished");
        await page.Window.GetByLabel("Kind").SelectOptionAsync("train");
        foreach (string model in (string[])["mult-vae", "cdae", "svae"])
        {
            await page.Window.GetByLabel("Select " + model).First.CheckAsync();
        }

        await page.Window.GetByTestId("compare").ClickAsync();
        await Assertions.Expect(page.Window.Locator("[data-title='validation/ndcg@100'] .scatterlayer .trace")).ToHaveCountAsync(3);
        await Assertions.Expect(page.Window.Locator(".legend").First).ToContainTextAsync("cdae");
        await Assertions.Expect(page.Window.GetByTestId("sides")).ToContainTextAsync("model");
        await page.Window.GetByLabel("Curve").SelectOptionAsync("loss");
        await page.Window.GetByLabel("Over", new() { Exact = true }).SelectOptionAsync("minutes");
        await Assertions.Expect(page.Window.Locator("[data-title='loss'] .xtitle")).ToHaveTextAsync("minutes");

        // The numbers are there for those who do not see the curves.
        await page.Window.Locator("[data-title='loss'] summary").ClickAsync();
        await Assertions.Expect(page.Window.Locator("[data-title='loss'] table tbody tr").First).ToBeVisibleAsync();
        await page.ShootAsync("compare-3");
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Compare_RunsOfATuning_ShowsOptionsAgainstTheMetric()
    {
        await using var server = await TestDashboard.StartAsync(60);
        var tune = server.Store.All().First(r => r.Description.Kind == "tune");
        await InAllWindowsAsync(server, async (page, window) =>
        {
            await OpenAsync(page, server, $"compare?of={tune.Id}&against=learning-rate");
            await Assertions.Expect(page.Window.Locator("[data-title='ndcg@100 by learning-rate'] .scatterlayer .point")).ToHaveCountAsync(24);
            await Assertions.Expect(page.Window.Locator("[data-title^='Options and'] .scatterlayer .trace")).ToHaveCountAsync(24);
            await Assertions.Expect(page.Window.GetByTestId("down").Locator("tbody tr")).ToHaveCountAsync(24);
            await page.FitsAsync();
            await page.ShootAsync($"compare-24-{window}");
        });
    }

    [Fact]
    public async Task Best_OfEachModel_TheBestFirst()
    {
        await using var server = await TestDashboard.StartAsync(60);
        await InAllWindowsAsync(server, async (page, window) =>
        {
            await OpenAsync(page, server, "best?data=ml-1m");
            await Assertions.Expect(page.Window.GetByTestId("best").Locator("tbody tr").First).ToContainTextAsync("0.4");
            await page.FitsAsync();
            await page.ShootAsync($"best-{window}");
        });
    }

    [Fact]
    public async Task Colours_Chosen_StayOnTheNextVisit()
    {
        await using var server = await TestDashboard.StartAsync(3);
        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server);
        await page.Window.GetByLabel("Dark colours").ClickAsync();
        await Assertions.Expect(page.Window.Locator(".frame")).ToHaveCSSAsync("background-color", "rgb(20, 24, 29)");
        await page.Window.ReloadAsync();
        await Assertions.Expect(page.Window.Locator(".frame")).ToHaveCSSAsync("background-color", "rgb(20, 24, 29)");
        await Assertions.Expect(page.Window.GetByLabel("Light colours")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Remove_AsksFirst()
    {
        await using var server = await TestDashboard.StartAsync(4);
        await using var page = await BrowserPage.StartAsync(server.Address);
        string id = server.Store.All()[0].Id;
        await OpenAsync(page, server, $"run/{id}");
        await page.Window.GetByRole(AriaRole.Button, new() { Name = "Remove the run…" }).ClickAsync();
        await page.Window.GetByRole(AriaRole.Dialog).WaitForAsync();
        await page.ShootAsync("remove", fullPage: false);
        await page.Window.GetByRole(AriaRole.Button, new() { Name = "Keep" }).ClickAsync();
        Directory.Exists(server.Store.FolderOf(id)).ShouldBeTrue();
        await Assertions.Expect(page.Window.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await page.Window.GetByRole(AriaRole.Button, new() { Name = "Remove the run…" }).ClickAsync();
        await page.Window.GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(3);
        Directory.Exists(server.Store.FolderOf(id)).ShouldBeFalse();
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Artifacts_AreServedWithoutPowers()
    {
        await using var server = await TestDashboard.StartAsync(1);
        using var run = server.Runs.Open();
        await AddFilesAsync(server, run);
        using var report = await server.Client.GetAsync(new Uri($"run/{run.Id}/artifacts/report/report.html", UriKind.Relative), TestContext.Current.CancellationToken);
        report.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        report.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("sandbox; default-src 'none'");
        report.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        using var model = await server.Client.GetAsync(new Uri($"run/{run.Id}/artifacts/model.encore", UriKind.Relative), TestContext.Current.CancellationToken);
        model.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");

        await using var page = await BrowserPage.StartAsync(server.Address);
        await OpenAsync(page, server, $"run/{run.Id}");
        await page.Window.GetByText("Report", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(page.Window.FrameLocator("iframe").Locator("h1")).ToHaveTextAsync("Comparison");
        await page.ShootAsync("report");
    }

    [Theory]
    [InlineData("../../secret.txt")]
    [InlineData("..%2f..%2fsecret.txt")]
    [InlineData("%2e%2e/%2e%2e/secret.txt")]
    [InlineData("..%5c..%5csecret.txt")]
    [InlineData("../run.json")]
    [InlineData("..%2frun.json")]
    [InlineData("link.txt")]
    [InlineData("nothing.txt")]
    [InlineData("")]
    public async Task Artifacts_NamesThatLeadElsewhere_AreNotFound(string name)
    {
        await using var server = await TestDashboard.StartAsync();
        using var run = server.Runs.Open();
        await AddFilesAsync(server, run);
        string secret = Path.Combine(server.Folder, "secret.txt");
        await File.WriteAllTextAsync(secret, "hidden words", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(server.Store.ArtifactsOf(run.Id), "link.txt"), secret);
        }

        // Over a socket, since clients tidy addresses up before they ask.
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET /run/{run.Id}/artifacts/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        string answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        // What leads up to a run's own address is the page of a run that there is not.
        (answer.StartsWith("HTTP/1.1 404", StringComparison.Ordinal) || answer.Contains("There is no such run", StringComparison.Ordinal)).ShouldBeTrue(answer);
        answer.ShouldNotContain("hidden words");
        answer.ShouldNotContain("\"status\"");
    }

    [Fact]
    public async Task Request_UnderAnotherName_IsRefused()
    {
        await using var server = await TestDashboard.StartAsync(1);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Address);
        request.Headers.Host = "elsewhere.example";
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public void Create_OnAnAddressForAll_AsksToBeTold()
    {
        Should.Throw<ArgumentException>(() => DashboardServer.Create(new DashboardOptions { Runs = "runs", Host = "0.0.0.0" })).Message.ShouldContain("asks for no key");
    }

    private static async Task AddFilesAsync(TestDashboard server, StoredRun run)
    {
        string folder = Directory.CreateDirectory(Path.Combine(server.Folder, ".made")).FullName;
        foreach (var (name, text) in ((string, string)[])
            [("model.encore", new string('x', 1_234_567)), ("report/report.html", "<!DOCTYPE html><style>h1{font:2em sans-serif}</style><h1>Comparison</h1><script>document.title='ran'</script>"), ("report/report.md", "# Comparison")])
        {
            string path = Path.Combine(folder, Path.GetFileName(name));
            await File.WriteAllTextAsync(path, text);
            run.AddArtifact(path, name);
        }
    }

    private static ILocator Rows(BrowserPage page) => page.Window.GetByTestId("runs").Locator("tbody tr");

    private static async Task InAllWindowsAsync(TestDashboard server, Func<BrowserPage, string, Task> look)
    {
        foreach (var (width, height, touch) in ((int, int, bool)[])[(1280, 900, false), (390, 844, true)])
        {
            foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            {
                await using var page = await BrowserPage.StartAsync(server.Address, width, height, scheme, touch);
                await look(page, $"{width}-{scheme}");
                await Assertions.Expect(page.Window.Locator(".frame")).ToHaveCSSAsync("background-color", scheme == ColorScheme.Dark ? "rgb(20, 24, 29)" : "rgb(255, 255, 255)");
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
