using System.Globalization;
using System.Numerics;

namespace Encore.Models;

/// <summary>What <see cref="Ease"/> can be told.</summary>
public sealed record EaseOptions
{
    /// <summary>λ, the weight of ‖B‖² beside the squared error. Default 500, good for ML-1M and ML-20M with values 1;
    /// the paper's are 500 (ML-20M), 1000 (Netflix), 200 (MSD).</summary>
    [Option("strength of the L2 penalty, λ", Minimum = 0)]
    public double L2 { get; init; } = 500;

    /// <summary>The precision of the solve. Default single.</summary>
    [Option("precision of the solve")]
    public Precision Precision { get; init; } = Precision.Single;
}

/// <summary>
/// EASE (Steck 2019, "Embarrassingly shallow autoencoders for sparse data"): a linear autoencoder whose items may not
/// recommend themselves, in closed form.
/// <code>
/// min_B ‖X − X·B‖² + λ‖B‖²  with  diag(B) = 0         (section 3)
/// G = XᵀX,  P = (G + λI)⁻¹,  B_ij = −P_ij / P_jj      (section 3.1)
/// scores = x_u·B
/// </code>
/// Time: Σ_u nnz(u)²/2 additions for G and n³ multiply-adds for its inverse, whatever the number of users; one user's
/// scores nnz(u)·n. Memory: n² numbers of 4 bytes (8 in double), so 1.6 GB for 20,000 items, and the transpose of X
/// while G is summed.
/// </summary>
/// <remarks>An empty history scores 0 everywhere; an item without training users scores 0 for everyone.</remarks>
public sealed class Ease : IRecommender
{
    private readonly EaseOptions _options;
    private Learnt? _learnt;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Ease(EaseOptions? options = null) => _options = OptionSet<EaseOptions>.Validated(options);

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"EASE λ={_options.L2}");

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learnt, Name).Items;

    internal WeightMatrix Weights => Guard.Fitted(_learnt, Name).B;

    /// <inheritdoc/>
    public void Fit(InteractionMatrix train, FitContext context)
    {
        _learnt = null;
        Guard.Trainable(train, context, Name);
        ClosedForm.RequireMemory("EASE", train, train.Items.Count, 1, _options.Precision, context);
        _learnt = new Learnt(train.Items, _options.Precision == Precision.Double
            ? Solve<double>(train, context)
            : Solve<float>(train, context));
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, B) = Guard.Fitted(_learnt, Name);
        Guard.Scorable(histories, items, scores.Length);
        B.Multiply(histories.Matrix.Csr, histories.Start, histories.Count, scores);
    }

    private WeightMatrix Solve<T>(InteractionMatrix X, FitContext context)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = X.Items.Count;
        var λ = new T[n];
        λ.AsSpan().Fill(T.CreateChecked(_options.L2));

        var P = GC.AllocateUninitializedArray<T>(n * n);
        ClosedForm.Gram<T>(X.Csr, P, context);                        // G = XᵀX
        ClosedForm.AddToDiagonal<T>(P, λ);                            // G + λI
        ClosedForm.Invert<T>(P, n, "raise l2", context);              // P = (G + λI)⁻¹
        ClosedForm.ToZeroDiagonal(P, n);                              // B = I − P·diag(1/P_jj)
        return new WeightMatrix(P, n, n);
    }

    private sealed record Learnt(IdMap Items, WeightMatrix B);
}
