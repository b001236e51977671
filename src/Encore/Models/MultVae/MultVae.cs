using System.Globalization;
using Encore.Networks;
using Encore.Training;

namespace Encore.Models;

/// <summary>What <see cref="MultVae"/> can be told.</summary>
public sealed record MultVaeOptions : TrainingOptions
{
    /// <summary>Up to 100 epochs of batches of 100 with Adam at 1e-3; the paper has batches of 500.</summary>
    public MultVaeOptions()
    {
        (Epochs, BatchSize, Optimizer, LearningRate, Patience) = (100, 100, OptimizerKind.Adam, 1e-3, 10);
    }

    /// <summary>Widths from the input to the code; the decoder has them backwards. Default 600,200.</summary>
    [Option("widths from the input to the code; the decoder mirrors them", Minimum = 1)]
    public IReadOnlyList<int> Layers { get; init; } = [600, 200];

    /// <summary>What lies between code and scores. Default mirrored: the hidden layers backwards.</summary>
    [Option("what lies between code and scores")]
    public DecoderShape Decoder { get; init; } = DecoderShape.Mirrored;

    /// <summary>Activation of the hidden layers. Default tanh.</summary>
    [Option("activation of the hidden layers")]
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>Probability with which an input is dropped. Default 0.7, found on ML-1M; the paper has 0.5 for data sets
    /// twenty times its size.</summary>
    [Option("probability of dropping an input", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.7;

    /// <summary>How scores explain a row. Default multinomial.</summary>
    [Option("how scores explain a row")]
    public Likelihood Likelihood { get; init; } = Likelihood.Multinomial;

    /// <summary>β, the weight of the KL divergence after annealing. Default 0.2.</summary>
    [Option("weight of the KL divergence after annealing, β", Minimum = 0)]
    public double Beta { get; init; } = 0.2;

    /// <summary>Steps over which β rises from 0. Default 2,000; the paper's code takes 40,000 on ML-20M.</summary>
    [Option("steps over which β rises from 0", Minimum = 0)]
    public int AnnealSteps { get; init; } = 2_000;

    /// <summary>
    /// Whether β is chosen on the validation users, as in the paper (section 2.2.2): a first training anneals to β = 1
    /// over all its steps; the β at its best epoch replaces <see cref="Beta"/> in a second one. Default false.
    /// </summary>
    [Option("whether β is where the validation metric peaks while it rises to 1")]
    public bool TuneBeta { get; init; }

    /// <summary>λ of λ·‖W‖² on all weights. Default 0.</summary>
    [Option("λ of λ·‖W‖² on all weights", Minimum = 0)]
    public double L2 { get; init; }

    /// <summary>Sweeps over the items' features before the first epoch, each feature a user who met the items that have it
    /// (collective VAE, Chen &amp; de Rijke 2018). Default 0: none.</summary>
    [Option("sweeps over the items' features, as rows, before the first epoch", Minimum = 0, ExclusiveMaximum = 10_001)]
    [Later]
    public int SideEpochs { get; init; }

    /// <summary>α: in each epoch every feature of the items is a row among the users', whose loss counts α times. Default 0:
    /// none.</summary>
    [Option("weight of item features as further rows, α", Minimum = 0)]
    [Later]
    public double SideWeight { get; init; }

    /// <summary>β: the users' features, times β, are inputs beside the history. Default 0: none.</summary>
    [Option("weight of user features as further inputs, β", Minimum = 0)]
    [Later]
    public double UserWeight { get; init; }
}

/// <summary>
/// Mult-VAE (Liang et al. 2018, "Variational autoencoders for collaborative filtering"): a variational autoencoder of
/// users' histories whose likelihood is multinomial, with the KL term annealed and held below 1.
/// <code>
/// x/‖x‖₂ → dropout → hidden layers → μ, log σ²;  z = μ + σ⊙ε → hidden layers → s
/// loss = mean over users of −Σ_i x_i log softmax(s)_i + β·KL(N(μ, σ²) ‖ N(0, I))       (equations 2 and 7)
/// scores = s at z = μ, without dropout
/// </code>
/// Time an epoch: 6·(n + K)·H multiply-adds a user for n items and layers H-K-H (the input layer 4·nnz·H), and one pass
/// of the optimiser over 2·n·H weights a batch. Memory: 16 bytes a weight and the scores of a batch.
/// </summary>
/// <remarks>An empty history is answered by the biases, that is by popularity.</remarks>
public sealed class MultVae : VaeRecommender<MultVaeOptions>, IUsesUserFeatures
{
    private const string AnnealSteps = "anneal-steps";

    private double? _tunedBeta; // when it learns anew, that of the search

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public MultVae(MultVaeOptions? options = null)
        : base(options)
    {
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"Mult-VAE {string.Join('-', Options.Layers)} β={(Options.TuneBeta ? "tuned" : Options.Beta)}{Ending()}");

    private string Ending() =>
        (Options.Decoder == DecoderShape.Linear ? " linear decoder" : "")
        + (Options.Likelihood == Likelihood.Multinomial ? "" : $" {Options.Likelihood.ToString().ToLowerInvariant()}")
        + Design.Beside;

    FeatureSpace? IUsesUserFeatures.UserSpace => Space;

    private protected override VaeDesign Design => new(Options.Layers, IsVariational: true, Options.Likelihood, Options.Activation)
    {
        Decoder = Options.Decoder,
        Level = Options.Dropout,
        Beta = Options.Beta,
        AnnealSteps = Options.AnnealSteps,
        L2 = Options.L2,
        SideEpochs = Options.SideEpochs,
        SideWeight = Options.SideWeight,
        UserWeight = Options.UserWeight,
    };

    private protected override TrainingReport Train(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        double β = Options.Beta;
        var notes = new Dictionary<string, string>();
        if (Options.TuneBeta && !context.WarmStart)
        {
            β = context.Epochs is not null && _tunedBeta is { } tuned ? tuned : TunedBeta(data, context, cancellationToken);
            _tunedBeta = β;
            notes[nameof(β)] = β.ToString("R", CultureInfo.InvariantCulture);
        }

        return Run(data, context, β, Options.AnnealSteps, notes, cancellationToken);
    }

    // The β of the best epoch while β rises to 1 over all steps; a resumed second training has it in its checkpoint.
    private double TunedBeta(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        if (data.Validation is null)
        {
            throw new InvalidDataException("mult-vae.tune-beta chooses β on validation users, and the protocol has none.");
        }

        if (context.Checkpoint is { Resume: true } checkpoint
            && TrainingState.ReadNotes(checkpoint.Path).TryGetValue("β", out string? found))
        {
            return double.Parse(found, CultureInfo.InvariantCulture);
        }

        // Epochs may change at a resume: β goes on rising as it began.
        var search = context.Checkpoint is null
            ? context
            : context with { Checkpoint = context.Checkpoint with { Path = context.Checkpoint.Path + ".search" } };
        int features = Options.SideWeight > 0 ? SideOf(data, context)!.Rows!.Rows : 0;
        int batches = (data.Interactions.Users.Count + features + Options.BatchSize - 1) / Options.BatchSize;
        int steps = search.Checkpoint is { Resume: true } earlier && TrainingState.ReadNotes(earlier.Path).TryGetValue(AnnealSteps, out string? began)
            ? int.Parse(began, CultureInfo.InvariantCulture)
            : batches * Options.Epochs;
        var notes = new Dictionary<string, string> { [AnnealSteps] = steps.ToString(CultureInfo.InvariantCulture) };
        var report = Run(data, search, 1, steps, notes, cancellationToken);
        return Math.Min(1, (double)report.BestEpoch * batches / steps);
    }

    private TrainingReport Run(
        TrainingData data, FitContext context, double β, int annealSteps, Dictionary<string, string> notes, CancellationToken cancellationToken)
    {
        Start(data, context);
        var job = new VaeTraining(_network!, data.Interactions, Design with { Beta = β, AnnealSteps = annealSteps }, SideOf(data, context))
        {
            Fingerprint = FingerprintOf(data, context),
            Notes = notes,
        };
        return Trainer.Run(job, Options, data, context, Name, cancellationToken);
    }
}
