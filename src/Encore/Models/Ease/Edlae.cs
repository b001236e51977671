using System.Globalization;

namespace Encore.Models;

/// <summary>What <see cref="Edlae"/> can be told.</summary>
public sealed record EdlaeOptions
{
    /// <summary>λ, the weight of ‖B‖² beside the squared error. Default 100.</summary>
    [Option("strength of the L2 penalty, λ", Minimum = 0)]
    public double L2 { get; init; } = 100;

    /// <summary>p, the probability with which an input is dropped, below 1. Default 0.33.</summary>
    [Option("probability of dropping an input, p", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.33;

    /// <summary>The precision of the solve. Default single.</summary>
    [Option("precision of the solve")]
    public Precision Precision { get; init; } = Precision.Single;
}

/// <summary>
/// EDLAE (Steck 2020, "Autoencoders that don't overfit towards the identity"): a linear denoising autoencoder that puts
/// all emphasis on the dropped entries (a = 1, b = 0), which leaves no use for the diagonal of B; full rank.
/// <code>
/// min_B E‖A ⊙ (X − δ(X)·B)‖², A = 1 where an entry was dropped, else 0, + λ‖B‖²
/// G = XᵀX,  Λ = λI + p/(1−p)·diag(G),  C = (G + Λ)⁻¹,  B = I − C·diag(1/C_jj)
/// scores = x_u·B
/// </code>
/// <see cref="Ease"/> is the case p = 0; beside it, this penalises the weights of popular items more.
/// Time and memory are those of <see cref="Ease"/>: one Gram matrix, one inverse, n² numbers.
/// </summary>
/// <remarks>An empty history scores 0 everywhere; an item without training users scores 0 for everyone.</remarks>
public sealed class Edlae : LinearAutoencoder
{
    private readonly EdlaeOptions _options;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Edlae(EdlaeOptions? options = null) => _options = OptionSet<EdlaeOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"EDLAE λ={_options.L2} p={_options.Dropout}");

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<EdlaeOptions>.Settings(_options);

    private protected override LinearDesign Design => new()
    {
        Model = "EDLAE",
        Remedy = "raise l2 or dropout",
        L2 = _options.L2,
        Dropout = _options.Dropout,
        Diagonal = DiagonalRule.Zero,
        Precision = _options.Precision,
    };
}
