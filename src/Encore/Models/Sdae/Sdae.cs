using System.Globalization;
using Encore.Networks;
using Encore.Training;

namespace Encore.Models;

/// <summary>How the layers of a stacked autoencoder get their first weights.</summary>
public enum Pretraining
{
    /// <summary>Each layer learns to restore the output of the one below, by gradient descent.</summary>
    Greedy,

    /// <summary>Each layer is a marginalised denoising autoencoder of low rank, in closed form.</summary>
    Mdae,

    /// <summary>At random.</summary>
    None,
}

/// <summary>What <see cref="Sdae"/> can be told.</summary>
public sealed record SdaeOptions : TrainingOptions
{
    /// <summary>At most 50 epochs of fine-tuning in batches of 100 with Adam at 1e-3.</summary>
    public SdaeOptions()
    {
        (Epochs, Patience, BatchSize, Optimizer, LearningRate) = (50, 10, 100, OptimizerKind.Adam, 1e-3);
    }

    /// <summary>Widths from the input to the code; the decoder has them backwards. Default 300,200.</summary>
    [Option("widths from the input to the code; the decoder mirrors them", Minimum = 1)]
    public IReadOnlyList<int> Layers { get; init; } = [300, 200];

    /// <summary>Activation of the hidden layers. Default tanh.</summary>
    [Option("activation of the hidden layers")]
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>How the layers get their first weights. Default greedy.</summary>
    [Option("how the layers get their first weights: each trained on the one below, in closed form, or at random")]
    public Pretraining Pretraining { get; init; }

    /// <summary>Epochs of each layer's own training, before the epochs of fine-tuning. Default 3.</summary>
    [Option("epochs of each layer's own training with greedy, before the epochs of fine-tuning", Minimum = 0)]
    public int PretrainEpochs { get; init; } = 3;

    /// <summary>ρ of the closed form: added to the diagonal of Q. Default 1, for histories of length 1.</summary>
    [Option("added to the diagonal of Q in the closed form, ρ", Minimum = 0)]
    public double Ridge { get; init; } = 1;

    /// <summary>How inputs are corrupted, of the network and of each layer that is pre-trained. Default masking.</summary>
    [Option("how the inputs of the network and of each pre-trained layer are corrupted")]
    public CorruptionKind Corruption { get; init; }

    /// <summary>The probability of masking, below 1, or the noise's standard deviation. Default 0.5.</summary>
    [Option("probability of masking, or standard deviation of the noise", Minimum = 0)]
    public double Level { get; init; } = 0.5;

    /// <summary>What the whole network and its first layer minimise; further layers have the square loss. Default
    /// square.</summary>
    [Option("what the network and its first layer minimise; further layers have the square loss")]
    public DaeLoss Loss { get; init; } = DaeLoss.Square;

    /// <summary>Whether the decoder has the encoder's weights, transposed. Default false.</summary>
    [Option("whether the decoder has the encoder's weights, transposed; not with mdae")]
    public bool Tied { get; init; }

    /// <summary>Whether a history is divided by its length before it is corrupted, x/‖x‖₂. Default true.</summary>
    [Option("whether a history is divided by its length, x/‖x‖₂")]
    public bool Normalise { get; init; } = true;

    /// <summary>λ of λ·‖W‖² on all weights, beside the mean loss of a user. Default 0.0001.</summary>
    [Option("λ of λ·‖W‖² on all weights", Minimum = 0)]
    public double L2 { get; init; } = 1e-4;
}

/// <summary>
/// A stacked denoising autoencoder (Vincent et al. 2010, "Stacked denoising autoencoders"): layers that first learn one
/// after another, each to restore the clean output of the one below from its corrupted version, and then all together.
/// <code>
/// h₀ = x/‖x‖₂;  layer l:  h̃ = corrupt(h_l−1),  a = f(h̃·W_l + b_l),  y = f(a·W′_l + b′_l),  loss = ½‖h_l−1 − y‖²
///               (the first:  s = a·W′₁ + b′₁ with the network's own loss)
/// fine-tuning:  corrupt(h₀) → W₁ → … → W_L → W′_L → … → W′₁ → s, the loss of <see cref="Dae"/>
/// </code>
/// In closed form (<see cref="Pretraining.Mdae"/>) a layer is the marginalised denoising autoencoder of rank K, the best
/// that maps h̃ to h through K numbers: A = W·Bᵀ with <see cref="Mdae"/>'s W = (Q + ρI)⁻¹P, and B the first K
/// eigenvectors of Pᵀ(Q + ρI)⁻¹P. A is the encoder, B the decoder, scaled to where f is nearly straight.
/// Time: a layer's epoch costs that of a <see cref="Dae"/> of its widths, an epoch of fine-tuning that of a
/// <see cref="Dae"/> with all. The closed form takes n³ + 10·n²·K multiply-adds for the first layer. Memory: that of
/// <see cref="Dae"/>; the closed form 3·n² numbers more while it runs.
/// </summary>
/// <remarks>One training, checkpoints included: the first epochs belong to the layers, and only those of fine-tuning are
/// validated and selected from. Weights of interactions count in the loss of the whole network and of its first layer; further
/// layers, and the closed form, restore what they are given as if all counted alike.</remarks>
public sealed class Sdae : VaeRecommender<SdaeOptions>
{
    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Sdae(SdaeOptions? options = null)
        : base(options)
    {
        Dae.CheckLevel(nameof(SdaeOptions), Options.Corruption, Options.Level);
        if (Options.Pretraining == Pretraining.Mdae && (Options.Tied || Options.Corruption != CorruptionKind.Masking))
        {
            throw new ArgumentException(
                "SdaeOptions.Pretraining: found mdae with tied weights or Gaussian corruption; the closed form masks, and has a decoder of its own.");
        }
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"SDAE {string.Join('-', Options.Layers)} {Options.Pretraining.ToString().ToLowerInvariant()} {Options.Corruption.ToString().ToLowerInvariant()}={Options.Level} λ={Options.L2}");

    private int LayerEpochs => Options.Pretraining == Pretraining.Greedy ? Options.PretrainEpochs : 0;

    private protected override VaeDesign Design => new(Options.Layers, IsVariational: false, Dae.LikelihoodOf(Options.Loss), Options.Activation)
    {
        Tied = Options.Tied,
        Normalise = Options.Normalise,
        Corruption = Options.Corruption,
        Level = Options.Level,
        L2 = Options.L2,
    };

    private protected override string Kind => "SDAE";

    private protected override long MemoryNeeded(InteractionMatrix train) =>
        base.MemoryNeeded(train)
        + (Options.Pretraining == Pretraining.Mdae ? LowRankMdae.Memory(train.Items.Count, Options.Layers[0]) : 0);

    private protected override void CheckSizes(InteractionMatrix train)
    {
        if (Options.Pretraining == Pretraining.Mdae)
        {
            LowRankMdae.RequireSquare(Name, train.Items.Count, Options.Layers);
        }
    }

    private protected override TrainingReport Train(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        Start(data, context);

        // A run that goes on has its weights in the checkpoint.
        bool resumes = context.Checkpoint is { Resume: true } checkpoint && File.Exists(checkpoint.Path);
        if (Options.Pretraining == Pretraining.Mdae && !resumes && !context.WarmStart)
        {
            LowRankMdae.Initialise(_network!, data.Interactions, Options.Level, Options.Ridge, Options.Normalise, context, cancellationToken);
        }

        int layerEpochs = context.WarmStart ? 0 : LayerEpochs;
        var job = new SdaeTraining(_network!, data.Interactions, Design, layerEpochs) { Fingerprint = FingerprintOf(data, context) };
        var options = Options with { Epochs = Options.Epochs + (layerEpochs * Options.Layers.Count) };
        return Trainer.Run(job, options, data, context, Name, cancellationToken);
    }
}
