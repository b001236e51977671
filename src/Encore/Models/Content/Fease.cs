using System.Globalization;

namespace Encore.Models;

/// <summary>What <see cref="Fease"/> can be told.</summary>
public sealed record FeaseOptions
{
    /// <summary>λ, the weight of ‖B‖² beside the squared error. Default 500.</summary>
    [Option("strength of the L2 penalty, λ", Minimum = 0)]
    public double L2 { get; init; } = 500;

    /// <summary>α, the weight of the items' features as further rows. Default 1.</summary>
    [Option("weight of item features as further rows, α", Minimum = 0)]
    public double Alpha { get; init; } = 1;

    /// <summary>β, the weight of the users' features as further columns, where there are any. Default 1.</summary>
    [Option("weight of user features as further columns, β", Minimum = 0)]
    public double Beta { get; init; } = 1;

    /// <summary>δ, how strongly weights are held to the items' likeness by content. It moves items that users have met, too:
    /// what is best for cold items alone may be far too strong for them. Default 10.</summary>
    [Option("pull of the weights towards likeness by content, δ", Minimum = 0)]
    public double Delta { get; init; } = 10;

    /// <summary>How many items that somebody has met an item is likened to. Default 50.</summary>
    [Option("items that an item is likened to by content", Minimum = 1)]
    public int Neighbours { get; init; } = 50;

    /// <summary>The precision of the solve. Default single.</summary>
    [Option("precision of the solve")]
    public Precision Precision { get; init; } = Precision.Single;
}

/// <summary>
/// FEASE (Cui, Zhang &amp; Lee 2025, arXiv 2504.02288): EASE of users and items with what is known of both.
/// <code>
/// Z = [X, β·U; α·Tᵀ, 0],  min_B ‖Z − Z·B‖² + λ‖B‖² + δ‖B_items − R‖²  with  diag(B) = 0
/// Λ = λ, of items λ + δ;  P = (ZᵀZ + Λ)⁻¹,  B̃ = I − P·(Λ − δR),  B = B̃ − P·diag(B̃_jj/P_jj)
/// scores = [x_u, β·a_u]·B
/// </code>
/// T [items, features] are the items' features, U [users, features] the users', R [items, items] the cosine of the items'
/// features, of each item the <see cref="FeaseOptions.Neighbours"/> largest to items that somebody has met. An item that nobody
/// has met has R's column for its prior: B_c = P·(α²·T·t_c + δ·r_c), which is also how an item is added to a fitted model.
/// Time: that of <see cref="Ease"/> for items and user features together, and neighbours·n² for P·R; memory: two such matrices
/// with δ &gt; 0 or user features, three with both.
/// </summary>
/// <remarks>α, β and δ are chosen on items, or users, that were hidden whole: on others they do little.</remarks>
public sealed class Fease : ContentRecommender
{
    private readonly FeaseOptions _options;

    /// <summary>A model that has learned nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Fease(FeaseOptions? options = null) => _options = OptionSet<FeaseOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"FEASE λ={_options.L2} α={_options.Alpha} β={_options.Beta} δ={_options.Delta}");

    private protected override double UserScale => _options.Beta;

    private protected override Precision Precision => _options.Precision;

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<FeaseOptions>.Settings(_options);

    private ContentDesign Design => new()
    {
        Model = "FEASE",
        L2 = _options.L2,
        Alpha = _options.Alpha,
        Beta = _options.Beta,
        Delta = _options.Delta,
        Neighbours = _options.Neighbours,
        Precision = _options.Precision,
    };

    private protected override (int Rows, int Columns)? BasisShape(int known, int inputs, int features) => _options.Delta > 0 ? (inputs, inputs) : null;

    private protected override ContentWeights Solve(TrainingData data, FitContext context, CancellationToken cancellationToken) =>
        Design.Solve(data, context, cancellationToken);

    private protected override double[] WeightsOf(ContentWeights learned, ReadOnlySpan<int> features, ReadOnlySpan<float> values) =>
        Design.WeightsOf(learned, features, values);
}
