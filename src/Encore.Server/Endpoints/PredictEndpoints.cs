using Encore.Server.Bodies;
using Encore.Server.Scheduling;

namespace Encore.Server.Endpoints;

/// <summary><c>POST /v1/predict</c>.</summary>
internal static class PredictEndpoints
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/predict", async (Body<PredictBody> given, HttpContext context, Requests requests, ModelSlots slots, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            var body = given.Value;
            var served = slots.Find(body.Model).Current;
            var history = requests.History(served.File, body.History, body.User);
            var client = Client.Of(context);
            double cost = Requests.Cost(served.File, history, body.Items.Count);
            context.Response.RegisterForDispose(queue.Admit(client, cost));
            var ratings = await queue.CallAsync(() => served.File.Predict(history, body.Items, body.User), cost, client, cancellationToken).ConfigureAwait(false);
            return new PredictAnswer(served.Name, served.Version, [.. body.Items.Select((id, k) => new RatingAnswer(
                id, served.File.Items.Title(id), ratings[k] is { } rating ? RecommendEndpoints.Finite(rating, id) : null))])
            {
                UnknownItems = ratings.UnknownItems.Count > 0 ? ratings.UnknownItems : null,
                Note = ratings.Note,
            };
        })
            .WithSummary("Predict ratings").WithDescription("On the scale of the training ratings. Items that the model does not know have none.")
            .WithTags("Ratings").WithOperation("predict").Problems(400, 401, 404, 408, 413, 415, 422, 429, 500, 503, 504);
}
