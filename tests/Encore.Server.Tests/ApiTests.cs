using System.Net;
using System.Text.Json;
using Encore.Experiments;
using Encore.Models;
using Encore.Recommending;

namespace Encore.Server.Tests;

/// <summary>The endpoints, over real connections of this machine.</summary>
public sealed class ApiTests
{
    private const string Friend = """["i111", "i139"]""";

    [Fact]
    public async Task Recommend_History_IsWhatTheLibraryRecommends()
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.PostAsync("/v1/recommend", $$"""{"history": {{Friend}}, "k": 5, "explain": true}""");
        var expected = ModelFile.Load(server.File).Recommender!.Recommend(["i111", "i139"], new RecommendOptions { K = 5, Explain = true });
        var items = answer.GetProperty("items").EnumerateArray().ToArray();
        items.Select(i => i.GetProperty("item").GetString()).ShouldBe(expected.Select(r => r.Item));
        items.Select(i => i.GetProperty("score").GetSingle()).ShouldBe(expected.Select(r => r.Score));
        items[0].GetProperty("title").GetString().ShouldBe(expected[0].Title);
        items[0].GetProperty("because").EnumerateArray().Sum(c => c.GetProperty("value").GetDouble()).ShouldBe(expected[0].Score, 1e-6);
        answer.GetProperty("model").GetString().ShouldBe("demo");
        answer.GetProperty("version").GetInt32().ShouldBe(1);
        answer.TryGetProperty("unknownItems", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Recommend_NothingButAHistory_IsWhatTheLibraryRecommendsByDefault()
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.PostAsync("/v1/recommend", $$"""{"history": {{Friend}}}""");
        var expected = ModelFile.Load(server.File).Recommender!.Recommend(["i111", "i139"]);
        expected.Count.ShouldBe(10);
        answer.GetProperty("items").EnumerateArray().Select(i => (i.GetProperty("item").GetString(), i.GetProperty("score").GetSingle()))
            .ShouldBe(expected.Select(r => ((string?)r.Item, r.Score)));
    }

    [Fact]
    public async Task Recommend_AllOptions_AreObeyed()
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.PostAsync("/v1/recommend", """
            {"history": ["i111", {"item": "i139", "value": 5}, {"item": "i180", "value": 1}, 17], "k": 500, "where": ["genres=Comedy"],
             "deny": ["i447"], "minUsers": 3, "discount": 0.5, "diversity": 0.2}
            """);
        answer.GetProperty("unknownItems").EnumerateArray().Select(i => i.GetString()).ShouldBe(["17"]);
        var items = answer.GetProperty("items").EnumerateArray().ToArray();
        items.ShouldAllBe(i => i.GetProperty("title").GetString()!.StartsWith("Comedy"));
        string[] ids = [.. items.Select(i => i.GetProperty("item").GetString()!)];
        ids.ShouldNotContain("i111");
        ids.ShouldNotContain("i447");
        ids.ShouldNotContain("i180"); // a rating of 1 is no part of what was liked, but seen
        answer.GetProperty("dislikedItems").EnumerateArray().Select(i => i.GetString()).ShouldBe(["i180"]);
    }

    [Fact]
    public async Task Recommend_KnownUser_HasItsHistory()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Users = Demo.Log.ToMatrix() } });
        string user = Demo.Log.Users[17];
        var byId = await server.PostAsync("/v1/recommend", $$"""{"user": "{{user}}", "k": 6}""");
        string history = JsonSerializer.Serialize(Demo.Log.UserItems(17).ToArray().Select((i, k) => new { item = Demo.Log.Items[i], value = Demo.Log.UserValues(17)[k] }));
        var byHistory = await server.PostAsync("/v1/recommend", $$"""{"history": {{history}}, "k": 6}""");
        byId.GetRawText().ShouldBe(byHistory.GetRawText());
        await using var implicitly = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Users = Demo.Liked, UsersHaveRatings = false } });
        string disliked = JsonSerializer.Serialize(Demo.Log.UserItems(17).ToArray().Where((_, k) => Demo.Log.UserValues(17)[k] < 4).Select(i => Demo.Log.Items[i]));
        (await implicitly.PostAsync("/v1/recommend", $$"""{"user": "{{user}}", "k": 6, "deny": {{disliked}}}""")).GetProperty("items").GetRawText()
            .ShouldBe(byId.GetProperty("items").GetRawText());
        (await ProblemAsync(server, "/v1/recommend", """{"user": "nobody"}""", 404)).ShouldContain("no history of user nobody");
    }

    [Fact]
    public async Task Recommend_NothingKnown_FallsBackToPopularityAndSaysSo()
    {
        await using var server = await TestServer.StartAsync();
        var file = ModelFile.Load(server.File);
        foreach (var (history, note) in ((string, string)[])
        [
            ("[]", "The history is empty"),
            ("""["none"]""", "knows none of the items"),
            ("""[{"item": "i180", "value": 1}]""", "rated nothing in the history 4 or higher"),
        ])
        {
            var answer = await server.PostAsync("/v1/recommend", $$"""{"history": {{history}}, "k": 5, "where": ["genres=Comedy"], "deny": ["i447"]}""");
            answer.GetProperty("fallback").GetString().ShouldBe("popularity");
            answer.GetProperty("note").GetString()!.ShouldContain(note);
            answer.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("item").GetString()).ShouldBe(Enumerable.Range(0, file.Items.Ids.Count)
                .Where(i => file.Items.Values("genres", i).Contains("Comedy") && file.Items.Ids[i] is not ("i447" or "i180") || (file.Items.Ids[i] == "i180" && !history.Contains("i180")))
                .OrderByDescending(i => file.Items.Users[i]).ThenBy(i => i).Take(5).Select(i => file.Items.Ids[i]));
        }

        (await server.PostAsync("/v1/recommend", $$"""{"history": {{Friend}}, "k": 5}""")).TryGetProperty("fallback", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Start_UsersOfAnotherCatalogue_IsRefused()
    {
        var others = Interactions.From([new Interaction("u1", "B001", 1)]).ToMatrix();
        (await Should.ThrowAsync<InvalidDataException>(() => TestServer.StartAsync(o => o with { Serving = o.Serving with { Users = others } }))).Message
            .ShouldStartWith("The model demo knows none of the 1 items of the users' histories, such as B001; the model's are such as i001.");
    }

    [Fact]
    public async Task Post_UserWhomTheModelKnows_NeedsNoHistory()
    {
        var model = new AutoRec(new AutoRecOptions { Epochs = 2, Hidden = [8] });
        model.Fit(Demo.Log.ToMatrix(), new FitContext());
        await using var server = await TestServer.StartAsync(null, model);
        string user = Demo.Log.Users[17];
        var answer = await server.PostAsync("/v1/recommend", $$"""{"user": "{{user}}", "k": 5}""");
        answer.GetProperty("items").GetArrayLength().ShouldBe(5);
        answer.TryGetProperty("note", out _).ShouldBeFalse();
        (await server.PostAsync("/v1/predict", $$"""{"user": "{{user}}", "items": ["i111"]}""")).TryGetProperty("note", out _).ShouldBeFalse();
        (await server.PostAsync("/v1/predict", $$"""{"user": "nobody", "history": ["i139"], "items": ["i111"]}""")).GetProperty("note").GetString()!
            .ShouldContain("does not look at histories");
        (await ProblemAsync(server, "/v1/recommend", """{"user": "nobody"}""", 404)).ShouldContain("no history of user nobody, and the model has not learned one");
        (await ProblemAsync(server, "/v1/predict", """{"history": [{"item": "i139", "value": 50}], "items": ["i111"]}""", 400)).ShouldContain("expected one on the scale");
    }

    [Fact]
    public async Task RecommendBatch_Requests_AreAnsweredAsAlone()
    {
        await using var server = await TestServer.StartAsync(null, null, ("dae", Demo.Fitted(new MultDae(new MultDaeOptions { Epochs = 2, Layers = [20] }))));
        string[] bodies = [$$"""{"history": {{Friend}}}""", """{"history": [], "k": 3}""", """{"history": ["i180"], "model": "dae"}"""];
        var batch = await server.PostAsync("/v1/recommend/batch", $$"""{"requests": [{{string.Join(", ", bodies)}}]}""");
        var answers = batch.GetProperty("answers").EnumerateArray().Select(a => a.GetRawText()).ToArray();
        for (int r = 0; r < bodies.Length; r++)
        {
            answers[r].ShouldBe((await server.PostAsync("/v1/recommend", bodies[r])).GetRawText());
            batch.GetProperty("answers")[r].GetProperty("items").GetArrayLength().ShouldBe(r == 1 ? 3 : 10);
        }

        answers[2].ShouldContain("\"model\":\"dae\"");
        (await ProblemAsync(server, "/v1/recommend/batch", """{"requests": [{"history": []}, {"history": [], "k": -1}]}""", 400)).ShouldStartWith("requests[1].k: found -1, expected an integer in 1 … 1000.");
    }

    [Fact]
    public async Task Recommend_AtTheSameTime_IsScoredTogetherWithTheSameBits()
    {
        await using var server = await TestServer.StartAsync(null, null, ("together", Demo.Ease())); // metrics are the process's
        string[] items = [.. Enumerable.Range(0, 60).Select(i => Demo.Liked.Items[i])];
        var alone = new List<string>();
        foreach (string item in items)
        {
            var answer = await server.PostAsync("/v1/recommend", $$"""{"history": ["{{item}}"], "model": "together"}""");
            answer.GetProperty("items").GetArrayLength().ShouldBe(10);
            alone.Add(answer.GetRawText());
        }

        for (int round = 0; round < 10; round++)
        {
            var together = await Task.WhenAll(items.Select(item => server.PostAsync("/v1/recommend", $$"""{"history": ["{{item}}"], "model": "together"}""")));
            together.Select(a => a.GetRawText()).ShouldBe(alone);
        }

        string metrics = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        double batches = Value(metrics, "encore_batch_size_count"), requests = Value(metrics, "encore_batch_size_sum");
        requests.ShouldBe(660);
        batches.ShouldBeLessThan(660);
    }

    [Fact]
    public async Task Similar_Item_IsWhatTheLibraryFinds()
    {
        await using var server = await TestServer.StartAsync();
        var similar = await server.GetAsync("/v1/similar?item=i111&k=4&where=genres%3DComedy");
        similar.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("item").GetString()).ShouldBe(
            ModelFile.Load(server.File).Recommender!.Similar("i111", new RecommendOptions { K = 4, Where = [new("genres", ["Comedy"])] }).Select(r => r.Item));
        (await StatusAsync(server, "/v1/similar?item=none")).ShouldBe(404);
        (await StatusAsync(server, "/v1/similar")).ShouldBe(400);
    }

    [Fact]
    public async Task Predict_Ratings_AndUnknownItems()
    {
        var model = new RatingBias();
        model.Fit(Demo.Log.ToMatrix(), new FitContext());
        await using var server = await TestServer.StartAsync(null, model);
        var answer = await server.PostAsync("/v1/predict", """{"history": [{"item": "i111", "value": 5}], "items": ["i139", "none"]}""");
        var ratings = answer.GetProperty("ratings").EnumerateArray().ToArray();
        ratings[0].GetProperty("rating").GetDouble().ShouldBeInRange(1, 5);
        ratings[1].TryGetProperty("rating", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Items_Query_FindsTitles()
    {
        await using var server = await TestServer.StartAsync();
        var items = (await server.GetAsync("/v1/items?q=comedy%20no.%2030&limit=3")).GetProperty("items").EnumerateArray().ToArray();
        items[0].GetProperty("title").GetString().ShouldBe("Comedy No. 30");
        items[0].GetProperty("attributes").GetProperty("genres")[0].GetString().ShouldBe("Comedy");
        items[0].GetProperty("users").GetInt32().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Model_Answer_SaysWhatIsServed()
    {
        await using var server = await TestServer.StartAsync();
        var model = await server.GetAsync("/v1/model");
        model.GetProperty("title").GetString().ShouldBe("EASE λ=200");
        model.GetProperty("kind").GetString().ShouldBe("ease");
        model.GetProperty("options").GetProperty("l2").GetString().ShouldBe("200");
        model.GetProperty("provenance").GetProperty("metrics").GetProperty("ndcg@100").GetDouble().ShouldBe(0.37);
        (await server.GetAsync("/v1/models")).GetProperty("models").GetArrayLength().ShouldBe(1);
    }

    [Theory]
    [InlineData("/v1/recommend", "{\"history\": [\"i111\"], \"k\": 100000}", 400, "expected an integer in 1 … 1000")]
    [InlineData("/v1/recommend", "{}", 400, "neither history nor user")]
    [InlineData("/v1/recommend", "{\"history\": [{}]}", 400, "history[0].item: missing")]
    [InlineData("/v1/recommend", "{\"history\": [true]}", 400, "expected an id")]
    [InlineData("/v1/recommend", "{\"history\": [\"\"]}", 400, "expected an id")]
    [InlineData("/v1/recommend", "{\"history\": [", 400, "The body is not JSON")]
    [InlineData("/v1/recommend", "{\"history\": [], \"where\": [\"genres\"]}", 400, "expected ATTRIBUTE=VALUE")]
    [InlineData("/v1/recommend", "{\"history\": [], \"where\": [\"genre=Comedy\"]}", 400, "Did you mean genres?")]
    [InlineData("/v1/recommend", "{\"history\": [], \"where\": [\"genres=Comdy\"]}", 400, "No item has genres Comdy. Did you mean Comedy?")]
    [InlineData("/v1/recommend", "{\"history\": [], \"diversity\": 2}", 400, "diversity: found 2, expected a number in 0 … 1.")]
    [InlineData("/v1/recommend", "{\"history\": [], \"model\": \"none\"}", 404, "The models: demo")]
    [InlineData("/v1/predict", "{\"history\": [], \"items\": [\"i1\"]}", 422, "predicts no ratings")]
    [InlineData("/v1/nowhere", "{}", 404, "")]
    public async Task Post_WhatCannotBeAnswered_IsAProblem(string path, string body, int status, string detail)
    {
        await using var server = await TestServer.StartAsync();
        (await ProblemAsync(server, path, body, status)).ShouldContain(detail);
    }

    [Fact]
    public async Task Post_TooMuch_IsRefused()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { MaximumHistory = 5, MaximumBodyBytes = 2000 } });
        (await ProblemAsync(server, "/v1/recommend", """{"history": [1, 2, 3, 4, 5, 6]}""", 400)).ShouldContain("found 6 items of a history, expected at most 5");
        await ProblemAsync(server, "/v1/recommend", $$"""{"history": ["{{new string('x', 3000)}}"]}""", 413);
    }

    [Fact]
    public async Task Post_MoreThanConcurrency_IsTurnedAwayWithRetryAfter()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { MaximumConcurrency = 1 } });
        var responses = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => server.SendAsync("/v1/recommend", $$"""{"history": {{Friend}}, "k": 500, "explain": true}""")));
        var turned = responses.Where(r => r.StatusCode == HttpStatusCode.TooManyRequests).ToArray();
        turned.ShouldNotBeEmpty();
        responses.ShouldAllBe(r => r.StatusCode == HttpStatusCode.OK || r.StatusCode == HttpStatusCode.TooManyRequests);
        turned[0].Headers.RetryAfter.ShouldNotBeNull();
        turned[0].Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task OpenApi_Document_HasTheEndpoints()
    {
        await using var server = await TestServer.StartAsync();
        var document = await server.GetAsync("/openapi/v1.json");
        string[] paths = [.. document.GetProperty("paths").EnumerateObject().Select(p => p.Name)];
        paths.ShouldBe(
            ["/v1/recommend", "/v1/recommend/batch", "/v1/items", "/v1/similar", "/v1/predict", "/v1/model", "/v1/models", "/v1/admin/reload", "/v1/admin/items", "/healthz", "/readyz"],
            ignoreOrder: true);
        var recommend = document.GetProperty("paths").GetProperty("/v1/recommend").GetProperty("post");
        recommend.GetProperty("responses").EnumerateObject().Select(r => r.Name).ShouldBe(["200", "400", "401", "404", "408", "413", "415", "422", "429", "500", "503", "504"], ignoreOrder: true);
        (await server.Client.GetStringAsync(new Uri("/reference/", UriKind.Relative))).ShouldContain("Encore");
    }

    private static double Value(string metrics, string name) => metrics.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains("model=\"together\"", StringComparison.Ordinal))
        .Sum(line => double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));

    private static async Task<int> StatusAsync(TestServer server, string path) =>
        (int)(await server.Client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode;

    internal static async Task<string> ProblemAsync(TestServer server, string path, string body, int status)
    {
        using var response = await server.SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        using var problem = JsonDocument.Parse(text);
        problem.RootElement.GetProperty("status").GetInt32().ShouldBe(status);
        problem.RootElement.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        text.ShouldNotContain("   at ");
        return problem.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString()! : "";
    }
}
