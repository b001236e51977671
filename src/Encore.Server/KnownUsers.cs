using Encore.Recommending;

namespace Encore.Server;

/// <summary>Histories of users that a request may name.</summary>
internal sealed partial class KnownUsers
{
    private readonly InteractionMatrix? _users;
    private readonly bool _haveRatings;

    /// <exception cref="InvalidDataException">A model knows none of the items of the histories.</exception>
    public KnownUsers(EncoreOptions options, ModelSlots slots, ILogger<KnownUsers> logger)
    {
        (_users, _haveRatings) = (options.Users, options.UsersHaveRatings);
        Check(slots, logger);
    }

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
            history.Add(new HistoryItem(_users.Items[item], _haveRatings ? values[items.BinarySearch(item)] : null));
        }

        return history;
    }

    // Warns of items that a model does not know.
    private void Check(ModelSlots slots, ILogger logger)
    {
        foreach (var (name, _, file) in _users is null ? [] : slots.All.Select(slot => slot.Current))
        {
            int[] index = _users!.Items.MapTo(file.Items.Ids);
            int unknown = index.Count(i => i < 0);
            if (unknown == index.Length)
            {
                throw new InvalidDataException(
                    $"The model {name} knows none of the {index.Length} items of the users' histories, such as {_users.Items[0]}; the model's are such as {file.Items.Ids[0]}. Serve it with the log that it was trained on.");
            }

            if (unknown > 0)
            {
                WarnOfUnknown(logger, name, unknown, index.Length, _users.Items[Array.FindIndex(index, i => i < 0)]);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The model {Model} does not know {Unknown} of {Items} items of the users' histories, such as {Item}; they are passed over.")]
    private static partial void WarnOfUnknown(ILogger logger, string model, int unknown, int items, string item);
}
