using System.Globalization;
using Encore.Networks;
using Encore.Training;

namespace Encore.Models;

/// <summary>What <see cref="MultDae"/> can be told.</summary>
public sealed record MultDaeOptions : TrainingOptions
{
    /// <summary>Up to 100 epochs of batches of 100 with Adam at 1e-3; the paper has batches of 500.</summary>
    public MultDaeOptions()
    {
        (Epochs, BatchSize, Optimizer, LearningRate, Patience) = (100, 100, OptimizerKind.Adam, 1e-3, 10);
    }

    /// <summary>Widths from the input to the code; the decoder has them backwards. Default 200.</summary>
    [Option("widths from the input to the code; the decoder mirrors them", Minimum = 1)]
    public IReadOnlyList<int> Layers { get; init; } = [200];

    /// <summary>Activation of the hidden layers. Default tanh.</summary>
    [Option("activation of the hidden layers")]
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>Probability with which an input is dropped. Default 0.5.</summary>
    [Option("probability of dropping an input", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.5;

    /// <summary>How scores explain a row. Default multinomial.</summary>
    [Option("how scores explain a row")]
    public Likelihood Likelihood { get; init; } = Likelihood.Multinomial;

    /// <summary>λ of λ·‖W‖² on all weights, beside the mean loss of a user. Default 0.001; the paper has 0.01 for data
    /// sets twenty times the size of ML-1M.</summary>
    [Option("λ of λ·‖W‖² on all weights", Minimum = 0)]
    public double L2 { get; init; } = 0.001;

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
/// Mult-DAE (Liang et al. 2018): Mult-VAE's deterministic sister, a denoising autoencoder with multinomial likelihood.
/// <code>
/// x/‖x‖₂ → dropout → hidden layers → s
/// loss = mean over users of −Σ_i x_i log softmax(s)_i + λ·Σ ‖W‖²                         (equation 2, section 2.2.3)
/// </code>
/// Time an epoch: 6·n·H multiply-adds a user for n items and one hidden layer of H, and one pass of the optimiser over
/// 2·n·H weights a batch. Memory: 16 bytes a weight and the scores of a batch.
/// </summary>
/// <remarks>An empty history is answered by the biases, that is by popularity.</remarks>
public sealed class MultDae : VaeRecommender<MultDaeOptions>, IUsesUserFeatures
{
    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public MultDae(MultDaeOptions? options = null)
        : base(options)
    {
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"Mult-DAE {string.Join('-', Options.Layers)} λ={Options.L2}{Design.Beside}");

    FeatureSpace? IUsesUserFeatures.UserSpace => Space;

    private protected override VaeDesign Design => new(Options.Layers, IsVariational: false, Options.Likelihood, Options.Activation)
    {
        Level = Options.Dropout,
        L2 = Options.L2,
        SideEpochs = Options.SideEpochs,
        SideWeight = Options.SideWeight,
        UserWeight = Options.UserWeight,
    };
}
