using System.Globalization;
using Encore.Networks;
using Encore.Training;

namespace Encore.Models;

/// <summary>What a denoising autoencoder minimises.</summary>
public enum DaeLoss
{
    /// <summary>½‖x − s‖².</summary>
    Square,

    /// <summary>−Σ x·log σ(s) + (1 − x)·log(1 − σ(s)), values above 1 taken as 1.</summary>
    CrossEntropy,

    /// <summary>−Σ x·log softmax(s).</summary>
    Multinomial,
}

/// <summary>What <see cref="Dae"/> can be told.</summary>
public sealed record DaeOptions : TrainingOptions
{
    /// <summary>At most 50 epochs of batches of 100 with Adam at 1e-3.</summary>
    public DaeOptions()
    {
        (Epochs, Patience, BatchSize, Optimizer, LearningRate) = (50, 10, 100, OptimizerKind.Adam, 1e-3);
    }

    /// <summary>Widths from the input to the code; the decoder has them backwards. Default 200.</summary>
    [Option("widths from the input to the code; the decoder mirrors them", Minimum = 1)]
    public IReadOnlyList<int> Layers { get; init; } = [200];

    /// <summary>Activation of the hidden layers. Default tanh.</summary>
    [Option("activation of the hidden layers")]
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>How the input is corrupted. Default masking.</summary>
    [Option("how the input is corrupted")]
    public CorruptionKind Corruption { get; init; }

    /// <summary>The probability of masking, below 1, or the noise's standard deviation. Default 0.5.</summary>
    [Option("probability of masking, or standard deviation of the noise", Minimum = 0)]
    public double Level { get; init; } = 0.5;

    /// <summary>What is minimised. Default square.</summary>
    [Option("what is minimised")]
    public DaeLoss Loss { get; init; } = DaeLoss.Square;

    /// <summary>Whether the decoder has the encoder's weights, transposed. Default false.</summary>
    [Option("whether the decoder has the encoder's weights, transposed")]
    public bool Tied { get; init; }

    /// <summary>Whether a history is divided by its length before it is corrupted, x/‖x‖₂. Default true.</summary>
    [Option("whether a history is divided by its length, x/‖x‖₂")]
    public bool Normalise { get; init; } = true;

    /// <summary>λ of λ·‖W‖² on all weights, beside the mean loss of a user. Default 0.0001.</summary>
    [Option("λ of λ·‖W‖² on all weights", Minimum = 0)]
    public double L2 { get; init; } = 1e-4;
}

/// <summary>
/// A denoising autoencoder of users' histories (Vincent et al. 2008, "Extracting and composing robust features with
/// denoising autoencoders"): it learns to restore what was taken from its input.
/// <code>
/// x̃ = x/‖x‖₂, masked with probability p and those kept over 1 − p, or x/‖x‖₂ + N(0, p²) at the items met
/// h = f(x̃·W₁ + b₁) …;  s = …·W₂ᵀ + b₂
/// loss = mean over users of ½‖x − s‖², of the cross-entropy of x and σ(s), or of −Σ x log softmax(s);  + λ·Σ ‖W‖²
/// </code>
/// Time an epoch: 6·n·H multiply-adds a user for n items and a first layer of H (the input 4·nnz·H), and one pass of
/// the optimiser over 2·n·H weights a batch. Memory: 20 bytes a weight and the scores of a batch.
/// </summary>
/// <remarks>With the multinomial loss it is <see cref="MultDae"/>. It has no user node: new users are served like known
/// ones. An empty history is answered by the biases, that is by popularity.</remarks>
public sealed class Dae : VaeRecommender<DaeOptions>
{
    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public Dae(DaeOptions? options = null)
        : base(options)
    {
        CheckLevel(nameof(DaeOptions), Options.Corruption, Options.Level);
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"DAE {string.Join('-', Options.Layers)} {ModelOption.Kebab(Options.Loss.ToString())} {Options.Corruption.ToString().ToLowerInvariant()}={Options.Level} λ={Options.L2}");

    private protected override VaeDesign Design => new(Options.Layers, IsVariational: false, LikelihoodOf(Options.Loss), Options.Activation)
    {
        Tied = Options.Tied,
        Normalise = Options.Normalise,
        Corruption = Options.Corruption,
        Level = Options.Level,
        L2 = Options.L2,
    };

    private protected override string Kind => "DAE";

    internal static Likelihood LikelihoodOf(DaeLoss loss) => loss switch
    {
        DaeLoss.Square => Likelihood.Gaussian,
        DaeLoss.CrossEntropy => Likelihood.Logistic,
        _ => Likelihood.Multinomial,
    };

    internal static void CheckLevel(string options, CorruptionKind kind, double level)
    {
        if (kind == CorruptionKind.Masking && level >= 1)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{options}.Level: found {level}, expected a probability below 1 where corruption is masking."));
        }
    }
}
