using System.Globalization;
using System.Text.Json.Serialization;
using System.Threading.RateLimiting;
using Encore.Server.Endpoints;
using Encore.Server.OpenApi;
using Encore.Server.Scheduling;
using Microsoft.AspNetCore.Http.Timeouts;
using OpenTelemetry.Metrics;
using Scalar.AspNetCore;

namespace Encore.Server;

/// <summary>Model files over HTTP: <c>docs/serving.md</c> has the endpoints, and the server describes them itself at
/// <c>/openapi/v1.json</c> and <c>/reference</c>.</summary>
public static partial class EncoreServer
{
    private const string Limit = "api";

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
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = options.MaximumBodyBytes);
        AddServices(builder.Services, options);
        if (options.HasExplorer)
        {
            Explorer.ExplorerPages.AddTo(builder.Services);
        }

        var app = builder.Build();
        var slots = app.Services.GetRequiredService<ModelSlots>(); // a model that does not load is found now, not at the first request
        app.Services.GetRequiredService<KnownUsers>().Check(slots);
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
        if (options.Map)
        {
            string files = string.Join(", ", options.Files);
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
        services.AddSingleton(options).AddSingleton<ServerMetrics>().AddSingleton<ModelSlots>().AddSingleton<ScoreQueue>()
            .AddSingleton<KnownUsers>().AddSingleton<Requests>().AddSingleton<Readiness>();
        services.AddHostedService<ModelWatcher>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ServerJson.Default);
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict; // a number is a number
        });
        services.Configure<RouteHandlerOptions>(route => route.ThrowOnBadRequest = true);
        services.AddRequestTimeouts(timeouts => timeouts.AddPolicy(Limit, new RequestTimeoutPolicy { Timeout = options.Timeout, TimeoutStatusCode = 504 }));
        services.AddRateLimiter(limiter =>
        {
            var share = new FairShare(options.MaximumConcurrency);
            limiter.AddPolicy(Limit, context => RateLimitPartition.Get(Client.Of(context, options).Name, client => new ClientPermits(share, client)));
            limiter.OnRejected = (rejected, _) =>
            {
                rejected.HttpContext.RequestServices.GetRequiredService<ServerMetrics>().Rejected("concurrency");
                throw new ProblemException(429, string.Create(CultureInfo.InvariantCulture,
                    $"The server works on at most {options.MaximumConcurrency} requests at once, and on no more of one client than its share. Try again in a second."))
                {
                    Header = ("Retry-After", "1"),
                };
            };
        });
        if (options.CorsOrigins.Count > 0)
        {
            services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
                .WithOrigins([.. options.CorsOrigins]).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders("Retry-After", "WWW-Authenticate")));
        }

        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(ServerMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter());
        services.AddOpenApi(openApi => ApiDocument.Describe(openApi, options));
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
        app.UseMiddleware<RequestBodies>(); // before the permits: a body that trickles in holds none
        app.UseRateLimiter();
        app.UseRequestTimeouts();
        app.UseMiddleware<CompleteAnswers>();
        var api = app.MapGroup("/v1");
        api.RequireRateLimiting(Limit).WithRequestTimeout(Limit).ChecksQuery();
        RecommendEndpoints.Map(api);
        ItemEndpoints.Map(api);
        PredictEndpoints.Map(api);
        ModelEndpoints.Map(api);
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
        404 => $"There is nothing at {Bodies.Place.Short(context.Request.Path)}. The endpoints: /openapi/v1.json and /reference.",
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
