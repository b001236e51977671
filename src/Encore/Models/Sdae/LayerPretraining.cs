using System.Numerics;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>
/// One layer of a deep autoencoder as an autoencoder of its own, for greedy pre-training (Vincent et al. 2010, section
/// 3.3). Layer 0 is the input and the output layer with nothing between; layer l restores the output of layer l − 1:
/// <code>
/// a = f(h̃·W + b);  y = f(a·W′ + b′);  loss = mean over rows of ½‖h − y‖²
/// </code>
/// </summary>
internal sealed class LayerPretraining<T>(VaeNetwork<T> network)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Layers, the input layer among them.</summary>
    public int Layers => network.Encoder.Layers.Count + 1;

    /// <summary>Width of what a layer, not the first, restores.</summary>
    public int Inputs(int layer) => Pair(layer).Encoder.Inputs;

    /// <summary>The parameters of a layer and of its mirror.</summary>
    public IEnumerable<Parameter<T>> Parameters(int layer)
    {
        if (layer == 0)
        {
            return [network.Input.Weight, network.Input.Bias, network.Output.Weight, network.Output.Bias];
        }

        var (encoder, decoder) = Pair(layer);
        return [encoder.Weight, encoder.Bias, decoder.Weight, decoder.Bias];
    }

    /// <summary>The clean output of the layers below one, h: [rows, its inputs]. The layer is not the first.</summary>
    public Value<T> Below(Tape<T> tape, int layer, SparseBatch<T> x)
    {
        var h = tape.Sums(network.Input, x);
        for (int l = 1; l < layer; l++)
        {
            h = tape.Apply(Pair(l).Encoder, h);
        }

        return h;
    }

    /// <summary>The loss of the first layer and its gradients, the network's own loss taken right behind it.</summary>
    /// <param name="tape">The tape of the training; a new step of it.</param>
    /// <param name="input">The input, corrupted.</param>
    /// <param name="target">What is to be explained.</param>
    /// <param name="meanOf">Factor of the gradients; null: 1 / rows.</param>
    /// <param name="weights">How much each target counts; null: all alike.</param>
    /// <returns>Σ over rows of the loss.</returns>
    public double Gradient(Tape<T> tape, SparseBatch<T> input, SparseBatch<T> target, T? meanOf = null, SparseBatch<T>? weights = null)
    {
        T scale = meanOf ?? T.One / T.CreateTruncating(input.Rows);
        network.Parameters.BeginStep();
        tape.Begin();
        double loss = tape.Loss(network.Output, tape.Sums(network.Input, input), (s, r) => network.Loss(s, target, r, scale, weights));
        tape.Backward();
        return loss;
    }

    /// <summary>The loss of a further layer and its gradients.</summary>
    /// <param name="tape">The tape of the training, on which h and h̃ are.</param>
    /// <param name="layer">The layer, from 1.</param>
    /// <param name="corrupted">h̃, [rows, inputs], detached from what it was computed from.</param>
    /// <param name="clean">h, [rows, inputs].</param>
    /// <param name="meanOf">Factor of the gradients; null: 1 / rows.</param>
    /// <returns>Σ over rows of the loss.</returns>
    public double Gradient(Tape<T> tape, int layer, Value<T> corrupted, Value<T> clean, T? meanOf = null)
    {
        var (encoder, decoder) = Pair(layer);
        T scale = meanOf ?? T.One / T.CreateTruncating(clean.Rows);
        network.Parameters.BeginStep();
        var y = tape.Apply(decoder, tape.Apply(encoder, corrupted));     // [rows, inputs]
        double loss = tape.Square(y, clean.Data, scale, 0.5);
        tape.Backward();
        return loss;
    }

    private (Linear<T> Encoder, Linear<T> Decoder) Pair(int layer) =>
        (network.Encoder.Layers[layer - 1], network.Decoder.Layers[^layer]);
}
