using System.Numerics.Tensors;
using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Models;

/// <summary>How a denoising model spoils its input.</summary>
public enum CorruptionKind
{
    /// <summary>Zeroes each value with a probability and scales those kept up.</summary>
    Masking,

    /// <summary>Adds normal noise to each value; of a history to the items met, so that it stays sparse.</summary>
    Gaussian,
}

/// <summary>Feeds users' rows to a <see cref="VaeNetwork{T}"/>: x/‖x‖₂, corrupted, in; x out.</summary>
internal class VaeTraining : TrainingJob
{
    private protected readonly VaeNetwork<float> _network;
    private protected readonly InteractionMatrix _train;
    private protected readonly VaeDesign _design;
    private readonly SparseBatch<float> _input;
    private readonly SparseBatch<float> _target;
    private readonly SparseBatch<float>? _weights; // of the targets
    private float[] _epsilon = [];
    private SparseBatch<float>? _held; // of the validation users

    public VaeTraining(VaeNetwork<float> network, InteractionMatrix train, VaeDesign design)
    {
        (_network, _train, _design) = (network, train, design);
        (_input, _target) = (new SparseBatch<float>(train.Items.Count), new SparseBatch<float>(train.Items.Count));
        _weights = train.Weights is null ? null : new SparseBatch<float>(train.Items.Count);
        foreach (var weight in network.Weights)
        {
            weight.Penalty = (float)(2 * design.L2);
        }
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count;

    public override double Gradient(in Batch batch)
    {
        var (input, target, weights) = Read(batch, corrupted: true);
        if (_network.IsVariational)
        {
            Buffers.Grow(ref _epsilon, batch.Rows.Length * _network.Code);
            Corruption.Noise(Compute, _epsilon, _network.Code, batch.Rows, batch.Seed, batch.Sweep);
        }

        double β = BetaAt(batch.Step);
        var (nll, kl) = _network.Gradient(Tape, input, target, _epsilon, β, batch.Scale, weights);
        if (_network.IsVariational)
        {
            AddPart("reconstruction", nll);
            AddPart("kl", kl);
        }

        return nll + (β * kl);
    }

    public override IReadOnlyDictionary<string, double> Levels(long steps) =>
        _network.IsVariational ? new Dictionary<string, double> { ["beta"] = BetaAt(steps) } : base.Levels(steps);

    // Rises from 0 to its full size over the annealing steps.
    private double BetaAt(long step) =>
        _design.AnnealSteps > 0 ? _design.Beta * Math.Min(1, (double)step / _design.AnnealSteps) : _design.Beta;

    /// <summary>A batch's input, corrupted or not, its target, and how much each of that counts; the next call overwrites
    /// them.</summary>
    private protected (SparseBatch<float> Input, SparseBatch<float> Target, SparseBatch<float>? Weights) Read(in Batch batch, bool corrupted)
    {
        _input.Clear();
        _target.Clear();
        _weights?.Clear();
        foreach (int user in batch.Rows)
        {
            Add(_input, _train.Csr.RowIndices(user), _train.Inputs.RowValues(user), _design.Normalise);
            if (corrupted)
            {
                Spoil(_input.RowValues(_input.Rows - 1), batch.Rng(Purpose.Corruption, user));
            }

            AddTarget(_target, _train.Csr, user);
            _weights?.AddRow(_train.Csr.RowIndices(user), _train.WeightsOf(user));
        }

        return (_input, _target, _weights);
    }

    private void Spoil(Span<float> values, Rng rng)
    {
        if (_design.Corruption == CorruptionKind.Gaussian)
        {
            Corruption.Gaussian(values, _design.Level, rng);
        }
        else
        {
            Corruption.Mask(values, _design.Level, rng);
        }
    }

    // The logistic likelihood is of chances: a rating of 5 is no more than a 1.
    private void AddTarget(SparseBatch<float> target, CsrMatrix from, int row)
    {
        target.AddRow(from.RowIndices(row), from.RowValues(row));
        if (_network.Likelihood == Likelihood.Logistic)
        {
            var values = target.RowValues(target.Rows - 1);
            TensorPrimitives.Clamp(values, 0, 1, values);
        }
    }

    /// <summary>The loss is the mean −log p of what is held out, given the history.</summary>
    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken)
    {
        var target = HeldOut(validator.Users);
        return validator.Rank(
            (histories, scores) => Score(Compute, _network, histories, scores, _design.Normalise), (user, scores) => _network.Loss(scores, target, user, 0), cancellationToken);
    }

    private SparseBatch<float> HeldOut(EvaluationSet users)
    {
        if (_held is null)
        {
            _held = new SparseBatch<float>(_train.Items.Count);
            for (int user = 0; user < users.Users; user++)
            {
                AddTarget(_held, users.HeldOut.Csr, user);
            }
        }

        return _held;
    }

    public static void Score(Compute compute, VaeNetwork<float> network, Histories histories, Span<float> scores, bool normalise)
    {
        var input = new SparseBatch<float>(network.Items);
        for (int r = 0; r < histories.Count; r++)
        {
            Add(input, histories.Items(r), histories.Values(r), normalise);
        }

        network.Scores(compute, input, scores);
    }

    /// <summary>Bytes that training takes.</summary>
    public static long Memory(int items, VaeDesign design, int batch)
    {
        var layers = design.Layers;
        int last = design.Decoder == DecoderShape.Linear ? layers[^1] : layers[0];
        long weights = (long)items * (layers[0] + last);
        for (int l = 1; l < layers.Count; l++)
        {
            weights += (design.IsVariational && l == layers.Count - 1 ? 3L : 2L) * layers[l - 1] * layers[l];
        }

        // Value, gradient, two moments and the best so far; the output layer's own.
        return (5 * 4 * weights) + ItemOutput<float>.Memory(items, last, batch);
    }

    public static void Add(SparseBatch<float> batch, ReadOnlySpan<int> items, ReadOnlySpan<float> values, bool normalise)
    {
        float norm = normalise ? TensorPrimitives.Norm(values) : 1;
        for (int k = 0; k < items.Length; k++)
        {
            batch.Add(items[k], norm > 0 ? values[k] / norm : 0);
        }

        batch.EndRow();
    }
}
