using Encore.Storage;

namespace Encore.Models;

/// <summary>
/// The linear autoencoders that one inverse solves: <see cref="Ease"/>, whose options span the family, and its named settings
/// <see cref="Edlae"/> and <see cref="Dlae"/>.
/// <code>
/// min_B Σ_u a_u·‖x_u − x_u·B‖² + Σ_i Λ_i·‖B_i‖²,  and what the rule of the diagonal adds
/// G = Xᵀ·diag(a)·X,  Λ_i = λ + p/(1−p)·G_ii + κ·G_ii^α,  P = (G + diag(Λ))⁻¹,  B = I − P·diag(η)
/// η_j = 1/P_jj (zero diagonal),  Λ_j (free),  max(Λ_j, (1−ξ)/P_jj) (bounded by ξ);  W_ij = B_ij·(c_i/c_j)^γ
/// scores = x_u·W
/// </code>
/// Of weighted interactions a_u is the mean weight of the user's over that of all: weights by entry would take a Gram matrix, and
/// an inverse, for each item. A half-life also makes old items of a scored history count less.
/// </summary>
/// <remarks>An empty history scores 0 everywhere; an item without training users scores 0 for everyone.</remarks>
public abstract class LinearAutoencoder : IRecommender, IStoredModel, IOnnxModel, ILinearModel, IItemSimilarity, IUsesWeights
{
    private protected LinearAutoencoder()
    {
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(Learned, Name).Items;

    internal WeightMatrix Weights => Guard.Fitted(Learned, Name).W;

    /// <summary>What it has learned; null before a fit.</summary>
    private protected LearnedWeights? Learned { get; set; }

    private protected abstract LinearDesign Design { get; }

    private protected abstract IReadOnlyDictionary<string, string> Settings { get; }

    /// <inheritdoc/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        Learned = null;
        var train = Guard.Trainable(data, context, this, cancellationToken);
        Learned = Design.Solve(train, null, context, cancellationToken);
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, W, _, _) = Guard.Fitted(Learned, Name);
        Guard.Scorable(histories, items, scores.Length);
        W.Multiply(histories.Matrix.Inputs, histories.Start, histories.Count, scores);
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => Settings;

    void IStoredModel.Write(TensorWriter writer)
    {
        var (_, W, G, users) = Guard.Fitted(Learned, Name);
        W.Write(writer, "weights");
        G?.Write(writer, "gram");
        LearnedUsersTensor.Write(users, writer);
    }

    void IStoredModel.Read(TensorReader reader, StoredContext context)
    {
        int n = context.Items.Count;
        var precision = Design.Precision;
        Learned = new LearnedWeights(
            context.Items,
            WeightMatrix.Read(reader, "weights", n, n, precision, context.Compute),
            Design.KeepGram ? WeightMatrix.Read(reader, "gram", n, n, precision, context.Compute) : null,
            LearnedUsersTensor.Read(reader));
    }

    void IOnnxModel.Build(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        graph.Scores(graph.Node("MatMul", [graph.History(), graph.Constant(Weights.ToSingle(Items.Count), Items.Count, Items.Count)]));
    }

    // A Gram matrix that is kept does not say how much its users counted.
    WeightUse IUsesWeights.WeightUse => Design.KeepGram ? WeightUse.None : WeightUse.Users | WeightUse.Inputs;

    bool ILinearModel.IsLinear => true;

    double ILinearModel.Weight(int from, int target) => Weights[from, target];

    double ILinearModel.Baseline(int item) => 0;

    void IItemSimilarity.Similarities(int item, Span<float> similarities) => Weights.CopyRow(item, similarities);
}

/// <summary>What a linear autoencoder has learned.</summary>
/// <param name="Items">Its items.</param>
/// <param name="W">W, [items, items].</param>
/// <param name="G">G, where it is kept.</param>
/// <param name="Users">The users it has learned from, where that matters.</param>
internal sealed record LearnedWeights(IdMap Items, WeightMatrix W, WeightMatrix? G, LearnedUsers? Users);
