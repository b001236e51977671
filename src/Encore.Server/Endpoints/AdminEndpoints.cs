using System.ComponentModel;
using Encore.Server.Bodies;

namespace Encore.Server.Endpoints;

/// <summary>Endpoints that change what the server does, below <c>/admin</c>: <c>POST /v1/admin/reload</c>, <c>POST /v1/admin/items</c>. They take JSON
/// only, which no form of a page can send, and where no user is known nothing from a page of another origin, whatever CORS
/// allows.</summary>
internal static class AdminEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/admin");
        group.AddEndpointFilter((context, next) =>
        {
            Check(context.HttpContext);
            return next(context);
        });
        group.MapPost("/reload", ([Description("The model, by the name of its file. Default: the first one.")] string? model, ModelSlots slots) =>
        {
            var slot = slots.Find(model);
            return slot.TryReload() switch
            {
                true => ModelEndpoints.Of(slot),
                false => throw new ProblemException(409, $"The model before it is still served: {slot.Failure}"),
                null => throw new ProblemException(429, "The file is being loaded already. Try again in a second.") { Header = ("Retry-After", "1") },
            };
        })
            .WithSummary("Load the model file again").WithDescription("No request fails meanwhile. A file that does not load or fails its self-check leaves the model before it in place.")
            .WithTags("Models").WithOperation("reloadModel").Problems(400, 401, 403, 404, 409, 415, 429, 500, 504);
        group.MapPost("/items", (Body<NewItemsBody> body, ModelSlots slots) =>
        {
            var slot = slots.Find(body.Value.Model);
            return slot.TryAdd(body.Value.Items) switch
            {
                { } without => new NewItemsAnswer(slot.Name, slot.Current.Version, body.Value.Items.Count) { WithoutFeatures = without.Count > 0 ? without : null },
                null => throw new ProblemException(429, "The file is being loaded or written already. Try again in a second.") { Header = ("Retry-After", "1") },
            };
        })
            .WithSummary("Add items that nobody has met").WithDescription("The model scores them by their attributes; the scores of all others keep their bits. The model file is replaced, and served when this answers.")
            .WithTags("Models").WithOperation("addItems").Problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 504);
    }

    private static void Check(HttpContext context)
    {
        if (context.User.Identity?.IsAuthenticated != true)
        {
            SameOrigin.Require(context.Request);
        }

        if (!context.Request.HasJsonContentType())
        {
            throw new ProblemException(415, $"Found content type '{context.Request.ContentType}', expected application/json. The body may be empty.") { IsRefusal = true };
        }
    }
}
