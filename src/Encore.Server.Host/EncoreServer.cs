using System.Text.Json.Serialization;
using OpenTelemetry.Metrics;
using Scalar.AspNetCore;

namespace Encore.Server.Host;

/// <summary>Model files over HTTP: <c>docs/serving.md</c> has the endpoints, and the server describes them itself at
/// <c>/openapi/v1.json</c> and <c>/reference</c>.</summary>
public static partial class EncoreServer
{
    /// <summary>A server that has loaded its models and listens once it is started.</summary>
    /// <exception cref="ArgumentException">An option is not allowed.</exception>
    /// <exception cref="InvalidDataException">A model file does not load.</exception>
    /// <exception cref="IOException">The host to listen on is unknown or not of this machine.</exception>
    public static WebApplication Create(ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var listen = ListenAddresses.Resolve(options.Host);
        options.Check(listen);
        var builder = WebHosting.CreateBuilder(options, listen);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = options.Serving.MaximumBodyBytes);
        AddServices(builder.Services, options);
        var app = builder.Build();
        app.Services.GetRequiredService<EncoreModels>(); // a model that does not load is found now
        Map(app, options);
        return app;
    }

    /// <summary>Serves until the token is cancelled; then says that it is not ready, waits as long as it was told, answers
    /// what has been asked, and ends.</summary>
    /// <param name="app">What <see cref="Create"/> made.</param>
    /// <param name="options">Its options.</param>
    /// <param name="started">Called with the address once it listens.</param>
    /// <param name="cancellationToken">Stops the server.</param>
    /// <exception cref="IOException">The address cannot be listened on; the message names it and says why.</exception>
    public static async Task RunAsync(WebApplication app, ServerOptions options, Action<string> started, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(started);
        var urls = await WebHosting.StartAsync(app).ConfigureAwait(false);
        if (options.Serving.Map)
        {
            string files = string.Join(", ", options.Serving.Files);
            IsMapped(WebHosting.LogOf(app), files);
        }

        started(urls[0]);
        await WebHosting.WaitAsync(app, cancellationToken).ConfigureAwait(false);
        app.Services.GetRequiredService<Readiness>().Stop();
        await Task.Delay(options.Drain, CancellationToken.None).ConfigureAwait(false);
        await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    private static void AddServices(IServiceCollection services, ServerOptions options)
    {
        services.AddEncore(options.Serving).AddSingleton(options).AddSingleton<Readiness>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.ConfigureHttpJsonOptions(json => // what the OpenAPI document says of answers
        {
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        if (options.CorsOrigins.Count > 0)
        {
            services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
                .WithOrigins([.. options.CorsOrigins]).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders("Retry-After", "WWW-Authenticate")));
        }

        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(EncoreServices.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter());
        services.AddOpenApi(openApi => ApiDocument.Describe(openApi, options));
        if (options.HasExplorer)
        {
            Explorer.ExplorerPages.AddTo(services);
        }
    }

    private static void Map(WebApplication app, ServerOptions options)
    {
        WebHosting.Use(app, options);
        app.UseStatusCodePages(context => ProblemException.WriteAsync(context.HttpContext, context.HttpContext.Response.StatusCode, Detail(context.HttpContext)));
        if (options.CorsOrigins.Count > 0)
        {
            app.UseCors(); // before keys: a browser asks whether it may send one without sending it
        }

        app.UseMiddleware<ApiKeys>();
        app.MapEncore();
        app.MapEncoreAdmin();
        HealthEndpoints.Map(app);
        app.MapPrometheusScrapingEndpoint("/metrics").DisableHttpMetrics();
        app.MapOpenApi().DisableHttpMetrics();
        app.MapScalarApiReference("/reference", Reference).DisableHttpMetrics();
        if (options.HasExplorer)
        {
            Explorer.ExplorerPages.Map(app);
        }
    }

    // What is said of a status that no endpoint chose.
    private static string? Detail(HttpContext context) => context.Response.StatusCode switch
    {
        404 => $"There is nothing at {ProblemException.Excerpt(context.Request.Path)}. The endpoints: /openapi/v1.json and /reference.",
        405 => $"{context.Request.Method} is not allowed here, expected {context.Response.Headers.Allow}.",
        415 => "Expected a body of Content-Type application/json.",
        504 => "The request took longer than the server allows.",
        _ => null,
    };

    // What it offers beside the reference asks other servers; this one's pages ask nobody else.
    private static void Reference(ScalarOptions scalar) => scalar.WithTitle("Encore")
        .DisableAgent().DisableMcp().DisableTelemetry().DisableDefaultFonts().HideDeveloperTools().HideClientButton();

    [LoggerMessage(Level = LogLevel.Warning, EventId = 12, EventName = "FilesMapped", Message = "Matrices stay in {Files}: a file that is truncated or overwritten in place ends this process (SIGBUS). Replace it by renaming")]
    private static partial void IsMapped(ILogger log, string files);
}
