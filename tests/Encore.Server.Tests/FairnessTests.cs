using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Encore.Models;
using Encore.Server.Scheduling;
using Microsoft.Extensions.DependencyInjection;

namespace Encore.Server.Tests;

/// <summary>What one client may do to the others.</summary>
public sealed class FairnessTests
{
    private const string Small = """{"history": ["i111", "i139"], "k": 5}""";

    // A wide network, in which explanations of long histories are large work.
    private static readonly Lazy<MultDae> Wide = new(() => Demo.Fitted(new MultDae(new MultDaeOptions { Epochs = 1, Layers = [600] })));

    private static string History(int items) => JsonSerializer.Serialize(Enumerable.Range(0, items).Select(i => Demo.Liked.Items[i * 3 % Demo.Liked.Items.Count]).Distinct());

    private static string Large(int items = 100) => $$"""{"history": {{History(items)}}, "k": 20, "explain": true}""";

    private static string Batch(int requests, string request) => $$"""{"requests": [{{string.Join(',', Enumerable.Repeat(request, requests))}}]}""";

    [Fact]
    public async Task Recommend_BesideLargeBatchOfAnother_IsAnsweredBeforeIt()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Timeout = TimeSpan.FromSeconds(60), MaximumBatchCost = 100_000_000 } }, Wide.Value);
        await server.PostAsync("/v1/recommend", Large()); // compiles
        var batch = server.SendAsync("/v1/recommend/batch", Batch(256, Large()));
        var queue = server.App.Services.GetRequiredService<ScoreQueue>();
        await UntilAsync(() => !queue.IsIdle);
        for (int i = 0; i < 5; i++)
        {
            await server.PostAsync("/v1/recommend", Small);
        }

        batch.IsCompleted.ShouldBeFalse();
        (await batch).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Recommend_LargeInSlices_HasTheBitsOfOneAlone()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Timeout = TimeSpan.FromSeconds(60) } }, Wide.Value);
        string[] bodies = [Large(), Small, Large(90), """{"history": ["i180"], "k": 300, "diversity": 0.7}""", Large(80), """{"history": []}"""];
        var alone = new List<string>();
        foreach (string body in bodies)
        {
            alone.Add((await server.PostAsync("/v1/recommend", body)).GetRawText());
        }

        for (int round = 0; round < 3; round++)
        {
            (await Task.WhenAll(bodies.Select(body => server.PostAsync("/v1/recommend", body)))).Select(a => a.GetRawText()).ShouldBe(alone);
        }

        var batch = await server.PostAsync("/v1/recommend/batch", $$"""{"requests": [{{string.Join(',', bodies)}}]}""");
        batch.GetProperty("answers").EnumerateArray().Select(a => a.GetRawText()).ShouldBe(alone);
    }

    [Fact]
    public async Task Timeout_LargeWork_IsStopped()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Timeout = TimeSpan.FromMilliseconds(500), MaximumBatchCost = 100_000_000 } }, Wide.Value);
        var queue = server.App.Services.GetRequiredService<ScoreQueue>();
        (await ApiTests.ProblemAsync(server, "/v1/recommend/batch", Batch(256, Large()), 504)).ShouldNotBeNull();
        long start = Stopwatch.GetTimestamp();
        await UntilAsync(() => queue.IsIdle);
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromMilliseconds(500)); // all of it takes several seconds
    }

    [Fact]
    public async Task Disconnect_LargeWork_IsStopped()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Timeout = TimeSpan.FromSeconds(60), MaximumBatchCost = 100_000_000 } }, Wide.Value);
        var queue = server.App.Services.GetRequiredService<ScoreQueue>();
        using (var socket = Connect(server))
        {
            await SendAsync(socket, "/v1/recommend/batch", Batch(256, Large()));
            await UntilAsync(() => !queue.IsIdle);
        }

        long start = Stopwatch.GetTimestamp();
        await UntilAsync(() => queue.IsIdle);
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Post_TooDear_SaysCostLimitAndWhatToLower()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { MaximumCost = 1_000, MaximumBatchCost = 3_000 } });
        string dear = """{"history": ["i111"], "k": 400, "diversity": 1}""";
        (await ApiTests.ProblemAsync(server, "/v1/recommend", dear, 400)).ShouldMatch("^Found a cost of [0-9,]+, expected at most 1,000 .*Lower k");
        (await ApiTests.ProblemAsync(server, "/v1/recommend/batch", Batch(2, dear), 400)).ShouldStartWith("requests[0]: Found a cost of ");
        string fair = """{"history": ["i111"], "k": 200}""";
        await server.PostAsync("/v1/recommend", fair);
        (await ApiTests.ProblemAsync(server, "/v1/recommend/batch", Batch(20, fair), 400)).ShouldMatch("expected at most 3,000 .*Send fewer requests in a call, or lower k");
        string metrics = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        metrics.ShouldContain("encore_rejected_total");
        metrics.ShouldContain("reason=\"batch-cost\"");
        metrics.ShouldContain("encore_request_cost_bucket");
        metrics.ShouldContain("encore_queue_cost");
    }

    [Fact]
    public async Task Explain_LongHistory_ListsWhatCountsMostAndSaysWhatIsOmitted()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { MaximumContributions = 3, MaximumExplained = 5 } }, null, ("wide", Wide.Value));
        string body = $$"""{"history": {{History(30)}}, "k": 4, "explain": true}""";
        foreach (var item in (await server.PostAsync("/v1/recommend", body)).GetProperty("items").EnumerateArray())
        {
            double[] listed = [.. item.GetProperty("because").EnumerateArray().Select(c => c.GetProperty("value").GetDouble())];
            listed.Length.ShouldBe(3);
            item.GetProperty("omittedItems").GetInt32().ShouldBe(27);
            (item.GetProperty("baseline").GetDouble() + listed.Sum() + item.GetProperty("omittedValue").GetDouble()).ShouldBe(item.GetProperty("score").GetDouble(), 1e-5);
        }

        foreach (var item in (await server.PostAsync("/v1/recommend", body.Replace("\"k\"", "\"model\": \"wide\", \"k\"", StringComparison.Ordinal))).GetProperty("items").EnumerateArray())
        {
            item.GetProperty("because").GetArrayLength().ShouldBe(3);
            item.GetProperty("omittedItems").GetInt32().ShouldBe(27);
            item.TryGetProperty("omittedValue", out _).ShouldBeFalse(); // nothing adds up in a network
        }
    }

    [Fact]
    public async Task Post_BodyThatTricklesIn_HoldsNoPermit()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { MaximumConcurrency = 1, Timeout = TimeSpan.FromSeconds(2) } });
        using var slow = Connect(server);
        await slow.SendAsync(Encoding.ASCII.GetBytes("POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"history\""));
        await Task.Delay(300, TestContext.Current.CancellationToken);
        for (int i = 0; i < 3; i++)
        {
            await server.PostAsync("/v1/recommend", Small);
        }

        string answer = await ReadToEndAsync(slow);
        answer.ShouldStartWith("HTTP/1.1 408");
        answer.ShouldContain("application/problem+json");
        answer.ShouldContain("Connection: close");
        answer.ShouldContain("Found 10 bytes of the body after 2 s, expected all of it, 1000 bytes");
    }

    [Fact]
    public async Task Timeout_WhileTheAnswerIsWritten_AbortsTheConnection()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Timeout = TimeSpan.FromSeconds(3) } });
        using var socket = Connect(server, receiveBuffer: 4096);
        await SendAsync(socket, "/v1/recommend/batch", Batch(256, """{"history": ["i111"], "k": 450}"""));
        await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken); // the client does not read
        string answer = await ReadToEndAsync(socket);
        answer.ShouldStartWith("HTTP/1.1 200"); // it had begun
        answer.ShouldNotEndWith("\r\n0\r\n\r\n"); // and did not end
    }

    [Fact]
    public async Task Concurrency_ClientWithMostOfIt_IsTurnedAwayFirst()
    {
        string[] keys = ["one", "two"];
        await using var server = await TestServer.StartAsync(
            o => o with { Serving = o.Serving with { MaximumConcurrency = 5, Timeout = TimeSpan.FromSeconds(60), MaximumBatchCost = 100_000_000 }, KeyDigests = [.. keys.Select(k => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(k))))] }, Wide.Value);
        var share = server.App.Services.GetRequiredService<ScoreQueue>();
        using var stop = new CancellationTokenSource();
        var hostile = Enumerable.Range(0, 4).Select(_ => AskAsync(server, "one", "/v1/recommend/batch", Batch(4, Large()), stop.Token)).ToArray();
        await UntilAsync(() => share.Requests == 4);
        using var refused = await AskAsync(server, "one", "/v1/recommend", Small, CancellationToken.None);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        using var honest = await AskAsync(server, "two", "/v1/recommend", Small, CancellationToken.None);
        honest.StatusCode.ShouldBe(HttpStatusCode.OK);
        await stop.CancelAsync();
        await Task.WhenAll(hostile).ContinueWith(_ => { }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Reload_ManyAtOnce_TakesOneThread()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } });
        var statuses = (await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => server.SendAsync("/v1/admin/reload", "")))).Select(r => r.StatusCode).ToArray();
        statuses.ShouldContain(HttpStatusCode.OK);
        statuses.ShouldContain(HttpStatusCode.TooManyRequests);
        statuses.ShouldAllBe(status => status == HttpStatusCode.OK || status == HttpStatusCode.TooManyRequests);
        await server.PostAsync("/v1/recommend", Small);
    }

    private static async Task<HttpResponseMessage> AskAsync(TestServer server, string key, string path, string body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-API-Key", key);
        return await server.Client.SendAsync(request, cancellationToken);
    }

    private static Socket Connect(TestServer server, int receiveBuffer = 1 << 16)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = receiveBuffer };
        socket.Connect(server.Address.Host, server.Address.Port);
        return socket;
    }

    private static async Task SendAsync(Socket socket, string path, string body) => await socket.SendAsync(Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    // All that comes until the server ends the connection, or resets it.
    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[1 << 16];
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer, late.Token)) > 0;)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            // As good an end as any: nobody takes the answer for whole.
        }

        return text.ToString();
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        long start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(20));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
