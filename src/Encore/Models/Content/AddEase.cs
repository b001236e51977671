using System.Globalization;
using System.Numerics;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>What <see cref="AddEase"/> can be told.</summary>
public sealed record AddEaseOptions
{
    /// <summary>λ of both parts. Default 500.</summary>
    [Option("strength of the L2 penalty, λ", Minimum = 0)]
    public double L2 { get; init; } = 500;

    /// <summary>λ of the part that comes from features. Default 10.</summary>
    [Option("strength of the L2 penalty of the features' part", Minimum = 0)]
    public double FeatureL2 { get; init; } = 10;

    /// <summary>α, the share of the features' part: 0 is <see cref="Ease"/>. Default 0.1.</summary>
    [Option("share of the features' part, α", Minimum = 0, ExclusiveMaximum = 1)]
    public double Alpha { get; init; } = 0.1;

    /// <summary>The precision of the solve. Default single.</summary>
    [Option("precision of the solve")]
    public Precision Precision { get; init; } = Precision.Single;
}

/// <summary>
/// Add-EASE (Jeunen, Van Balen &amp; Goethals 2020): EASE of the interactions and EASE of the features, added.
/// <code>
/// B = (1 − α)·EASE(X, λ) + α·EASE(Tᵀ, λ_T),  scores = x_u·B
/// P_T = (T·Tᵀ + λ_T·I)⁻¹ = (I − T·K·Tᵀ)/λ_T,  K = (TᵀT + λ_T·I)⁻¹
/// </code>
/// T [items, features]. With fewer features than items the second part takes an inverse of features only and
/// items·(features + non-zeros of T) multiply-adds; else an inverse of items. An item that is added later has
/// α·P_T·T·t_c = α·T·K·t_c. Memory: n² numbers and min(features, n)·n.
/// </summary>
public sealed class AddEase : ContentRecommender
{
    private readonly AddEaseOptions _options;

    /// <summary>A model that has learned nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public AddEase(AddEaseOptions? options = null) => _options = OptionSet<AddEaseOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"Add-EASE λ={_options.L2} λ_T={_options.FeatureL2} α={_options.Alpha}");

    private protected override Precision Precision => _options.Precision;

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<AddEaseOptions>.Settings(_options);

    private protected override bool HasInverse => false;

    // T·K, or P_T where there are as many features.
    private protected override (int Rows, int Columns)? BasisShape(int known, int inputs, int features) => (known, Math.Min(features, known));

    private protected override ContentWeights Solve(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        int n = data.Interactions.Items.Count, features = data.ItemFeatures!.Count;
        ClosedForm.RequireMemory("Add-EASE", data.Interactions, n, 2, Precision, context);
        MemoryBudget.Require((long)Math.Min(features, n) * (n + (long)Math.Min(features, n)) * (Precision == Precision.Double ? 8 : 4), $"Add-EASE of {features:N0} features",
            "Keep fewer values or words of a column: --item-features FILE:COLUMN=text(500).", context.MemoryLimit);
        return Precision == Precision.Double ? Solve<double>(data, context, cancellationToken) : Solve<float>(data, context, cancellationToken);
    }

    private protected override double[] WeightsOf(ContentWeights learned, ReadOnlySpan<int> features, ReadOnlySpan<float> values)
    {
        var basis = learned.Basis!;
        double[] v = new double[basis.Columns], weights = new double[basis.Rows];
        if (basis.Columns == learned.Features.Count)
        {
            for (int k = 0; k < features.Length; k++)
            {
                v[features[k]] = values[k];
            }
        }
        else
        {
            v = ContentForm.Overlap(learned, features, values);
        }

        basis.MultiplyVector(v, weights);
        Elementwise.Multiply<double>(weights, _options.Alpha, weights);
        return weights;
    }

    private ContentWeights Solve<T>(TrainingData data, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (X, features, compute) = (data.Interactions, data.ItemFeatures!, context.Compute);
        int n = X.Items.Count;
        var W = GC.AllocateUninitializedArray<T>(n * n);
        ClosedForm.Gram<T>(X.Csr, W, context, cancellationToken);
        ClosedForm.AddToDiagonal<T>(W, [.. Enumerable.Repeat(T.CreateChecked(_options.L2), n)]);
        ClosedForm.Invert<T>(W, n, "raise l2", context, cancellationToken);
        ClosedForm.ToZeroDiagonal(compute, W, n);
        T α = T.CreateChecked(_options.Alpha);
        T[] basis = features.Count < n
            ? AddByFeatures(W, features.Matrix, n, α, context, cancellationToken)
            : AddByItems(W, features.Matrix, n, α, context, cancellationToken);
        return new ContentWeights
        {
            Known = X.Items,
            Features = features,
            Met = ContentForm.Met(X),
            W = new WeightMatrix(W, n, n, compute),
            Basis = new WeightMatrix(basis, n, Math.Min(features.Count, n), compute),
        };
    }

    // W = (1 − α)·W + α·B_T, B_T,ij = (T·K·Tᵀ)_ij / (1 − (T·K·Tᵀ)_jj).
    private T[] AddByFeatures<T>(T[] W, CsrMatrix features, int n, T α, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var compute = context.Compute;
        int t = features.Columns;
        var K = GC.AllocateUninitializedArray<T>(t * t);
        ClosedForm.Gram<T>(features, K, context with { Gram = null }, cancellationToken);
        ClosedForm.AddToDiagonal<T>(K, [.. Enumerable.Repeat(T.CreateChecked(_options.FeatureL2), t)]);
        ClosedForm.Invert<T>(K, t, "raise feature-l2", context, cancellationToken);
        var M = new T[n * t];                                                                // T·K
        ClosedForm.ForRows(compute, n, i =>
        {
            var row = M.AsSpan(i * t, t);
            for (int k = 0; k < features.RowLength(i); k++)
            {
                Elementwise.MultiplyAdd(K.AsSpan(features.RowIndices(i)[k] * t, t), T.CreateTruncating(features.RowValues(i)[k]), row, row);
            }
        });
        var scale = new T[n];
        for (int j = 0; j < n; j++)
        {
            scale[j] = α / (T.One - Product(features, j, M.AsSpan(j * t, t)));
        }

        ClosedForm.ForRows(compute, n, i =>
        {
            var row = W.AsSpan(i * n, n);
            var m = M.AsSpan(i * t, t);
            for (int j = 0; j < n; j++)
            {
                row[j] = i == j ? T.Zero : ((T.One - α) * row[j]) + (scale[j] * Product(features, j, m));
            }
        });
        return M;
    }

    private T[] AddByItems<T>(T[] W, CsrMatrix features, int n, T α, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var compute = context.Compute;
        var P = new T[n * n];
        ContentForm.AddFeatureGram(compute, P, n, features, 1);
        ClosedForm.AddToDiagonal<T>(P, [.. Enumerable.Repeat(T.CreateChecked(_options.FeatureL2), n)]);
        ClosedForm.Invert<T>(P, n, "raise feature-l2", context, cancellationToken);
        T[] diagonal = ClosedForm.Diagonal<T>(P, n);
        ClosedForm.ForRows(compute, n, i =>
        {
            var row = W.AsSpan(i * n, n);
            var p = P.AsSpan(i * n, n);
            for (int j = 0; j < n; j++)
            {
                row[j] = i == j ? T.Zero : ((T.One - α) * row[j]) - (α * p[j] / diagonal[j]);
            }
        });
        return P;
    }

    private static T Product<T>(CsrMatrix features, int item, ReadOnlySpan<T> m)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T sum = T.Zero;
        var columns = features.RowIndices(item);
        var values = features.RowValues(item);
        for (int k = 0; k < columns.Length; k++)
        {
            sum += T.CreateTruncating(values[k]) * m[columns[k]];
        }

        return sum;
    }
}
