using System.Globalization;

namespace Encore.Models;

/// <summary>What <see cref="ContentKnn"/> can be told.</summary>
public sealed record ContentKnnOptions
{
    /// <summary>k, how many items that somebody has met an item is likened to. Default 100.</summary>
    [Option("items that an item is likened to, k", Minimum = 1)]
    public int Neighbours { get; init; } = 100;
}

/// <summary>
/// Item-based nearest neighbours by content: the baseline of every model of cold items.
/// <code>
/// s_ij = cosine of the features of i and j, kept for the k items i that are met and most like j, above 0
/// score_uj = Σ_i x_ui·s_ij
/// </code>
/// It learns nothing from who met what but which items were met. Memory: n² numbers of 4 bytes.
/// </summary>
public sealed class ContentKnn : ContentRecommender
{
    private readonly ContentKnnOptions _options;

    /// <summary>A model that has learned nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public ContentKnn(ContentKnnOptions? options = null) => _options = OptionSet<ContentKnnOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"Content-kNN k={_options.Neighbours}");

    private protected override Precision Precision => Precision.Single;

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<ContentKnnOptions>.Settings(_options);

    private protected override bool HasInverse => false;

    private protected override ContentWeights Solve(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        var (X, features) = (data.Interactions, data.ItemFeatures!);
        int n = X.Items.Count;
        ClosedForm.RequireMemory("Content-kNN", X, n, 1, Precision, context);
        var met = ContentForm.Met(X);
        var similar = ContentForm.Similar(context.Compute, features.Matrix, met, _options.Neighbours);
        cancellationToken.ThrowIfCancellationRequested();
        var W = new float[n * n];
        for (int j = 0; j < n; j++)
        {
            var items = similar.RowIndices(j);
            var values = similar.RowValues(j);
            for (int k = 0; k < items.Length; k++)
            {
                W[(items[k] * n) + j] = values[k];
            }
        }

        return new ContentWeights { Known = X.Items, Features = features, Met = met, W = new WeightMatrix(W, n, n, context.Compute) };
    }

    private protected override double[] WeightsOf(ContentWeights learned, ReadOnlySpan<int> features, ReadOnlySpan<float> values)
    {
        var weights = new double[learned.Known.Count];
        var (items, cosines) = ContentForm.Neighbours(learned, features, values, _options.Neighbours);
        for (int k = 0; k < items.Length; k++)
        {
            weights[items[k]] = cosines[k];
        }

        return weights;
    }
}
