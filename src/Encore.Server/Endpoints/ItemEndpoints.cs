using System.ComponentModel;

namespace Encore.Server.Endpoints;

/// <summary><c>GET /v1/items</c> and <c>GET /v1/similar</c>.</summary>
internal static class ItemEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/items", (
            [Description("Words that the title or id contains.")] string q, [Description("How many items, at most.")] int? limit,
            [Description("The model, by the name of its file.")] string? model, Requests requests, ModelSlots slots) =>
        {
            var items = slots.Find(model).Current.File.Items;
            return new ItemsAnswer([.. items.Search(q, requests.K(limit ?? 20)).Select(i => Found(items, i))]);
        })
            .WithSummary("Search items by title").WithTags("Items").WithName("items").Problems(400, 401, 404, 429);

        api.MapGet("/similar", (
            [Description("The item, by original id.")] string item, [Description("How many items.")] int? k,
            [Description("Conditions on attributes.")] string[]? where, [Description("The model, by the name of its file.")] string? model,
            Requests requests, ModelSlots slots) =>
        {
            var served = slots.Find(model).Current;
            if (!served.File.Items.Ids.TryGetIndex(item, out _))
            {
                throw new ProblemException(404, $"The model {served.Name} does not know item {item}.{served.File.Items.DidYouMean(item)}");
            }

            var recommender = served.File.Recommender ?? throw new NotSupportedException($"{served.File.Title} predicts ratings and ranks no items.");
            var similar = recommender.Similar(item, new RecommendOptions { K = requests.K(k ?? 10), Where = Requests.Filters(where) });
            return new RecommendAnswer(served.Name, served.Version, [.. similar.Select(RecommendEndpoints.Item)]) { Note = similar.Note };
        })
            .WithSummary("Items like one").WithDescription("By the model's weights between items, or the cosine of its item vectors.")
            .WithTags("Items").WithName("similar").Problems(400, 401, 404, 422, 429);
    }

    private static FoundItem Found(ItemTable items, int item) => new(
        items.Ids[item], items.Title(item), items.Users[item],
        items.Attributes.ToDictionary(a => a, a => items.Values(a, item)));
}
