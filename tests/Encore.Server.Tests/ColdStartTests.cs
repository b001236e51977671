using System.Net;
using System.Text.Json;

namespace Encore.Server.Tests;

/// <summary>Items that nobody has met are added while requests are answered; users without a history are answered by their
/// attributes.</summary>
public sealed class ColdStartTests
{
    private const string New = """{"items": [{"item": "new", "title": "The New One", "attributes": {"genre": "Comedy"}}, {"item": "odd", "attributes": {"colour": ["red", 3, true]}}]}""";

    [Fact]
    public async Task Items_Added_AreServedAtOnce_KeptInTheFile_AndChangeNoOther()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } }, Demo.Fease());
        const string Asked = """{"history": ["i111", "i14"], "k": 100, "explain": true}""";
        var before = Items(await server.PostAsync("/v1/recommend", Asked));
        var answer = await server.PostAsync("/v1/admin/items", New);
        answer.GetProperty("added").GetInt32().ShouldBe(2);
        answer.GetProperty("version").GetInt32().ShouldBe(2);
        answer.GetProperty("withoutFeatures").EnumerateArray().Select(e => e.GetString()).ShouldBe(["odd"]);
        var after = Items(await server.PostAsync("/v1/recommend", Asked));
        var kept = after.Where(i => Id(i) is not ("new" or "odd")).ToArray();
        kept.Select(i => (Id(i), i.GetProperty("score").GetRawText())).ShouldBe(before.Take(kept.Length).Select(i => (Id(i), i.GetProperty("score").GetRawText())));

        // The item in its place, with its title and its reasons.
        var all = await server.PostAsync("/v1/recommend", """{"history": ["i111", "i14"], "allow": ["new"], "explain": true}""");
        var added = Items(all).Single();
        added.GetProperty("title").GetString().ShouldBe("The New One");
        added.GetProperty("because").EnumerateArray().Sum(c => c.GetProperty("value").GetDouble()).ShouldBe(added.GetProperty("score").GetDouble(), 1e-4);
        (await server.GetAsync("/v1/items?q=new%20one")).GetProperty("items")[0].GetProperty("item").GetString().ShouldBe("new");
        (await ApiTests.ProblemAsync(server, "/v1/admin/items", New, 400)).ShouldContain("item new already");
        Encore.Experiments.ModelFile.Load(server.File).Items.Title("new").ShouldBe("The New One");
    }

    [Fact]
    public async Task Items_ToAModelWithoutFeatures_OrWithoutAFileToWrite_AreRefused()
    {
        await using var server = await TestServer.StartAsync(o => o with { Serving = o.Serving with { Watch = false } });
        (await ApiTests.ProblemAsync(server, "/v1/admin/items", New, 422)).ShouldContain("fease");
        (await ApiTests.ProblemAsync(server, "/v1/admin/items", """{"items": []}""", 400)).ShouldContain("at least 1");
        (await ApiTests.ProblemAsync(server, "/v1/admin/items", """{"items": [{"item": "x", "attributes": {"a": {}}}]}""", 400)).ShouldContain("items[0].attributes.a");
        (await ApiTests.ProblemAsync(server, "/v1/admin/items", """{"items": [{"item": "x", "attributes": ["a"]}]}""", 400)).ShouldContain("an object of attributes");
    }

    [Fact]
    public async Task Attributes_OfAUser_ReplaceAHistory()
    {
        await using var server = await TestServer.StartAsync(null, Demo.Fease(), ("ease", Demo.Ease()));
        var western = await server.PostAsync("/v1/recommend", """{"attributes": {"group": "Western"}, "explain": true}""");
        var noir = await server.PostAsync("/v1/recommend", """{"attributes": {"group": ["Noir"]}, "explain": true}""");
        Items(western).Select(Id).ShouldNotBe(Items(noir).Select(Id));
        var first = Items(western)[0];
        var because = first.GetProperty("becauseOfUser")[0];
        because.GetProperty("attribute").GetString().ShouldBe("group=Western");
        because.GetProperty("value").GetDouble().ShouldBe(first.GetProperty("score").GetDouble(), 1e-4);
        (await server.PostAsync("/v1/recommend", """{"attributes": {"group": "Western"}, "model": "ease"}""")).GetProperty("note").GetString()!.ShouldContain("no part");
        (await ApiTests.ProblemAsync(server, "/v1/recommend", """{"attributes": {"grup": "Western"}}""", 400)).ShouldContain("Did you mean group?");
        using var empty = await server.SendAsync("/v1/recommend", "{}");
        empty.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static JsonElement[] Items(JsonElement answer) => [.. answer.GetProperty("items").EnumerateArray()];

    private static string Id(JsonElement item) => item.GetProperty("item").GetString()!;
}
