using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>What a network of Mult-VAE's kin learns from beside the interactions: features of items as further rows, and
/// features of users as further inputs.</summary>
internal sealed class VaeSide
{
    private VaeSide()
    {
    }

    /// <summary>A row for each feature that some item has, [rows, items]: a user who met those items. Values below 0 are left
    /// out, for nothing can be met less than not at all; null: no such rows.</summary>
    public CsrMatrix? Rows { get; private init; }

    /// <summary>The items that no user has met, where there are <see cref="Rows"/>.</summary>
    public int[] Unmet { get; private init; } = [];

    /// <summary>The features of the training users, [users, features]; null: none.</summary>
    public CsrMatrix? Users { get; private init; }

    /// <summary>Sweeps over <see cref="Rows"/> before the first over users.</summary>
    public int Sweeps { get; private init; }

    /// <summary>Steps that those take.</summary>
    public long Steps { get; private init; }

    /// <summary>Says what a checkpoint belongs to beside the interactions.</summary>
    public string Fingerprint => (Rows is null ? "" : $" item-features={Digest(Rows)}") + (Users is null ? "" : $" user-features={Digest(Users)}");

    /// <summary>What a design uses of the data; null: the interactions alone.</summary>
    public static VaeSide? Of(VaeDesign design, TrainingData data, bool isWarmStart, int batchSize)
    {
        var rows = design.UsesItemFeatures ? RowsOf(data.ItemFeatures!) : null;
        var users = design.UserWeight > 0 ? data.UserFeatures!.Matrix : null;
        int sweeps = isWarmStart ? 0 : design.SideEpochs;
        return rows is null && users is null ? null : new VaeSide
        {
            Rows = rows,
            Unmet = rows is null ? [] : [.. data.Interactions.Csr.ColumnCounts().Index().Where(c => c.Item == 0).Select(c => c.Index)],
            Users = users,
            Sweeps = rows is null ? 0 : sweeps,
            Steps = rows is null ? 0 : (long)sweeps * ((rows.Rows + batchSize - 1) / batchSize),
        };
    }

    /// <summary>Throws where a design uses what the data lacks.</summary>
    public static void Check(string model, VaeDesign design, TrainingData data)
    {
        int items = data.Interactions.Items.Count, users = data.Interactions.Users.Count;
        if (design.UsesItemFeatures && (data.ItemFeatures is null || !data.ItemFeatures.Matrix.Values.AsSpan().ContainsAnyInRange(float.Epsilon, float.MaxValue)))
        {
            throw new InvalidDataException(
                $"{model}: side-epochs and side-weight learn from what is known of the items: found {Found(data.ItemFeatures)} of {items} items, expected features (--item-features FILE, TrainingData.ItemFeatures).");
        }

        if (design.UserWeight > 0 && (data.UserFeatures is null || data.UserFeatures.Known == 0))
        {
            throw new InvalidDataException(
                $"{model}: user-weight takes what is known of the users as further inputs: found {Found(data.UserFeatures)} of {users} users, expected features (--user-features FILE, TrainingData.UserFeatures).");
        }

        static string Found(Features? features) => features is null ? "nothing" : "no feature";
    }

    private static CsrMatrix RowsOf(Features features)
    {
        var columns = features.Matrix.Transpose();
        var (offsets, items, values) = (new List<int> { 0 }, new List<int>(), new List<float>());
        for (int feature = 0; feature < columns.Rows; feature++)
        {
            var of = columns.RowValues(feature);
            for (int k = 0; k < of.Length; k++)
            {
                if (of[k] > 0)
                {
                    items.Add(columns.RowIndices(feature)[k]);
                    values.Add(of[k]);
                }
            }

            if (items.Count > offsets[^1])
            {
                offsets.Add(items.Count);
            }
        }

        return new CsrMatrix(offsets.Count - 1, features.Ids.Count, [.. offsets], [.. items], [.. values]);
    }

    internal static string Digest(CsrMatrix matrix)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(matrix.RowOffsets.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(matrix.ColumnIndices.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(matrix.Values.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
