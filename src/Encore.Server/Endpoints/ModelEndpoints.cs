using System.ComponentModel;

namespace Encore.Server.Endpoints;

/// <summary><c>GET /v1/model</c> and <c>GET /v1/models</c>.</summary>
internal static class ModelEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/model", ([Description("The model, by the name of its file. Default: the first one.")] string? model, ModelSlots slots) => Of(slots.Find(model)))
            .WithSummary("A model that is served").WithDescription("Its options, what its items have, where it comes from, and whether the last load of its file failed.").WithTags("Models").WithOperation("getModel").Problems(400, 401, 404, 429, 500, 504);

        api.MapGet("/models", (ModelSlots slots) => new ModelsAnswer([.. slots.All.Select(Of)]))
            .WithSummary("All models that are served").WithDescription("In the order in which the server was given them; the first one answers requests that name none.").WithTags("Models").WithOperation("listModels").Problems(400, 401, 429, 500, 504);
    }

    public static ModelAnswer Of(ModelSlot slot)
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
