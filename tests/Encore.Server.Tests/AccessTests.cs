using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Encore.Server.Tests;

/// <summary>Who may do what: keys, CORS, and pages of other sites.</summary>
public sealed class AccessTests : IDisposable
{
    private const string Shop = "https://shop.example";

    private readonly string _folder = Directory.CreateTempSubdirectory("encore-keys").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Shop, true)]
    [InlineData("https://elsewhere.example", false)]
    public async Task Preflight_WithKeys_IsAnsweredByCors(string origin, bool allowed)
    {
        await using var server = await TestServer.StartAsync(o => o with { CorsOrigins = [Shop], KeyDigests = [OperationTests.Digest("one")] });
        using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(server.Address, "/v1/recommend"));
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type,x-api-key");
        using var answer = await server.Client.SendAsync(preflight, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBe(allowed);
        if (allowed)
        {
            answer.Headers.GetValues("Access-Control-Allow-Headers").Single().ShouldContain("x-api-key");
        }
    }

    [Fact]
    public async Task Cors_RefusedRequest_CanBeReadByThePage()
    {
        await using var server = await TestServer.StartAsync(o => o with { CorsOrigins = [Shop], KeyDigests = [OperationTests.Digest("one")] });
        foreach (var (key, status) in ((string, int)[])[("none", 401), ("one", 404)])
        {
            using var answer = await HostingTests.SendAsync(server, "/v1/similar?item=none", ("Origin", Shop), ("X-API-Key", key));
            ((int)answer.StatusCode).ShouldBe(status);
            answer.Headers.GetValues("Access-Control-Allow-Origin").Single().ShouldBe(Shop);
        }

        using var ask = new HttpRequestMessage(HttpMethod.Options, new Uri(server.Address, "/v1/model"));
        (await server.Client.SendAsync(ask, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "no preflight, no way in");
    }

    [Theory]
    [InlineData("https://shop.example/")]
    [InlineData("https://shop.example/page")]
    [InlineData("shop.example")]
    [InlineData("null")]
    [InlineData("ftp://shop.example")]
    public void CorsOrigin_ThatNoBrowserSends_IsRefused(string origin) => Should.Throw<ArgumentException>(
        () => EncoreServer.Create(new ServerOptions { Serving = new EncoreOptions { Files = ["a"] }, CorsOrigins = [origin] })).Message.ShouldContain("expected scheme, host and port");

    [Theory]
    [InlineData("", "holds no key digest")]
    [InlineData("\n\n  \n", "holds no key digest")]
    [InlineData("# one\n\n# two\n", "holds no key digest")]
    [InlineData("# one\nsecret-key\n", ":2: Found a key digest of 10 characters")]
    public void Keys_FileWithoutADigest_IsRefused(string text, string message)
    {
        string file = Path.Combine(_folder, "keys");
        File.WriteAllText(file, text);
        string found = Should.Throw<InvalidDataException>(() => KeyDigestList.Read(file)).Message;
        found.ShouldStartWith(file);
        found.ShouldContain(message);
        found.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" , ,")]
    public void Keys_EmptyVariable_IsRefused(string text) =>
        Should.Throw<InvalidDataException>(() => KeyDigestList.Parse(text, "The variable")).Message.ShouldContain("The variable holds no key digest");

    [Fact]
    public void Keys_WhatCannotBeRead_IsRefused()
    {
        Should.Throw<FileNotFoundException>(() => KeyDigestList.Read(Path.Combine(_folder, "none")));
        Should.Throw<IOException>(() => KeyDigestList.Read(_folder)).Message.ShouldContain("it is a folder");
    }

    [Fact]
    public void Keys_AsSha256SumWritesThem_AreRead()
    {
        string file = Path.Combine(_folder, "keys"), one = OperationTests.Digest("one"), two = OperationTests.Digest("two");
        File.WriteAllText(file, $"# keys\n{one}  -\n\n\t{two}# the shop's\n");
        KeyDigestList.Read(file).ShouldBe([one, two]);
        KeyDigestList.Parse($"{one}, {two}", "v").ShouldBe([one, two]);
    }

    [Theory]
    [InlineData("application/json", null, null, 200)]
    [InlineData("application/json; charset=utf-8", "own", null, 200)]
    [InlineData("application/json", "own", "same-origin", 200)]
    [InlineData("application/x-www-form-urlencoded", null, null, 415)]
    [InlineData("text/plain", null, null, 415)]
    [InlineData("multipart/form-data", null, null, 415)]
    [InlineData(null, null, null, 415)]
    [InlineData("application/json", "https://elsewhere.example", null, 403)]
    [InlineData("application/json", "null", null, 403)]
    [InlineData("application/json", Shop, null, 403)]
    [InlineData("application/json", "http://localhost:1", null, 403)]
    [InlineData("application/json", null, "cross-site", 403)]
    [InlineData("application/json", null, "same-site", 403)]
    public async Task Reload_WithoutKeys_IsForJsonOfTheSameOrigin(string? type, string? origin, string? site, int status)
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false }, CorsOrigins = [Shop] });
        using var request = Post(server.Address, "/v1/admin/reload", type, origin == "own" ? server.Address.GetLeftPart(UriPartial.Authority) : origin, site);
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(status, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        (await server.GetAsync("/v1/model")).GetProperty("version").GetInt32().ShouldBe(status == 200 ? 2 : 1);
    }

    [Theory]
    [InlineData("application/json", "one", 200)]
    [InlineData("application/json", "two", 401)]
    [InlineData("text/plain", "one", 415)]
    public async Task Reload_WithKeys_IsForJsonWithAKey(string type, string key, int status)
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false }, KeyDigests = [OperationTests.Digest("one")] });
        using var request = Post(server.Address, "/v1/admin/reload", type, Shop, "cross-site");
        request.Headers.Add("X-API-Key", key);
        ((int)(await server.Client.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode).ShouldBe(status);
    }

    /// <summary>Whatever endpoint is added: what a form of another site's page sends to it changes nothing.</summary>
    [Fact]
    public async Task Forms_OfOtherSites_AreRefusedByEveryEndpoint()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } });
        await using var dashboard = await TestDashboard.StartAsync(2);
        foreach (var (app, client, address) in ((WebApplication, HttpClient, Uri)[])[(server.App, server.Client, server.Address), (dashboard.App, dashboard.Client, dashboard.Address)])
        {
            string[] paths = [.. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>() is not { HttpMethods: var methods } || methods.Contains("POST") || methods.Count == 0)
                .Select(e => e.RoutePattern.RawText!).Where(p => !p.Contains('{')).Distinct()];
            paths.ShouldContain(p => p.Contains("_blazor/negotiate"));
            foreach (string path in paths)
            {
                foreach (string type in (string[])["application/x-www-form-urlencoded", "text/plain"])
                {
                    using var request = Post(address, path.StartsWith('/') ? path : "/" + path, type, "https://elsewhere.example", null);
                    int status = (int)(await client.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode;
                    status.ShouldBeOneOf([403, 404, 405, 415], $"{path} {type}");
                }
            }
        }

        (await server.GetAsync("/v1/model")).GetProperty("version").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("https://elsewhere.example", 403)]
    [InlineData("null", 403)]
    [InlineData("own", 200)]
    [InlineData(null, 200)]
    public async Task PageConnection_OfAnotherOrigin_IsRefused(string? origin, int status)
    {
        await using var server = await TestServer.StartAsync();
        await using var dashboard = await TestDashboard.StartAsync();
        foreach (var (client, address) in ((HttpClient, Uri)[])[(server.Client, server.Address), (dashboard.Client, dashboard.Address)])
        {
            using var request = Post(address, "/_blazor/negotiate?negotiateVersion=1", "text/plain", origin == "own" ? address.GetLeftPart(UriPartial.Authority) : origin, null);
            ((int)(await client.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode).ShouldBe(status);
            using var socket = new System.Net.WebSockets.ClientWebSocket();
            if (origin is not null)
            {
                socket.Options.SetRequestHeader("Origin", origin == "own" ? address.GetLeftPart(UriPartial.Authority) : origin);
            }

            var connecting = socket.ConnectAsync(new Uri($"ws://{address.Authority}/_blazor"), TestContext.Current.CancellationToken);
            await (status == 200 ? connecting : Should.ThrowAsync<System.Net.WebSockets.WebSocketException>(connecting));
        }
    }

    private static HttpRequestMessage Post(Uri address, string path, string? type, string? origin, string? site)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path)) { Content = new ByteArrayContent(type is null ? [] : Encoding.UTF8.GetBytes(type.Contains("json") ? "{}" : "a=b")) };
        if (type is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        foreach (var (name, value) in ((string, string?)[])[("Origin", origin), ("Sec-Fetch-Site", site)])
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }
}
