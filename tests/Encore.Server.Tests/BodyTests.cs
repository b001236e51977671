using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Encore.Server.Tests;

/// <summary>Bodies: what is left out, null, unknown, given twice or of the wrong kind.</summary>
public sealed class BodyTests : IAsyncLifetime
{
    // A value of each kind of JSON, and of numbers those that a type may not hold.
    private static readonly string[] Values =
    [
        "null", "true", "\"\"", "\"text\"", "\"NaN\"", "\"10\"", "7", "-1", "0", "1.5", "1e400", "99999999999999999999", "[]", "{}", "[null]", "[[]]", "[true]", "[{}]", "{\"a\": 1}",
        "[\"\"]", "[{\"item\": null}]", "[{\"item\": 1, \"value\": \"5\"}]", "[{\"item\": 1, \"valeu\": 5}]", "\"\\ud800\"", "[\"\\ud800\"]",
    ];

    private static readonly (string Path, string Whole)[] Bodies =
    [
        ("/v1/recommend", """{"history": ["i111"], "user": "1", "model": "demo", "k": 3, "allow": null, "deny": [], "where": [], "minUsers": 0, "discount": 0, "diversity": 0, "includeSeen": false, "explain": false}"""),
        ("/v1/predict", """{"history": ["i111"], "user": "1", "model": "demo", "items": ["i111"]}"""),
    ];

    // Of these, what each member takes; history, user and model are refused in other words too.
    private static readonly Dictionary<string, string[]> Taken = new()
    {
        ["k"] = ["null", "7"],
        ["minUsers"] = ["null", "7", "0"],
        ["discount"] = ["null", "7", "0", "1.5", "99999999999999999999"],
        ["diversity"] = ["null", "0"],
        ["includeSeen"] = ["null", "true"],
        ["explain"] = ["null", "true"],
        ["allow"] = ["null", "[]"],
        ["deny"] = ["null", "[]"],
        ["where"] = ["null", "[]"],
        ["items"] = ["[]"],
        ["history"] = ["[]"],
        ["user"] = ["null", "\"text\"", "\"NaN\"", "\"10\"", "7", "-1", "0", "1.5", "1e400", "99999999999999999999"],
        ["model"] = ["null", "\"\""],
    };

    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        var model = new Encore.Models.RatingBias();
        model.Fit(Demo.Log.ToMatrix(), new FitContext()); // ranks and predicts
        _server = await TestServer.StartAsync(null, model);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Post_EachMemberWithEachWrongValue_IsAProblemThatNamesTheMember()
    {
        foreach (var (path, whole) in Bodies)
        {
            foreach (string member in JsonNode.Parse(whole)!.AsObject().Select(p => p.Key))
            {
                foreach (string value in Values)
                {
                    string body = With(whole, member, value);
                    (await CheckAsync(path, body, member)).ShouldBe(Taken[member].Contains(value), $"{path}: {body}");
                    if (path == "/v1/recommend")
                    {
                        string batch = $$"""{"requests": [{"history": []}, {{body}}]}""";
                        (await CheckAsync("/v1/recommend/batch", batch, $"requests[1].{member}")).ShouldBe(Taken[member].Contains(value), batch);
                    }
                }
            }
        }
    }

    // Answered, or a problem of the member in words that a caller can read.
    private async Task<bool> CheckAsync(string path, string body, string place)
    {
        using var response = await _server.SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        text.ShouldNotContain("Encore.", Case.Sensitive, $"{body}: {text}");
        text.ShouldNotContain("System.", Case.Sensitive, $"{body}: {text}");
        text.ShouldNotContain("`", Case.Sensitive, $"{body}: {text}");
        if (response.IsSuccessStatusCode)
        {
            return true;
        }

        ((int)response.StatusCode).ShouldBeOneOf(400, 404);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        using var problem = JsonDocument.Parse(text);
        if (response.StatusCode == System.Net.HttpStatusCode.BadRequest)
        {
            problem.RootElement.GetProperty("path").GetString()!.ShouldStartWith(place, Case.Sensitive, $"{body}: {text}");
            problem.RootElement.GetProperty("detail").GetString()!.ShouldStartWith(place, Case.Sensitive, $"{body}: {text}");
        }

        return false;
    }

    [Theory]
    [InlineData("history")]
    [InlineData("user")]
    [InlineData("k")]
    [InlineData("allow")]
    [InlineData("deny")]
    [InlineData("where")]
    [InlineData("minUsers")]
    [InlineData("discount")]
    [InlineData("diversity")]
    [InlineData("includeSeen")]
    [InlineData("explain")]
    [InlineData("model")]
    public async Task Recommend_NullOfAnOptionalMember_IsNotGiven(string member)
    {
        string rest = member == "history" ? "\"user\": \"1\"" : "\"history\": [\"i111\"]";
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Users = Demo.Log.ToMatrix() } });
        rest = member == "history" ? $"\"user\": \"{Demo.Log.Users[0]}\"" : rest;
        var without = await server.PostAsync("/v1/recommend", $$"""{ {{rest}} }""");
        without.GetProperty("items").GetArrayLength().ShouldBe(10);
        (await server.PostAsync("/v1/recommend", $$"""{ {{rest}}, "{{member}}": null }""")).GetRawText().ShouldBe(without.GetRawText());
    }

    [Theory]
    [InlineData("/v1/recommend", """{"history": [null]}""", "history[0]: found null, expected an id")]
    [InlineData("/v1/recommend", """{"history": ["a", {"item": "b", "value": "5"}]}""", "history[1].value: found \"5\", expected a number")]
    [InlineData("/v1/recommend", """{"history": ["a", {"item": "b", "value": 1e39}]}""", "history[1].value: found 1e39")]
    [InlineData("/v1/recommend", """{"history": [{"value": 1}]}""", "history[0].item: missing, expected an id")]
    [InlineData("/v1/recommend", """{"history": [{"itm": 1}]}""", "history[0].itm: unknown member. Did you mean item?")]
    [InlineData("/v1/recommend", """{"history": ["a"], "allow": ["b", null]}""", "allow[1]: found null, expected an id")]
    [InlineData("/v1/recommend", """{"history": ["a"], "discount": "NaN"}""", "discount: found \"NaN\", expected a number of 0 or more")]
    [InlineData("/v1/recommend", """{"history": ["a"], "discount": NaN}""", "The body is not JSON: line 1, byte 32: 'N' is an invalid start of a value.")]
    [InlineData("/v1/recommend", """{"history": ["a"], "k": 0}""", "k: found 0, expected an integer in 1 … 1000.")]
    [InlineData("/v1/recommend", """{"history": ["a"], "k": 1001}""", "k: found 1001")]
    [InlineData("/v1/recommend", """{"history": ["a"], "k": 2.5}""", "k: found 2.5")]
    [InlineData("/v1/recommend", """{"history": ["a"], "kk": 1}""", "kk: unknown member. Did you mean k? The members: history, user, attributes, model, k,")]
    [InlineData("/v1/recommend", """{"history": ["a"], "k": 1, "K": 2}""", "k: found twice, expected once.")]
    [InlineData("/v1/recommend", """{"history": ["a"], "history": ["b"]}""", "history: found twice, expected once.")]
    [InlineData("/v1/recommend", """{"history": ["a"], "a b": 1}""", "['a b']: unknown member.")]
    [InlineData("/v1/recommend", """{"history": ["a"], "\ud800": 1}""", "name has half of a surrogate pair")]
    [InlineData("/v1/recommend", """{"history": ["a"], "where": ["genres"]}""", "where[0]: found genres, expected ATTRIBUTE=VALUE|VALUE")]
    [InlineData("/v1/recommend", "null", "The body: found null, expected an object with members of history, user")]
    [InlineData("/v1/recommend", "[]", "The body: found an array, expected an object")]
    [InlineData("/v1/recommend", "\"x\"", "The body: found \"x\", expected an object")]
    [InlineData("/v1/recommend", "", "The body: found nothing, expected a JSON object")]
    [InlineData("/v1/recommend", "  \n", "The body: found nothing")]
    [InlineData("/v1/recommend", "{} {}", "The body is not JSON: line 1, byte 4")]
    [InlineData("/v1/recommend", "{\n\"k\": 1,\n}", "The body is not JSON: line 3, byte 1")]
    [InlineData("/v1/recommend/batch", """{"requests": null}""", "requests: found null, expected an array of requests")]
    [InlineData("/v1/recommend/batch", "{}", "requests: missing, expected an array of requests")]
    [InlineData("/v1/recommend/batch", """{"requests": [null]}""", "requests[0]: found null, expected an object")]
    [InlineData("/v1/recommend/batch", """{"requests": [{"history": []}, {"history": [1, null]}]}""", "requests[1].history[1]: found null")]
    [InlineData("/v1/recommend/batch", """{"requests": [{"history": []}, {}]}""", "requests[1]: Found neither history nor user")]
    [InlineData("/v1/recommend/batch", """{"requests": [{"history": []}, {"history": [], "where": ["genres"]}]}""", "requests[1].where[0]: found genres")]
    [InlineData("/v1/recommend/batch", """{"requests": [{"history": []}, {"history": []}, {"history": [], "where": ["genre=Comedy"]}, {"history": [], "where": ["x=1"]}]}""", "requests[2]: No attribute is named genre. Did you mean genres?")]
    [InlineData("/v1/recommend/batch", """{"requests": [{"history": []}, {"history": [], "k": 100000}]}""", "requests[1].k: found 100000, expected an integer in 1 … 1000.")]
    [InlineData("/v1/recommend/batch", """{"request": []}""", "request: unknown member. Did you mean requests?")]
    [InlineData("/v1/predict", """{"history": []}""", "items: missing, expected an array of ids")]
    [InlineData("/v1/predict", """{"history": [], "items": null}""", "items: found null, expected an array of ids")]
    [InlineData("/v1/predict", """{"history": [], "items": [{"item": 1}]}""", "items[0]: found an object, expected an id")]
    public async Task Post_WrongBody_SaysWhatAndWhere(string path, string body, string detail) =>
        (await ApiTests.ProblemAsync(_server, path, body, 400)).ShouldContain(detail);

    [Fact]
    public async Task RecommendBatch_UnknownUserOrModel_SaysInWhichRequest()
    {
        (await ApiTests.ProblemAsync(_server, "/v1/recommend/batch", """{"requests": [{"history": []}, {"user": 7}]}""", 404)).ShouldStartWith("requests[1]: The server has no history of user 7");
        (await ApiTests.ProblemAsync(_server, "/v1/recommend/batch", """{"requests": [{"history": [], "model": "x"}]}""", 404)).ShouldStartWith("requests[0]: No model is named x.");
    }

    [Fact]
    public async Task Recommend_Numbers_AreIdsAsTheyAreWritten()
    {
        var answer = await _server.PostAsync("/v1/recommend", """{"history": [1e3, 1.0, 12345678901234567890123, -0, {"item": 7.50}], "user": 1.0, "allow": [1], "deny": [2]}""");
        answer.GetProperty("unknownItems").EnumerateArray().Select(i => i.GetString()).ShouldBe(["1e3", "1.0", "12345678901234567890123", "-0", "7.50"]);
        (await _server.PostAsync("/v1/predict", """{"history": [], "items": [17]}""")).GetProperty("ratings")[0].GetProperty("item").GetString().ShouldBe("17");
    }

    [Fact]
    public async Task Recommend_IntegersInOtherForms_AreIntegers()
    {
        foreach (string k in (string[])["3", "3.0", "0.3e1", "30e-1"])
        {
            (await _server.PostAsync("/v1/recommend", $$"""{"history": ["i111"], "k": {{k}}}""")).GetProperty("items").GetArrayLength().ShouldBe(3, k);
        }
    }

    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=\"utf-8\"", 200)]
    [InlineData(null, 415)]
    public async Task Post_OtherContentType_IsSaid(string? type, int status)
    {
        using var content = new ByteArrayContent("{\"history\": []}"u8.ToArray());
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        using var response = await _server.Client.PostAsync(new Uri("/v1/recommend", UriKind.Relative), content);
        string text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        (status == 200 || text.Contains("application/json", StringComparison.Ordinal)).ShouldBeTrue(text);
    }

    [Fact]
    public async Task Post_BytesThatAreNoText_AreSaid()
    {
        foreach (var (bytes, detail) in ((byte[], string)[])[([.. "{\"history\": [\""u8, 0xC3, 0x28, .. "\"]}"u8], "no UTF-8"), ([0xEF, 0xBB, 0xBF, .. "{\"k\": 0}"u8], "k: found 0")])
        {
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("application/json");
            using var response = await _server.Client.PostAsync(new Uri("/v1/recommend", UriKind.Relative), content);
            ((int)response.StatusCode).ShouldBe(400);
            (await response.Content.ReadAsStringAsync()).ShouldContain(detail);
        }
    }

    [Fact]
    public async Task Post_LongValues_AreShownShort()
    {
        string giant = new('9', 100_000);
        foreach (string body in (string[])[$$"""{"history": [], "k": {{giant}}}""", $$"""{"history": [], "{{giant}}": 1}""", $$"""{"history": [], "model": "{{giant}}"}""", $$"""{"user": {{giant}}}"""])
        {
            using var response = await _server.SendAsync("/v1/recommend", body);
            ((int)response.StatusCode).ShouldBeOneOf(400, 404);
            (await response.Content.ReadAsStringAsync()).Length.ShouldBeLessThan(1_000);
        }
    }

    [Theory]
    [InlineData("/v1/similar?item=i111&k=0", "k: found 0, expected an integer in 1 … 1000.")]
    [InlineData("/v1/similar?item=i111&k=abc", "k: found abc")]
    [InlineData("/v1/similar?item=i111&k=1.5", "k: found 1.5")]
    [InlineData("/v1/similar?item=i111&k=1&k=2", "k: found 2 times, expected once.")]
    [InlineData("/v1/similar?item=i111&limit=5", "limit: unknown parameter. The parameters: item, k, where, model.")]
    [InlineData("/v1/similar?itme=i111", "itme: unknown parameter. Did you mean item?")]
    [InlineData("/v1/similar", "item: missing, expected the id of an item.")]
    [InlineData("/v1/similar?item=i111&where=genres%3DComedy&where=x", "where[1]: found x, expected ATTRIBUTE=VALUE")]
    [InlineData("/v1/items?q=a&limit=0", "limit: found 0, expected an integer in 1 … 1000.")]
    [InlineData("/v1/items?q=a&limit=99999999999", "limit: found 99999999999")]
    [InlineData("/v1/items", "q: missing, expected words")]
    [InlineData("/v1/models?model=demo", "model: unknown parameter")]
    public async Task Get_WrongQuery_SaysWhatAndWhere(string path, string detail)
    {
        using var response = await _server.Client.GetAsync(new Uri(path, UriKind.Relative));
        string text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(400, text);
        using var problem = JsonDocument.Parse(text);
        problem.RootElement.GetProperty("detail").GetString()!.ShouldStartWith(detail);
        problem.RootElement.GetProperty("path").GetString().ShouldBe(detail[..detail.IndexOf(':', StringComparison.Ordinal)]);
    }

    [Fact]
    public async Task Post_QueryBesideABody_IsRefused() =>
        (await ApiTests.ProblemAsync(_server, "/v1/recommend?k=5", """{"history": []}""", 400)).ShouldBe("k: unknown parameter; this endpoint takes what it is asked in the body.");

    [Theory]
    [InlineData("text/html")]
    [InlineData("image/png")]
    [InlineData("text/plain;q=0.5, application/xml")]
    public async Task Post_WrongBodyOfACallerThatTakesNoJson_IsAProblemAllTheSame(string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/recommend", UriKind.Relative)) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await _server.Client.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(400);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        using var nowhere = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/nowhere", UriKind.Relative));
        nowhere.Headers.TryAddWithoutValidation("Accept", accept);
        using var missing = await _server.Client.SendAsync(nowhere);
        ((int)missing.StatusCode).ShouldBe(404);
        missing.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task Recommend_LimitBelowTheDefault_IsTheDefault()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { MaximumK = 4 } });
        (await server.PostAsync("/v1/recommend", """{"history": ["i111"]}""")).GetProperty("items").GetArrayLength().ShouldBe(4);
        (await server.GetAsync("/v1/similar?item=i111")).GetProperty("items").GetArrayLength().ShouldBe(4);
        (await server.GetAsync("/v1/items?q=comedy")).GetProperty("items").GetArrayLength().ShouldBe(4);
    }

    private static string With(string body, string member, string value)
    {
        var members = JsonNode.Parse(body)!.AsObject().Select(p => $"\"{p.Key}\": {(p.Key == member ? value : p.Value?.ToJsonString() ?? "null")}");
        return $"{{{string.Join(", ", members)}}}";
    }
}
