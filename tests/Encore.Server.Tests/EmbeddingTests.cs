using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Encore.Experiments;
using Encore.Hosting;
using Encore.Recommending;
using Encore.Server.OpenApi;
using Encore.Server.Scheduling;
using Encore.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Encore.Server.Tests;

/// <summary>Encore in an application that is not its own.</summary>
public sealed class EmbeddingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-embedded").FullName;

    public EmbeddingTests() => Demo.Save(File, Demo.Ease());

    private string File => Path.Combine(_folder, "demo.encore");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Errors_WithoutMiddlewareOfTheApplication_AreProblems()
    {
        await using var app = await StartAsync([], o => (o.MaximumBodyBytes, o.MaximumHistory) = (200, 2));
        using var client = app.GetTestClient();
        (await ProblemAsync(client, """{"history": ["i111"], "kk": 3}""", 400)).GetProperty("path").GetString().ShouldBe("kk");
        (await ProblemAsync(client, "[]", 400)).GetProperty("traceId").GetString().ShouldNotBeNullOrEmpty();
        (await ProblemAsync(client, """{"history": ["i111", "i139", "i1"]}""", 400)).GetProperty("detail").GetString()!.ShouldContain("expected at most 2");
        (await ProblemAsync(client, """{"history": [], "model": "none"}""", 404)).GetProperty("detail").GetString()!.ShouldContain("The models: demo.");
        (await ProblemAsync(client, $$"""{"user": "{{new string('x', 300)}}"}""", 413)).GetProperty("detail").GetString()!.ShouldContain("more than 200 bytes");
    }

    [Fact]
    public async Task Timeout_OfAnEndpoint_IsAProblem()
    {
        await using var app = await StartAsync([], o => o.Timeout = TimeSpan.FromTicks(1));
        using var client = app.GetTestClient();
        int late = 0;
        for (int i = 0; i < 200 && late == 0; i++) // an answer can be faster than the clock
        {
            using var answer = await client.PostAsync(new Uri("/v1/recommend", UriKind.Relative), Json("""{"history": ["i111"], "k": 400, "explain": true}"""), TestContext.Current.CancellationToken);
            late += answer.StatusCode == HttpStatusCode.GatewayTimeout ? 1 : 0;
        }

        late.ShouldBe(1);
    }

    [Fact]
    public async Task Configuration_OfTheEnvironment_IsRead()
    {
        Environment.SetEnvironmentVariable("EMBEDDED_Encore__Files__0", File);
        Environment.SetEnvironmentVariable("EMBEDDED_Encore__MaximumK", "7");
        Environment.SetEnvironmentVariable("EMBEDDED_Encore__Timeout", "00:00:20");
        var builder = Builder([]);
        builder.Configuration.AddEnvironmentVariables("EMBEDDED_");
        builder.Services.AddEncore(o => o.MaximumHistory = 5);
        await using var app = builder.Build();
        var options = app.Services.GetRequiredService<IOptions<EncoreOptions>>().Value;
        options.Files.ShouldBe([File]);
        (options.MaximumK, options.Timeout, options.MaximumHistory, options.MaximumBatch).ShouldBe((7, TimeSpan.FromSeconds(20), 5, 32));
    }

    [Fact]
    public async Task Files_RelativePath_IsBelowTheContentRoot()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = _folder });
        builder.Configuration["Encore:Files:0"] = "demo.encore";
        builder.Services.AddEncore();
        await using var app = builder.Build();
        app.Services.GetRequiredService<EncoreModels>().Names.ShouldBe(["demo"]);
    }

    [Theory]
    [InlineData("", "", "Encore:Files: Found no model file, expected at least one.")]
    [InlineData("Encore:Files:0", "nowhere.encore", "Encore:Files:0: Found no model file")]
    [InlineData("Encore:MaximumBatch", "0", "Encore:MaximumBatch: Found a limit of 0 for batch, expected at least 1.")]
    [InlineData("Encore:Timeout", "60.00:00:00", "Encore:Timeout: Found a timeout of 60 days, expected at most 24.")]
    [InlineData("Encore:MaximumBach", "16", "Encore:MaximumBach: unknown key. Did you mean MaximumBatch? The keys: Files, Watch,")]
    [InlineData("Encore:MaximumK", "many", "'many' at 'Encore:MaximumK'")]
    public async Task Start_WithWrongConfiguration_FailsAndNamesTheKey(string key, string value, string message)
    {
        (string, string)[] settings = value.Length == 0 ? [] : key == "Encore:Files:0" ? [(key, value)] : [("Encore:Files:0", File), (key, value)];
        var error = await Should.ThrowAsync<Exception>(() => StartAsync(settings));
        (error is OptionsValidationException or InvalidOperationException).ShouldBeTrue(error.ToString());
        error.Message.ShouldContain(message);
    }

    [Fact]
    public async Task Start_WithDamagedFile_FailsAndNamesIt()
    {
        await System.IO.File.WriteAllTextAsync(File, "no model", TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<InvalidDataException>(() => StartAsync([("Encore:Files:0", File)]))).Message.ShouldContain("demo.encore");
    }

    [Fact]
    public async Task Application_DisposedWithoutStopping_EndsWithoutAnError()
    {
        CapturedLog log;
        await using (var app = await StartAsync([], _ => { }))
        {
            log = CapturedLog.Of(app);
        }

        log.Entries.Where(e => e.Level >= Microsoft.Extensions.Logging.LogLevel.Error).ShouldBeEmpty();
    }

    [Fact]
    public async Task MapEncore_WithoutServices_SaysWhatIsMissing()
    {
        await using var app = Builder([]).Build();
        Should.Throw<InvalidOperationException>(() => app.MapEncore()).Message.ShouldContain("expected services.AddEncore()");
    }

    [Fact]
    public async Task Options_GivenAsAnObject_AreCheckedAndCopied()
    {
        var services = new ServiceCollection();
        Should.Throw<ArgumentException>(() => services.AddEncore(new EncoreOptions())).Message.ShouldContain("Found no model file");
        var options = new EncoreOptions { Files = [File] };
        services.AddLogging().AddEncore(options);
        options.MaximumK = 1;
        await using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<IOptions<EncoreOptions>>().Value.MaximumK.ShouldBe(1_000);
    }

    [Fact]
    public async Task Meter_OfTheName_CountsWithoutAnExporter()
    {
        await using var app = await StartAsync([], _ => { });
        var meters = app.Services.GetRequiredService<IMeterFactory>();
        long lists = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == EncoreServices.MeterName && ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name == "encore.recommendations")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref lists, count));
        listener.Start();
        using var client = app.GetTestClient();
        using var answer = await client.PostAsync(new Uri("/v1/recommend", UriKind.Relative), Json("""{"history": ["i111"]}"""), TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        lists.ShouldBe(1);
        typeof(EncoreServices).Assembly.GetReferencedAssemblies().ShouldNotContain(a => a.Name!.StartsWith("OpenTelemetry") || a.Name == "MudBlazor");
    }

    [Fact]
    public async Task Models_InTheApplicationsOwnCode_AnswerAndRefuse()
    {
        await using var app = await StartAsync([], o => o.MaximumCost = 1_000);
        var models = app.Services.GetRequiredService<EncoreModels>();
        var answer = await models.RecommendAsync(new RecommendRequest { History = [new("i111")], Options = new() { K = 4 } }, cancellationToken: TestContext.Current.CancellationToken);
        answer.Count.ShouldBe(4);
        models.Find("DEMO").ShouldBeSameAs(models.Find());
        Should.Throw<ProblemException>(() => models.Find("other")).Status.ShouldBe(404);
        var dear = new RecommendRequest { History = [new("i111")], Options = new() { K = 400, Explain = true } };
        (await Should.ThrowAsync<ProblemException>(() => models.RecommendAsync(dear, cancellationToken: TestContext.Current.CancellationToken))).Message.ShouldContain("expected at most 1,000");
    }

    [Fact]
    public async Task Models_OfTheApplicationsOwn_AreServed()
    {
        var catalog = new ModelCatalog();
        catalog.Register<ById, ByIdOptions>("by-id", "By id", "nobody", _ => new ById());
        var model = new ById();
        model.Fit(Demo.Liked);
        ModelFile.Save(File, model, models: catalog);
        (await Should.ThrowAsync<InvalidDataException>(() => StartAsync([], _ => { }))).Message.ShouldContain("by-id");
        await using var app = await StartAsync([], o => o.Models = catalog);
        var answer = await app.Services.GetRequiredService<EncoreModels>()
            .RecommendAsync(new RecommendRequest { History = [new(Demo.Liked.Items[0])], Options = new() { K = 2 } }, cancellationToken: TestContext.Current.CancellationToken);
        answer.Select(r => r.Item).ShouldBe([Demo.Liked.Items[^1], Demo.Liked.Items[^2]]);
    }

    [Fact]
    public async Task Reload_OfAnotherOrigin_IsRefusedWhereNoUserIsKnown()
    {
        await using var app = await StartAsync([], _ => { });
        using var client = app.GetTestClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/admin/reload", UriKind.Relative)) { Content = Json("") };
        request.Headers.Add("Origin", "https://elsewhere.example");
        using var refused = await client.SendAsync(request, TestContext.Current.CancellationToken);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var loaded = await client.PostAsync(new Uri("/v1/admin/reload", UriKind.Relative), Json(""), TestContext.Current.CancellationToken);
        loaded.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Document_OfTheApplication_DescribesTheBodiesAndLeavesItsOwnAlone()
    {
        var builder = Builder([("Encore:Files:0", File), ("Encore:MaximumK", "9")]);
        builder.Services.AddEncore();
        builder.Services.AddOpenApi(openApi => openApi.AddEncore());
        await using var app = builder.Build();
        app.MapEncore();
        app.MapGet("/own", (int? page) => new Own(page, null));
        app.MapOpenApi();
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = app.GetTestClient();
        var document = JsonDocument.Parse(await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken)).RootElement;
        var schemas = document.GetProperty("components").GetProperty("schemas");
        schemas.GetProperty("RecommendBody").GetProperty("properties").GetProperty("k").GetProperty("maximum").GetInt32().ShouldBe(9);
        schemas.GetProperty("Own").GetProperty("properties").GetProperty("note").GetRawText().ShouldContain("null", Case.Sensitive, "what may be null in the application's answers stays so");
    }

    [Fact]
    public void Client_OfAKnownUser_IsTheUser()
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback } };
        Client.Of(context).Name.ShouldBe("127.0.0.1");
        context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, "ann")], "test"));
        Client.Of(context).Name.ShouldBe("user ann");
    }

    // In a folder without settings.
    private WebApplicationBuilder Builder((string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = _folder });
        builder.WebHost.UseTestServer();
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        return builder;
    }

    private async Task<WebApplication> StartAsync((string Key, string Value)[] settings, Action<EncoreOptions>? configure = null)
    {
        var builder = Builder(settings.Length == 0 && configure is not null ? [("Encore:Files:0", File)] : settings);
        builder.Services.AddEncore(configure);
        var app = builder.Build();
        app.MapEncore();
        app.MapEncoreAdmin();
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private static async Task<JsonElement> ProblemAsync(HttpClient client, string body, int status)
    {
        using var answer = await client.PostAsync(new Uri("/v1/recommend", UriKind.Relative), Json(body), TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType).ShouldBe((status, "application/problem+json"), text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private sealed record Own(int? Page, string? Note);

    private sealed record ByIdOptions;

    /// <summary>The later an item stands in the catalogue, the better.</summary>
    private sealed class ById : IRecommender, IStoredModel
    {
        public string Name => "by-id";

        public IdMap Items { get; private set; } = null!;

        public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>();

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) => Items = data.Interactions.Items;

        public void Score(Histories histories, Span<float> scores)
        {
            for (int i = 0; i < scores.Length; i++)
            {
                scores[i] = i % Items.Count;
            }
        }

        public void Write(TensorWriter writer)
        {
        }

        public void Read(TensorReader reader, StoredContext context) => Items = context.Items;
    }
}
