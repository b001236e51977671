using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Models;

/// <summary>Trains a <see cref="RecVaeNetwork{T}"/>: in each epoch some sweeps of the encoder, whose prior is the encoder of
/// the epoch before, and then some of the decoder, without corruption.</summary>
#pragma warning disable CA1001 // a job ends with its training, and leaves its tape's memory to the collector
internal sealed class RecVaeTraining : TrainingJob
#pragma warning restore CA1001
{
    private readonly RecVaeNetwork<float> _network;
    private readonly RecVaeEncoder<float> _old;
    private readonly InteractionMatrix _train;
    private readonly RecVaeOptions _options;
    private readonly EpochPlan _plan;
    private Tape<float>? _oldTape;
    private readonly SparseBatch<float> _input;
    private readonly SparseBatch<float> _clean;
    private readonly SparseBatch<float> _target;
    private readonly SparseBatch<float>? _targetWeights;
    private float[] _epsilon = [];
    private float[] _weights = [];
    private SparseBatch<float>? _held; // of the validation users

    public RecVaeTraining(RecVaeNetwork<float> network, InteractionMatrix train, RecVaeOptions options)
    {
        (_network, _train, _options) = (network, train, options);
        _old = new RecVaeEncoder<float>("prior.", network.Items, options.Hidden, options.Depth, options.Code);
        network.Encoder.CopyTo(_old);
        ParameterGroup encoder = new("encoder", network.Encoder.Parameters), decoder = new("decoder", network.Decoder);
        _plan = new EpochPlan(
        [
            .. Enumerable.Range(0, options.EncoderSweeps).Select(_ => new Phase("encoder", encoder)),
            .. Enumerable.Range(0, options.DecoderSweeps).Select(_ => new Phase("decoder", decoder) { CountsLoss = false }),
        ]);
        (_input, _clean, _target) = (new(network.Items), new(network.Items), new(network.Items));
        _targetWeights = train.Weights is null ? null : new(network.Items);
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    /// <summary>The earlier encoder.</summary>
    public override IReadOnlyList<Parameter<float>> State => _old.Parameters;

    public override int Rows => _train.Users.Count;

    public override EpochPlan Plan(int epoch) => _plan;

    public override void Enter(Phase phase, int epoch)
    {
        if (phase.Name == "decoder")
        {
            _network.Encoder.CopyTo(_old);
        }
    }

    public override double Gradient(in Batch batch)
    {
        bool isEncoder = batch.Phase.Name == "encoder";
        int rows = batch.Rows.Length;
        _input.Clear();
        _clean.Clear();
        _target.Clear();
        _targetWeights?.Clear();
        Buffers.Grow(ref _weights, rows);
        for (int r = 0; r < rows; r++)
        {
            int user = batch.Rows[r];
            ReadOnlySpan<int> items = _train.Csr.RowIndices(user);
            ReadOnlySpan<float> values = _train.Csr.RowValues(user), inputs = _train.Inputs.RowValues(user), weights = _train.WeightsOf(user);
            VaeTraining.Add(_input, items, inputs, normalise: true);
            _target.AddRow(items, values);
            _targetWeights?.AddRow(items, weights);
            if (isEncoder)
            {
                VaeTraining.Add(_clean, items, inputs, normalise: true);
                Corruption.Mask(_input.RowValues(r), _options.Dropout, batch.Rng(Purpose.Corruption, user));
                float sum = 0;
                for (int k = 0; k < values.Length; k++)
                {
                    sum += weights.IsEmpty ? values[k] : values[k] * weights[k];
                }

                _weights[r] = (float)(_options.Beta > 0 ? _options.Beta : _options.Gamma * sum);
            }
        }

        Buffers.Grow(ref _epsilon, rows * _network.Code);
        Corruption.Noise(Compute, _epsilon, _network.Code, batch.Rows, batch.Seed, batch.Sweep);
        if (!isEncoder)
        {
            return _network.Gradient(Tape, _input, _target, _epsilon, batch.Scale, null, _targetWeights).Nll;
        }

        _oldTape ??= new Tape<float>(records: false, Compute);
        _oldTape.Begin();
        var (mu, logVariance) = _old.Encode(_oldTape, _clean);
        var (nll, divergence) = _network.Gradient(Tape, _input, _target, _epsilon, batch.Scale, (mu, logVariance, _weights), _targetWeights);
        AddPart("reconstruction", nll);
        AddPart("divergence", divergence);
        return nll + divergence;
    }

    /// <summary>The loss is the mean −log p of what is held out, given the history.</summary>
    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken)
    {
        if (_held is null)
        {
            _held = new SparseBatch<float>(_network.Items);
            var held = validator.Users.HeldOut.Csr;
            for (int user = 0; user < held.Rows; user++)
            {
                _held.AddRow(held.RowIndices(user), held.RowValues(user));
            }
        }

        return validator.Rank(
            (histories, scores) => Score(Compute, _network, histories, scores), (user, scores) => Losses.Multinomial(scores, _held, user, 0f), cancellationToken);
    }

    public static void Score(Compute compute, RecVaeNetwork<float> network, Histories histories, Span<float> scores)
    {
        var input = new SparseBatch<float>(network.Items);
        for (int r = 0; r < histories.Count; r++)
        {
            VaeTraining.Add(input, histories.Items(r), histories.Values(r), normalise: true);
        }

        network.Scores(compute, input, scores);
    }
}
