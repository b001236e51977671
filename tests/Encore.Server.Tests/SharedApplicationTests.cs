using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Encore.Server.OpenApi;
using Encore.Server.Scheduling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Encore.Server.Tests;

/// <summary>What an application that hosts Encore may do with names, paths, modules and options of its own.</summary>
public sealed class SharedApplicationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-shared").FullName;

    public SharedApplicationTests() => Demo.Save(File, Demo.Ease());

    private string File => Path.Combine(_folder, "demo.encore");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("recommend")]
    [InlineData("predict")]
    [InlineData("listModels")]
    [InlineData("reloadModel")]
    public async Task Names_OfTheApplicationsEndpoints_AreFree(string name)
    {
        await using var app = await StartAsync(map: app => app.MapGet("/own", () => "own").WithName(name));
        using var client = app.GetTestClient();
        (await client.GetStringAsync(To("/own"), TestContext.Current.CancellationToken)).ShouldBe("own");
        (await StatusAsync(client, "/v1/models")).ShouldBe(200);
    }

    [Fact]
    public async Task MapEncore_BelowTwoPaths_AnswersBelowBoth()
    {
        await using var app = await StartAsync(map: app => app.MapEncore("/shop"));
        using var client = app.GetTestClient();
        (await StatusAsync(client, "/v1/models"), await StatusAsync(client, "/shop/v1/models")).ShouldBe((200, 200));
    }

    [Theory]
    [InlineData("/films/", "/films/v1/models")]
    [InlineData("films", "/films/v1/models")]
    [InlineData("/{shop}", "/any/v1/models")]
    public async Task Prefix_HoweverItIsWritten_IsAPath(string prefix, string path)
    {
        await using var app = await StartAsync(map: app => app.MapEncore(prefix));
        using var client = app.GetTestClient();
        (await StatusAsync(client, path)).ShouldBe(200);
    }

    [Fact]
    public async Task Document_OfTheApplication_NamesOperationsAsTheServersOwnDoes()
    {
        await using var app = await StartAsync(services => services.AddEncore().AddOpenApi(openApi => openApi.AddEncore()), app => app.MapOpenApi());
        using var client = app.GetTestClient();
        var paths = JsonDocument.Parse(await client.GetStringAsync(To("/openapi/v1.json"), TestContext.Current.CancellationToken)).RootElement.GetProperty("paths");
        paths.EnumerateObject().SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value.GetProperty("operationId").GetString()).Order()
            .ShouldBe(["addItems", "getModel", "listModels", "predict", "recommend", "recommendBatch", "reloadModel", "searchItems", "similarItems"]);
        paths.GetProperty("/v1/recommend").GetProperty("post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json").TryGetProperty("example", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task AddEncore_ByTwoModules_ReadsTheConfigurationOnce()
    {
        await using var app = await StartAsync(services => services.AddEncore(o => o.MaximumK = 7).AddEncore(o => o.MaximumHistory = 3));
        var options = app.Services.GetRequiredService<IOptions<EncoreOptions>>().Value;
        (options.Files.Count, options.MaximumK, options.MaximumHistory).ShouldBe((1, 7, 3));
    }

    [Fact]
    public void AddEncore_WithAnObjectBesideTheConfiguration_IsRefused()
    {
        var options = new EncoreOptions { Files = [File] };
        Should.Throw<InvalidOperationException>(() => new ServiceCollection().AddEncore(options).AddEncore()).Message.ShouldContain("expected one of the two");
        Should.Throw<InvalidOperationException>(() => new ServiceCollection().AddEncore().AddEncore(options)).Message.ShouldContain("expected one of the two");
        Should.Throw<InvalidOperationException>(() => new ServiceCollection().AddEncore(options).AddEncore(options)).Message.ShouldContain("twice");
    }

    [Fact]
    public void Files_GivenAsAList_AreCopied()
    {
        List<string> files = [File];
        using var provider = new ServiceCollection().AddLogging().AddEncore(new EncoreOptions { Files = files }).BuildServiceProvider();
        files.Add("another.encore");
        provider.GetRequiredService<IOptions<EncoreOptions>>().Value.Files.ShouldBe([File]);
    }

    [Theory]
    [InlineData("Encore:Timeout", "20", "Encore:Timeout: Found a timeout of 20 days, for a number alone is days; expected less than one, such as 00:00:20.")]
    [InlineData("Encore:Users", "users.csv", "Encore:Users: Found a value, expected histories that the application reads: services.AddEncore(o => o.Users = …).")]
    [InlineData("Encore:Users:Csr", "1", "Encore:Users: Found a value")]
    [InlineData("Encore:Files:0", "", "Encore:Files:0: Found the folder")]
    public async Task Start_WithAValueThatReadsAsAnother_SaysWhatIsMeant(string key, string value, string message) =>
        (await Should.ThrowAsync<OptionsValidationException>(() => StartAsync(setting: (key, value)))).Message.ShouldContain(message);

    [Fact]
    public void Client_OfAUserWithoutAnId_IsTheAddress()
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback }, User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("scope", "films")], "test")) };
        Client.Of(context).Name.ShouldBe("127.0.0.1");
    }

    [Fact]
    public async Task Meter_UnderOpenTelemetryOfTheApplication_IsExportedByItsExporter()
    {
        var exporter = new Exported();
        await using var app = await StartAsync(services => services.AddEncore().AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(EncoreServices.MeterName).AddReader(new BaseExportingMetricReader(exporter))));
        using var client = app.GetTestClient();
        using var answer = await client.PostAsync(To("/v1/recommend"), new StringContent("""{"history": ["i111"]}""", Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        app.Services.GetRequiredService<MeterProvider>().ForceFlush().ShouldBeTrue();
        exporter.Lists.ShouldBe([("demo", 1)]);
    }

    private static Uri To(string path) => new(path, UriKind.Relative);

    private static async Task<int> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(To(path), TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private async Task<WebApplication> StartAsync(Action<IServiceCollection>? add = null, Action<WebApplication>? map = null, (string Key, string Value)? setting = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration["Encore:Files:0"] = File;
        if (setting is var (key, value))
        {
            builder.Configuration[key] = value;
        }

        (add ?? (services => services.AddEncore()))(builder.Services);
        var app = builder.Build();
        try
        {
            app.MapEncore();
            app.MapEncoreAdmin();
            map?.Invoke(app);
            await app.StartAsync(TestContext.Current.CancellationToken);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private sealed class Exported : BaseExporter<OpenTelemetry.Metrics.Metric>
    {
        public List<(string Model, long Lists)> Lists { get; } = [];

        public override ExportResult Export(in Batch<OpenTelemetry.Metrics.Metric> batch)
        {
            foreach (var metric in batch)
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    if (metric.Name != "encore.recommendations")
                    {
                        continue;
                    }

                    foreach (var tag in point.Tags)
                    {
                        Lists.Add(((string)tag.Value!, point.GetSumLong()));
                    }
                }
            }

            return ExportResult.Success;
        }
    }
}
