using System.Globalization;

namespace Encore.Models;

/// <summary>What <see cref="Ease"/> can be told.</summary>
public sealed record EaseOptions
{
    /// <summary>λ, the weight of ‖B‖² beside the squared error. Default 500, good for ML-1M and ML-20M with values 1;
    /// the paper's are 500 (ML-20M), 1000 (Netflix), 200 (MSD).</summary>
    [Option("strength of the L2 penalty, λ", Minimum = 0)]
    public double L2 { get; init; } = 500;

    /// <summary>p: what dropping inputs with this probability comes to, a penalty p/(1−p)·G_ii that grows with an item's
    /// popularity (Steck 2020). Default 0.</summary>
    [Option("probability of dropping an input, p", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; }

    /// <summary>κ of a penalty κ·G_ii^α beside λ (Steck 2019, "Markov random fields for collaborative filtering"). Default
    /// 0.</summary>
    [Option("weight κ of a penalty κ·(users of the item)^α", Minimum = 0)]
    public double Penalty { get; init; }

    /// <summary>α of that penalty: 0 is λ's, 1 that of dropout. Default 0.75, the paper's.</summary>
    [Option("power α of that penalty", Minimum = 0)]
    public double PenaltyPower { get; init; } = 0.75;

    /// <summary>What becomes of an item's weight on itself. Default zero.</summary>
    [Option("what becomes of an item's weight on itself")]
    public DiagonalRule Diagonal { get; init; }

    /// <summary>ξ, the largest weight of an item on itself where the diagonal is bounded: 0 is EASE, 1 leaves it free.
    /// Default 0.5.</summary>
    [Option("largest weight of an item on itself, ξ, with diagonal=bounded", Minimum = 0, ExclusiveMaximum = 1)]
    public double Bound { get; init; } = 0.5;

    /// <summary>β: a user with k interactions counts k^−β, so that few users with long histories do not decide (Park et al.
    /// 2025, "Data-adaptive normalisation"). Default 0: all alike.</summary>
    [Option("a user with k interactions counts k^−β", Minimum = 0)]
    public double UserPower { get; init; }

    /// <summary>γ: weights are multiplied by (users of the item met / users of the item scored)^γ, in favour of the tail
    /// (Park et al. 2025). Default 0.</summary>
    [Option("weights times (users of the item met / users of the item scored)^γ", Minimum = 0)]
    public double PopularityPower { get; init; }

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
/// while G is summed. Further options span the family that <see cref="LinearAutoencoder"/> describes: <see cref="Edlae"/> and
/// <see cref="Dlae"/> are two of its points, RLAE and RDLAE (a bounded diagonal, without and with dropout), and data-adaptive
/// normalisation others.
/// </summary>
/// <remarks>An empty history scores 0 everywhere; an item without training users scores 0 for everyone.</remarks>
public sealed class Ease : LinearAutoencoder, ILearnsOn
{
    private readonly EaseOptions _options;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Ease(EaseOptions? options = null)
    {
        _options = OptionSet<EaseOptions>.Validated(options);
        if (_options.KeepGram && (_options.UserPower > 0 || _options.PopularityPower > 0))
        {
            throw new ArgumentException(
                "EaseOptions.KeepGram: found it with UserPower or PopularityPower, expected one or the other: the Gram matrix does not say how many users met an item.");
        }
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"EASE λ={_options.L2}{Set("p", _options.Dropout)}{Set("κ", _options.Penalty)}{(_options.Penalty > 0 ? Set("α", _options.PenaltyPower) : "")}{Rule()}{Set("β", _options.UserPower)}{Set("γ", _options.PopularityPower)}");

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<EaseOptions>.Settings(_options);

    private protected override LinearDesign Design => new()
    {
        Model = "EASE",
        Remedy = "raise l2",
        L2 = _options.L2,
        Dropout = _options.Dropout,
        Penalty = _options.Penalty,
        PenaltyPower = _options.PenaltyPower,
        Diagonal = _options.Diagonal,
        Bound = _options.Bound,
        UserPower = _options.UserPower,
        PopularityPower = _options.PopularityPower,
        Precision = _options.Precision,
        KeepGram = _options.KeepGram,
    };

    LearnedUsers? ILearnsOn.LearnedUsers => Learned?.Users;

    /// <summary>
    /// Learns from more users without those it has learnt from: G ← G + XᵀX, solved anew. With values 0 and 1 the result
    /// has the bits of a model that learnt from all users at once. Items that are new are added. Time and memory are
    /// those of <see cref="LinearAutoencoder.Fit"/>, whatever the number of earlier users.
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
    /// <inheritdoc cref="LinearAutoencoder.Fit"/>
    public void Update(InteractionMatrix users, FitContext context, CancellationToken cancellationToken = default)
    {
        var before = Guard.Fitted(Learned, Name);
        if (before.G is null)
        {
            throw new InvalidOperationException($"{Name} did not keep its Gram matrix: train it with ease.keep-gram=true.");
        }

        Guard.Trainable(new TrainingData(users), context, this, cancellationToken);
        if (before.Users?.Among(users) is { Count: > 0 } twice)
        {
            throw new ArgumentException(
                $"{Name} has learned from {twice.Count} of these users already, such as {twice[0]}; expected new users only. Leave them out, or train anew on all data.", nameof(users));
        }

        var all = IdMap.From(Ids(before.Items).Concat(Ids(users.Items)));
        var train = users.WithItems(all);
        Learned = Design.Solve(train, before, context, cancellationToken);

        static IEnumerable<string> Ids(IdMap map) => Enumerable.Range(0, map.Count).Select(i => map[i]);
    }

    private static string Set(string name, double value) => value == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {name}={value}");

    private string Rule() => _options.Diagonal switch
    {
        DiagonalRule.Free => " free diagonal",
        DiagonalRule.Bounded => string.Create(CultureInfo.InvariantCulture, $" ξ={_options.Bound}"),
        _ => "",
    };
}
