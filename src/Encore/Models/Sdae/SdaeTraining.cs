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
    private float[] _mask = [];

    /// <param name="network">The network.</param>
    /// <param name="train">The interactions.</param>
    /// <param name="design">The model's design.</param>
    /// <param name="layerEpochs">Epochs of each layer's own training; 0: none.</param>
    public SdaeTraining(VaeNetwork<float> network, InteractionMatrix train, VaeDesign design, int layerEpochs)
        : base(network, train, design)
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

        var (input, target, weights) = Read(batch, corrupted: layer == 0);
        if (layer == 0)
        {
            return _layers.Gradient(Tape, input, target, batch.Scale, weights);
        }

        Tape.Begin();
        var clean = _layers.Below(Tape, layer, input);
        var corrupted = Tape.Detach(clean);
        Spoil(corrupted.Numbers, clean.Width, batch);
        return _layers.Gradient(Tape, layer, corrupted, clean, batch.Scale);
    }

    private void Spoil(float[] h, int width, in Batch batch)
    {
        int numbers = batch.Rows.Length * width;
        Buffers.Grow(ref _mask, numbers);
        if (_design.Corruption == CorruptionKind.Masking)
        {
            Corruption.Dropout(Compute, h, _mask, width, batch.Rows, _design.Level, batch.Seed, batch.Sweep);
            return;
        }

        Corruption.Noise(Compute, _mask, width, batch.Rows, batch.Seed, batch.Sweep);
        for (int j = 0; j < numbers; j++)
        {
            h[j] += (float)_design.Level * _mask[j];
        }
    }
}
