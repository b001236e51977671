using Encore.Numerics;

namespace Encore.Recommending;

/// <summary>Histories by original ids on their way to a matrix of a model's items.</summary>
internal sealed class HistoryBatch(IdMap items, float historyValue, float? minimumRating, RatingRange? ratings)
{
    private readonly List<string> _users = [];
    private readonly List<int> _offsets = [0];
    private readonly List<int> _columns = [];
    private readonly List<float> _values = [];
    private readonly List<int> _sequence = [];
    private readonly List<HistoryFacts> _facts = [];
    private readonly List<IReadOnlyDictionary<string, IReadOnlyList<string>>?> _attributes = [];

    /// <summary>Adds a user. An item met twice counts once, as the last time; its place is the last one too.</summary>
    /// <exception cref="ArgumentException">An id is missing, a value is not finite, or a value that the model computes
    /// with is outside the training ratings.</exception>
    public void Add(IReadOnlyList<HistoryItem> history, string? user, IReadOnlyDictionary<string, IReadOnlyList<string>>? attributes = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        var unknown = new OrderedDictionary<string, bool>(StringComparer.Ordinal);
        var outside = new List<HistoryItem>();
        var last = new Dictionary<int, int>(history.Count);
        for (int k = 0; k < history.Count; k++)
        {
            Check(history[k], outside);
            if (items.TryGetIndex(history[k].Item, out int item))
            {
                last[item] = k;
            }
            else
            {
                unknown[history[k].Item] = true;
            }
        }

        var liked = last.Where(place => IsLiked(history[place.Value])).ToArray();
        foreach (var (item, k) in liked.OrderBy(place => place.Key))
        {
            _columns.Add(item);
            _values.Add(minimumRating is null ? history[k].Value ?? historyValue : historyValue);
        }

        _sequence.AddRange(liked.OrderBy(place => place.Value).Select(place => place.Key));
        _offsets.Add(_columns.Count);
        _users.Add(user ?? "");
        _attributes.Add(attributes);
        _facts.Add(new HistoryFacts
        {
            Given = history.Count,
            HasAttributes = attributes is { Count: > 0 },
            Seen = [.. last.Keys.Order()],
            Unknown = [.. unknown.Keys],
            Disliked = liked.Length == last.Count
                ? []
                : [.. last.Where(place => !IsLiked(history[place.Value])).OrderBy(place => place.Value).Select(place => history[place.Value].Item)],
            OutOfRange = outside,
        });
    }

    /// <summary>What became of a user's history.</summary>
    public HistoryFacts Facts(int row) => _facts[row];

    /// <summary>The users in the order of adding, with what the model scores from.</summary>
    public InteractionMatrix Matrix() => new(
        IdMap.OfRequests([.. _users]), items, new CsrMatrix(_users.Count, items.Count, [.. _offsets], [.. _columns], [.. _values]), [.. _sequence]);

    /// <summary>What is known of the users beside their histories, as the model knows users; null: nothing, or it makes no use of
    /// it.</summary>
    /// <exception cref="ArgumentException">An attribute is none that the model knows.</exception>
    public Features? UserFeatures(IRecommender model) =>
        model is IUsesUserFeatures { UserSpace: { } space } && _attributes.Exists(a => a is { Count: > 0 }) ? space.Encode(_attributes) : null;

    private bool IsLiked(HistoryItem item) => minimumRating is not { } least || item.Value is not { } value || value >= least;

    private void Check(HistoryItem item, List<HistoryItem> outside)
    {
        if (string.IsNullOrEmpty(item.Item) || (item.Value is { } x && !float.IsFinite(x)))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Found item '{item.Item ?? "null"}' with value {item.Value} in the history; expected an id and a finite value."));
        }

        if (ratings is not { } range || item.Value is not { } value || range.Contains(value))
        {
            return;
        }

        // With a threshold a rating only says liked or not; without one it goes into the model's arithmetic.
        if (minimumRating is null)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Found rating {value} of item {item.Item} in the history; expected one on the scale of the model's training ratings, {range}."));
        }

        outside.Add(item);
    }
}

/// <summary>What became of a history.</summary>
internal sealed record HistoryFacts
{
    /// <summary>Entries that were given; null where only what the model knows of them is left.</summary>
    public int? Given { get; init; }

    /// <summary>Whether anything is known of the user beside the history.</summary>
    public bool HasAttributes { get; init; }

    /// <summary>Items that the model knows, whether liked or not: what is left out as seen.</summary>
    public required int[] Seen { get; init; }

    /// <summary>Ids that are none of the items, each once.</summary>
    public IReadOnlyList<string> Unknown { get; init; } = [];

    /// <summary>Items that the model knows and the user rated below the threshold.</summary>
    public IReadOnlyList<string> Disliked { get; init; } = [];

    /// <summary>Entries with ratings outside the training ratings.</summary>
    public IReadOnlyList<HistoryItem> OutOfRange { get; init; } = [];
}
