using System.ComponentModel;

namespace Encore.Server.Endpoints;

/// <summary><c>GET /v1/model</c>, <c>GET /v1/models</c> and <c>POST /v1/admin/reload</c>.</summary>
internal static class ModelEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/model", ([Description("The model, by the name of its file. Default: the first one.")] string? model, ModelSlots slots) => Of(slots.Find(model)))
            .WithSummary("A model that is served").WithDescription("Its options, what its items have, where it comes from, and whether the last load of its file failed.").WithTags("Models").WithName("getModel").Problems(400, 401, 404, 429, 500, 504);

        api.MapGet("/models", (ModelSlots slots) => new ModelsAnswer([.. slots.All.Select(Of)]))
            .WithSummary("All models that are served").WithDescription("In the order in which the server was given them; the first one answers requests that name none.").WithTags("Models").WithName("listModels").Problems(400, 401, 429, 500, 504);

        AdminEndpoints.Group(api).MapPost("/reload", ([Description("The model, by the name of its file. Default: the first one.")] string? model, ModelSlots slots) =>
        {
            var slot = slots.Find(model);
            return slot.TryReload() switch
            {
                true => Of(slot),
                false => throw new ProblemException(409, $"The model before it is still served: {slot.Failure}"),
                null => throw new ProblemException(429, "The file is being loaded already. Try again in a second.") { Header = ("Retry-After", "1") },
            };
        })
            .WithSummary("Load the model file again").WithDescription("No request fails meanwhile. A file that does not load or fails its self-check leaves the model before it in place.")
            .WithTags("Models").WithName("reloadModel").Problems(400, 401, 403, 404, 409, 415, 429, 500, 504);
    }

    private static ModelAnswer Of(ModelSlot slot)
    {
        var (name, version, file) = slot.Current;
        return new ModelAnswer(
            name, version, file.Title, file.Entry.Name, file.Items.Ids.Count, file.Recommender is not null, file.Model is IRatingPredictor,
            file.Recommender?.KnowsSimilarItems == true, file.Digest, file.Items.Attributes, file.Options, ProvenanceAnswer.Of(file.Provenance))
        {
            LastLoadFailed = slot.Failure,
        };
    }
}
