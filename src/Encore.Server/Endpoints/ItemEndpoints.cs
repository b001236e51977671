using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Encore.Recommending;
using Encore.Server.OpenApi;
using Encore.Server.Scheduling;

namespace Encore.Server.Endpoints;

/// <summary><c>GET /v1/items</c> and <c>GET /v1/similar</c>.</summary>
internal static class ItemEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/items", async (
            [Description("Words that the title or id contains."), Required] string? q, [Description("How many items, at most."), Count(20)] string? limit,
            [Description("The model, by the name of its file. Default: the first one.")] string? model, HttpContext context,
            Requests requests, ModelSlots slots, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            var items = slots.Find(model).Current.File.Items;
            string words = q ?? throw new ProblemException(400, "missing, expected words of a title, or an id.", nameof(q));
            var (client, most) = (Client.Of(context), requests.Count(nameof(limit), limit, 20));
            double cost = (0.1 * items.Ids.Count) + (4.0 * most * (1 + items.Attributes.Count));
            context.Response.RegisterForDispose(queue.Admit(client, cost));
            return await queue.CallAsync(() => new ItemsAnswer([.. items.Search(words, most).Select(i => Found(items, i))]), cost, client, cancellationToken).ConfigureAwait(false);
        })
            .WithSummary("Search items by title").WithDescription("Items whose title or id contains every word, in any case: titles that begin with the words first, then by popularity.")
            .WithTags("Items").WithOperation("searchItems").Problems(400, 401, 404, 429, 500, 503, 504);

        api.MapGet("/similar", async (
            [Description("The item, by original id."), Required] string? item, [Description("How many items."), Count(10)] string? k,
            [Description("Conditions on attributes, all of which must hold: genres=Comedy|Drama, genres!=Horror.")] string[]? where,
            [Description("The model, by the name of its file. Default: the first one.")] string? model,
            HttpContext context, Requests requests, ModelSlots slots, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            var served = slots.Find(model).Current;
            string id = string.IsNullOrEmpty(item) ? throw new ProblemException(400, "missing, expected the id of an item.", nameof(item)) : item;
            if (!served.File.Items.Ids.TryGetIndex(id, out _))
            {
                throw new ProblemException(404, $"The model {served.Name} does not know item {ProblemException.Excerpt(id)}.{(id.Length <= 200 ? served.File.Items.DidYouMean(id) : "")}", nameof(item));
            }

            var recommender = served.File.Recommender ?? throw new NotSupportedException($"{served.File.Title} predicts ratings and ranks no items.");
            var wanted = new RecommendOptions { K = requests.Count(nameof(k), k, 10), Where = Requests.Filters(where) };
            var client = Client.Of(context);
            double cost = Requests.Cost(served.File, [new HistoryItem(id)], wanted.K);
            context.Response.RegisterForDispose(queue.Admit(client, cost));
            var similar = await queue.CallAsync(() => recommender.Similar(id, wanted), cost, client, cancellationToken).ConfigureAwait(false);
            return new RecommendAnswer(served.Name, served.Version, [.. similar.Select(RecommendEndpoints.Item)]) { Note = similar.Note };
        })
            .WithSummary("Items like one").WithDescription("By the model's weights between items, or the cosine of its item vectors.")
            .WithTags("Items").WithOperation("similarItems").Problems(400, 401, 404, 422, 429, 500, 503, 504);
    }

    private static FoundItem Found(ItemTable items, int item) => new(
        items.Ids[item], items.Title(item), items.Users[item],
        items.Attributes.ToDictionary(a => a, a => items.Values(a, item)));
}
