using System.Numerics.Tensors;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>Feeds users' rows to a <see cref="VaeNetwork{T}"/>: x/‖x‖₂, then dropout, in; x out.</summary>
internal sealed class VaeTraining : TrainingJob
{
    private readonly VaeNetwork<float> _network;
    private readonly InteractionMatrix _train;
    private readonly double _dropout;
    private readonly double _β;
    private readonly int _annealSteps;
    private readonly SparseBatch<float> _input;
    private readonly SparseBatch<float> _target;
    private float[] _epsilon = [];

    public VaeTraining(VaeNetwork<float> network, InteractionMatrix train, double dropout, double β, int annealSteps, double l2)
    {
        (_network, _train, _dropout, _β, _annealSteps) = (network, train, dropout, β, annealSteps);
        (_input, _target) = (new SparseBatch<float>(train.Items.Count), new SparseBatch<float>(train.Items.Count));
        foreach (var weight in network.Weights)
        {
            weight.Penalty = (float)(2 * l2);
        }
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count;

    public override (double Loss, double Terms) Gradient(in Batch batch)
    {
        _input.Clear();
        _target.Clear();
        foreach (int user in batch.Rows)
        {
            AddNormalised(_input, _train.Csr.RowIndices(user), _train.Csr.RowValues(user));
            Corruption.Mask(_input.RowValues(_input.Rows - 1), _dropout, batch.Rng(Purpose.Corruption, user));
            _target.AddRow(_train.Csr.RowIndices(user), _train.Csr.RowValues(user));
        }

        if (_network.IsVariational)
        {
            Buffers.Grow(ref _epsilon, batch.Rows.Length * _network.Code);
            Corruption.Noise(_epsilon, _network.Code, batch.Rows, batch.Seed, batch.Epoch);
        }

        double β = _annealSteps > 0 ? _β * Math.Min(1, (double)batch.Step / _annealSteps) : _β;
        var (nll, kl) = _network.Gradient(_input, _target, _epsilon, β);
        return (nll + (β * kl), batch.Rows.Length);
    }

    /// <summary>Mean −log p of what is held out, given the history; users with nothing held out are passed over.</summary>
    public override double? ValidationLoss(EvaluationSet validation)
    {
        const int Block = 512;
        var target = new SparseBatch<float>(_train.Items.Count);
        var scores = new float[Math.Min(Block, validation.Users) * _train.Items.Count];
        double loss = 0;
        int users = 0;
        for (int start = 0; start < validation.Users; start += Block)
        {
            int count = Math.Min(Block, validation.Users - start);
            var block = scores.AsSpan(0, count * _train.Items.Count);
            Score(_network, new Histories(validation.History, start, count), block);
            target.Clear();
            for (int r = start; r < start + count; r++)
            {
                target.AddRow(validation.HeldOut.Csr.RowIndices(r), validation.HeldOut.Csr.RowValues(r));
                users += validation.HeldOut.Csr.RowLength(r) > 0 ? 1 : 0;
            }

            loss += _network.Loss(block, target, 0, count, 0);
        }

        return users == 0 ? null : loss / users;
    }

    public static void Score(VaeNetwork<float> network, Histories histories, Span<float> scores)
    {
        var input = new SparseBatch<float>(network.Items);
        for (int r = 0; r < histories.Count; r++)
        {
            AddNormalised(input, histories.Items(r), histories.Values(r));
        }

        network.Scores(input, scores);
    }

    /// <summary>Bytes that training takes.</summary>
    public static long Memory(int items, IReadOnlyList<int> layers, bool variational, int batch)
    {
        long weights = 2L * items * layers[0];
        for (int l = 1; l < layers.Count; l++)
        {
            weights += (variational && l == layers.Count - 1 ? 3L : 2L) * layers[l - 1] * layers[l];
        }

        // Value, gradient, two moments and the best so far; scores of a batch.
        return (5 * 4 * weights) + (4L * batch * items);
    }

    private static void AddNormalised(SparseBatch<float> batch, ReadOnlySpan<int> items, ReadOnlySpan<float> values)
    {
        float norm = TensorPrimitives.Norm(values);
        for (int k = 0; k < items.Length; k++)
        {
            batch.Add(items[k], norm > 0 ? values[k] / norm : 0);
        }

        batch.EndRow();
    }
}
