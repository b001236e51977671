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
    private readonly T[][] _below = [.. Enumerable.Range(0, network.Encoder.Layers.Count + 1).Select(_ => Array.Empty<T>())];
    private T[] _a = [];
    private T[] _y = [];
    private T[] _dY = [];
    private T[] _dA = [];

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

    /// <summary>The clean output of the layers below one, h: [rows, its inputs]. The layer is not the first; the next
    /// call overwrites h.</summary>
    public T[] Below(int layer, SparseBatch<T> x)
    {
        Buffers.Grow(ref _below[0], x.Rows * network.Input.Outputs);
        network.Input.Forward(x, _below[0]);
        for (int l = 1; l < layer; l++)
        {
            var encoder = Pair(l).Encoder;
            Buffers.Grow(ref _below[l], x.Rows * encoder.Outputs);
            encoder.Forward(_below[l - 1], x.Rows, _below[l]);
        }

        return _below[layer - 1];
    }

    /// <summary>The loss of the first layer and its gradients, the network's own loss taken right behind it.</summary>
    /// <param name="input">The input, corrupted.</param>
    /// <param name="target">What is to be explained.</param>
    /// <param name="meanOf">Factor of the gradients; null: 1 / rows.</param>
    /// <returns>Σ over rows of the loss.</returns>
    public double Gradient(SparseBatch<T> input, SparseBatch<T> target, T? meanOf = null)
    {
        var (first, last) = (network.Input, network.Output);
        int rows = input.Rows;
        Buffers.Grow(ref _a, rows * first.Outputs);
        Buffers.Grow(ref _dA, rows * first.Outputs);
        T scale = meanOf ?? T.One / T.CreateTruncating(rows);
        network.Parameters.BeginStep();
        first.Forward(input, _a);                                        // [rows, H]
        double loss = last.Loss(_a, rows, (s, r) => network.Loss(s, target, r, scale), _dA);
        first.Backward(input, _a, _dA);
        return loss;
    }

    /// <summary>The loss of a further layer and its gradients.</summary>
    /// <param name="layer">The layer, from 1.</param>
    /// <param name="corrupted">h̃, [rows, inputs].</param>
    /// <param name="clean">h, [rows, inputs].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="meanOf">Factor of the gradients; null: 1 / rows.</param>
    /// <returns>Σ over rows of the loss.</returns>
    public double Gradient(int layer, T[] corrupted, T[] clean, int rows, T? meanOf = null)
    {
        var (encoder, decoder) = Pair(layer);
        int numbers = rows * encoder.Inputs;
        Buffers.Grow(ref _a, rows * encoder.Outputs);
        Buffers.Grow(ref _y, numbers);
        Buffers.Grow(ref _dY, numbers);
        Buffers.Grow(ref _dA, rows * encoder.Outputs);
        network.Parameters.BeginStep();
        encoder.Forward(corrupted, rows, _a);                            // [rows, outputs]
        decoder.Forward(_a, rows, _y);                                   // [rows, inputs]
        _y.AsSpan(0, numbers).CopyTo(_dY);
        double loss = Losses.SquareObserved(
            _dY.AsSpan(0, numbers), clean.AsSpan(0, numbers), meanOf ?? T.One / T.CreateTruncating(rows), Activation.Identity, 0.5);
        decoder.Backward(_a, _y, _dY, rows, _dA);
        encoder.Backward(corrupted, _a, _dA, rows, null);
        return loss;
    }

    private (Linear<T> Encoder, Linear<T> Decoder) Pair(int layer) =>
        (network.Encoder.Layers[layer - 1], network.Decoder.Layers[^layer]);
}
