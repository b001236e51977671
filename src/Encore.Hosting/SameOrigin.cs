namespace Encore.Hosting;

/// <summary>Tells what a page of another site made a browser send. Programs that are no browsers send neither header.</summary>
public static class SameOrigin
{
    /// <summary>Whether a browser says that another site's page makes the request.</summary>
    public static bool IsCrossSite(HttpRequest request)
    {
        // Browsers set the first themselves, and know; the second is what there is on plain HTTP.
        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site)
        {
            return site is not ("same-origin" or "none");
        }

        string origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && IsSame(from, request));
    }

    /// <summary>Refuses a request that another site's page makes.</summary>
    /// <exception cref="ProblemException">403: it is one.</exception>
    public static void Require(HttpRequest request)
    {
        if (IsCrossSite(request))
        {
            throw new ProblemException(403, "A page of another origin may not do this.");
        }
    }

    // Without the scheme: a proxy may speak HTTPS to the browser and HTTP to this server.
    private static bool IsSame(Uri from, HttpRequest request) =>
        string.Equals(from.IdnHost, new HostString(request.Host.Host).ToUriComponent().Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
        && from.Port == (request.Host.Port ?? (from.Scheme == Uri.UriSchemeHttps ? 443 : 80));
}

/// <summary>Keeps other sites' pages from what changes something where no key protects it: the connection of interactive
/// pages, which browsers open to any site, and every method but reading.</summary>
internal sealed class CrossSiteCheck(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        bool reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if (request.Path.StartsWithSegments("/_blazor") || !(reads || request.Path.StartsWithSegments("/v1")))
        {
            SameOrigin.Require(request); // the API has rules of its own: keys, CORS and JSON
        }

        return next(context);
    }
}
