using System.Globalization;
using System.Numerics;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>What <see cref="Marec"/> can be told.</summary>
public sealed record MarecOptions
{
    /// <summary>λ₁, the weight of ‖Θ‖² beside the squared error. Default 500.</summary>
    [Option("strength of the L2 penalty, λ₁", Minimum = 0)]
    public double L2 { get; init; } = 500;

    /// <summary>α, the weight of the content's part. Default 1.</summary>
    [Option("weight of the content's part, α", Minimum = 0)]
    public double Alpha { get; init; } = 1;

    /// <summary>β, how much of it an item gets that nobody has met. A larger one orders cold items better among
    /// themselves, and puts rare items before all others. Default 0.1.</summary>
    [Option("how much of it an item gets that nobody has met, β", Minimum = 0)]
    public double Beta { get; init; } = 0.1;

    /// <summary>δ, added to the product of the norms in the cosine of two items' features, which are of length 1 or so. Default
    /// 1.</summary>
    [Option("damping of the cosine of items with few features, δ", Minimum = 0)]
    public double Shrinkage { get; init; } = 1;

    /// <summary>The percentile of item popularity up to which items get the content's part. Default 10.</summary>
    [Option("percentile of popularity up to which items get the content's part", Minimum = 0, ExclusiveMaximum = 100)]
    public double Percentile { get; init; } = 10;

    /// <summary>Items on which the weights of the attributes are regressed, drawn by the seed; all where there are no more.
    /// Default 500.</summary>
    [Option("items on which the weights of the attributes are regressed", Minimum = 1)]
    public int RegressionItems { get; init; } = 500;

    /// <summary>The precision of the solve. Default single.</summary>
    [Option("precision of the solve")]
    public Precision Precision { get; init; } = Precision.Single;
}

/// <summary>
/// MARec, metadata alignment for cold-start recommendation (Monteil et al. 2024, RecSys, arXiv 2404.13298), on EASE: items that
/// few have met are scored by how alike their attributes are to what the user met, each attribute weighted as it predicts.
/// <code>
/// G^k_ij = ⟨z_i, z_j⟩/(‖z_i‖·‖z_j‖ + δ), diagonal 0,        of the features z of each attribute k (a column)
/// S = Σ_k μ_k·G^k + Σ_{k&lt;l} μ_kl·G^k∘G^l,                     μ ≥ 0 from a regression of X on X·G^k and X·(G^k∘G^l), with an
///                                                            intercept; zeros weigh 0.1
/// d_j = β·(p − c_j)/p where c_j ≤ p, else 0,  F = α·XᵀX·S·diag(d)
/// P = (XᵀX + λ₁I + F)⁻¹,  Θ_ij = −P_ij/P_jj,  scores = x_u·Θ
/// </code>
/// c_j are users of an item, p a percentile of it over the items that somebody has met, at least 1. P comes from EASE's own
/// P₀ = (XᵀX + λ₁I)⁻¹ by the columns C where d is not 0: P = P₀ − V·(I + V_C)⁻¹·(P₀)_C with V = P₀·F_C = α·(S − λ₁·P₀·S)_C·diag(d).
/// Time: that of <see cref="Ease"/>, two products of n²·|C| and |C|³/3; the regression takes terms·nnz(X)·regression-items.
/// Memory: 2·n² numbers (XᵀX is kept for items that are added: Θ_c = α·β·P·XᵀX·s_c), and 2·n·|C| while it is solved.
/// </summary>
public sealed class Marec : ContentRecommender
{
    // The weight of a pair that did not meet, in the regression.
    private const double ZeroWeight = 0.1;

    // Columns of a panel of the regression, and users whose sums are in memory at once.
    private const int Panel = 128, UserBlock = 512;

    private readonly MarecOptions _options;

    /// <summary>A model that has learned nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Marec(MarecOptions? options = null) => _options = OptionSet<MarecOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"MARec λ={_options.L2} α={_options.Alpha} β={_options.Beta} δ={_options.Shrinkage}");

    /// <summary>μ by attribute, and by pairs of attributes (<c>genres × year</c>).</summary>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    public IReadOnlyList<(string Attributes, double Weight)> AttributeWeights =>
        [.. Terms(Learned.Features.Space.Columns.Count).Select((term, t) => (string.Join(" × ", term.Select(k => Learned.Features.Space.Columns[k].Name)), Learned.Own[t]))];

    private protected override Precision Precision => _options.Precision;

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<MarecOptions>.Settings(_options);

    // XᵀX.
    private protected override (int Rows, int Columns)? BasisShape(int known, int inputs, int features) => (known, known);

    private protected override ContentWeights Solve(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        int n = data.Interactions.Items.Count;
        ClosedForm.RequireMemory("MARec", data.Interactions, n, 3, Precision, context);
        return Precision == Precision.Double ? Solve<double>(data, context, cancellationToken) : Solve<float>(data, context, cancellationToken);
    }

    private protected override double[] WeightsOf(ContentWeights learned, ReadOnlySpan<int> features, ReadOnlySpan<float> values)
    {
        // A feature matrix of the known items and, behind them, the item itself.
        var known = learned.Features.For(learned.Known).Matrix;
        int n = known.Rows;
        int[] offsets = [.. known.RowOffsets, (int)known.NonZeros + features.Length];
        var matrix = new CsrMatrix(n + 1, known.Columns, offsets, [.. known.ColumnIndices, .. features], [.. known.Values, .. values]);
        var terms = Terms(learned.Features.Space.Columns.Count);
        double[] s = new double[n];
        var likeness = new AttributeLikeness(learned.Features.Space, matrix, _options.Shrinkage);
        var column = new double[n + 1];
        likeness.Alike(n, terms, learned.Own, column);
        column.AsSpan(0, n).CopyTo(s);
        double[] gs = new double[n];
        learned.Basis!.MultiplyVector(s, gs);
        Elementwise.Multiply<double>(gs, _options.Alpha * _options.Beta, gs);
        return ContentForm.InverseTimes(learned, gs);
    }

    // Each attribute alone, then each pair.
    private static int[][] Terms(int attributes) =>
    [
        .. Enumerable.Range(0, attributes).Select(k => new[] { k }),
        .. Enumerable.Range(0, attributes).SelectMany(k => Enumerable.Range(k + 1, attributes - k - 1).Select(l => new[] { k, l })),
    ];

    private ContentWeights Solve<T>(TrainingData data, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (X, features, compute) = (data.Interactions, data.ItemFeatures!, context.Compute);
        int n = X.Items.Count;
        int[] counts = X.Csr.ColumnCounts();
        var terms = Terms(features.Space.Columns.Count);
        var likeness = new AttributeLikeness(features.Space, features.Matrix, _options.Shrinkage);
        double[] μ = Regress(X, likeness, terms, counts, context, cancellationToken);

        var G = GC.AllocateUninitializedArray<T>(n * n);
        ClosedForm.Gram<T>(X.Csr, G, context, cancellationToken);
        var P = G.AsSpan().ToArray();
        ClosedForm.AddToDiagonal<T>(P, [.. Enumerable.Repeat(T.CreateChecked(_options.L2), n)]);
        ClosedForm.Invert<T>(P, n, "raise l2", context, cancellationToken);                  // P₀
        var (C, d) = Damping(counts);
        if (C.Length > 0 && _options.Alpha > 0 && _options.Beta > 0)
        {
            Correct(compute, P, n, C, d, likeness, terms, μ);
        }

        double[] diagonal = Array.ConvertAll(ClosedForm.Diagonal<T>(P, n), double.CreateChecked);
        ClosedForm.ToZeroDiagonal(compute, P, n);
        return new ContentWeights
        {
            Known = X.Items,
            Features = features,
            Met = ContentForm.Met(X),
            W = new WeightMatrix(P, n, n, compute),
            Basis = new WeightMatrix(G, n, n, compute),
            InverseDiagonal = diagonal,
            Own = μ,
        };
    }

    // The items that get the content's part, and how much of it.
    private (int[] Items, double[] Damping) Damping(int[] counts)
    {
        int[] met = [.. counts.Where(c => c > 0).Order()];
        double p = Math.Max(1, met[(int)(_options.Percentile / 100 * met.Length)]);
        int[] items = [.. Enumerable.Range(0, counts.Length).Where(j => counts[j] < p)];
        return (items, Array.ConvertAll(items, j => _options.Beta * (p - counts[j]) / p));
    }

    // P = P₀ − V·(I + V_C)⁻¹·(P₀)_C.
    private void Correct<T>(Compute compute, T[] P, int n, int[] C, double[] d, AttributeLikeness likeness, int[][] terms, double[] μ)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int c = C.Length;
        var S = new T[n * c];
        compute.For(c, k =>
        {
            var column = new double[n];
            likeness.Alike(C[k], terms, μ, column);
            for (int i = 0; i < n; i++)
            {
                S[(i * c) + k] = T.CreateChecked(column[i]);
            }
        });
        var V = S.AsSpan().ToArray();
        Dense.Gemm<T>(Transpose.No, Transpose.No, n, c, n, -T.CreateChecked(_options.L2), P, n, S, c, T.One, V, c, compute); // S − λ₁·P₀·S
        T[] scale = Array.ConvertAll(d, x => T.CreateChecked(_options.Alpha * x));
        ClosedForm.ForRows(compute, n, i => Elementwise.Multiply(V.AsSpan(i * c, c), scale, V.AsSpan(i * c, c)));

        var (K, Y) = (new T[c * c], new T[c * n]);
        for (int k = 0; k < c; k++)
        {
            V.AsSpan(C[k] * c, c).CopyTo(K.AsSpan(k * c));
            K[(k * c) + k] += T.One;
            P.AsSpan(C[k] * n, n).CopyTo(Y.AsSpan(k * n));
        }

        LinearSystem.Solve(compute, K, c, Y, n);
        Dense.Gemm<T>(Transpose.No, Transpose.No, n, n, c, -T.One, V, c, Y, n, T.One, P, n, compute);
    }

    // Weighted least squares of x_uj on an intercept and the terms, over some items and all users.
    private double[] Regress(InteractionMatrix X, AttributeLikeness likeness, int[][] terms, int[] counts, FitContext context, CancellationToken cancellationToken)
    {
        int n = X.Items.Count, q = terms.Length + 1;
        int[] items = [.. Enumerable.Range(0, n).Where(j => counts[j] > 0)];
        if (items.Length > _options.RegressionItems)
        {
            new Rng(context.Seed, ulong.MaxValue - 7).Shuffle(items.AsSpan());
            items = items[.._options.RegressionItems];
            Array.Sort(items);
        }

        int m = X.Users.Count, panels = (items.Length + Panel - 1) / Panel, blocks = (m + UserBlock - 1) / UserBlock;
        var (normal, right) = (new double[q * q], new double[q]);
        for (int panel = 0; panel < panels; panel++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            context.Progress?.Report(new FitProgress("weights of attributes", (double)panel / panels));
            int[] columns = items[(panel * Panel)..Math.Min(items.Length, (panel + 1) * Panel)];
            float[][] likenesses = likeness.Columns(context.Compute, columns, terms); // [items, columns] of each term
            var parts = new double[blocks][];
            context.Compute.For(blocks, block => parts[block] = Sums(X.Csr, block * UserBlock, Math.Min(m, (block + 1) * UserBlock), columns, likenesses, q));
            foreach (double[] part in parts) // in their order: the same bits with any number of threads
            {
                Elementwise.Add(normal, part.AsSpan(0, q * q), normal);
                Elementwise.Add(right, part.AsSpan(q * q), right);
            }
        }

        return LinearSystem.NonNegative(normal, right, free: 1)[1..];
    }

    // Σ w·y·yᵀ and Σ w·y·x of some users and items, y = (1, (X·H_1)_uj, …): first [q, q], then [q].
    private static double[] Sums(CsrMatrix x, int first, int last, int[] columns, float[][] likenesses, int q)
    {
        double[] sums = new double[(q * q) + q], y = new double[q];
        int width = columns.Length;
        var products = new float[likenesses.Length][];
        for (int t = 0; t < products.Length; t++)
        {
            products[t] = new float[width];
        }

        y[0] = 1;
        var value = new float[width];
        for (int u = first; u < last; u++)
        {
            var items = x.RowIndices(u);
            var values = x.RowValues(u);
            for (int t = 0; t < products.Length; t++)
            {
                Array.Clear(products[t]);
                for (int k = 0; k < items.Length; k++)
                {
                    Elementwise.MultiplyAdd(likenesses[t].AsSpan(items[k] * width, width), values[k], products[t], products[t]);
                }
            }

            for (int j = 0; j < width; j++)
            {
                int at = items.BinarySearch(columns[j]);
                double target = at >= 0 ? values[at] : 0, weight = at >= 0 ? 1 : ZeroWeight;
                for (int t = 0; t < products.Length; t++)
                {
                    y[t + 1] = products[t][j];
                }

                for (int a = 0; a < q; a++)
                {
                    double wy = weight * y[a];
                    for (int b = 0; b <= a; b++)
                    {
                        sums[(a * q) + b] += wy * y[b];
                    }

                    sums[(q * q) + a] += wy * target;
                }
            }
        }

        for (int a = 0; a < q; a++)
        {
            for (int b = a + 1; b < q; b++)
            {
                sums[(a * q) + b] = sums[(b * q) + a];
            }
        }

        return sums;
    }
}
