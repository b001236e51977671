using System.Text.Json;

namespace Encore.Server.Endpoints;

/// <summary><c>POST /v1/recommend</c>, for one and for many.</summary>
internal static class RecommendEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/recommend", async (RecommendBody body, Requests requests, ScoreQueue queue, CancellationToken cancellationToken) =>
            Answer(await queue.RecommendAsync(requests.Slot(body), requests.Of(body), cancellationToken).ConfigureAwait(false)))
            .WithSummary("Recommend items").WithDescription("For a history or a known user. Requests that wait at the same time are scored together; each gets the answer that it would get alone.")
            .WithTags("Recommendations").WithName("recommend").Problems(400, 401, 404, 413, 422, 429, 504);

        api.MapPost("/recommend/batch", async (BatchBody body, Requests requests, ServerOptions options, ScoreQueue queue, CancellationToken cancellationToken) =>
        {
            if (body.Requests.Count > options.MaximumRequests)
            {
                throw new ProblemException(400, $"Found {body.Requests.Count} requests, expected at most {options.MaximumRequests}.");
            }

            var waiting = body.Requests.Select((one, i) => Named(i, () => queue.RecommendAsync(requests.Slot(one), requests.Of(one), cancellationToken))).ToArray();
            return new BatchAnswer([.. (await Task.WhenAll(waiting).ConfigureAwait(false)).Select(Answer)]);
        })
            .WithSummary("Recommend items to many").WithDescription("One call for many histories or users.")
            .WithTags("Recommendations").WithName("recommendBatch").Problems(400, 401, 404, 413, 422, 429, 504);
    }

    // Which of many requests is wrong.
    private static Task<ScoreQueue.Answer> Named(int index, Func<Task<ScoreQueue.Answer>> ask)
    {
        try
        {
            return ask();
        }
        catch (ProblemException problem)
        {
            throw new ProblemException(problem.Status, $"Request {index}: {problem.Message}");
        }
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
        };
}
