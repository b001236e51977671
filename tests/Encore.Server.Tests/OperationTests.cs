using System.Net;
using System.Security.Cryptography;
using System.Text;
using Encore.Models;

namespace Encore.Server.Tests;

/// <summary>Keys, hot swaps, and the end.</summary>
public sealed class OperationTests
{
    internal static string Digest(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public async Task Keys_Given_AreAskedForEverywhereButForHealth()
    {
        await using var server = await TestServer.StartAsync(o => o with { KeyDigests = [Digest("one"), Digest("two")] });
        using var refused = await server.SendAsync("/v1/recommend", """{"history": []}""");
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        refused.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        foreach (string path in (string[])["/metrics", "/openapi/v1.json", "/v1/model", "/"])
        {
            (await server.Client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
        }

        (await server.Client.GetAsync(new Uri("/readyz", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var (header, value, status) in ((string, string, HttpStatusCode)[])
            [("Authorization", "Bearer two", HttpStatusCode.OK), ("X-API-Key", "one", HttpStatusCode.OK), ("X-API-Key", "three", HttpStatusCode.Unauthorized), ("Authorization", "Bearer ", HttpStatusCode.Unauthorized)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/model", UriKind.Relative));
            request.Headers.TryAddWithoutValidation(header, value);
            (await server.Client.SendAsync(request)).StatusCode.ShouldBe(status, $"{header}: {value}");
        }
    }

    [Theory]
    [InlineData("0.0.0.0", "", "asks for one")]
    [InlineData("192.168.1.5", "", "asks for one")]
    [InlineData("127.0.0.1", "abc", "expected the 64 hexadecimal digits")]
    public void Create_UnsafeOptions_AreRefused(string host, string digest, string message) =>
        Should.Throw<ArgumentException>(() => EncoreServer.Create(new ServerOptions { Serving = new EncoreOptions { Files = ["a"] }, Host = host, KeyDigests = digest.Length == 0 ? [] : [digest] }))
            .Message.ShouldContain(message);

    [Fact]
    public async Task Cors_ByDefault_IsOff()
    {
        await using var server = await TestServer.StartAsync();
        await using var open = await TestServer.StartAsync(o => o with { CorsOrigins = ["https://shop.example"] });
        foreach (var (one, allowed) in ((TestServer, bool)[])[(server, false), (open, true)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/model", UriKind.Relative));
            request.Headers.Add("Origin", "https://shop.example");
            (await one.Client.SendAsync(request)).Headers.Contains("Access-Control-Allow-Origin").ShouldBe(allowed);
        }
    }

    [Fact]
    public async Task Reload_UnderLoad_FailsNoRequest()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } });
        using var done = new CancellationTokenSource();
        var versions = new HashSet<int>();
        int requests = 0;
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                var answer = await server.PostAsync("/v1/recommend", """{"history": ["i111"], "k": 3}""");
                answer.GetProperty("items").GetArrayLength().ShouldBe(3);
                lock (versions)
                {
                    versions.Add(answer.GetProperty("version").GetInt32());
                    requests++;
                }
            }
        })).ToArray();
        for (int swap = 0; swap < 20; swap++)
        {
            Demo.Save(server.File, Demo.Ease(100 + swap));
            (await server.PostAsync("/v1/admin/reload", "")).GetProperty("version").GetInt32().ShouldBe(2 + swap);
        }

        await done.CancelAsync();
        await Task.WhenAll(load);
        versions.Count.ShouldBeGreaterThan(2);
        requests.ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task Reload_FileThatDoesNotLoad_KeepsTheModel()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } });
        byte[] good = await File.ReadAllBytesAsync(server.File);
        await File.WriteAllBytesAsync(server.File + ".new", good[..(good.Length / 2)]);
        File.Move(server.File + ".new", server.File, overwrite: true);
        (await ApiTests.ProblemAsync(server, "/v1/admin/reload", "", 409)).ShouldContain("still served");
        await server.PostAsync("/v1/recommend", """{"history": ["i111"]}""");
        (await server.GetAsync("/v1/model")).GetProperty("lastLoadFailed").GetString()!.ShouldContain("bytes");
        string metrics = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        metrics.ShouldContain("result=\"failed\"");
        metrics.ShouldContain("encore_model_version");
        metrics.ShouldContain("http_server_request_duration_seconds_bucket");

        await File.WriteAllBytesAsync(server.File + ".new", good);
        File.Move(server.File + ".new", server.File, overwrite: true);
        (await server.PostAsync("/v1/admin/reload", "")).TryGetProperty("lastLoadFailed", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Reload_ModelThatScoresNonsense_FailsItsSelfCheck()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } });
        var model = Demo.Ease();
        Demo.Save(server.File, model);
        byte[] bytes = await File.ReadAllBytesAsync(server.File);
        Patch(bytes);
        await File.WriteAllBytesAsync(server.File + ".new", bytes);
        File.Move(server.File + ".new", server.File, overwrite: true);
        (await ApiTests.ProblemAsync(server, "/v1/admin/reload", "", 409)).ShouldContain("self-check");
    }

    // Every weight becomes NaN, and the digest is right: only an answer shows it.
    private static void Patch(byte[] bytes)
    {
        int start = 8 + (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        string header = Encoding.UTF8.GetString(bytes, 8, start - 8);
        using var json = System.Text.Json.JsonDocument.Parse(header);
        var offsets = json.RootElement.GetProperty("weights").GetProperty("data_offsets");
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.AsSpan(start + offsets[0].GetInt32(), offsets[1].GetInt32() - offsets[0].GetInt32())).Fill(float.NaN);
        string before = json.RootElement.GetProperty("__metadata__").GetProperty("sha256").GetString()!;
        string after = Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(start)));
        Encoding.UTF8.GetBytes(header.Replace(before, after, StringComparison.Ordinal)).CopyTo(bytes, 8);
    }

    [Fact]
    public async Task Watch_ReplacedFile_IsServed()
    {
        await using var server = await TestServer.StartAsync();
        Demo.Save(server.File, Demo.Ease(900));
        for (int i = 0; i < 100; i++)
        {
            var model = await server.GetAsync("/v1/model");
            if (model.GetProperty("title").GetString() == "EASE λ=900")
            {
                return;
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Fail("The file was not loaded within ten seconds.");
    }

    [Fact]
    public async Task Stop_WhileRequestsRun_AnswersThem()
    {
        await using var server = await TestServer.StartAsync(o => o with { Drain = TimeSpan.FromSeconds(3) }, Demo.Fitted(new MultDae(new MultDaeOptions { Epochs = 1 })));
        var running = Enumerable.Range(0, 40).Select(_ => server.PostAsync("/v1/recommend", """{"history": ["i111", "i139", "i180"], "k": 20, "explain": true}""")).ToArray();
        var stopping = server.StopAsync();
        await Task.Delay(100, TestContext.Current.CancellationToken);
        (await server.Client.GetAsync(new Uri("/readyz", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await server.Client.GetAsync(new Uri("/healthz", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var answer in await Task.WhenAll(running))
        {
            answer.GetProperty("items").GetArrayLength().ShouldBe(20);
        }

        await stopping;
    }
}
