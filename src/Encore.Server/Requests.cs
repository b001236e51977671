using System.Globalization;
using Encore.Experiments;
using Encore.Recommending;
using Encore.Server.Bodies;
using Encore.Server.Scheduling;

namespace Encore.Server;

/// <summary>From what a caller sends to what the library takes, within the server's limits.</summary>
internal sealed class Requests(EncoreOptions options, ModelSlots slots, KnownUsers users, ServerMetrics metrics)
{
    public ModelSlot Slot(RecommendBody body) => slots.Find(body.Model);

    public RecommendRequest Of(RecommendBody body)
    {
        return new RecommendRequest
        {
            User = body.User,
            History = History(Slot(body).Current.File, body.History, body.User, body.Attributes is not null),
            Attributes = body.Attributes,
            Options = new RecommendOptions
            {
                K = Math.Min(body.K, options.MaximumK), // what was given is within; the default may not be
                Allow = body.Allow,
                Deny = body.Deny,
                Where = Filters(body.Where),
                MinimumUsers = body.MinUsers,
                PopularityDiscount = body.Discount,
                Diversity = body.Diversity,
                ExcludeSeen = !body.IncludeSeen,
                Explain = body.Explain,
                Contributions = options.MaximumContributions,
                ExplainedHistory = options.MaximumExplained,
            },
        };
    }

    /// <summary>What a request costs.</summary>
    /// <exception cref="ProblemException">400: more than a request may.</exception>
    /// <exception cref="NotSupportedException">The model does not do what is asked for.</exception>
    public RequestCost Cost(ModelSlot slot, RecommendRequest request)
    {
        var recommender = ScoreQueue.Recommender(slot.Current);
        if (request.Options.Diversity > 0 && !recommender.KnowsSimilarItems)
        {
            throw new NotSupportedException($"{recommender.Model.Name} does not say how alike items are, which diversity needs.");
        }

        var cost = RequestCost.Of(recommender, request);
        return cost.Total <= options.MaximumCost ? cost : throw TooDear("cost", cost.Total, options.MaximumCost, $"Lower {cost.Advice}");
    }

    /// <summary>What a call with many requests costs.</summary>
    /// <exception cref="ProblemException">400: more than a call may.</exception>
    public double Cost(IReadOnlyCollection<RequestCost> all)
    {
        double total = all.Sum(cost => cost.Total);
        return total <= options.MaximumBatchCost
            ? total
            : throw TooDear("batch-cost", total, options.MaximumBatchCost, $"Send fewer requests in a call, or lower {all.MaxBy(cost => cost.Total)!.Advice}");
    }

    /// <summary>What a list of a model's items costs: predictions for a history, or items like one.</summary>
    public static double Cost(ModelFile file, IReadOnlyList<HistoryItem> history, int items) => file.Recommender is { } recommender
        ? RequestCost.Of(recommender, new RecommendRequest { History = history, Options = new RecommendOptions { K = items } }).Total
        : 5 + history.Count + (4.0 * items);

    private ProblemException TooDear(string reason, double found, int allowed, string advice)
    {
        metrics.Rejected(reason);
        return new ProblemException(400, string.Create(CultureInfo.InvariantCulture,
            $"Found a cost of {found:N0}, expected at most {allowed:N0} (a unit is about a microsecond of one core). {advice}."));
    }

    /// <summary>A count in a query, such as k.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="text">What was given; null or empty: nothing.</param>
    /// <param name="otherwise">The count where nothing was given; fewer where the server allows fewer.</param>
    public int Count(string name, string? text, int otherwise) => string.IsNullOrEmpty(text) ? Math.Min(otherwise, options.MaximumK)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1 && count <= options.MaximumK ? count
        : throw new ProblemException(400, $"found {ProblemException.Excerpt(text)}, expected {Shapes.Range(1, options.MaximumK)}.", name);

    /// <summary>What is known of a user: what came with the request, what the server has, or what the model itself learned
    /// of the user, who then needs none.</summary>
    public IReadOnlyList<HistoryItem> History(ModelFile file, IReadOnlyList<HistoryEntry>? given, string? user, bool hasAttributes = false)
    {
        var history = given is not null ? given.Select(h => new HistoryItem(h.Item, h.Value)).ToArray()
            : user is not null ? users.History(user) ?? (file.KnowsUser(user) ? [] : NoHistory(user))
            : hasAttributes ? []
            : throw new ProblemException(400, "Found neither history nor user, expected one of them. An empty history is [].");
        return history.Count <= options.MaximumHistory
            ? history
            : throw new ProblemException(400, $"Found a history of {history.Count} items, expected at most {options.MaximumHistory}.");
    }

    public static IReadOnlyList<AttributeFilter>? Filters(IReadOnlyList<string>? texts) => texts?.Select((text, i) =>
    {
        try
        {
            return AttributeFilter.Parse(text);
        }
        catch (FormatException)
        {
            throw new ProblemException(400, $"found {ProblemException.Excerpt(text)}, expected ATTRIBUTE=VALUE|VALUE or ATTRIBUTE!=VALUE.", $"where[{i}]");
        }
    }).ToArray();

    private static IReadOnlyList<HistoryItem> NoHistory(string user) =>
        throw new ProblemException(404, $"The server has no history of user {ProblemException.Excerpt(user)}, and the model has not learned one. Send a history, or start the server with one: encore serve FILE --users SPEC.");
}
