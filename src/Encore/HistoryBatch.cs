using Encore.Numerics;

namespace Encore;

/// <summary>Histories by original ids on their way to a matrix of a model's items.</summary>
internal sealed class HistoryBatch(IdMap items, float historyValue, float? minimumRating)
{
    private readonly List<string> _users = [];
    private readonly List<int> _offsets = [0];
    private readonly List<int> _columns = [];
    private readonly List<float> _values = [];
    private readonly List<int> _sequence = [];
    private readonly List<IReadOnlyList<string>> _unknown = [];

    /// <summary>Adds a user. An item met twice counts once, as the last time; its place is the last one too.</summary>
    /// <exception cref="ArgumentException">An id is missing or a value is not finite.</exception>
    public void Add(IReadOnlyList<HistoryItem> history, string? user)
    {
        ArgumentNullException.ThrowIfNull(history);
        List<string>? unknown = null;
        var places = new Dictionary<int, int>(history.Count);
        int start = _columns.Count;
        for (int k = 0; k < history.Count; k++)
        {
            var (id, given) = history[k];
            if (string.IsNullOrEmpty(id) || (given is { } x && !float.IsFinite(x)))
            {
                throw new ArgumentException($"Found item '{id}' with value {given}; expected an id and a finite value.", nameof(history));
            }

            if (!items.TryGetIndex(id, out int item))
            {
                unknown ??= [];
                if (!unknown.Contains(id))
                {
                    unknown.Add(id);
                }
            }
            else if (minimumRating is not { } least || given is not { } value || value >= least)
            {
                places[item] = k;
            }
        }

        foreach (var (item, k) in places.OrderBy(place => place.Key))
        {
            _columns.Add(item);
            _values.Add(minimumRating is null ? history[k].Value ?? historyValue : historyValue);
        }

        foreach (var (item, _) in places.OrderBy(place => place.Value))
        {
            _sequence.Add(item);
        }

        _offsets.Add(_columns.Count);
        _users.Add(user ?? "");
        _unknown.Add(unknown ?? (IReadOnlyList<string>)[]);
    }

    /// <summary>Ids of a user's history that are none of the items.</summary>
    public IReadOnlyList<string> Unknown(int row) => _unknown[row];

    /// <summary>The users in the order of adding.</summary>
    public InteractionMatrix Matrix() => new(
        IdMap.OfRequests([.. _users]), items, new CsrMatrix(_users.Count, items.Count, [.. _offsets], [.. _columns], [.. _values]), [.. _sequence]);
}
