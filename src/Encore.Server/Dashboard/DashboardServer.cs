using Encore.Tracking;
using MudBlazor.Services;

namespace Encore.Server.Dashboard;

/// <summary>The runs of a folder in a browser: <c>docs/dashboard.md</c> says what there is to see.</summary>
public static class DashboardServer
{
    // Styles stand in elements: the component library and the charts set them there.
    private const string Policy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

    /// <summary>A server that listens once it is started.</summary>
    /// <exception cref="ArgumentException">An option is not allowed.</exception>
    public static WebApplication Create(DashboardOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // a start that fails throws; it need not be said twice
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Address, options.Port);
        });
        if (options.IsLoopback)
        {
            // Another site's name that leads to this machine is no way in.
            builder.Services.AddHostFiltering(filter => filter.AllowedHosts = ["localhost", "127.0.0.1", "[::1]", options.Host]);
        }

        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(new RunStore(options.Runs)).AddSingleton<LiveRuns>();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>(); // who hosts the server hears the signals
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
    public static async Task RunAsync(WebApplication app, Action<string> started, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(started);
        await app.StartAsync(CancellationToken.None).ConfigureAwait(false);
        started(app.Urls.First());
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)); // open pages hold their connections
        await app.StopAsync(patience.Token).ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    private static void Map(WebApplication app, DashboardOptions options)
    {
        if (options.IsLoopback)
        {
            app.UseHostFiltering();
        }

        app.Use((context, next) =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "same-origin";
            context.Response.Headers.ContentSecurityPolicy = Policy;
            return next(context);
        });
        app.UseAntiforgery();
        PageFiles.Map(app);
        ArtifactEndpoint.Map(app);
        app.MapRazorComponents<DashboardApp>().AddInteractiveServerRenderMode(render => render.ContentSecurityFrameAncestorsPolicy = null);
    }
}
