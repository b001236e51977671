namespace Encore.Hosting;

/// <summary>Answers HEAD wherever GET is answered, as monitoring expects. Endpoints see a GET; the web server still knows
/// the method and sends no body.</summary>
internal sealed class HeadRequests(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        context.Request.Method = HttpMethods.Get;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            context.Request.Method = HttpMethods.Head;
        }
    }
}
