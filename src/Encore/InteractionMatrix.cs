using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Encore.Numerics;

namespace Encore;

/// <summary>
/// Users × items, sparse, float32, with the ids of both sides; each row also remembers the order in which the user
/// met the items.
/// </summary>
public sealed class InteractionMatrix
{
    private readonly int[]? _sequence;
    private CsrMatrix? _transposed;

    /// <summary>Wraps a CSR matrix and its ids.</summary>
    /// <param name="users">The rows' ids.</param>
    /// <param name="items">The columns' ids.</param>
    /// <param name="csr">The values, [users, items].</param>
    /// <param name="sequence">The columns of each row in the order of time, laid out by the rows of
    /// <paramref name="csr"/>; null: no order is known and ascending columns stand for it.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public InteractionMatrix(IdMap users, IdMap items, CsrMatrix csr, int[]? sequence = null)
    {
        ArgumentNullException.ThrowIfNull(users);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(csr);
        if (csr.Rows != users.Count || csr.Columns != items.Count)
        {
            throw new ArgumentException(
                $"Found a {csr.Rows} × {csr.Columns} matrix for {users.Count} users and {items.Count} items.", nameof(csr));
        }

        if (sequence is not null && sequence.Length != csr.NonZeros)
        {
            throw new ArgumentException(
                $"Found {sequence.Length} places for {csr.NonZeros} interactions.", nameof(sequence));
        }

        (Users, Items, Csr, _sequence) = (users, items, csr, sequence);
    }

    /// <summary>The rows' ids.</summary>
    public IdMap Users { get; }

    /// <summary>The columns' ids.</summary>
    public IdMap Items { get; }

    /// <summary>The values, [users, items].</summary>
    public CsrMatrix Csr { get; }

    /// <summary>The transpose of <see cref="Csr"/>, [items, users], made at first use and kept.</summary>
    public CsrMatrix Transposed => _transposed ??= Csr.Transpose();

    /// <summary>Number of interactions.</summary>
    public long Count => Csr.NonZeros;

    /// <summary>Whether the order of each user's interactions is known.</summary>
    public bool HasSequence => _sequence is not null;

    /// <summary>The same users with the items of another map: those that it lacks are left out, and all its others have
    /// no interactions. Time O(count log(items of a user)).</summary>
    public InteractionMatrix WithItems(IdMap items)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (Items.HasSameIds(items))
        {
            return new InteractionMatrix(Users, items, Csr, _sequence);
        }

        int[] index = Items.MapTo(items);
        var offsets = new int[Users.Count + 1];
        int entries = Csr.ColumnIndices.Length;
        var (columns, values, sequence) = (new List<int>(entries), new List<float>(entries), new List<int>(entries));
        for (int user = 0; user < Users.Count; user++)
        {
            // Both maps are in canonical order, but not always in the same one: numbers and texts sort differently.
            int[] row = [.. Csr.RowIndices(user).ToArray().Select(i => index[i])];
            float[] x = Csr.RowValues(user).ToArray();
            Array.Sort(row, x);
            int unknown = row.Count(i => i < 0);
            columns.AddRange(row.AsSpan(unknown));
            values.AddRange(x.AsSpan(unknown));
            foreach (int item in Sequence(user))
            {
                if (index[item] >= 0)
                {
                    sequence.Add(index[item]);
                }
            }

            offsets[user + 1] = columns.Count;
        }

        var csr = new CsrMatrix(Users.Count, items.Count, offsets, [.. columns], [.. values]);
        return new InteractionMatrix(Users, items, csr, HasSequence ? [.. sequence] : null);
    }

    /// <summary>The same items with the users of another map: those that it lacks are left out, and all its others have no
    /// interactions. Time O(count).</summary>
    public InteractionMatrix WithUsers(IdMap users)
    {
        ArgumentNullException.ThrowIfNull(users);
        if (Users.HasSameIds(users))
        {
            return new InteractionMatrix(users, Items, Csr, _sequence);
        }

        int[] row = users.MapTo(Users);
        var offsets = new int[users.Count + 1];
        int entries = Csr.ColumnIndices.Length;
        var (columns, values, sequence) = (new List<int>(entries), new List<float>(entries), new List<int>(entries));
        for (int user = 0; user < users.Count; user++)
        {
            if (row[user] >= 0)
            {
                columns.AddRange(Csr.RowIndices(row[user]));
                values.AddRange(Csr.RowValues(row[user]));
                sequence.AddRange(Sequence(row[user]));
            }

            offsets[user + 1] = columns.Count;
        }

        var csr = new CsrMatrix(users.Count, Items.Count, offsets, [.. columns], [.. values]);
        return new InteractionMatrix(users, Items, csr, HasSequence ? [.. sequence] : null);
    }

    /// <summary>The same users with only the interactions from a value on, all of value 1; users may be left without
    /// any.</summary>
    public InteractionMatrix AtLeast(float minimum)
    {
        var offsets = new int[Users.Count + 1];
        int entries = Csr.ColumnIndices.Length;
        var (columns, sequence) = (new List<int>(entries), new List<int>(entries));
        for (int user = 0; user < Users.Count; user++)
        {
            var row = Csr.RowIndices(user);
            var values = Csr.RowValues(user);
            foreach (int item in Sequence(user))
            {
                if (values[row.BinarySearch(item)] >= minimum)
                {
                    sequence.Add(item);
                }
            }

            for (int k = 0; k < row.Length; k++)
            {
                if (values[k] >= minimum)
                {
                    columns.Add(row[k]);
                }
            }

            offsets[user + 1] = columns.Count;
        }

        float[] ones = new float[columns.Count];
        ones.AsSpan().Fill(1);
        return new InteractionMatrix(Users, Items, new CsrMatrix(Users.Count, Items.Count, offsets, [.. columns], ones), [.. sequence]);
    }

    /// <summary>A user's items in the order of time; ascending where no order is known.</summary>
    public ReadOnlySpan<int> Sequence(int user) => _sequence is null
        ? Csr.RowIndices(user)
        : _sequence.AsSpan(Csr.RowOffsets[user]..Csr.RowOffsets[user + 1]);

    /// <summary>A digest of the values and of the order of time, not of the ids: 16 hexadecimal digits of a SHA-256. Equal
    /// data has equal digests on every machine. Time O(<see cref="Count"/>).</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(Csr.RowOffsets.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(Csr.ColumnIndices.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(Csr.Values.AsSpan()));
        for (int user = 0; user < Users.Count && HasSequence; user++)
        {
            hash.AppendData(MemoryMarshal.AsBytes(Sequence(user)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
