using System.Net;
using System.Net.Sockets;
using Encore.Dashboard;
using Encore.Hosting;
using Microsoft.Playwright;

namespace Encore.Server.Tests;

/// <summary>Where servers listen, which names they answer to, and what stands in front of them.</summary>
public sealed class HostingTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("[::1]", "::1", true)]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1", true)]
    [InlineData("0.0.0.0", "0.0.0.0", false)]
    [InlineData("[::]", "::", false)]
    [InlineData("::ffff:0.0.0.0", "0.0.0.0", false)]
    [InlineData("192.168.1.5", "192.168.1.5", false)]
    public void Resolve_Address_IsTheAddress(string host, string address, bool loopback)
    {
        var listen = ListenAddresses.Resolve(host);
        listen.Addresses.ShouldBe([IPAddress.Parse(address)]);
        listen.IsLoopback.ShouldBe(loopback);
        listen.IsAny.ShouldBe(address is "0.0.0.0" or "::");
    }

    [Fact]
    public void Resolve_Name_IsLookedUp()
    {
        var local = ListenAddresses.Resolve("localhost");
        local.Addresses[0].ShouldBe(IPAddress.Loopback);
        local.IsLoopback.ShouldBeTrue();
        var machine = ListenAddresses.Resolve(Dns.GetHostName());
        machine.Addresses.ShouldBeSubsetOf(Dns.GetHostAddresses(Dns.GetHostName()));
    }

    [Theory]
    [InlineData("*", "expected 0.0.0.0 for all")]
    [InlineData("+", "expected 0.0.0.0 for all")]
    [InlineData("", "expected an IP address")]
    [InlineData(" ", "expected an IP address")]
    [InlineData("0", "expected an IP address")]
    [InlineData("127.1", "expected an IP address")]
    [InlineData("0127.0.0.1", "expected an IP address")]
    [InlineData("300.1.1.1", "expected an IP address")]
    [InlineData("http://localhost", "without scheme")]
    [InlineData("localhost:8080", "without scheme")]
    [InlineData("[::1]:8080", "without scheme")]
    [InlineData("local host", "expected an IP address")]
    public void Resolve_NoHost_IsRefused(string host, string message) =>
        Should.Throw<ArgumentException>(() => ListenAddresses.Resolve(host)).Message.ShouldContain(message);

    [Fact]
    public void Resolve_UnknownName_IsRefusedNotReplaced()
    {
        Should.Throw<IOException>(() => EncoreServer.Create(new ServerOptions { Serving = new EncoreOptions { Files = ["a"] }, Host = "nowhere.invalid" })).Message.ShouldContain("nowhere.invalid cannot be resolved");
        Should.Throw<IOException>(() => DashboardServer.Create(new DashboardOptions { Runs = "runs", Host = "nowhere.invalid" })).Message.ShouldContain("nowhere.invalid cannot be resolved");
    }

    [Fact]
    public async Task Host_Localhost_IsListenedOn()
    {
        await using var server = await TestServer.StartAsync(o => o with { Host = "localhost" });
        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri($"http://localhost:{server.Address.Port}/healthz"), TestContext.Current.CancellationToken)).ShouldContain("ok");
    }

    [Fact]
    public async Task Port_InUse_IsOneLineThatNamesIt()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        var error = await Should.ThrowAsync<IOException>(() => TestServer.StartAsync(o => o with { Port = port }));
        error.Message.ShouldBe($"Cannot listen on 127.0.0.1:{port}: another process uses this address and port. Stop it, or choose another port (--port 0: any free one).");
        var dashboard = DashboardServer.Create(new DashboardOptions { Runs = "runs", Port = port });
        (await Should.ThrowAsync<IOException>(() => DashboardServer.RunAsync(dashboard, _ => { }, TestContext.Current.CancellationToken))).Message.ShouldBe(error.Message);
    }

    [Fact]
    public async Task Host_OfAnotherMachine_IsOneLineThatNamesIt()
    {
        var dashboard = DashboardServer.Create(new DashboardOptions { Runs = "runs", Host = "203.0.113.7", Port = 0, AllowsOthers = true });
        (await Should.ThrowAsync<IOException>(() => DashboardServer.RunAsync(dashboard, _ => { }, TestContext.Current.CancellationToken))).Message
            .ShouldBe("Cannot listen on 203.0.113.7:0: this machine has no address 203.0.113.7. Expected one of its own, or 0.0.0.0 for all.");
    }

    [Theory]
    [InlineData(SocketError.AccessDenied, 80, "permission denied; ports below 1024 need special rights")]
    [InlineData(SocketError.AccessDenied, 8080, "permission denied. Choose")]
    [InlineData(SocketError.AddressFamilyNotSupported, 8080, "this machine has no IPv6")]
    public void ListenFailure_OtherKinds_SayWhatToDo(SocketError code, int port, string message) =>
        ListenFailure.Text(new SocketException((int)code), new IPEndPoint(IPAddress.IPv6Loopback, port)).ShouldContain(message);

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void Port_OutOfRange_IsRefused(int port)
    {
        Should.Throw<ArgumentException>(() => EncoreServer.Create(new ServerOptions { Serving = new EncoreOptions { Files = ["a"] }, Port = port })).Message.ShouldContain("expected 0 … 65535");
        Should.Throw<ArgumentException>(() => DashboardServer.Create(new DashboardOptions { Runs = "runs", Port = port })).Message.ShouldContain("expected 0 … 65535");
    }

    [Theory]
    [InlineData("elsewhere.example", 400)]
    [InlineData("elsewhere.example:80", 400)]
    [InlineData("10.1.2.3", 400)]
    [InlineData("localhost.elsewhere.example", 400)]
    [InlineData("localhost", 200)]
    [InlineData("localhost:9", 200)]
    [InlineData("[::1]:9", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("recs.example", 200)]
    [InlineData("a.b.shop.example:443", 200)]
    public async Task HostHeader_OnLoopback_IsOneOfItsNames(string host, int status)
    {
        await using var server = await TestServer.StartAsync(o => o with { AllowedHosts = ["recs.example", "*.shop.example"] });
        foreach (string path in (string[])["/v1/model", "/", "/openapi/v1.json", "/metrics"])
        {
            ((int)(await SendAsync(server, path, ("Host", host))).StatusCode).ShouldBe(status, path);
        }

        ((int)(await SendAsync(server, "/readyz", ("Host", host))).StatusCode).ShouldBe(200, "a probe comes by any address");
        if (status == 400)
        {
            string problem = await (await SendAsync(server, "/v1/model", ("Host", host))).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            problem.ShouldContain("--allow-host " + host.Split(':')[0]);
        }
    }

    [Theory]
    [InlineData("0.0.0.0", "elsewhere.example", false)]
    [InlineData("0.0.0.0", "10.1.2.3:8080", true)]
    [InlineData("0.0.0.0", "[fe80::1]", true)]
    [InlineData("0.0.0.0", "localhost", true)]
    [InlineData("192.168.1.5", "192.168.1.5", true)]
    [InlineData("192.168.1.5", "192.168.1.6", false)]
    [InlineData("192.168.1.5", "localhost", false)]
    [InlineData("::1", "[::1]:80", true)]
    public void HostNames_ByAddress_AnswerTo(string listen, string host, bool knows) =>
        new HostNames(new ServerOptions { Serving = new EncoreOptions { Files = [] }, Host = listen }, ListenAddresses.Resolve(listen)).Knows(new(host)).ShouldBe(knows);

    [Theory]
    [InlineData("https://recs.example")]
    [InlineData("recs.example:80")]
    [InlineData("recs.example/encore")]
    [InlineData("")]
    [InlineData("re*cs.example")]
    public void AllowedHost_ThatIsNone_IsRefused(string name) => Should.Throw<ArgumentException>(
        () => new HostNames(new ServerOptions { Serving = new EncoreOptions { Files = [] }, AllowedHosts = [name] }, ListenAddresses.Resolve("127.0.0.1"))).Message.ShouldContain("expected a name");

    [Fact]
    public async Task ForwardedHeaders_OfTrustedProxiesOnly_AreUsed()
    {
        (string, string)[] headers = [("X-Forwarded-Host", "recs.example"), ("X-Forwarded-Prefix", "/shop"), ("X-Forwarded-For", "198.51.100.9"), ("X-Forwarded-Proto", "https")];
        await using var server = await TestServer.StartAsync();
        ((int)(await SendAsync(server, "/v1/model", headers)).StatusCode).ShouldBe(200, "ignored: the name is not checked either");
        (await (await SendAsync(server, "/openapi/v1.json", headers)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain("/shop");

        await using var behind = await TestServer.StartAsync(o => o with { TrustedProxies = ["127.0.0.0/8"], AllowedHosts = ["recs.example"] });
        var log = CapturedLog.Of(behind.App);
        (await (await SendAsync(behind, "/openapi/v1.json", headers)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("\"url\": \"/shop\"");
        (await (await SendAsync(behind, "/", headers)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("<base href=\"/shop/\"");
        ((int)(await SendAsync(behind, "/v1/model", ("X-Forwarded-Host", "elsewhere.example"))).StatusCode).ShouldBe(400);
        await SendAsync(behind, "/v1/model", ("X-Forwarded-For", "198.51.100.9"), ("Host", "elsewhere.example"));
        await log.WaitAsync("RequestFailed", e => e.Fields["Client"]!.Equals("198.51.100.9"));
    }

    [Theory]
    [InlineData("proxy.example")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.1:80")]
    [InlineData("")]
    public void TrustedProxy_ThatIsNone_IsRefused(string proxy) => Should.Throw<ArgumentException>(
        () => DashboardServer.Create(new DashboardOptions { Runs = "runs", TrustedProxies = [proxy] })).Message.ShouldContain("expected an IP address");

    [Theory]
    [InlineData("encore")]
    [InlineData("/en core")]
    [InlineData("/a/../b")]
    [InlineData("/a//b")]
    [InlineData("https://recs.example/encore")]
    public void PathBase_ThatIsNone_IsRefused(string path) =>
        Should.Throw<ArgumentException>(() => PathPrefix.Of(path)).Message.ShouldContain("expected a path");

    [Fact]
    public async Task PathBase_Given_IsAnsweredWithAndWithout()
    {
        await using var server = await TestServer.StartAsync(o => o with { PathBase = "/encore/", KeyDigests = [OperationTests.Digest("one")] });
        server.Address.AbsolutePath.ShouldBe("/encore");
        foreach (string path in (string[])["/encore/healthz", "/healthz", "/encore/readyz"])
        {
            ((int)(await SendAsync(server, path)).StatusCode).ShouldBe(200, path);
        }

        foreach (string path in (string[])["/encore/v1/model", "/v1/model", "/encore/openapi/v1.json"])
        {
            ((int)(await SendAsync(server, path)).StatusCode).ShouldBe(401, path);
            ((int)(await SendAsync(server, path, ("X-API-Key", "one"))).StatusCode).ShouldBe(200, path);
        }

        (await (await SendAsync(server, "/encore/openapi/v1.json", ("X-API-Key", "one"))).Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("\"url\": \"/encore\"");
        ((int)(await SendAsync(server, "/encoreless/healthz", ("X-API-Key", "one"))).StatusCode).ShouldBe(404);
    }

    /// <summary>Everything that the page asks for, its connection included, lies below the path base.</summary>
    [Fact]
    public async Task PathBase_ExplorerAndReference_WorkBelowIt()
    {
        await using var server = await TestServer.StartAsync(o => o with { PathBase = "/encore" });
        var below = new Uri(server.Address + "/");
        await using var page = await BrowserPage.StartAsync(below);
        var sockets = new List<string>();
        page.Window.WebSocket += (_, socket) => sockets.Add(socket.Url);
        await page.Window.GotoAsync(below.ToString());
        await page.Window.Locator("[data-testid=recommended][data-interactive=yes]").WaitForAsync();
        await page.Window.Locator(".popular .mud-chip").First.ClickAsync();
        await Assertions.Expect(page.Window.GetByTestId("recommended").Locator("li").First).ToContainTextAsync("because of");
        sockets.ShouldNotBeEmpty();
        sockets.ShouldAllBe(url => new Uri(url).AbsolutePath == "/encore/_blazor");

        await page.Window.GotoAsync(below + "reference/");
        await page.Window.GetByText("Recommend items to many").First.WaitForAsync();
        page.Elsewhere.ShouldBeEmpty();
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task PathBase_Dashboard_WorksBelowIt()
    {
        await using var server = await TestDashboard.StartAsync(20, o => o with { PathBase = "/encore/runs" });
        var below = new Uri(server.Address + "/");
        await using var page = await BrowserPage.StartAsync(below);
        await page.Window.GotoAsync(below.ToString());
        await page.Window.Locator("[data-ready=yes]").WaitForAsync();
        await page.Window.GetByLabel("Status", new() { Exact = true }).SelectOptionAsync("finished"); // the address changes
        await Assertions.Expect(page.Window).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/encore/runs/\\?status=finished"));
        await page.Window.GetByRole(AriaRole.Link, new() { Name = "Best", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Window).ToHaveURLAsync(below + "best");
        await page.Window.GetByTestId("best").Locator("tbody a").First.ClickAsync();
        await Assertions.Expect(page.Window.Locator("h1")).ToContainTextAsync("finished");
        await page.Window.Locator(".js-plotly-plot").First.WaitForAsync();
        await page.Window.GetByRole(AriaRole.Button, new() { Name = "Remove the run…" }).ClickAsync();
        await page.Window.GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Window).ToHaveURLAsync(below.ToString());
        await page.Window.GetByRole(AriaRole.Link, new() { Name = "Encore runs" }).ClickAsync();
        await Assertions.Expect(page.Window).ToHaveURLAsync(below.ToString());
        page.Elsewhere.ShouldBeEmpty();
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Head_WhereGetIsAnswered_HasItsStatusAndNoBody()
    {
        await using var server = await TestServer.StartAsync();
        await using var dashboard = await TestDashboard.StartAsync(1);
        foreach (var (client, path) in ((HttpClient, string)[])
            [(server.Client, "/healthz"), (server.Client, "/readyz"), (server.Client, "/metrics"), (server.Client, "/openapi/v1.json"), (server.Client, "/v1/model"), (server.Client, "/v1/models"), (server.Client, "/v1/similar?item=none"), (server.Client, "/"), (server.Client, "/explorer.css"), (server.Client, "/reference/"), (server.Client, "/v1/recommend"), (dashboard.Client, "/"), (dashboard.Client, "/dashboard.css"), (dashboard.Client, "/best")])
        {
            var uri = new Uri(path, UriKind.Relative);
            using var get = await client.GetAsync(uri, TestContext.Current.CancellationToken);
            using var ask = new HttpRequestMessage(HttpMethod.Head, uri);
            using var head = await client.SendAsync(ask, TestContext.Current.CancellationToken);
            head.StatusCode.ShouldBe(get.StatusCode, path);
            head.Content.Headers.ContentType?.MediaType.ShouldBe(get.Content.Headers.ContentType?.MediaType, path);
            (await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty(path);
        }
    }

    internal static async Task<HttpResponseMessage> SendAsync(TestServer server, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, path));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await server.Client.SendAsync(request);
    }
}
