using System.Text.Json;
using Encore.Recommending;
using Encore.Server.Bodies;
using Encore.Server.Scheduling;

namespace Encore.Server.Endpoints;

/// <summary><c>POST /v1/recommend</c>, for one and for many.</summary>
internal static class RecommendEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/recommend", async (Body<RecommendBody> body, HttpContext context, Requests requests, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            var asked = Asked.Of(requests, body.Value);
            var client = Client.Of(context);
            context.Response.RegisterForDispose(queue.Admit(client, asked.Cost.Total));
            return Answer(await asked.RecommendAsync(queue, client, cancellationToken).ConfigureAwait(false));
        })
            .WithSummary("Recommend items").WithDescription("For a history or a known user. Requests that wait at the same time are scored together; each gets the answer that it would get alone.")
            .WithTags("Recommendations").WithOperation("recommend").Problems(400, 401, 404, 408, 413, 415, 422, 429, 500, 503, 504);

        api.MapPost("/recommend/batch", async (Body<BatchBody> body, HttpContext context, Requests requests, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            // All are looked at before any is scored.
            Asked[] all = [.. body.Value.Requests.Select((one, i) => Within(i, () => Asked.Of(requests, one)))];
            var client = Client.Of(context);
            context.Response.RegisterForDispose(queue.Admit(client, requests.Cost([.. all.Select(asked => asked.Cost)])));
            var answers = all.Select((asked, i) => WithinAsync(i, async () => Answer(await asked.RecommendAsync(queue, client, cancellationToken).ConfigureAwait(false))));
            return new BatchAnswer(await Task.WhenAll(answers).ConfigureAwait(false));
        })
            .WithSummary("Recommend items to many").WithDescription("One call for many histories or users. A problem says which request is wrong, and none is answered then.")
            .WithTags("Recommendations").WithOperation("recommendBatch").Problems(400, 401, 404, 408, 413, 415, 422, 429, 500, 503, 504);
    }

    /// <summary>A request that is known to be allowed, and what it costs.</summary>
    private sealed record Asked(ModelSlot Slot, RecommendRequest Request, RequestCost Cost)
    {
        public static Asked Of(Requests requests, RecommendBody body)
        {
            var (slot, request) = (requests.Slot(body), requests.Of(body));
            return new Asked(slot, request, requests.Cost(slot, request));
        }

        public Task<ScoreQueue.Answer> RecommendAsync(ScoreQueue queue, Client client, CancellationToken cancellationToken) =>
            queue.RecommendAsync(Slot, Request, Cost.Work, client, cancellationToken);
    }

    public static RecommendAnswer Answer(ScoreQueue.Answer answer)
    {
        var (model, recommendations) = answer;
        return new RecommendAnswer(model.Name, model.Version, [.. recommendations.Select(Item)])
        {
            UnknownItems = recommendations.UnknownItems.Count > 0 ? recommendations.UnknownItems : null,
            DislikedItems = recommendations.DislikedItems.Count > 0 ? recommendations.DislikedItems : null,
            Fallback = recommendations.Fallback == Fallback.None ? null : JsonNamingPolicy.CamelCase.ConvertName(recommendations.Fallback.ToString()),
            Note = recommendations.Note,
        };
    }

    public static ItemAnswer Item(Recommendation r) => r.Explanation is not { } explanation
        ? new ItemAnswer(r.Item, r.Title, Finite(r.Score, r.Item))
        : new ItemAnswer(r.Item, r.Title, Finite(r.Score, r.Item))
        {
            Exact = explanation.IsExact,
            Baseline = Finite(explanation.Baseline, r.Item),
            Because = [.. explanation.Contributions.Select(c => new ContributionAnswer(c.Item, c.Title, Finite(c.Value, r.Item)))],
            BecauseOfUser = Attributes(explanation.UserAttributes, r.Item),
            SharedAttributes = Attributes(explanation.SharedAttributes, r.Item),
            OmittedItems = explanation.OmittedItems > 0 ? explanation.OmittedItems : null,
            OmittedValue = explanation is { OmittedItems: > 0, IsExact: true } ? Finite(explanation.OmittedValue, r.Item) : null,
        };

    private static AttributeAnswer[]? Attributes(IReadOnlyList<AttributeContribution> attributes, string item) =>
        attributes.Count == 0 ? null : [.. attributes.Select(a => new AttributeAnswer(a.Name, Finite(a.Value, item)))];

    /// <summary>A number of an answer: JSON has none that are not finite, and a model that gives such is broken.</summary>
    public static T Finite<T>(T number, string item)
        where T : System.Numerics.IFloatingPointIeee754<T> => T.IsFinite(number)
            ? number
            : throw new ProblemException(500, $"The model gives item {item} a number that is not finite. Train it anew, or put another file in its place.");

    private static T Within<T>(int index, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (ProblemException.Of(error) is { Status: < 500 } problem)
        {
            throw problem.Within($"requests[{index}]");
        }
    }

    // What only the model can find wrong, such as an attribute that no item has.
    private static async Task<T> WithinAsync<T>(int index, Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception error) when (ProblemException.Of(error) is { Status: < 500 } problem)
        {
            throw problem.Within($"requests[{index}]");
        }
    }
}
