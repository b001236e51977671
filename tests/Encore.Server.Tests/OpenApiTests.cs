using System.Text.Json;
using System.Text.Json.Nodes;
using Encore.Models;

namespace Encore.Server.Tests;

/// <summary>The OpenAPI document: complete, and what the server does.</summary>
public sealed class OpenApiTests
{
    private const string Key = "one", KeyDigest = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";

    private static readonly (string Method, string Path, string? Body, int Status)[] Calls =
    [
        ("POST", "/v1/recommend", """{"history": ["i111", {"item": "i139", "value": 5}], "k": 5, "explain": true}""", 200),
        ("POST", "/v1/recommend", """{"history": ["none", "i111"], "user": "nobody", "model": "cdae"}""", 200),
        ("POST", "/v1/recommend", """{"history": [], "user": null, "k": null, "where": ["genres=Comedy"], "minUsers": 2, "discount": 0.5, "includeSeen": true}""", 200),
        ("POST", "/v1/recommend", """{"history": ["i111"], "allow": [], "deny": ["i139"], "diversity": 0.3}""", 200),
        ("POST", "/v1/recommend", """{"history": [null]}""", 400),
        ("POST", "/v1/recommend", "", 400),
        ("POST", "/v1/recommend", """{"history": [], "model": "none"}""", 404),
        ("POST", "/v1/recommend", """{"history": ["i111"], "model": "bias", "diversity": 0.5}""", 422),
        ("POST", "/v1/recommend/batch", """{"requests": [{"history": ["i111"]}, {"history": ["i139"], "explain": true, "k": 2}]}""", 200),
        ("POST", "/v1/recommend/batch", """{"requests": []}""", 200),
        ("POST", "/v1/recommend/batch", """{"requests": [{"history": ["i111"], "where": ["none=1"]}]}""", 400),
        ("POST", "/v1/recommend/batch", """{"requests": [{"user": "7"}]}""", 404),
        ("POST", "/v1/recommend/batch", """{"requests": [{"history": ["i111"], "model": "bias", "diversity": 0.5}]}""", 422),
        ("POST", "/v1/predict", """{"history": [{"item": "i111", "value": 5}], "items": ["i139", "none"], "model": "bias"}""", 200),
        ("POST", "/v1/predict", """{"items": null}""", 400),
        ("POST", "/v1/predict", """{"history": [], "items": [], "model": "none"}""", 404),
        ("POST", "/v1/predict", """{"history": [], "items": ["i111"]}""", 422),
        ("GET", "/v1/similar?item=i111&k=3&where=genres%3DComedy", null, 200),
        ("GET", "/v1/similar", null, 400),
        ("GET", "/v1/similar?item=none", null, 404),
        ("GET", "/v1/similar?item=i111&model=bias", null, 422),
        ("GET", "/v1/items?q=comedy", null, 200),
        ("GET", "/v1/items?q=comedy&limit=0", null, 400),
        ("GET", "/v1/items?q=comedy&model=none", null, 404),
        ("GET", "/v1/model?model=bias", null, 200),
        ("GET", "/v1/model?name=bias", null, 400),
        ("GET", "/v1/model?model=none", null, 404),
        ("GET", "/v1/models", null, 200),
        ("GET", "/v1/models?all=true", null, 400),
        ("POST", "/v1/admin/reload?model=demo", "{}", 200),
        ("POST", "/v1/admin/reload?all=true", "{}", 400),
        ("POST", "/v1/admin/reload?model=none", "{}", 404),
        ("POST", "/v1/admin/items", """{"model": "fease", "items": [{"item": "new", "title": "The New One", "attributes": {"genre": ["Comedy", "War"], "decade": 1990}}]}""", 200),
        ("POST", "/v1/admin/items", """{"model": "fease", "items": [{"item": "i111", "attributes": {}}]}""", 400),
        ("POST", "/v1/admin/items", """{"items": [{"item": "new", "attributes": {}}]}""", 422),
        ("POST", "/v1/admin/items", """{"model": "none", "items": [{"item": "new", "attributes": {}}]}""", 404),
        ("GET", "/healthz", null, 200),
        ("GET", "/readyz", null, 200),
    ];

    // What only a broken connection, a slow caller, a broken model or a server that stops brings about; and what other tests show.
    private static readonly string[] OutOfReach = ["408", "500", "503"];

    [Fact]
    public async Task Answers_OfEveryEndpoint_AreWhatTheDocumentSays()
    {
        var bias = new RatingBias();
        bias.Fit(Demo.Log.ToMatrix(), new FitContext());
        (string, IModel)[] more = [("bias", bias), ("cdae", Demo.Fitted(new Cdae(new CdaeOptions { Epochs = 1 }))), ("fease", Demo.Fease())];
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } }, null, more);
        var contract = await ApiContract.OfAsync(server);
        foreach (var (method, path, body, status) in Calls)
        {
            using var response = await contract.SendAsync(server, method, path, body, status);
        }

        await CheckLimitsAsync(contract);
        await CheckKeysAsync(contract);
        await CheckTimeoutAsync(contract);
        await CheckReloadAsync(contract, server);
        await CheckStopAsync(contract);
        contract.Promised.Where(p => !OutOfReach.Any(s => p.EndsWith(s, StringComparison.Ordinal))).Except(contract.Seen)
            .ShouldAllBe(p => p.EndsWith(" 429", StringComparison.Ordinal) || p.EndsWith(" 504", StringComparison.Ordinal) || p == "reloadModel 403" || p == "reloadModel 415" || p.StartsWith("addItems 4", StringComparison.Ordinal));
        foreach (string one in (string[])["recommend 429", "recommend 504", "recommend 413", "isReady 503"])
        {
            contract.Seen.ShouldContain(one);
        }
    }

    private static async Task CheckLimitsAsync(ApiContract contract)
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { MaximumBodyBytes = 100, MaximumConcurrency = 1 } });
        foreach (string path in (string[])["/v1/recommend", "/v1/recommend/batch", "/v1/predict"])
        {
            using var tooLarge = await contract.SendAsync(server, "POST", path, $$"""{"user": "{{new string('x', 200)}}"}""", 413);
            using var content = new StringContent("{}", System.Text.Encoding.UTF8, "text/plain");
            using var noJson = await server.Client.PostAsync(new Uri(path, UriKind.Relative), content);
            ((int)noJson.StatusCode).ShouldBe(415);
            await contract.CheckAsync(noJson, "POST", path, null);
        }

        const string Body = """{"history": ["i111"], "k": 500, "explain": true}""";
        foreach (var response in await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => server.SendAsync("/v1/recommend", Body))))
        {
            await contract.CheckAsync(response, "POST", "/v1/recommend", Body);
            response.Dispose();
        }
    }

    private static async Task CheckKeysAsync(ApiContract contract)
    {
        await using var server = await TestServer.StartAsync(o => o with { KeyDigests = [KeyDigest] });
        foreach (var (method, path, body, _) in Calls.Where(c => c.Path.StartsWith("/v1", StringComparison.Ordinal)))
        {
            using var response = await contract.SendAsync(server, method, path, body, 401);
        }

        using var known = await contract.SendAsync(server, "GET", "/v1/models", null, 200, Key);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/openapi/v1.json", UriKind.Relative));
        request.Headers.Add("X-API-Key", Key);
        using var answer = await server.Client.SendAsync(request);
        var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        document["security"]!.ToJsonString().ShouldBe("""[{"bearer":[]},{"apiKey":[]}]""");
        document["components"]!["securitySchemes"]!.AsObject().Select(s => s.Key).ShouldBe(["bearer", "apiKey"], ignoreOrder: true);
        document["paths"]!["/healthz"]!["get"]!["security"]!.AsArray().ShouldBeEmpty();
    }

    // An answer can still be faster than the clock: requests that take long, until one is late.
    private static async Task CheckTimeoutAsync(ApiContract contract)
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Timeout = TimeSpan.FromTicks(1) } });
        string body = $$"""{"history": [{{string.Join(", ", Enumerable.Range(0, 40).Select(i => $"\"{Demo.Liked.Items[i]}\""))}}], "k": 400, "explain": true}""";
        bool isLate = false;
        for (int round = 0; round < 50 && !isLate; round++)
        {
            foreach (var response in await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.SendAsync("/v1/recommend", body))))
            {
                isLate |= (int)response.StatusCode == 504;
                await contract.CheckAsync(response, "POST", "/v1/recommend", body);
                response.Dispose();
            }
        }

        isLate.ShouldBeTrue();
    }

    private static async Task CheckReloadAsync(ApiContract contract, TestServer server)
    {
        byte[] good = await File.ReadAllBytesAsync(server.File);
        await File.WriteAllBytesAsync(server.File + ".new", good[..(good.Length / 2)]);
        File.Move(server.File + ".new", server.File, overwrite: true);
        using var failed = await contract.SendAsync(server, "POST", "/v1/admin/reload", "{}", 409);
        using var model = await contract.SendAsync(server, "GET", "/v1/model", null, 200);
        (await model.Content.ReadAsStringAsync()).ShouldContain("lastLoadFailed");
    }

    private static async Task CheckStopAsync(ApiContract contract)
    {
        await using var server = await TestServer.StartAsync(o => o with { Drain = TimeSpan.FromSeconds(2) });
        var stopping = server.StopAsync();
        await Task.Delay(200, TestContext.Current.CancellationToken);
        using var response = await contract.SendAsync(server, "GET", "/readyz", null, 503);
        await stopping;
    }

    [Fact]
    public async Task Document_Limits_AreTheServers()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { MaximumHistory = 7, MaximumK = 6, MaximumRequests = 5 } });
        var document = await server.GetAsync("/openapi/v1.json");
        var schemas = document.GetProperty("components").GetProperty("schemas");
        var recommend = schemas.GetProperty("RecommendBody").GetProperty("properties");
        recommend.GetProperty("history").GetProperty("maxItems").GetInt32().ShouldBe(7);
        recommend.GetProperty("k").GetRawText().ShouldContain("\"minimum\": 1", Case.Sensitive);
        recommend.GetProperty("k").GetProperty("maximum").GetInt32().ShouldBe(6);
        recommend.GetProperty("k").GetProperty("default").GetInt32().ShouldBe(6);
        schemas.GetProperty("BatchBody").GetProperty("properties").GetProperty("requests").GetProperty("maxItems").GetInt32().ShouldBe(5);
        schemas.GetProperty("PredictBody").GetProperty("properties").GetProperty("items").GetProperty("maxItems").GetInt32().ShouldBe(6);
        foreach (var (path, name) in ((string, string)[])[("/v1/similar", "k"), ("/v1/items", "limit")])
        {
            var parameter = document.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("parameters").EnumerateArray().Single(p => p.GetProperty("name").GetString() == name);
            parameter.GetProperty("schema").GetProperty("maximum").GetInt32().ShouldBe(6);
        }

        await server.PostAsync("/v1/recommend", """{"history": [1, 2, 3, 4, 5, 6, 7], "k": 6}""");
        (await ApiTests.ProblemAsync(server, "/v1/recommend", """{"history": [1, 2, 3, 4, 5, 6, 7, 8]}""", 400)).ShouldContain("expected at most 7");
        (await ApiTests.ProblemAsync(server, "/v1/recommend/batch", """{"requests": [{}, {}, {}, {}, {}, {}]}""", 400)).ShouldContain("found 6 requests, expected at most 5");
        (await ApiTests.ProblemAsync(server, "/v1/predict", """{"history": [], "items": [1, 2, 3, 4, 5, 6, 7]}""", 400)).ShouldContain("expected at most 6");
    }

    [Fact]
    public async Task Document_EveryOperation_HasANameSummaryDescriptionAndSchemas()
    {
        await using var server = await TestServer.StartAsync();
        var paths = (await server.GetAsync("/openapi/v1.json")).GetProperty("paths");
        var operations = paths.EnumerateObject().SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value).ToArray();
        operations.Select(o => o.GetProperty("operationId").GetString()).ShouldBe(
            ["recommend", "recommendBatch", "predict", "searchItems", "similarItems", "getModel", "listModels", "reloadModel", "addItems", "isAlive", "isReady"], ignoreOrder: true);
        operations.ShouldAllBe(o => o.GetProperty("summary").GetString()!.Length > 0 && o.GetProperty("description").GetString()!.Length > 0);
        foreach (var response in operations.SelectMany(o => o.GetProperty("responses").EnumerateObject()))
        {
            var content = response.Value.GetProperty("content").EnumerateObject().Single();
            content.Name.ShouldBe(response.Name[0] != '2' ? "application/problem+json" : content.Value.GetRawText().Contains("$ref", StringComparison.Ordinal) ? "application/json" : "text/plain");
            content.Value.GetProperty("schema").EnumerateObject().ShouldNotBeEmpty();
        }
    }

    // A schema without a type lets anything through, and a generator of clients makes "object" of it.
    [Fact]
    public async Task Document_EverySchema_HasAType()
    {
        await using var server = await TestServer.StartAsync();
        var schemas = (await server.GetAsync("/openapi/v1.json")).GetProperty("components").GetProperty("schemas");
        foreach (var schema in schemas.EnumerateObject())
        {
            Check(schema.Value, schema.Name);
        }

        static void Check(JsonElement schema, string name)
        {
            (schema.TryGetProperty("type", out _) || schema.TryGetProperty("$ref", out _) || name == "HistoryEntry").ShouldBeTrue(name);
            foreach (var property in schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject() : default)
            {
                Check(property.Value, $"{name}.{property.Name}");
            }

            if (schema.TryGetProperty("type", out var type) && type.GetRawText().Contains("array", StringComparison.Ordinal))
            {
                Check(schema.GetProperty("items"), $"{name}[]");
            }
        }
    }
}
