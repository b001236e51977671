using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Encore.Server.Tests;

/// <summary>What a server logs, and what it must not.</summary>
public sealed class LogTests
{
    [Fact]
    public async Task Log_Unauthorized_HasTheRequestAndNeverTheKey()
    {
        await using var server = await TestServer.StartAsync(o => o with { KeyDigests = [OperationTests.Digest("one")] });
        var log = CapturedLog.Of(server.App);
        await HostingTests.SendAsync(server, "/v1/similar?item=private&key=hush-query", ("X-API-Key", "hush-header"));
        var entry = await log.WaitAsync("RequestFailed");
        entry.Level.ShouldBe(LogLevel.Warning);
        (entry.Fields["Status"], entry.Fields["Method"], entry.Fields["Path"], entry.Fields["Client"]).ShouldBe((401, "GET", "/v1/similar", "127.0.0.1"));
        entry.Fields["Reason"]!.ToString()!.ShouldContain("a key that this server does not know");
        entry.Fields["TraceId"]!.ToString().ShouldNotBeNullOrEmpty();
        string all = string.Join("; ", log.Entries.Select(e => $"{e.Text} {e.Error} {string.Join(',', e.Fields.Values)}"));
        all.ShouldNotContain("hush");
        all.ShouldNotContain("private");
        await HostingTests.SendAsync(server, "/v1/model");
        await log.WaitAsync("RequestFailed", e => e.Fields["Reason"]!.ToString()!.Contains("Found no key"));
        await HostingTests.SendAsync(server, "/v1/model", ("X-API-Key", "one"));
        log.Entries.Count(e => e.Name == "RequestFailed").ShouldBe(2, "what went well is not logged");
    }

    [Fact]
    public async Task Log_TooManyRequests_IsAWarning()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { MaximumConcurrency = 1 } });
        var log = CapturedLog.Of(server.App);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => server.SendAsync("/v1/recommend", """{"history": ["i111", "i139"], "k": 500, "explain": true}""")));
        (await log.WaitAsync("RequestFailed", e => e.Fields["Status"]!.Equals(429))).Level.ShouldBe(LogLevel.Warning);
    }

    [Fact]
    public async Task Log_OtherHost_IsAWarning()
    {
        await using var server = await TestServer.StartAsync();
        var log = CapturedLog.Of(server.App);
        await HostingTests.SendAsync(server, "/v1/model", ("Host", "elsewhere.example"));
        var entry = await log.WaitAsync("RequestFailed");
        entry.Level.ShouldBe(LogLevel.Warning);
        entry.Text.ShouldContain("elsewhere.example");
    }

    [Fact]
    public async Task Log_Failure_IsAnErrorWithItsException()
    {
        await using var server = await TestServer.StartAsync();
        server.App.MapGet("/v1/broken", string () => throw new InvalidOperationException("the cause"));
        server.App.MapGet("/v1/late", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("so far");
            await context.Response.Body.FlushAsync();
            throw new InvalidOperationException("too late");
        });
        var log = CapturedLog.Of(server.App);
        using var answer = await HostingTests.SendAsync(server, "/v1/broken");
        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        body.ShouldNotContain("the cause");
        var entry = await log.WaitAsync("RequestFailed");
        (entry.Level, entry.Error!.Message).ShouldBe((LogLevel.Error, "the cause"));
        body.ShouldContain(entry.Fields["TraceId"]!.ToString()!); // an answer leads to its line
        await Should.ThrowAsync<HttpRequestException>(() => server.Client.GetStringAsync(new Uri("/v1/late", UriKind.Relative), TestContext.Current.CancellationToken));
        (await log.WaitAsync("RequestFailed", e => e.Error?.Message == "too late")).Level.ShouldBe(LogLevel.Error);
    }

    [Fact]
    public async Task Log_Loads_SayWhatIsServed()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } });
        var log = CapturedLog.Of(server.App);
        Demo.Save(server.File, Demo.Ease(300));
        await server.PostAsync("/v1/admin/reload", "");
        var loaded = await log.WaitAsync("ModelLoaded");
        loaded.Level.ShouldBe(LogLevel.Information);
        (loaded.Fields["Model"], loaded.Fields["Version"], loaded.Fields["Items"], loaded.Fields["Title"], loaded.Fields["File"]).ShouldBe(("demo", 2, 500, "EASE λ=300", server.File));
        ((string)loaded.Fields["Digest"]!).Length.ShouldBe(64);

        await File.WriteAllTextAsync(server.File, "no model", TestContext.Current.CancellationToken);
        await ApiTests.ProblemAsync(server, "/v1/admin/reload", "", 409);
        var failed = await log.WaitAsync("ModelLoadFailed");
        failed.Level.ShouldBe(LogLevel.Error);
        (failed.Fields["Model"], failed.Fields["Version"]).ShouldBe(("demo", 2));
        ((string)failed.Fields["Reason"]!).ShouldBe((await server.GetAsync("/v1/model")).GetProperty("lastLoadFailed").GetString());
    }

    /// <summary>Whatever is in a file, the watcher goes on: the model before it is served, and the next good file is.</summary>
    [Fact]
    public async Task Watch_HostileFiles_AreReportedAndSurvived()
    {
        await using var server = await TestServer.StartAsync();
        var log = CapturedLog.Of(server.App);
        byte[] good = await File.ReadAllBytesAsync(server.File, TestContext.Current.CancellationToken);
        int failures = 0;
        foreach (var (from, to) in ((string, string)[])
            [("\\u0022l2\\u0022:\\u0022200\\u0022", "\\u0022l2\\u0022:null"), ("\"kind\":\"encore-model\"", "\"kind\":null"), ("\"shape\":[500,500]", "\"shape\":null"), ("\"data_offsets\"", "\"data_offsetz\"")])
        {
            await ReplaceAsync(server.File, Edited(good, from, to));
            failures++;
            await log.WaitAsync("ModelLoadFailed", _ => log.Entries.Count(e => e.Name == "ModelLoadFailed") == failures);
            (await server.GetAsync("/v1/model")).GetProperty("lastLoadFailed").GetString()!.ShouldStartWith(server.File);
            (await server.PostAsync("/v1/recommend", """{"history": ["i111"], "k": 3}""")).GetProperty("items").GetArrayLength().ShouldBe(3);
        }

        log.Entries.Where(e => e.Name == "ModelLoadFailed").ShouldAllBe(e => e.Error == null, "each is a kind of error that the reader foresees");
        await ReplaceAsync(server.File, good);
        (await log.WaitAsync("ModelLoaded")).Fields["Version"].ShouldBe(2);
        (await server.GetAsync("/v1/model")).TryGetProperty("lastLoadFailed", out _).ShouldBeFalse();
    }

    private static byte[] Edited(byte[] file, string from, string to)
    {
        int length = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(file);
        string header = Encoding.UTF8.GetString(file, 8, length);
        header.ShouldContain(from);
        byte[] edited = Encoding.UTF8.GetBytes(header.Replace(from, to, StringComparison.Ordinal)), prefix = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)edited.Length);
        return [.. prefix, .. edited, .. file[(8 + length)..]];
    }

    private static async Task ReplaceAsync(string file, byte[] bytes)
    {
        await File.WriteAllBytesAsync(file + ".new", bytes);
        File.SetLastWriteTimeUtc(file + ".new", new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddTicks(Environment.TickCount64));
        File.Move(file + ".new", file, overwrite: true);
    }
}
