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
    private CsrMatrix? _inputs;

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

    /// <summary>A matrix of rows in the order of time.</summary>
    /// <param name="users">The rows' ids.</param>
    /// <param name="items">The columns' ids.</param>
    /// <param name="offsets">Where each row begins, and the end of the last.</param>
    /// <param name="sequence">The columns of each row in the order of time; kept.</param>
    /// <param name="values">Beside them; kept, in another order.</param>
    /// <param name="weights">How much they count; null: all alike.</param>
    internal static InteractionMatrix FromRows(IdMap users, IdMap items, int[] offsets, int[] sequence, float[] values, RowWeights? weights)
    {
        int[] columns = [.. sequence];
        int[]? order = weights is null ? null : [.. Enumerable.Range(0, columns.Length)];
        for (int row = 0; row < users.Count; row++)
        {
            var range = offsets[row]..offsets[row + 1];
            if (order is not null)
            {
                sequence.AsSpan(range).ToArray().AsSpan().Sort(order.AsSpan(range));
            }

            columns.AsSpan(range).Sort(values.AsSpan(range));
        }

        return new InteractionMatrix(users, items, new CsrMatrix(users.Count, items.Count, offsets, columns, values), sequence)
        {
            Weights = weights?.Finish(offsets, order),
        };
    }

    /// <summary>The rows' ids.</summary>
    public IdMap Users { get; }

    /// <summary>The columns' ids.</summary>
    public IdMap Items { get; }

    /// <summary>The values, [users, items].</summary>
    public CsrMatrix Csr { get; }

    /// <summary>How much each interaction counts, beside the values of <see cref="Csr"/>; null: all count alike.</summary>
    /// <exception cref="ArgumentException">There are not as many weights as interactions.</exception>
    public InteractionWeights? Weights
    {
        get;
        init => field = value is null || value.Values.Length == Csr.NonZeros
            ? value
            : throw new ArgumentException($"Found {value.Values.Length} weights for {Csr.NonZeros} interactions.", nameof(value));
    }

    /// <summary>How much each interaction of a user counts, beside the columns of the row; empty where all count alike.</summary>
    public ReadOnlySpan<float> WeightsOf(int user) =>
        Weights is { } weights ? weights.Values[Csr.RowOffsets[user]..Csr.RowOffsets[user + 1]] : [];

    /// <summary>The rows as a model is given them as input, [users, items]: <see cref="Csr"/>, unless the weights say
    /// otherwise (<see cref="InteractionWeights.Inputs"/>).</summary>
    public CsrMatrix Inputs => Weights?.InputArray is { } inputs
        ? _inputs ??= new CsrMatrix(Csr.Rows, Csr.Columns, Csr.RowOffsets, Csr.ColumnIndices, inputs)
        : Csr;

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
            return new InteractionMatrix(Users, items, Csr, _sequence) { Weights = Weights };
        }

        int[] index = Items.MapTo(items);
        var offsets = new int[Users.Count + 1];
        int entries = Csr.ColumnIndices.Length;
        var (columns, places, sequence) = (new List<int>(entries), new List<int>(entries), new List<int>(entries));
        for (int user = 0; user < Users.Count; user++)
        {
            // Both maps are in canonical order, but not always in the same one: numbers and texts sort differently.
            int[] row = [.. Csr.RowIndices(user).ToArray().Select(i => index[i])];
            int[] from = [.. Enumerable.Range(Csr.RowOffsets[user], row.Length)];
            Array.Sort(row, from);
            int unknown = row.Count(i => i < 0);
            columns.AddRange(row.AsSpan(unknown));
            places.AddRange(from.AsSpan(unknown));
            foreach (int item in Sequence(user))
            {
                if (index[item] >= 0)
                {
                    sequence.Add(index[item]);
                }
            }

            offsets[user + 1] = columns.Count;
        }

        return Of(Users, items, offsets, [.. columns], [.. places], HasSequence ? [.. sequence] : null);
    }

    /// <summary>The same items with the users of another map: those that it lacks are left out, and all its others have no
    /// interactions. Time O(count).</summary>
    public InteractionMatrix WithUsers(IdMap users)
    {
        ArgumentNullException.ThrowIfNull(users);
        if (Users.HasSameIds(users))
        {
            return new InteractionMatrix(users, Items, Csr, _sequence) { Weights = Weights };
        }

        int[] row = users.MapTo(Users);
        var offsets = new int[users.Count + 1];
        int entries = Csr.ColumnIndices.Length;
        var (columns, places, sequence) = (new List<int>(entries), new List<int>(entries), new List<int>(entries));
        for (int user = 0; user < users.Count; user++)
        {
            if (row[user] >= 0)
            {
                columns.AddRange(Csr.RowIndices(row[user]));
                places.AddRange(Enumerable.Range(Csr.RowOffsets[row[user]], Csr.RowLength(row[user])));
                sequence.AddRange(Sequence(row[user]));
            }

            offsets[user + 1] = columns.Count;
        }

        return Of(users, Items, offsets, [.. columns], [.. places], HasSequence ? [.. sequence] : null);
    }

    /// <summary>The same users with only the interactions from a value on, all of value 1; users may be left without
    /// any.</summary>
    public InteractionMatrix AtLeast(float minimum)
    {
        var offsets = new int[Users.Count + 1];
        int entries = Csr.ColumnIndices.Length;
        var (columns, places, sequence) = (new List<int>(entries), new List<int>(entries), new List<int>(entries));
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
                    places.Add(Csr.RowOffsets[user] + k);
                }
            }

            offsets[user + 1] = columns.Count;
        }

        float[] ones = new float[columns.Count];
        ones.AsSpan().Fill(1);
        return new InteractionMatrix(Users, Items, new CsrMatrix(Users.Count, Items.Count, offsets, [.. columns], ones), [.. sequence])
        {
            Weights = Weights?.At([.. places]),
        };
    }

    /// <summary>A user's items in the order of time; ascending where no order is known.</summary>
    public ReadOnlySpan<int> Sequence(int user) => _sequence is null
        ? Csr.RowIndices(user)
        : _sequence.AsSpan(Csr.RowOffsets[user]..Csr.RowOffsets[user + 1]);

    /// <summary>A digest of the values, of the weights and of the order of time, not of the ids: 16 hexadecimal digits of a SHA-256. Equal
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

        if (Weights is { } weights)
        {
            hash.AppendData(MemoryMarshal.AsBytes(weights.Values));
            hash.AppendData(MemoryMarshal.AsBytes(weights.Inputs));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    // Interactions of this matrix, each at a place among its own, under other ids.
    private InteractionMatrix Of(IdMap users, IdMap items, int[] offsets, int[] columns, int[] places, int[]? sequence)
    {
        float[] values = Array.ConvertAll(places, place => Csr.Values[place]);
        return new InteractionMatrix(users, items, new CsrMatrix(users.Count, items.Count, offsets, columns, values), sequence)
        {
            Weights = Weights?.At(places),
        };
    }
}
