using System.Globalization;
using System.Numerics.Tensors;
using Encore.Models;

namespace OwnModel;

/// <summary>Options for <see cref="BalancedEase"/>.</summary>
public sealed record BalancedEaseOptions
{
    /// <summary>λ, the weight of ‖B‖². Default 500.</summary>
    [Option("strength of the L2 penalty, λ", Minimum = 0)]
    public double L2 { get; init; } = 500;

    /// <summary>β: 0 weighs users by their interactions, as EASE does; 1 weighs all users alike. Default 0.5.</summary>
    [Option("how far long histories are weighed down, β", Minimum = 0, ExclusiveMaximum = 2)]
    public double Balance { get; init; } = 0.5;
}

/// <summary>
/// EASE (Steck 2019) in which a user with a long history does not outweigh the others:
/// <code>
/// min_B Σ_u w_u·‖x_u − x_u·B‖² + λ‖B‖²  with  diag(B) = 0,  w_u = (‖x_u‖² / mean ‖x‖²)^−β
/// G = Σ_u w_u·x_uᵀx_u,  P = (G + λI)⁻¹,  B_ij = −P_ij / P_jj,  scores = x_u·B
/// </code>
/// The solution is EASE's with √w_u·x_u in the place of x_u (its section 3.1 holds for any weights of the rows), and β = 0 is
/// EASE. Time: n³ multiply-adds for n items; memory: 4·n² bytes.
/// </summary>
/// <param name="options">The options; null: their defaults.</param>
public sealed class BalancedEase(BalancedEaseOptions? options = null) : IRecommender, IStoredModel, IOnnxModel, ILinearModel, IItemSimilarity
{
    private readonly BalancedEaseOptions _options = ModelOption.Validated(options);
    private Learned? _learned;

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"Balanced EASE λ={_options.L2} β={_options.Balance}");

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learned, Name).Items;

    /// <inheritdoc/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learned = null;
        var train = Guard.Trainable(data, context, Name, cancellationToken);
        int n = train.Items.Count;
        MemoryBudget.RequireSquare(n, (4L * n * n) + (20 * train.Count), $"{Name} of {n:N0} items", "Drop rare items.", context.MemoryLimit);
        var B = new float[n * n];
        Sparse.Gram(Weighted(train.Csr), B, context.Compute, cancellationToken); // G
        for (int d = 0; d < B.Length; d += n + 1)
        {
            B[d] += (float)_options.L2;                                   // G + λI
        }

        try
        {
            Dense.SymmetricInverse(B, n, null, context.Compute, cancellationToken); // P
        }
        catch (ArithmeticException e)
        {
            throw new InvalidDataException($"{Name}: the matrix of {n:N0} items has no inverse in single precision; raise l2.", e);
        }

        float[] diagonal = [.. Enumerable.Range(0, n).Select(j => B[(j * n) + j])];
        for (int k = 0; k < B.Length; k++)
        {
            B[k] = k % (n + 1) == 0 ? 0 : -B[k] / diagonal[k % n];        // B_ij = −P_ij / P_jj
        }

        _learned = new Learned(train.Items, B, context.Compute);
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, B, compute) = Guard.Fitted(_learned, Name);
        Guard.Scorable(histories, items, scores.Length);
        Sparse.Multiply(histories.Matrix.Csr, histories.Start, histories.Count, B, items.Count, scores, compute);
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => ModelOption.Settings(_options);

    void IStoredModel.Write(TensorWriter writer) => writer.Add("weights", Weights, Items.Count, Items.Count);

    void IStoredModel.Read(TensorReader reader, StoredContext context) =>
        _learned = new Learned(context.Items, reader.Finite("weights", context.Items.Count, context.Items.Count), context.Compute);

    void IOnnxModel.Build(OnnxGraph graph) =>
        graph.Scores(graph.Node("MatMul", [graph.History(), graph.Constant(Weights, Items.Count, Items.Count)]));

    bool ILinearModel.IsLinear => true;

    double ILinearModel.Weight(int from, int target) => Weights[(from * Items.Count) + target];

    double ILinearModel.Baseline(int item) => 0;

    void IItemSimilarity.Similarities(int item, Span<float> similarities) =>
        Weights.AsSpan(item * Items.Count, Items.Count).CopyTo(similarities);

    // √w_u·x_u.
    private CsrMatrix Weighted(CsrMatrix x)
    {
        double[] squares = [.. Enumerable.Range(0, x.Rows).Select(u => (double)TensorPrimitives.SumOfSquares(x.RowValues(u)))];
        double mean = squares.Sum() / squares.Count(s => s > 0);
        var (offsets, indices, values) = (new int[x.Rows + 1], new List<int>(), new List<float>());
        for (int u = 0; u < x.Rows; u++)
        {
            float weight = (float)Math.Pow(squares[u] / mean, -_options.Balance / 2);
            indices.AddRange(x.RowIndices(u));
            values.AddRange(x.RowValues(u).ToArray().Select(value => weight * value));
            offsets[u + 1] = indices.Count;
        }

        return new CsrMatrix(x.Rows, x.Columns, offsets, [.. indices], [.. values]);
    }

    private float[] Weights => Guard.Fitted(_learned, Name).B;

    private sealed record Learned(IdMap Items, float[] B, Compute Compute);
}
