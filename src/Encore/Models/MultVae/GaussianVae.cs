using System.Globalization;
using Encore.Networks;
using Encore.Training;

namespace Encore.Models;

/// <summary>What <see cref="GaussianVae"/> can be told.</summary>
public sealed record GaussianVaeOptions : TrainingOptions
{
    /// <summary>At most 100 epochs of batches of 100 with Adam at 1e-3.</summary>
    public GaussianVaeOptions()
    {
        (Epochs, Patience, BatchSize, Optimizer, LearningRate) = (100, 10, 100, OptimizerKind.Adam, 1e-3);
    }

    /// <summary>Widths from the input to the code; the decoder has them backwards. Default 200.</summary>
    [Option("widths from the input to the code; the decoder mirrors them", Minimum = 1)]
    public IReadOnlyList<int> Layers { get; init; } = [200];

    /// <summary>Activation of the hidden layers. Default tanh.</summary>
    [Option("activation of the hidden layers")]
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>Probability with which an input is dropped; 0 is the plain VAE. Default 0.5.</summary>
    [Option("probability of dropping an input", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.5;

    /// <summary>β, the weight of the KL divergence; 1 is the plain VAE, whose code then says little: a square loss of
    /// zeros and ones is small beside the divergence. Default 0.0003.</summary>
    [Option("weight of the KL divergence after annealing, β", Minimum = 0)]
    public double Beta { get; init; } = 3e-4;

    /// <summary>Steps over which β rises from 0. Default 0.</summary>
    [Option("steps over which β rises from 0", Minimum = 0)]
    public int AnnealSteps { get; init; }

    /// <summary>λ of λ·‖W‖² on all weights. Default 0.</summary>
    [Option("λ of λ·‖W‖² on all weights", Minimum = 0)]
    public double L2 { get; init; }
}

/// <summary>
/// A variational autoencoder with Gaussian likelihood (Kingma &amp; Welling 2014, "Auto-encoding variational Bayes"), on
/// users' histories: <see cref="MultVae"/>'s network under a square loss, which lets every item answer for itself.
/// <code>
/// x/‖x‖₂ → dropout → hidden layers → μ, log σ²;  z = μ + σ⊙ε → hidden layers → s
/// loss = mean over users of ½‖x − s‖² + β·KL(N(μ, σ²) ‖ N(0, I))
/// </code>
/// Cost: that of <see cref="MultVae"/>.
/// </summary>
/// <remarks>An empty history is answered by the biases, that is by popularity.</remarks>
public sealed class GaussianVae : VaeRecommender<GaussianVaeOptions>
{
    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public GaussianVae(GaussianVaeOptions? options = null)
        : base(options)
    {
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"Gaussian VAE {string.Join('-', Options.Layers)} β={Options.Beta}");

    private protected override VaeDesign Design => new(Options.Layers, IsVariational: true, Likelihood.Gaussian, Options.Activation)
    {
        Level = Options.Dropout,
        Beta = Options.Beta,
        AnnealSteps = Options.AnnealSteps,
        L2 = Options.L2,
    };

    private protected override string Kind => "Gaussian VAE";
}
