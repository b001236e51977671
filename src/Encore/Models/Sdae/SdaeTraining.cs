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
    private float[] _corrupted = [];
    private float[] _mask = [];
    private int _stage;

    /// <param name="network">The network.</param>
    /// <param name="train">The interactions.</param>
    /// <param name="corruption">Strength of the corruption.</param>
    /// <param name="l2">λ.</param>
    /// <param name="layerEpochs">Epochs of each layer's own training; 0: none.</param>
    public SdaeTraining(VaeNetwork<float> network, InteractionMatrix train, double corruption, double l2, int layerEpochs)
        : base(network, train, corruption, β: 0, annealSteps: 0, l2) =>
        (_layers, _layerEpochs) = (new LayerPretraining<float>(network), layerEpochs);

    private int FineTuning => _layerEpochs == 0 ? 0 : _layers.Layers;

    public override int Stage(int epoch) => _layerEpochs == 0 ? 0 : Math.Min(FineTuning, epoch / _layerEpochs);

    public override bool Selects(int epoch) => Stage(epoch) == FineTuning;

    public override void Begin(int stage)
    {
        _stage = stage;
        var trained = stage == FineTuning ? Parameters.ToHashSet() : _layers.Parameters(stage).ToHashSet();
        foreach (var parameter in Parameters)
        {
            parameter.IsTrained = trained.Contains(parameter);
        }
    }

    // What the stage does not train carries no penalty in its loss.
    public override double PenaltyPerTerm(double terms) => Parameters.Where(p => p.IsTrained).Sum(p => p.PenaltyLoss());

    public override (double Loss, double Terms) Gradient(in Batch batch)
    {
        if (_stage == FineTuning)
        {
            return base.Gradient(batch);
        }

        var (input, target) = Read(batch, corrupted: _stage == 0);
        if (_stage == 0)
        {
            return (_layers.Gradient(input, target), batch.Rows.Length);
        }

        var clean = _layers.Below(_stage, input);
        int width = _layers.Inputs(_stage), numbers = batch.Rows.Length * width;
        Buffers.Grow(ref _corrupted, numbers);
        clean.AsSpan(0, numbers).CopyTo(_corrupted);
        Spoil(batch, width);
        return (_layers.Gradient(_stage, _corrupted, clean, batch.Rows.Length), batch.Rows.Length);
    }

    private void Spoil(in Batch batch, int width)
    {
        int numbers = batch.Rows.Length * width;
        Buffers.Grow(ref _mask, numbers);
        if (Kind == CorruptionKind.Masking)
        {
            Corruption.Dropout(_corrupted, _mask, width, batch.Rows, _corruption, batch.Seed, batch.Epoch);
            return;
        }

        Corruption.Noise(_mask, width, batch.Rows, batch.Seed, batch.Epoch);
        for (int j = 0; j < numbers; j++)
        {
            _corrupted[j] += (float)_corruption * _mask[j];
        }
    }
}
