using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Models;

/// <summary>What <see cref="Mdae"/> can be told.</summary>
public sealed record MdaeOptions
{
    /// <summary>p, the probability with which an input is zeroed, below 1. Default 0.5.</summary>
    [Option("probability of zeroing an input, p", Minimum = 0, ExclusiveMaximum = 1)]
    public double Corruption { get; init; } = 0.5;

    /// <summary>ρ, added to the diagonal of Q. Default 100.</summary>
    [Option("added to the diagonal of Q, ρ", Minimum = 0)]
    public double Ridge { get; init; } = 100;

    /// <summary>Layers, each solved on the last one's output, with tanh between them. Default 1.</summary>
    [Option("stacked layers, with tanh between them", Minimum = 1)]
    public int Layers { get; init; } = 1;

    /// <summary>The precision of the solve. Default single.</summary>
    [Option("precision of the solve")]
    public Precision Precision { get; init; } = Precision.Single;
}

/// <summary>
/// The marginalised denoising autoencoder (Chen et al. 2012, "Marginalized denoising autoencoders for domain
/// adaptation", section 3): the linear map that best restores inputs zeroed with probability p, averaged over all
/// corruptions at once, with a bias that is never corrupted.
/// <code>
/// S = [X 1]ᵀ[X 1],  q = (1−p, …, 1−p, 1)
/// Q_ij = S_ij·q_i·q_j (i ≠ j),  Q_ii = S_ii·q_i,  P_ij = S_ij·q_i
/// W = (Q + ρI)⁻¹P,  output = [x 1]·W                      (equation 4, transposed)
/// layer l + 1 learns from tanh(output of layer l)         (section 3.2)
/// </code>
/// P is not formed: diag(q)·S·diag(q) = Q − E' with E = E' + ρI diagonal, E_ii = S_ii·q_i(1−q_i) + ρ, and so
/// W = (I − (Q + ρI)⁻¹E)·diag(1/q), from one inverse in place.
/// Of weighted interactions a user's row, with its 1, counts a_u, the mean weight of the user's over that of all:
/// S = [X 1]ᵀ·diag(a)·[X 1].
/// Time: the first layer that of <see cref="Ease"/>; each further one 2·m·n² multiply-adds (and m·n² for every layer
/// between) and n³. One user's scores nnz(u)·n + (layers − 1)·n². Memory: (n + 1)² numbers a layer and some thousand
/// rows of n; never users × items.
/// </summary>
/// <remarks>An empty history gets the bias, which grows with popularity. Hidden layers are rounded to single precision
/// in either precision of the solve.</remarks>
public sealed class Mdae : IRecommender, IStoredModel, IOnnxModel, ILinearModel, IItemSimilarity, IUsesWeights
{
    // Users whose hidden layers are held at once.
    private const int BlockUsers = 512;

    private readonly MdaeOptions _options;
    private Learnt? _learnt;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Mdae(MdaeOptions? options = null) => _options = OptionSet<MdaeOptions>.Validated(options);

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture,
        $"MDAE p={_options.Corruption} ρ={_options.Ridge}{(_options.Layers > 1 ? $" layers={_options.Layers}" : "")}");

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learnt, Name).Items;

    /// <summary>One [n + 1, n] matrix a layer; the last row is the bias.</summary>
    internal IReadOnlyList<WeightMatrix> Weights => Guard.Fitted(_learnt, Name).W;

    /// <inheritdoc/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learnt = null;
        var train = Guard.Trainable(data, context, this, cancellationToken);
        int n = train.Items.Count;
        ClosedForm.RequireMemory("MDAE", train, n + 1, _options.Layers, _options.Precision, context);
        var W = new List<WeightMatrix>();
        for (int layer = 0; layer < _options.Layers; layer++)
        {
            W.Add(_options.Precision == Precision.Double
                ? Solve<double>(train, W, context, cancellationToken)
                : Solve<float>(train, W, context, cancellationToken));
        }

        _learnt = new Learnt(train.Items, W);
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, W) = Guard.Fitted(_learnt, Name);
        Guard.Scorable(histories, items, scores.Length);
        Forward(histories, W, scores);
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => OptionSet<MdaeOptions>.Settings(_options);

    void IStoredModel.Write(TensorWriter writer)
    {
        for (int layer = 0; layer < Weights.Count; layer++)
        {
            Weights[layer].Write(writer, $"layer{layer + 1}.weights");
        }
    }

    void IStoredModel.Read(TensorReader reader, StoredContext context)
    {
        int n = context.Items.Count;
        var W = new List<WeightMatrix>();
        for (int layer = 1; layer <= _options.Layers; layer++)
        {
            W.Add(WeightMatrix.Read(reader, $"layer{layer}.weights", n + 1, n, _options.Precision, context.Compute));
        }

        _learnt = new Learnt(context.Items, W);
    }

    void IOnnxModel.Build(OnnxGraph graph)
    {
        int n = Items.Count;
        string x = graph.History();
        for (int layer = 0; layer < Weights.Count; layer++)
        {
            var bias = new float[n];
            Weights[layer].CopyRow(n, bias);
            string input = layer == 0 ? x : graph.Node("Tanh", [x]);
            x = graph.Node("Gemm", [input, graph.Constant(Weights[layer].ToSingle(n), n, n), graph.Constant(bias, n)]);
        }

        graph.Scores(x);
    }

    WeightUse IUsesWeights.WeightUse => WeightUse.Users | WeightUse.Inputs;

    bool ILinearModel.IsLinear => _options.Layers == 1;

    double ILinearModel.Weight(int from, int target) => Weights[0][from, target];

    double ILinearModel.Baseline(int item) => Weights[0][Items.Count, item];

    void IItemSimilarity.Similarities(int item, Span<float> similarities) => Weights[0].CopyRow(item, similarities);

    private WeightMatrix Solve<T>(InteractionMatrix X, List<WeightMatrix> W, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = X.Items.Count, bias = n;
        T keep = T.One - T.CreateChecked(_options.Corruption), ρ = T.CreateChecked(_options.Ridge);

        var S = new T[(n + 1) * (n + 1)];
        if (W.Count == 0)
        {
            Gram(X, S, context, cancellationToken);                  // S = [X 1]ᵀ·diag(a)·[X 1]
        }
        else
        {
            AddHidden(S, X, W, context, cancellationToken);                             // S = [H 1]ᵀ·diag(a)·[H 1], H = tanh of the last layer
        }

        var E = ClosedForm.Diagonal<T>(S, n + 1);
        for (int i = 0; i < n; i++)
        {
            E[i] = (E[i] * keep * (T.One - keep)) + ρ;
        }

        E[bias] = ρ;
        ClosedForm.ForRows(context.Compute, n + 1, i =>                               // diag(q)·S·diag(q)
        {
            var row = S.AsSpan(i * (n + 1), n);
            Elementwise.Multiply(row, i == bias ? keep : keep * keep, row);
            S[(i * (n + 1)) + bias] *= i == bias ? T.One : keep;
        });
        ClosedForm.AddToDiagonal<T>(S, E);                           // Q + ρI
        ClosedForm.Invert<T>(S, n + 1, "raise ridge or corruption", context, cancellationToken);
        ClosedForm.ToDamped(context.Compute, S, n + 1, E);                            // I − (Q + ρI)⁻¹E
        for (int i = 0; i <= n; i++)                                 // W: without the bias's column, over q
        {
            var row = S.AsSpan(i * (n + 1), n);
            Elementwise.Divide(row, keep, row);
            row.CopyTo(S.AsSpan(i * n, n));
        }

        return new WeightMatrix(S, n + 1, n, context.Compute);
    }

    private static void Gram<T>(InteractionMatrix X, T[] S, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = X.Items.Count;
        if (ClosedForm.UserWeights(X, "MDAE") is not { } a)
        {
            ClosedForm.Gram(X.Csr, S.AsSpan(0, n * n), context, cancellationToken);
            Border(S, X.Csr, X.Users.Count);
            return;
        }

        // Of other numbers than a matrix that models share.
        ClosedForm.Gram(ClosedForm.Scaled(X.Csr, u => MathF.Sqrt(a[u])), S.AsSpan(0, n * n), context with { Gram = null }, cancellationToken);
        Border(S, ClosedForm.Scaled(X.Csr, u => a[u]), a.Sum(w => (double)w));
    }

    // Spreads the n × n matrix at the start of S to a stride of n + 1 and borders it with X's column sums and the users' weight.
    private static void Border<T>(T[] S, CsrMatrix X, double users)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = X.Columns;
        var sums = new double[n];
        for (int k = 0; k < X.ColumnIndices.Length; k++)
        {
            sums[X.ColumnIndices[k]] += X.Values[k];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            S.AsSpan(i * n, n).CopyTo(S.AsSpan(i * (n + 1), n));
            S[(i * (n + 1)) + n] = T.CreateChecked(sums[i]);
        }

        for (int j = 0; j < n; j++)
        {
            S[(n * (n + 1)) + j] = T.CreateChecked(sums[j]);
        }

        S[^1] = T.CreateChecked(users);
    }

    // S += [H 1]ᵀ·diag(a)·[H 1], a block of users at a time.
    private static void AddHidden<T>(T[] S, InteractionMatrix X, List<WeightMatrix> W, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = X.Items.Count, m = X.Users.Count;
        float[]? a = ClosedForm.UserWeights(X, "MDAE");
        var output = new float[BlockUsers * n];
        var H = new T[BlockUsers * (n + 1)];
        for (int start = 0; start < m; start += BlockUsers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(BlockUsers, m - start);
            Forward(new Histories(X, start, count), W, output.AsSpan(0, count * n));
            ClosedForm.ForRows(context.Compute, count, r =>
            {
                var from = output.AsSpan(r * n, n);
                var to = H.AsSpan(r * (n + 1), n + 1);
                Elementwise.Tanh(from, from);
                TensorPrimitives.ConvertTruncating<float, T>(from, to);
                to[n] = T.One;
                if (a is not null)
                {
                    Elementwise.Multiply(to, T.CreateChecked(MathF.Sqrt(a[start + r])), to);
                }
            });
            ClosedForm.MultiplyAdd<T>(context.Compute, H, H, S, n + 1, n + 1, count);
            context.Progress?.Report(new FitProgress($"layer {W.Count + 1}", (double)(start + count) / m));
        }
    }

    // The last layer's output, before any tanh: [users, n].
    private static void Forward(Histories histories, IReadOnlyList<WeightMatrix> W, Span<float> output)
    {
        int n = W[0].Columns;
        W[0].Multiply(histories.Matrix.Inputs, histories.Start, histories.Count, output);
        W[0].AddRow(n, output);
        if (W.Count == 1)
        {
            return;
        }

        var H = new float[output.Length];
        foreach (var layer in W.Skip(1))
        {
            Elementwise.Tanh(output, H);
            layer.Multiply(H, histories.Count, output);
            layer.AddRow(n, output);
        }
    }

    private sealed record Learnt(IdMap Items, IReadOnlyList<WeightMatrix> W);
}
