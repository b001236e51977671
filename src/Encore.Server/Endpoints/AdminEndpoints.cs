
namespace Encore.Server.Endpoints;

/// <summary>Endpoints that change what the server does, below <c>/admin</c>. They take JSON only, which no form of a page
/// can send, and without keys nothing from a page of another origin, whatever CORS allows.</summary>
internal static class AdminEndpoints
{
    public static RouteGroupBuilder Group(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/admin");
        group.AddEndpointFilter((context, next) =>
        {
            Check(context.HttpContext.Request, context.HttpContext.RequestServices.GetRequiredService<ServerOptions>());
            return next(context);
        });
        return group;
    }

    private static void Check(HttpRequest request, ServerOptions options)
    {
        if (options.KeyDigests.Count == 0)
        {
            SameOrigin.Require(request);
        }

        if (!request.HasJsonContentType())
        {
            throw new ProblemException(415, $"Found content type '{request.ContentType}', expected application/json. The body may be empty.") { IsRefusal = true };
        }
    }
}
