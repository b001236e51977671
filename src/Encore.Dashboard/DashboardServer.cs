using Encore.Tracking;
using MudBlazor.Services;

namespace Encore.Dashboard;

/// <summary>The runs of a folder in a browser: <c>docs/dashboard.md</c> says what there is to see.</summary>
public static partial class DashboardServer
{
    // Styles stand in elements: the component library and the charts set them there.
    private const string Policy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

    /// <summary>A server that listens once it is started.</summary>
    /// <exception cref="ArgumentException">An option is not allowed.</exception>
    /// <exception cref="IOException">The host to listen on is unknown or not of this machine.</exception>
    public static WebApplication Create(DashboardOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var listen = ListenAddresses.Resolve(options.Host);
        options.Check(listen);
        var builder = WebHosting.CreateBuilder(options, listen);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(new RunStore(options.Runs)).AddSingleton<LiveRuns>();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(circuit =>
            circuit.DisconnectedCircuitRetentionPeriod = TimeSpan.FromSeconds(30)); // a page that nobody looks at looks at files
        builder.Services.AddMudServices();
        var app = builder.Build();
        Map(app, options);
        return app;
    }

    /// <summary>Serves until the token is cancelled.</summary>
    /// <param name="app">What <see cref="Create"/> made.</param>
    /// <param name="started">Called with the address once it listens.</param>
    /// <param name="cancellationToken">Stops the server.</param>
    /// <exception cref="IOException">The address cannot be listened on; the message names it and says why.</exception>
    public static async Task RunAsync(WebApplication app, Action<string> started, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(started);
        var urls = await WebHosting.StartAsync(app).ConfigureAwait(false);
        if (app.Services.GetRequiredService<ListenAddresses>() is { IsLoopback: false } listen)
        {
            IsOpen(WebHosting.LogOf(app), listen.Host);
        }

        started(urls[0]);
        await WebHosting.WaitAsync(app, cancellationToken).ConfigureAwait(false);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)); // open pages hold their connections
        await app.StopAsync(patience.Token).ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    private static void Map(WebApplication app, DashboardOptions options)
    {
        WebHosting.Use(app, options);
        app.Use((context, next) =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "same-origin";
            context.Response.Headers.ContentSecurityPolicy = Policy;
            return next(context);
        });
        app.UseAntiforgery();
        PageFiles.Map(app, typeof(DashboardServer).Assembly);
        ArtifactEndpoint.Map(app);
        app.MapRazorComponents<DashboardApp>().AddInteractiveServerRenderMode(render => render.ContentSecurityFrameAncestorsPolicy = null);
    }

    [LoggerMessage(Level = LogLevel.Warning, EventId = 40, EventName = "OpenToOthers", Message = "Whoever reaches {Host} sees every run and can remove runs: the dashboard asks for no key")]
    private static partial void IsOpen(ILogger log, string host);
}
