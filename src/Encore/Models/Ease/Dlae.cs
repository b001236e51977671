using System.Globalization;

namespace Encore.Models;

/// <summary>What <see cref="Dlae"/> can be told.</summary>
public sealed record DlaeOptions
{
    /// <summary>λ, the weight of ‖B‖² beside the squared error. Default 500.</summary>
    [Option("strength of the L2 penalty, λ", Minimum = 0)]
    public double L2 { get; init; } = 500;

    /// <summary>p, the probability with which an input is dropped, below 1. Default 0.33.</summary>
    [Option("probability of dropping an input, p", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.33;

    /// <summary>The precision of the solve. Default single.</summary>
    [Option("precision of the solve")]
    public Precision Precision { get; init; } = Precision.Single;
}

/// <summary>
/// DLAE (Steck 2020, "Autoencoders that don't overfit towards the identity"): a linear denoising autoencoder, trained
/// on infinitely many dropouts of its input at once. Dropout acts as an L2 penalty that grows with an item's popularity.
/// <code>
/// min_B E‖X − δ(X)·B‖², each entry dropped with probability p, the kept scaled by 1/(1−p)  (+ λ‖B‖²)
/// G = XᵀX,  Λ = λI + p/(1−p)·diag(G),  B = (G + Λ)⁻¹G = I − (G + Λ)⁻¹Λ
/// scores = x_u·B
/// </code>
/// Unlike <see cref="Edlae"/> and <see cref="Ease"/> it leaves a diagonal in B, which moves only the scores of items already seen.
/// Time and memory are those of <see cref="Ease"/>: one Gram matrix, one inverse, n² numbers.
/// </summary>
/// <remarks>An empty history scores 0 everywhere; an item without training users scores 0 for everyone.</remarks>
public sealed class Dlae : LinearAutoencoder
{
    private readonly DlaeOptions _options;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Dlae(DlaeOptions? options = null) => _options = OptionSet<DlaeOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"DLAE λ={_options.L2} p={_options.Dropout}");

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<DlaeOptions>.Settings(_options);

    private protected override LinearDesign Design => new()
    {
        Model = "DLAE",
        Remedy = "raise l2 or dropout",
        L2 = _options.L2,
        Dropout = _options.Dropout,
        Diagonal = DiagonalRule.Free,
        Precision = _options.Precision,
    };
}
