using System.Text.Json;
using Encore.Server.Scheduling;

namespace Encore.Server.Endpoints;

/// <summary><c>POST /v1/recommend</c>, for one and for many.</summary>
internal static class RecommendEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/recommend", async (RecommendBody body, HttpContext context, Requests requests, ServerOptions options, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            var asked = Asked.Of(requests, body);
            var client = Client.Of(context, options);
            context.Response.RegisterForDispose(queue.Admit(client, asked.Cost.Total));
            return Answer(await asked.RecommendAsync(queue, client, cancellationToken).ConfigureAwait(false));
        })
            .WithSummary("Recommend items").WithDescription("For a history or a known user. Requests that wait at the same time are scored together; each gets the answer that it would get alone.")
            .WithTags("Recommendations").WithName("recommend").Problems(400, 401, 404, 408, 413, 422, 429, 503, 504);

        api.MapPost("/recommend/batch", async (BatchBody body, HttpContext context, Requests requests, ServerOptions options, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            if (body.Requests.Count > options.MaximumRequests)
            {
                throw new ProblemException(400, $"Found {body.Requests.Count} requests, expected at most {options.MaximumRequests}.");
            }

            Asked[] all = [.. body.Requests.Select((one, i) => Named(i, () => Asked.Of(requests, one)))];
            var client = Client.Of(context, options);
            context.Response.RegisterForDispose(queue.Admit(client, requests.Cost([.. all.Select(asked => asked.Cost)])));
            var answers = await Task.WhenAll(all.Select(asked => asked.RecommendAsync(queue, client, cancellationToken))).ConfigureAwait(false);
            return new BatchAnswer([.. answers.Select(Answer)]);
        })
            .WithSummary("Recommend items to many").WithDescription("One call for many histories or users.")
            .WithTags("Recommendations").WithName("recommendBatch").Problems(400, 401, 404, 408, 413, 422, 429, 503, 504);
    }

    // Which of many requests is wrong.
    private static Asked Named(int index, Func<Asked> ask)
    {
        try
        {
            return ask();
        }
        catch (ProblemException problem)
        {
            throw new ProblemException(problem.Status, $"Request {index}: {problem.Message}");
        }
        catch (NotSupportedException error)
        {
            throw new NotSupportedException($"Request {index}: {error.Message}", error);
        }
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
        ? new ItemAnswer(r.Item, r.Title, r.Score)
        : new ItemAnswer(r.Item, r.Title, r.Score)
        {
            Exact = explanation.IsExact,
            Baseline = explanation.Baseline,
            Because = [.. explanation.Contributions.Select(c => new ContributionAnswer(c.Item, c.Title, c.Value))],
            OmittedItems = explanation.OmittedItems > 0 ? explanation.OmittedItems : null,
            OmittedValue = explanation is { OmittedItems: > 0, IsExact: true } ? explanation.OmittedValue : null,
        };
}
