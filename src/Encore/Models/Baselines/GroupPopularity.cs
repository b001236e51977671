using System.Globalization;
using Encore.Storage;

namespace Encore.Models;

/// <summary>What <see cref="GroupPopularity"/> can be told.</summary>
public sealed record GroupPopularityOptions
{
    /// <summary>How many users of average taste a group is mixed with. Default 10.</summary>
    [Option("users of average taste that a group is mixed with", Minimum = 0)]
    public double Shrinkage { get; init; } = 10;
}

/// <summary>
/// What is popular among users with the same attributes: the baseline for users without a history.
/// <code>
/// p_j = users of j / users,  r_gj = (users of group g who met j + s·p_j)/(users of g + s)
/// score_uj = mean of r_gj over the groups of u;  p_j where nothing is known of u
/// </code>
/// A group is a feature that is above 0: a value, a bin, a word. Memory: items·(user features + 1) numbers of 4 bytes.
/// </summary>
/// <remarks>The history changes nothing. Without <see cref="TrainingData.UserFeatures"/> it is popularity.</remarks>
public sealed class GroupPopularity : IRecommender, IStoredModel, IUsesUserFeatures
{
    private readonly GroupPopularityOptions _options;
    private Learned? _learned;

    /// <summary>A model that has learned nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public GroupPopularity(GroupPopularityOptions? options = null) => _options = OptionSet<GroupPopularityOptions>.Validated(options);

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"Group popularity s={_options.Shrinkage}");

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learned, Name).Items;

    /// <inheritdoc/>
    public FeatureSpace? UserSpace => Guard.Fitted(_learned, Name).Space;

    IReadOnlyDictionary<string, string> IStoredModel.Settings => OptionSet<GroupPopularityOptions>.Settings(_options);

    /// <inheritdoc/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learned = null;
        var train = Guard.Trainable(data, context, Name, cancellationToken);
        int n = train.Items.Count, groups = data.UserFeatures?.Count ?? 0;
        MemoryBudget.Require(4L * n * (groups + 1), $"Group popularity of {n:N0} items", "Keep fewer values of a column of user features.", context.MemoryLimit);
        var rates = new float[MemoryBudget.RequireArray(groups + 1, n, Name, "Keep fewer values of a column of user features.")];
        var users = new double[groups];
        for (int u = 0; u < train.Users.Count; u++)
        {
            foreach (int item in train.Csr.RowIndices(u))
            {
                rates[item]++;
            }

            foreach (int g in Groups(data.UserFeatures, u))
            {
                users[g]++;
                foreach (int item in train.Csr.RowIndices(u))
                {
                    rates[((g + 1) * n) + item]++;
                }
            }
        }

        for (int item = 0; item < n; item++)
        {
            double p = rates[item] /= train.Users.Count;
            for (int g = 0; g < groups; g++)
            {
                ref float rate = ref rates[((g + 1) * n) + item];
                rate = users[g] + _options.Shrinkage > 0 ? (float)((rate + (_options.Shrinkage * p)) / (users[g] + _options.Shrinkage)) : (float)p;
            }
        }

        _learned = new Learned(train.Items, data.UserFeatures?.Space, rates);
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, space, rates) = Guard.Fitted(_learned, Name);
        Guard.Scorable(histories, items, scores.Length);
        if (space is not null && histories.UserFeatures is { } known && known.Count != space.Count)
        {
            throw new ArgumentException($"Found {known.Count} user features, expected {space.Count}, as {nameof(UserSpace)} encodes them.", nameof(histories));
        }

        int n = items.Count;
        for (int r = 0; r < histories.Count; r++)
        {
            var row = scores.Slice(r * n, n);
            int[] groups = space is null ? [] : Groups(histories.UserFeatures, histories.Start + r);
            if (groups.Length == 0)
            {
                rates.AsSpan(0, n).CopyTo(row);
                continue;
            }

            row.Clear();
            foreach (int g in groups)
            {
                for (int item = 0; item < n; item++)
                {
                    row[item] += rates[((g + 1) * n) + item] / groups.Length;
                }
            }
        }
    }

    void IStoredModel.Write(TensorWriter writer)
    {
        var (items, space, rates) = Guard.Fitted(_learned, Name);
        writer.Add("rates", rates, (space?.Count ?? 0) + 1, items.Count);
        FeatureTensors.WriteSpace(writer, "user-features", space);
    }

    void IStoredModel.Read(TensorReader reader, StoredContext context)
    {
        var space = FeatureTensors.ReadSpace(reader, "user-features");
        _learned = new Learned(context.Items, space, reader.Finite("rates", (space?.Count ?? 0) + 1, context.Items.Count));
    }

    private static int[] Groups(Features? users, int row)
    {
        if (users is null)
        {
            return [];
        }

        float[] values = users.Matrix.RowValues(row).ToArray();
        return [.. users.Matrix.RowIndices(row).ToArray().Where((_, k) => values[k] > 0)];
    }

    private sealed record Learned(IdMap Items, FeatureSpace? Space, float[] Rates);
}
