using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Encore;

/// <summary>
/// The users whom a model has learned from, as the first 64 bits of the SHA-256 digests of their ids: enough to notice
/// somebody who is about to be learned twice, in 8 bytes a user. Two of a million users share a digest with probability
/// 3·10⁻⁸. Digests of ids that can be guessed are no secret.
/// </summary>
public sealed class LearnedUsers
{
    /// <summary>More users than these are not kept.</summary>
    internal const int Most = 1 << 22;

    private readonly long[] _digests; // ascending, each once

    private LearnedUsers(long[] digests) => _digests = digests;

    /// <summary>How many there are.</summary>
    public int Count => _digests.Length;

    /// <summary>The users with at least one interaction; null where there are more than 4,194,304 of them, which are not
    /// kept.</summary>
    public static LearnedUsers? Of(InteractionMatrix interactions)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        return Kept(Active(interactions).Select(Digest));
    }

    /// <summary>These and more users; null where there are too many to be kept.</summary>
    public LearnedUsers? With(InteractionMatrix interactions)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        return Kept(_digests.Concat(Active(interactions).Select(Digest)));
    }

    /// <summary>Whether the model has learned from a user.</summary>
    public bool Contains(string user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return Array.BinarySearch(_digests, Digest(user)) >= 0;
    }

    /// <summary>The ids of users with at least one interaction whom the model has learned from already.</summary>
    public IReadOnlyList<string> Among(InteractionMatrix interactions)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        return [.. Active(interactions).Where(Contains)];
    }

    /// <summary>The digests, ascending, each once.</summary>
    internal long[] Digests => _digests;

    /// <summary>Users by their digests, which ascend.</summary>
    internal static LearnedUsers FromDigests(long[] digests) => new(digests);

    private static LearnedUsers? Kept(IEnumerable<long> digests)
    {
        long[] sorted = [.. digests.Distinct()];
        Array.Sort(sorted);
        return sorted.Length > Most ? null : new LearnedUsers(sorted);
    }

    private static IEnumerable<string> Active(InteractionMatrix interactions) => Enumerable.Range(0, interactions.Users.Count)
        .Where(u => interactions.Csr.RowLength(u) > 0).Select(u => interactions.Users[u]);

    private static long Digest(string user)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(user), hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}
