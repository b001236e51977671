using System.Globalization;
using Encore.Networks;
using Encore.Numerics;
using Encore.Storage;
using Encore.Training;

namespace Encore.Models;

/// <summary>The variants of CDAE that its paper compares.</summary>
public enum CdaeVariant
{
    /// <summary>Identity, identity, square loss.</summary>
    M1,

    /// <summary>Identity, sigmoid, logistic loss.</summary>
    M2,

    /// <summary>Sigmoid, identity, square loss.</summary>
    M3,

    /// <summary>Sigmoid, sigmoid, logistic loss.</summary>
    M4,

    /// <summary>Any other.</summary>
    Other,
}

/// <summary>What <see cref="Cdae"/> can be told.</summary>
public sealed record CdaeOptions : TrainingOptions
{
    /// <summary>At most 100 epochs of batches of 100 with Adam at 5e-3; the paper has AdaGrad.</summary>
    public CdaeOptions()
    {
        (Epochs, Patience, BatchSize, Optimizer, LearningRate) = (100, 10, 100, OptimizerKind.Adam, 5e-3);
    }

    /// <summary>Width of the hidden layer, K. Default 200; the paper has 50.</summary>
    [Option("width of the hidden layer, K", Minimum = 1)]
    public int Width { get; init; } = 200;

    /// <summary>The paper's variants: short for <see cref="Hidden"/>, <see cref="Output"/> and <see cref="Loss"/>.
    /// Default m4.</summary>
    [Option("sets hidden, output and loss: m1 identity, identity, square; m2 identity, sigmoid, logistic; m3 sigmoid, identity, square; m4 sigmoid, sigmoid, logistic")]
    public CdaeVariant Variant
    {
        get => (Hidden, Output, Loss) switch
        {
            (Activation.Identity, Activation.Identity, CdaeLoss.Square) => CdaeVariant.M1,
            (Activation.Identity, Activation.Sigmoid, CdaeLoss.Logistic) => CdaeVariant.M2,
            (Activation.Sigmoid, Activation.Identity, CdaeLoss.Square) => CdaeVariant.M3,
            (Activation.Sigmoid, Activation.Sigmoid, CdaeLoss.Logistic) => CdaeVariant.M4,
            _ => CdaeVariant.Other,
        };

        init => (Hidden, Output, Loss) = value switch
        {
            CdaeVariant.M1 => (Activation.Identity, Activation.Identity, CdaeLoss.Square),
            CdaeVariant.M2 => (Activation.Identity, Activation.Sigmoid, CdaeLoss.Logistic),
            CdaeVariant.M3 => (Activation.Sigmoid, Activation.Identity, CdaeLoss.Square),
            CdaeVariant.M4 => (Activation.Sigmoid, Activation.Sigmoid, CdaeLoss.Logistic),
            _ => (Hidden, Output, Loss),
        };
    }

    /// <summary>Activation of the hidden layer, g. Default sigmoid.</summary>
    [Option("activation of the hidden layer, g")]
    public Activation Hidden { get; init; } = Activation.Sigmoid;

    /// <summary>Activation of the output under the square loss, f; the logistic loss is σ's whatever it says. Default
    /// sigmoid.</summary>
    [Option("activation of the output, f; the logistic loss has its own sigmoid")]
    public Activation Output { get; init; } = Activation.Sigmoid;

    /// <summary>What is minimised. Default logistic.</summary>
    [Option("what is minimised")]
    public CdaeLoss Loss { get; init; } = CdaeLoss.Logistic;

    /// <summary>q, the probability with which an input is dropped. Default 0.5.</summary>
    [Option("probability of dropping an input, q", Minimum = 0, ExclusiveMaximum = 1)]
    public double Corruption { get; init; } = 0.5;

    /// <summary>Items not met that are drawn for each item met, anew in each epoch; 0: the loss is over all items.
    /// Default 0; the paper has 5.</summary>
    [Option("items not met for each item met in the loss, such as the paper's 5; 0: all items", Minimum = 0)]
    public int Negatives { get; init; }

    /// <summary>λ of λ/2·‖all parameters‖², beside the mean loss of a user. Default 0.001.</summary>
    [Option("λ of λ/2·‖all parameters‖²", Minimum = 0)]
    public double L2 { get; init; } = 0.001;

    /// <summary>Whether W₂ is W₁. Default false; the paper found it worse.</summary>
    [Option("whether the output layer has the input layer's weights")]
    public bool Tied { get; init; }

    /// <summary>Whether a history is divided by its length, x/‖x‖₂. Default true; the paper does
    /// not, and over all items its sigmoids then saturate on long histories.</summary>
    [Option("whether a history is divided by its length, x/‖x‖₂")]
    public bool Normalise { get; init; } = true;
}

/// <summary>
/// CDAE (Wu et al. 2016, "Collaborative denoising auto-encoders for top-N recommender systems"): a denoising
/// autoencoder of users' histories with an input node for each user.
/// <code>
/// x̃ = x/‖x‖₂ (or x, as in the paper) with each entry dropped with probability q, those kept over 1 − q
/// h = g(x̃·W₁ + V_u + b₁);  ŷ = f(h·W₂ᵀ + b₂)                                            (equations 9 and 10)
/// loss = mean over users of Σ_i ℓ(x_i, ŷ_i) + λ/2·(‖W₁‖² + ‖W₂‖² + ‖V‖² + ‖b₁‖² + ‖b₂‖²)        (equation 11)
/// </code>
/// ℓ runs over all items, or over the items met and some drawn from those not met. Any interaction counts as 1, in ℓ times its
/// weight where it has one; the input, of which a half-life changes nothing, is the same for old and new.
/// Time an epoch over all items: 6·n·K multiply-adds a user; with s negatives 6·(s + 1)·nnz(u)·K, no other output is
/// computed; and one pass of the optimiser over (2·n + m)·K weights a batch. Memory: 20 bytes a weight, and the scores
/// of a batch.
/// </summary>
/// <remarks>
/// V_u is what CDAE knows of a training user beyond the history. A known user is recognised by the id that comes with
/// the history; a new one gets V_u = 0. So the same history has other scores from another user.
/// </remarks>
public sealed class Cdae : NeuralRecommender, IKnowsUsers, IUsesWeights
{
    private readonly CdaeOptions _options;
    private CdaeNetwork<float>? _network;
    private IdMap? _users;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Cdae(CdaeOptions? options = null) => _options = OptionSet<CdaeOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"CDAE {Variant()} {_options.Width} q={_options.Corruption} λ={_options.L2}{(_options.Negatives > 0 ? $" negatives={_options.Negatives}" : "")}");

    private string Variant() => _options.Variant == CdaeVariant.Other
        ? $"{_options.Hidden}/{_options.Output}/{_options.Loss}".ToLowerInvariant()
        : _options.Variant.ToString();

    WeightUse IUsesWeights.WeightUse => WeightUse.Loss;

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<CdaeOptions>.Settings(_options);

    private protected override IReadOnlyList<Parameter<float>> Parameters => _network!.Parameters;

    /// <summary>The training users: those whom the model knows beyond their history.</summary>
    internal IdMap Users => Guard.Fitted(_users, Name);

    bool IKnowsUsers.KnowsAny => true;

    bool IKnowsUsers.IgnoresHistory => false;

    bool IKnowsUsers.Knows(string? user) => Knows(user);

    string? IKnowsUsers.NoteFor(string? user, bool hasHistory) => Knows(user)
        ? null
        : $"CDAE has no node for {(string.IsNullOrEmpty(user) ? "a user without an id" : $"user {user}")}: ranked from the history alone.";

    private bool Knows(string? user) => !string.IsNullOrEmpty(user) && Users.TryGetIndex(user, out _);

    private protected override void WriteUsers(TensorWriter to) => to.Add("users.ids", Users);

    private protected override void ReadUsers(TensorReader from, IdMap items) => _users = from.Ids("users.ids");

    private protected override void Build(OnnxGraph graph)
    {
        graph.Describe("users", OnnxGraph.Ids(Users));
        _network!.Build(graph, _options.Normalise);
    }

    private protected override void Make(int items) => _network = new CdaeNetwork<float>(
        _users!.Count, items, _options.Width, _options.Hidden, _options.Output, _options.Loss, _options.Tied);

    private protected override long MemoryNeeded(InteractionMatrix train) =>
        (5L * 4 * _options.Width * ((_options.Tied ? 1L : 2L) * train.Items.Count + train.Users.Count))
        + (_options.Negatives > 0 ? 0 : ItemOutput<float>.Memory(train.Items.Count, _options.Width, Math.Min(_options.BatchSize, train.Users.Count)));

    private protected override TrainingReport Train(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        var train = data.Interactions;
        var (before, known) = (_network, _users);
        _users = train.Users;
        Make(train.Items.Count);
        if (context.WarmStart)
        {
            _network!.TakeOver(before!, train.Users.MapTo(known!));
        }
        else
        {
            _network!.Initialise(context.Seed);
        }

        var job = new CdaeTraining(_network, train, _options.Corruption, _options.Negatives, _options.L2, _options.Normalise)
        {
            Score = ScoreChecked,
            Fingerprint = Fingerprint("CDAE", _options, train, context),
        };
        return Trainer.Run(job, _options, data, context, Name, cancellationToken);
    }

    private protected override void ScoreChecked(Histories histories, Span<float> scores)
    {
        bool same = ReferenceEquals(histories.Matrix.Users, _users);
        var users = new int[histories.Count];
        var input = new SparseBatch<float>(Items.Count);
        for (int r = 0; r < histories.Count; r++)
        {
            users[r] = same ? histories.Start + r : _users!.TryGetIndex(histories.User(r), out int user) ? user : -1;
            CdaeTraining.Add(input, histories.Items(r), _options.Normalise);
        }

        _network!.Scores(Compute, input, users, scores);
    }
}
