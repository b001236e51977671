using System.Globalization;
using System.Numerics;
using Encore.Storage;

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
public sealed class Dlae : IRecommender, IStoredModel, IOnnxModel, ILinearModel, IItemSimilarity
{
    private readonly DlaeOptions _options;
    private Learnt? _learnt;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Dlae(DlaeOptions? options = null) => _options = OptionSet<DlaeOptions>.Validated(options);

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"DLAE λ={_options.L2} p={_options.Dropout}");

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learnt, Name).Items;

    internal WeightMatrix Weights => Guard.Fitted(_learnt, Name).B;

    /// <inheritdoc/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learnt = null;
        var train = Guard.Trainable(data, context, Name, cancellationToken);
        ClosedForm.RequireMemory("DLAE", train, train.Items.Count, 1, _options.Precision, context);
        _learnt = new Learnt(train.Items, _options.Precision == Precision.Double
            ? Solve<double>(train, context, cancellationToken)
            : Solve<float>(train, context, cancellationToken));
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, B) = Guard.Fitted(_learnt, Name);
        Guard.Scorable(histories, items, scores.Length);
        B.Multiply(histories.Matrix.Csr, histories.Start, histories.Count, scores);
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => OptionSet<DlaeOptions>.Settings(_options);

    void IStoredModel.Write(TensorWriter writer) => Weights.Write(writer, "weights");

    void IStoredModel.Read(TensorReader reader, StoredContext context) =>
        _learnt = new Learnt(context.Items, WeightMatrix.Read(reader, "weights", context.Items.Count, context.Items.Count, _options.Precision, context.Compute));

    void IOnnxModel.Build(OnnxGraph graph) =>
        graph.Scores(graph.Node("MatMul", [graph.History(), graph.Constant(Weights.ToSingle(Items.Count), Items.Count, Items.Count)]));

    bool ILinearModel.IsLinear => true;

    double ILinearModel.Weight(int from, int target) => Weights[from, target];

    double ILinearModel.Baseline(int item) => 0;

    void IItemSimilarity.Similarities(int item, Span<float> similarities) => Weights.CopyRow(item, similarities);

    private WeightMatrix Solve<T>(InteractionMatrix X, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = X.Items.Count;
        T λ = T.CreateChecked(_options.L2), p = T.CreateChecked(_options.Dropout);

        var C = GC.AllocateUninitializedArray<T>(n * n);
        ClosedForm.Gram<T>(X.Csr, C, context, cancellationToken);                        // G = XᵀX
        var Λ = ClosedForm.Diagonal<T>(C, n);
        for (int j = 0; j < n; j++)
        {
            Λ[j] = λ + (p / (T.One - p) * Λ[j]);                      // Λ = λI + p/(1−p)·diag(G)
        }

        ClosedForm.AddToDiagonal<T>(C, Λ);                            // G + Λ
        ClosedForm.Invert<T>(C, n, "raise l2 or dropout", context, cancellationToken);   // C = (G + Λ)⁻¹
        ClosedForm.ToDamped(context.Compute, C, n, Λ);                                 // B = I − CΛ
        return new WeightMatrix(C, n, n, context.Compute);
    }

    private sealed record Learnt(IdMap Items, WeightMatrix B);
}
