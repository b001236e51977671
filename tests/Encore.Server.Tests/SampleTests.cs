using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using FilmShop;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace Encore.Server.Tests;

/// <summary>The sample of an application that serves recommendations beside its own endpoints.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-sample").FullName;
    private readonly WebApplicationFactory<Login> _shop;

    public SampleTests()
    {
        string file = Path.Combine(_folder, "demo.encore");
        Demo.Save(file, Demo.Ease());
        _shop = new WebApplicationFactory<Login>().WithWebHostBuilder(host => host.UseEnvironment("Production").UseSetting("Encore:Files:0", file));
    }

    public void Dispose()
    {
        _shop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("POST", "/films/v1/recommend")]
    [InlineData("POST", "/films/v1/recommend/batch")]
    [InlineData("POST", "/films/v1/predict")]
    [InlineData("GET", "/films/v1/similar?item=i111")]
    [InlineData("GET", "/films/v1/items?q=drama")]
    [InlineData("GET", "/films/v1/models")]
    [InlineData("GET", "/films/v1/model")]
    [InlineData("POST", "/films/v1/admin/reload")]
    [InlineData("POST", "/films/v1/admin/items")]
    [InlineData("GET", "/shelf")]
    public async Task Request_WithoutToken_IsRefused(string method, string path)
    {
        using var client = _shop.CreateClient();
        using var answer = await client.SendAsync(Request(method, path), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Recommend_WithToken_IsAnsweredAsTheModelWould()
    {
        using var client = await LogInAsync("ann", "a demo password");
        var answer = await PostAsync(client, "/films/v1/recommend", """{"history": ["i111", "i139"], "k": 3}""");
        var expected = new Recommending.Recommender(Demo.Ease(), new ItemTable(Demo.Liked.Items, Demo.Liked.Csr.ColumnCounts()))
            .Recommend([new Recommending.RecommendRequest { History = [new("i111"), new("i139")], Options = new() { K = 3 } }])[0];
        answer.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("item").GetString()).ShouldBe(expected.Select(r => r.Item));
        answer.GetProperty("items")[0].TryGetProperty("exact", out _).ShouldBeFalse("the API leaves out what has no value");
    }

    [Fact]
    public async Task OwnEndpoints_BesideEncore_WorkAsBefore()
    {
        using var anonymous = _shop.CreateClient();
        (await anonymous.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken)).ShouldBe("The film shop");
        using var client = await LogInAsync("ann", "a demo password");
        var order = await PostAsync(client, "/orders", """{"film": "i111"}""");
        order.GetProperty("note").ValueKind.ShouldBe(JsonValueKind.Null, "the shop's JSON is the shop's");
        using var wrong = await client.PostAsync(new Uri("/orders", UriKind.Relative), Json("[]"), TestContext.Current.CancellationToken);
        ((int)wrong.StatusCode, wrong.Content.Headers.ContentType).ShouldBe((400, null), "and so are its errors");
    }

    [Fact]
    public async Task Shelf_AfterOrders_HasNoneOfThem()
    {
        using var client = await LogInAsync("ann", "a demo password");
        var before = await client.GetFromJsonAsync<JsonElement>("/shelf", TestContext.Current.CancellationToken);
        await PostAsync(client, "/orders", $$"""{"film": "{{before[0].GetProperty("film").GetString()}}"}""");
        var after = await client.GetFromJsonAsync<JsonElement>("/shelf", TestContext.Current.CancellationToken);
        after.GetArrayLength().ShouldBe(5);
        after.EnumerateArray().Select(f => f.GetProperty("film").GetString()).ShouldNotContain(before[0].GetProperty("film").GetString());
        after[0].GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Reload_ByCustomer_IsForbidden_ByStaff_Loads()
    {
        using var customer = await LogInAsync("ann", "a demo password");
        using var refused = await customer.PostAsync(new Uri("/films/v1/admin/reload", UriKind.Relative), Json(""), TestContext.Current.CancellationToken);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var staff = await LogInAsync("sam", "another demo password");
        (await PostAsync(staff, "/films/v1/admin/reload", "")).GetProperty("version").GetInt32().ShouldBe(2);
    }

    private async Task<HttpClient> LogInAsync(string name, string password)
    {
        var client = _shop.CreateClient();
        var token = await PostAsync(client, "/login", JsonSerializer.Serialize(new { name, password }));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.GetProperty("accessToken").GetString());
        return client;
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, string body)
    {
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), Json(body), TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private static HttpRequestMessage Request(string method, string path) =>
        new(new HttpMethod(method), new Uri(path, UriKind.Relative)) { Content = method == "POST" ? Json("{}") : null };

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
