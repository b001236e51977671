using System.ComponentModel;
using Encore.Server.Scheduling;

namespace Encore.Server.Endpoints;

/// <summary><c>GET /v1/items</c> and <c>GET /v1/similar</c>.</summary>
internal static class ItemEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/items", async (
            [Description("Words that the title or id contains.")] string q, [Description("How many items, at most.")] int? limit,
            [Description("The model, by the name of its file.")] string? model, HttpContext context,
            Requests requests, ModelSlots slots, ServerOptions options, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            var items = slots.Find(model).Current.File.Items;
            var (client, most) = (Client.Of(context, options), requests.K(limit ?? 20));
            double cost = (0.1 * items.Ids.Count) + (4.0 * most * (1 + items.Attributes.Count));
            context.Response.RegisterForDispose(queue.Admit(client, cost));
            return await queue.CallAsync(() => new ItemsAnswer([.. items.Search(q, most).Select(i => Found(items, i))]), cost, client, cancellationToken).ConfigureAwait(false);
        })
            .WithSummary("Search items by title").WithTags("Items").WithName("items").Problems(400, 401, 404, 429, 503, 504);

        api.MapGet("/similar", async (
            [Description("The item, by original id.")] string item, [Description("How many items.")] int? k,
            [Description("Conditions on attributes.")] string[]? where, [Description("The model, by the name of its file.")] string? model,
            HttpContext context, Requests requests, ModelSlots slots, ServerOptions options, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            var served = slots.Find(model).Current;
            if (!served.File.Items.Ids.TryGetIndex(item, out _))
            {
                throw new ProblemException(404, $"The model {served.Name} does not know item {item}.{served.File.Items.DidYouMean(item)}");
            }

            var recommender = served.File.Recommender ?? throw new NotSupportedException($"{served.File.Title} predicts ratings and ranks no items.");
            var wanted = new RecommendOptions { K = requests.K(k ?? 10), Where = Requests.Filters(where) };
            var client = Client.Of(context, options);
            double cost = Requests.Cost(served.File, [new HistoryItem(item)], wanted.K);
            context.Response.RegisterForDispose(queue.Admit(client, cost));
            var similar = await queue.CallAsync(() => recommender.Similar(item, wanted), cost, client, cancellationToken).ConfigureAwait(false);
            return new RecommendAnswer(served.Name, served.Version, [.. similar.Select(RecommendEndpoints.Item)]) { Note = similar.Note };
        })
            .WithSummary("Items like one").WithDescription("By the model's weights between items, or the cosine of its item vectors.")
            .WithTags("Items").WithName("similar").Problems(400, 401, 404, 422, 429, 503, 504);
    }

    private static FoundItem Found(ItemTable items, int item) => new(
        items.Ids[item], items.Title(item), items.Users[item],
        items.Attributes.ToDictionary(a => a, a => items.Values(a, item)));
}
