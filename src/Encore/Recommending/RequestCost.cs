namespace Encore.Recommending;

/// <summary>
/// What a request for recommendations costs, told from the request and the model's shape before anything is scored. The
/// unit is about a microsecond of one core of the machine that <c>docs/performance.md</c> names; the figures are the same on
/// every machine, so a limit on them admits the same requests everywhere.
/// </summary>
public sealed class RequestCost
{
    /// <summary>Reading the history and scoring every item for it: grows with the history and the catalog.</summary>
    public double Scoring { get; internal init; }

    /// <summary>Filters and the choice of the best: grows with the catalog, and with the lists of allowed and denied items
    /// and of conditions.</summary>
    public double Filtering { get; internal init; }

    /// <summary>Diversity: k × (catalog + candidates).</summary>
    public double Diversity { get; internal init; }

    /// <summary>Explanations: k × history where the model is linear; otherwise the explained part of the history × the
    /// scoring of a history.</summary>
    public double Explanation { get; internal init; }

    /// <summary>Keeping and writing the answer: k × (1 + contributions), 4 for each, which bounds the size of answers: a
    /// million units are 250,000 entries or about 15 MB of JSON.</summary>
    public double Answer { get; internal init; }

    /// <summary>What is done before the answer is written.</summary>
    public double Work => Scoring + Filtering + Diversity + Explanation;

    /// <summary>All of it.</summary>
    public double Total => Work + Answer;

    /// <summary>The member of <see cref="RecommendOptions"/> or <see cref="RecommendRequest"/> to lower first, and why.</summary>
    public string Advice
    {
        get
        {
            double most = Math.Max(Math.Max(Scoring, Filtering), Math.Max(Diversity, Math.Max(Explanation, Answer)));
            return most == Diversity ? "k (diversity compares each of k items with all others), or set diversity to 0"
                : most == Explanation ? "k or the history (explanations cost both), or ask for no explanation"
                : most == Answer ? "k"
                : most == Filtering ? "the number of conditions, of allowed and of denied items"
                : "the number of items in the history";
        }
    }

    /// <summary>Of a request to a model.</summary>
    /// <param name="recommender">The model.</param>
    /// <param name="request">The request.</param>
    public static RequestCost Of(Recommender recommender, RecommendRequest request)
    {
        ArgumentNullException.ThrowIfNull(recommender);
        ArgumentNullException.ThrowIfNull(request);
        var (options, shape) = (request.Options, recommender.Shape);
        int history = request.History.Count, k = Math.Clamp(options.K, 0, shape.Items);
        int listed = Math.Min(history, options.Contributions ?? history);
        return new RequestCost
        {
            Scoring = 5 + (0.15 * history) + shape.Scoring(history),
            Filtering = (0.005 * shape.Items) + (0.05 * ((options.Allow?.Count ?? 0) + (options.Deny?.Count ?? 0)))
                + (options.Where ?? []).Sum(filter => (0.002 * shape.Items) + (0.2 * filter.AnyOf.Count)),
            Diversity = options.Diversity > 0 ? k * shape.Pick(Math.Clamp(Math.Max(k, options.Candidates), 0, shape.Items)) : 0,
            Explanation = options.Explain ? shape.Explaining(history, Math.Min(history, options.ExplainedHistory ?? history), k) : 0,
            Answer = 4.0 * k * (1 + (options.Explain ? listed : 0)),
        };
    }
}
