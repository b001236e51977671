namespace Encore.Server.Endpoints;

/// <summary><c>POST /v1/predict</c>.</summary>
internal static class PredictEndpoints
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/predict", (PredictBody body, Requests requests, ModelSlots slots) =>
        {
            var served = slots.Find(body.Model).Current;
            requests.K(body.Items.Count);
            var ratings = served.File.Predict(requests.History(served.File, body.History, body.User), body.Items, body.User);
            return new PredictAnswer(served.Name, served.Version, [.. body.Items.Select((id, k) => new RatingAnswer(id, served.File.Items.Title(id), ratings[k]))])
            {
                UnknownItems = ratings.UnknownItems.Count > 0 ? ratings.UnknownItems : null,
                Note = ratings.Note,
            };
        })
            .WithSummary("Predict ratings").WithDescription("On the scale of the training ratings; null for items that the model does not know.")
            .WithTags("Ratings").WithName("predict").Problems(400, 401, 404, 413, 422, 429);
}
