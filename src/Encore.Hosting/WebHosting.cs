using System.Globalization;

namespace Encore.Hosting;

/// <summary>What the servers that are programs of their own have in common: where they listen, what they answer to, what they log.</summary>
public static partial class WebHosting
{
    /// <summary>A builder that has all of it.</summary>
    /// <exception cref="ArgumentException">An option is not allowed.</exception>
    public static WebApplicationBuilder CreateBuilder(HostingOptions options, ListenAddresses listen)
    {
        if (options.Port is < 0 or > 65535)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Found port {options.Port}, expected 0 … 65535."));
        }

        // Production, whatever the environment says: its development pages show what is inside.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        Logs.Configure(builder.Logging, options.LogFormat);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var address in options.Port == 0 ? listen.Addresses.Take(1) : listen.Addresses) // two addresses would get two ports
            {
                kestrel.Listen(address, options.Port);
            }
        });
        var names = new HostNames(options, listen);
        builder.Services.AddSingleton(listen).AddSingleton(names).AddSingleton<IHostLifetime, NoLifetime>(); // who hosts the server hears the signals
        builder.Services.AddSingleton<HostingOptions>(options);
        builder.Services.AddProblemDetails().AddExceptionHandler<ProblemHandler>();
        TrustedProxies.AddTo(builder.Services, options);
        return builder;
    }

    /// <summary>The first part of the pipeline, up to routing. Where a request is for comes before what it is for.</summary>
    public static void Use(WebApplication app, HostingOptions options)
    {
        app.UseMiddleware<RequestLog>();
        app.UseExceptionHandler();
        app.UseForwardedHeaders();
        if (PathPrefix.Of(options.PathBase) is { HasValue: true } prefix)
        {
            app.UseMiddleware<PathPrefix>(prefix);
        }

        app.UseMiddleware<HostCheck>();
        app.UseMiddleware<CrossSiteCheck>();
        app.UseMiddleware<HeadRequests>();
        app.UseRouting();
    }

    /// <summary>Starts to listen.</summary>
    /// <returns>The addresses, with the path base.</returns>
    /// <exception cref="IOException">The address cannot be listened on; the message names it and says why.</exception>
    public static async Task<IReadOnlyList<string>> StartAsync(WebApplication app)
    {
        var options = app.Services.GetRequiredService<HostingOptions>();
        try
        {
            await app.StartAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (ListenFailure.Of(error, app.Services.GetRequiredService<ListenAddresses>(), options.Port) is { } failure)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw failure;
        }

        string[] urls = [.. app.Urls.Select(url => url.TrimEnd('/') + PathPrefix.Of(options.PathBase))];
        var (log, listen) = (LogOf(app), app.Services.GetRequiredService<ListenAddresses>());
        string places = string.Join(", ", urls), names = app.Services.GetRequiredService<HostNames>().Text;
        Listening(log, places, names);
        if (listen.LeftOut.Count > 0)
        {
            string leftOut = string.Join(", ", listen.LeftOut);
            LeftOut(log, listen.Host, leftOut);
        }

        return urls;
    }

    /// <summary>The log of the server itself.</summary>
    public static ILogger LogOf(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(app.Services.GetRequiredService<HostingOptions>().GetType().Namespace!);
    }

    /// <summary>Waits for the token, or for the host to stop for a reason of its own.</summary>
    public static async Task WaitAsync(WebApplication app, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, app.Lifetime.ApplicationStopping);
        await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(Level = LogLevel.Information, EventId = 10, EventName = "Listening", Message = "Listening at {Urls}; answers to the hosts {Hosts}")]
    private static partial void Listening(ILogger log, string urls, string hosts);

    [LoggerMessage(Level = LogLevel.Warning, EventId = 11, EventName = "AddressesLeftOut", Message = "Host {Host} also resolves to {Addresses}, which this machine does not have")]
    private static partial void LeftOut(ILogger log, string host, string addresses);
}
