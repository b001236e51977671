using System.Globalization;

namespace Encore.Recommending;

/// <summary>What is said beside a list, in whole sentences.</summary>
internal sealed class RecommendationNotes(IRecommender model, ItemTable items, float? minimumRating, RatingRange? ratings)
{
    private readonly IKnowsUsers? _users = model as IKnowsUsers;

    /// <summary>The note of a list; null where there is nothing to say.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="user">The user's id.</param>
    /// <param name="facts">What became of the history.</param>
    /// <param name="fallback">What stood in for the model.</param>
    /// <param name="listed">The scores of the list.</param>
    public string? Of(RecommendOptions options, string? user, HistoryFacts facts, Fallback fallback, ReadOnlySpan<float> listed)
    {
        var notes = new List<string?> { _users?.NoteFor(user, facts.Seen.Length > 0) };
        bool known = _users?.Knows(user) == true;
        if (!string.IsNullOrEmpty(user) && facts.Given == 0 && notes[0] is null && !known)
        {
            notes.Add($"{model.Name} recommends from histories and knows no users by id, so user {user} has no part in the list.");
        }

        if (facts.HasAttributes && model is not IUsesUserFeatures { UserSpace: not null })
        {
            notes.Add($"{model.Name} learned nothing of users beside what they met, so their attributes have no part in the list.");
        }

        notes.Add(OfScores(facts, fallback, known || (facts.HasAttributes && model is IUsesUserFeatures { UserSpace: not null }) || _users?.IgnoresHistory == true, listed));
        notes.Add(OfRatings(facts));
        notes.Add(OfFilters(options, listed.Length));
        string text = string.Join(' ', notes.Where(note => note is not null));
        return text.Length == 0 ? null : text;
    }

    private string? OfScores(HistoryFacts facts, Fallback fallback, bool known, ReadOnlySpan<float> listed)
    {
        string order = items.ByPopularity is null ? "in the order of their ids" : "by popularity";
        return fallback switch
        {
            Fallback.Popularity => $"{Reason(facts)}: the list is by popularity, and its scores are numbers of training users.",
            Fallback.ItemOrder => $"{Reason(facts)}, and how many training users each item has is not known either: the list is in the order of ids.",
            _ when facts.Seen.Length == facts.Disliked.Count && !known => $"{Reason(facts)}: the list is what {model.Name} recommends to everybody of whom nothing is known.",
            _ when listed.Length > 1 && !listed.ContainsAnyExcept(listed[0]) => $"{model.Name} gives all {listed.Length} items of the list the same score: they stand {order}.",
            _ => null,
        };
    }

    // Why nothing is known of the user.
    private string Reason(HistoryFacts facts) =>
        facts.Given == 0 ? "The history is empty"
        : facts.Seen.Length == 0 ? "The model knows none of the items in the history"
        : facts.Seen.Length == facts.Disliked.Count ? string.Create(CultureInfo.InvariantCulture, $"The user rated nothing in the history {minimumRating} or higher")
        : $"{model.Name} gives all items the same score for this history";

    private string? OfRatings(HistoryFacts facts) => facts.OutOfRange.Count == 0 ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"Found rating {facts.OutOfRange[0].Value} of item {facts.OutOfRange[0].Item}, outside the scale of the training ratings, {ratings}; ratings from {minimumRating} on count as liked.");

    /// <summary>Why a list is empty because of what was asked for.</summary>
    public string? OfFilters(RecommendOptions options, int listed)
    {
        if (options.Allow is { Count: > 0 } allow && !allow.Any(id => items.Ids.TryGetIndex(id, out _)))
        {
            return string.Create(CultureInfo.InvariantCulture, $"The model knows none of the {allow.Count} allowed items, such as {allow.First()}.");
        }

        if (options.MinimumUsers > items.MostUsers)
        {
            return items.MostUsers == 0
                ? "How many training users each item has is not known, so no item has enough of them."
                : string.Create(CultureInfo.InvariantCulture, $"No item has {options.MinimumUsers} training users; the most popular one has {items.MostUsers}.");
        }

        return listed == 0 && options.K > 0 ? "No item is left to recommend: all are seen or filtered out." : null;
    }
}
