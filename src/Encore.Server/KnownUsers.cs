namespace Encore.Server;

/// <summary>Histories of users that a request may name.</summary>
internal sealed class KnownUsers(ServerOptions options)
{
    private readonly InteractionMatrix? _users = options.Users;

    /// <summary>A user's history, oldest first; null where the server does not have it.</summary>
    public IReadOnlyList<HistoryItem>? History(string user)
    {
        if (_users is null || !_users.Users.TryGetIndex(user, out int row))
        {
            return null;
        }

        var items = _users.Csr.RowIndices(row);
        var values = _users.Csr.RowValues(row);
        var history = new List<HistoryItem>(items.Length);
        foreach (int item in _users.Sequence(row))
        {
            history.Add(new HistoryItem(_users.Items[item], options.UsersHaveRatings ? values[items.BinarySearch(item)] : null));
        }

        return history;
    }
}
