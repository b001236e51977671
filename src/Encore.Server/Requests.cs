using Encore.Server.Scheduling;

namespace Encore.Server;

/// <summary>From what a caller sends to what the library takes, within the server's limits.</summary>
internal sealed class Requests(ServerOptions options, ModelSlots slots, KnownUsers users, ServerMetrics metrics)
{
    public ModelSlot Slot(RecommendBody body) => slots.Find(body.Model);

    public RecommendRequest Of(RecommendBody body)
    {
        var request = new RecommendRequest
        {
            User = body.User,
            History = History(Slot(body).Current.File, body.History, body.User),
            Options = new RecommendOptions
            {
                K = K(body.K),
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
        if (body.MinUsers < 0 || !(body.Discount >= 0) || !double.IsFinite(body.Discount) || !(body.Diversity is >= 0 and <= 1))
        {
            throw new ProblemException(400, FormattableString.Invariant(
                $"Found minUsers {body.MinUsers}, discount {body.Discount}, diversity {body.Diversity}; expected minUsers ≥ 0, discount ≥ 0 and diversity in 0 … 1."));
        }

        return request;
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
        return new ProblemException(400, string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"Found a cost of {found:N0}, expected at most {allowed:N0} (a unit is about a microsecond of one core). {advice}."));
    }

    public int K(int k) => k >= 0 && k <= options.MaximumK
        ? k
        : throw new ProblemException(400, $"Found k {k}, expected 0 … {options.MaximumK}.");

    /// <summary>What is known of a user: what came with the request, what the server has, or what the model itself learned
    /// of the user, who then needs none.</summary>
    public IReadOnlyList<HistoryItem> History(ModelFile file, IReadOnlyList<HistoryEntry>? given, string? user)
    {
        var history = given is not null ? [.. given.Select(h => new HistoryItem(h.Item, h.Value))]
            : user is not null ? users.History(user) ?? (file.KnowsUser(user) ? [] : NoHistory(user))
            : throw new ProblemException(400, "Found neither history nor user, expected one of them. An empty history is [].");
        foreach (var (item, value) in history)
        {
            if (string.IsNullOrEmpty(item) || (value is { } x && !float.IsFinite(x)))
            {
                throw new ProblemException(400, $"Found item '{item}' with value {value} in the history, expected an id and a finite value.");
            }
        }

        return history.Count <= options.MaximumHistory
            ? history
            : throw new ProblemException(400, $"Found a history of {history.Count} items, expected at most {options.MaximumHistory}.");
    }

    public static IReadOnlyList<AttributeFilter>? Filters(IReadOnlyList<string>? texts)
    {
        try
        {
            return texts?.Select(AttributeFilter.Parse).ToArray();
        }
        catch (FormatException error)
        {
            throw new ProblemException(400, error.Message);
        }
    }

    private static IReadOnlyList<HistoryItem> NoHistory(string user) =>
        throw new ProblemException(404, $"The server has no history of user {user}, and the model has not learned one. Send a history, or start the server with one: encore serve FILE --users SPEC.");
}
