using System.Globalization;

namespace Encore.Models;

/// <summary>What <see cref="Cease"/> can be told.</summary>
public sealed record CeaseOptions
{
    /// <summary>λ, the weight of ‖B‖² beside the squared error. Default 500.</summary>
    [Option("strength of the L2 penalty, λ", Minimum = 0)]
    public double L2 { get; init; } = 500;

    /// <summary>α, the weight of the items' features; 0 is <see cref="Ease"/>. Default 1.</summary>
    [Option("weight of item features as further rows, α", Minimum = 0)]
    public double Alpha { get; init; } = 1;

    /// <summary>The precision of the solve. Default single.</summary>
    [Option("precision of the solve")]
    public Precision Precision { get; init; } = Precision.Single;
}

/// <summary>
/// CEASE, collective EASE (Jeunen, Van Balen &amp; Goethals 2020, "Closed-form models for collaborative filtering with
/// side-information", RecSys): each feature of the items is a further user, who met the items that have it.
/// <code>
/// G = XᵀX + α²·T·Tᵀ,  P = (G + λI)⁻¹,  B_ij = −P_ij/P_jj,  scores = x_u·B
/// </code>
/// T [items, features]. An item that is added later has the column that it would have had: B_c = α²·P·T·t_c. Time and memory are
/// those of <see cref="Ease"/>, and Σ_f nnz(f)² for T·Tᵀ.
/// </summary>
public sealed class Cease : ContentRecommender
{
    private readonly CeaseOptions _options;

    /// <summary>A model that has learned nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Cease(CeaseOptions? options = null) => _options = OptionSet<CeaseOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"CEASE λ={_options.L2} α={_options.Alpha}");

    private protected override Precision Precision => _options.Precision;

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<CeaseOptions>.Settings(_options);

    private ContentDesign Design => new() { Model = "CEASE", L2 = _options.L2, Alpha = _options.Alpha, Precision = _options.Precision };

    private protected override ContentWeights Solve(TrainingData data, FitContext context, CancellationToken cancellationToken) =>
        Design.Solve(data, context, cancellationToken);

    private protected override double[] WeightsOf(ContentWeights learned, ReadOnlySpan<int> features, ReadOnlySpan<float> values) =>
        Design.WeightsOf(learned, features, values);
}
