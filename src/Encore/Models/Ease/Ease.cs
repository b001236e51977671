using System.Globalization;
using System.Numerics;
using Encore.Numerics;
using Encore.Storage;

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

    /// <summary>Whether G is kept beside B, so that <see cref="Ease.Update"/> can add users without the old log. Takes
    /// the memory, and the model file, twice. Default false.</summary>
    [Option("whether to keep G, so that users can be added without the old log; twice the memory")]
    public bool KeepGram { get; init; }
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
public sealed class Ease : IRecommender, IStoredModel, IOnnxModel, ILinearModel, IItemSimilarity, ILearnsOn
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
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learnt = null;
        var train = Guard.Trainable(data, context, Name, cancellationToken);
        ClosedForm.RequireMemory("EASE", train, train.Items.Count, Matrices, _options.Precision, context);
        _learnt = _options.Precision == Precision.Double
            ? Solve<double>(train, null, context, cancellationToken)
            : Solve<float>(train, null, context, cancellationToken);
    }

    /// <summary>
    /// Learns from more users without those it has learnt from: G ← G + XᵀX, solved anew. With values 0 and 1 the result
    /// has the bits of a model that learnt from all users at once. Items that are new are added. Time and memory are
    /// those of <see cref="Fit"/>, whatever the number of earlier users.
    /// </summary>
    /// <param name="users">Users none of whom the model has learnt from: what a known user did since cannot be added,
    /// for its products with what the user did before are missing, and the same interactions again would count
    /// twice.</param>
    /// <param name="context">Progress and memory.</param>
    /// <param name="cancellationToken">Stops the update; the model is as it was.</param>
    /// <exception cref="InvalidOperationException">The model has not been fitted, or with <see cref="EaseOptions.KeepGram"/>
    /// off.</exception>
    /// <exception cref="ArgumentException">The model has learnt from some of the users already. A model of which that is
    /// not known, from a file of an earlier release or with more than 4,194,304 users, takes any.</exception>
    /// <inheritdoc cref="Fit"/>
    public void Update(InteractionMatrix users, FitContext context, CancellationToken cancellationToken = default)
    {
        var before = Guard.Fitted(_learnt, Name);
        if (before.G is null)
        {
            throw new InvalidOperationException($"{Name} did not keep its Gram matrix: train it with ease.keep-gram=true.");
        }

        Guard.Trainable(new TrainingData(users), context, Name, cancellationToken);
        if (before.Users?.Among(users) is { Count: > 0 } twice)
        {
            throw new ArgumentException(
                $"{Name} has learned from {twice.Count} of these users already, such as {twice[0]}; expected new users only. Leave them out, or train anew on all data.", nameof(users));
        }

        var all = IdMap.From(Ids(before.Items).Concat(Ids(users.Items)));
        var train = users.WithItems(all);
        ClosedForm.RequireMemory("EASE", train, all.Count, Matrices, _options.Precision, context);
        _learnt = _options.Precision == Precision.Double
            ? Solve<double>(train, before, context, cancellationToken)
            : Solve<float>(train, before, context, cancellationToken);

        static IEnumerable<string> Ids(IdMap map) => Enumerable.Range(0, map.Count).Select(i => map[i]);
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, B, _, _) = Guard.Fitted(_learnt, Name);
        Guard.Scorable(histories, items, scores.Length);
        B.Multiply(histories.Matrix.Csr, histories.Start, histories.Count, scores);
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => OptionSet<EaseOptions>.Settings(_options);

    void IStoredModel.Write(TensorWriter writer)
    {
        var (_, B, G, users) = Guard.Fitted(_learnt, Name);
        B.Write(writer, "weights");
        G?.Write(writer, "gram");
        LearnedUsersTensor.Write(users, writer);
    }

    void IStoredModel.Read(TensorReader reader, StoredContext context)
    {
        int n = context.Items.Count;
        _learnt = new Learnt(
            context.Items,
            WeightMatrix.Read(reader, "weights", n, n, _options.Precision, context.Compute),
            _options.KeepGram ? WeightMatrix.Read(reader, "gram", n, n, _options.Precision, context.Compute) : null,
            LearnedUsersTensor.Read(reader));
    }

    void IOnnxModel.Build(OnnxGraph graph) =>
        graph.Scores(graph.Node("MatMul", [graph.History(), graph.Constant(Weights.ToSingle(Items.Count), Items.Count, Items.Count)]));

    LearnedUsers? ILearnsOn.LearnedUsers => _learnt?.Users;

    bool ILinearModel.IsLinear => true;

    double ILinearModel.Weight(int from, int target) => Weights[from, target];

    double ILinearModel.Baseline(int item) => 0;

    void IItemSimilarity.Similarities(int item, Span<float> similarities) => Weights.CopyRow(item, similarities);

    private int Matrices => _options.KeepGram ? 2 : 1;

    // From the users alone, or from them and the Gram matrix of others.
    private Learnt Solve<T>(InteractionMatrix X, Learnt? others, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = X.Items.Count;
        var λ = new T[n];
        λ.AsSpan().Fill(T.CreateChecked(_options.L2));

        var P = GC.AllocateUninitializedArray<T>(n * n);
        ClosedForm.Gram<T>(X.Csr, P, context, cancellationToken);                        // G = XᵀX
        if (others is not null)
        {
            AddGram(context.Compute, others, X.Items, P);                              // G + Gram matrix of the others
        }

        var G = _options.KeepGram ? new WeightMatrix(P.AsSpan().ToArray(), n, n, context.Compute) : null;
        ClosedForm.AddToDiagonal<T>(P, λ);                            // G + λI
        ClosedForm.Invert<T>(P, n, "raise l2", context, cancellationToken);              // P = (G + λI)⁻¹
        ClosedForm.ToZeroDiagonal(context.Compute, P, n);                              // B = I − P·diag(1/P_jj)
        var users = !_options.KeepGram ? null : others is null ? LearnedUsers.Of(X) : others.Users?.With(X);
        return new Learnt(X.Items, new WeightMatrix(P, n, n, context.Compute), G, users);
    }

    private static void AddGram<T>(Compute compute, Learnt others, IdMap items, T[] P)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = items.Count, before = others.Items.Count;
        int[] index = others.Items.MapTo(items);
        ClosedForm.ForRows(compute, before, i =>
        {
            var row = others.G!.Values<T>().Slice(i * before, before);
            for (int j = 0; j < before; j++)
            {
                P[(index[i] * n) + index[j]] += row[j];
            }
        });
        GC.KeepAlive(others);
    }

    private sealed record Learnt(IdMap Items, WeightMatrix B, WeightMatrix? G, LearnedUsers? Users);
}
