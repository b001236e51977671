namespace Encore.Storage;

/// <summary>The users whom a model has learned from, in a model file.</summary>
internal static class LearnedUsersTensor
{
    private const string Name = "users.learned";

    public static void Write(LearnedUsers? users, TensorWriter to)
    {
        if (users is not null)
        {
            to.Add(Name, users.Digests);
        }
    }

    /// <summary>What a file has; null: it is of an earlier release, or there were too many.</summary>
    /// <exception cref="InvalidDataException">The digests do not ascend.</exception>
    public static LearnedUsers? Read(TensorReader from)
    {
        if (!from.Has(Name))
        {
            return null;
        }

        long[] digests = from.ReadVector<long>(Name, LearnedUsers.Most);
        for (int i = 1; i < digests.Length; i++)
        {
            if (digests[i] <= digests[i - 1])
            {
                throw new InvalidDataException($"{from.Path}: {Name} does not ascend at {i}.");
            }
        }

        return LearnedUsers.FromDigests(digests);
    }
}
