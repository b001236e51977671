using Encore.Server.Scheduling;

namespace Encore.Server.Endpoints;

/// <summary><c>POST /v1/predict</c>.</summary>
internal static class PredictEndpoints
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/predict", async (PredictBody body, HttpContext context, Requests requests, ModelSlots slots, ServerOptions options, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            var served = slots.Find(body.Model).Current;
            requests.K(body.Items.Count);
            var history = requests.History(served.File, body.History, body.User);
            var client = Client.Of(context, options);
            double cost = Requests.Cost(served.File, history, body.Items.Count);
            context.Response.RegisterForDispose(queue.Admit(client, cost));
            var ratings = await queue.CallAsync(() => served.File.Predict(history, body.Items, body.User), cost, client, cancellationToken).ConfigureAwait(false);
            return new PredictAnswer(served.Name, served.Version, [.. body.Items.Select((id, k) => new RatingAnswer(id, served.File.Items.Title(id), ratings[k]))])
            {
                UnknownItems = ratings.UnknownItems.Count > 0 ? ratings.UnknownItems : null,
                Note = ratings.Note,
            };
        })
            .WithSummary("Predict ratings").WithDescription("On the scale of the training ratings; null for items that the model does not know.")
            .WithTags("Ratings").WithName("predict").Problems(400, 401, 404, 408, 413, 422, 429, 503, 504);
}
