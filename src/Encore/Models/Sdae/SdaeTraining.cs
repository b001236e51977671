using Encore.Networks;
using Encore.Training;

namespace Encore.Models;

/// <summary>
/// Stages of a stacked denoising autoencoder in one training: layer after layer, then all of them. Epochs that the
/// layers take come before those of <see cref="TrainingOptions.Epochs"/>, and only the last stage selects weights.
/// </summary>
internal sealed class SdaeTraining : VaeTraining
{
    private readonly LayerPretraining<float> _layers;
    private readonly int _layerEpochs;
    private readonly ParameterGroup[] _groups; // of each layer with its mirror
    private float[] _corrupted = [];
    private float[] _mask = [];

    /// <param name="network">The network.</param>
    /// <param name="train">The interactions.</param>
    /// <param name="corruption">Strength of the corruption.</param>
    /// <param name="l2">λ.</param>
    /// <param name="layerEpochs">Epochs of each layer's own training; 0: none.</param>
    public SdaeTraining(VaeNetwork<float> network, InteractionMatrix train, double corruption, double l2, int layerEpochs)
        : base(network, train, corruption, β: 0, annealSteps: 0, l2)
    {
        (_layers, _layerEpochs) = (new LayerPretraining<float>(network), layerEpochs);
        _groups = [.. Enumerable.Range(0, _layers.Layers).Select(l => new ParameterGroup(
            $"layer{l}", [.. network.Parameters.Where(_layers.Parameters(l).Contains)]))];
    }

    /// <summary>Layer after layer, then all; the optimiser starts anew with each.</summary>
    public override EpochPlan Plan(int epoch)
    {
        int stage = _layerEpochs == 0 ? _groups.Length : Math.Min(_groups.Length, epoch / _layerEpochs);
        bool isLayer = stage < _groups.Length;
        return new EpochPlan(new Phase(isLayer ? _groups[stage].Name : "all", isLayer ? _groups[stage] : AllParameters)
        {
            FreshOptimizer = _layerEpochs > 0 && epoch == stage * _layerEpochs,
        })
        {
            Stage = isLayer ? _groups[stage].Name : "all",
            Selects = !isLayer,
        };
    }

    public override double Gradient(in Batch batch)
    {
        int layer = Array.IndexOf(_groups, batch.Phase.Group);
        if (layer < 0)
        {
            return base.Gradient(batch);
        }

        var (input, target) = Read(batch, corrupted: layer == 0);
        if (layer == 0)
        {
            return _layers.Gradient(input, target, batch.Scale);
        }

        var clean = _layers.Below(layer, input);
        int width = _layers.Inputs(layer), numbers = batch.Rows.Length * width;
        Buffers.Grow(ref _corrupted, numbers);
        clean.AsSpan(0, numbers).CopyTo(_corrupted);
        Spoil(batch, width);
        return _layers.Gradient(layer, _corrupted, clean, batch.Rows.Length, batch.Scale);
    }

    private void Spoil(in Batch batch, int width)
    {
        int numbers = batch.Rows.Length * width;
        Buffers.Grow(ref _mask, numbers);
        if (Kind == CorruptionKind.Masking)
        {
            Corruption.Dropout(_corrupted, _mask, width, batch.Rows, _corruption, batch.Seed, batch.Sweep);
            return;
        }

        Corruption.Noise(_mask, width, batch.Rows, batch.Seed, batch.Sweep);
        for (int j = 0; j < numbers; j++)
        {
            _corrupted[j] += (float)_corruption * _mask[j];
        }
    }
}
