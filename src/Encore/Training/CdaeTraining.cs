using Encore.Numerics;

namespace Encore.Training;

/// <summary>Feeds users' rows to a <see cref="CdaeNetwork{T}"/>: x, corrupted, in; all items or a sample out.</summary>
internal sealed class CdaeTraining : TrainingJob
{
    private readonly CdaeNetwork<float> _network;
    private readonly InteractionMatrix _train;
    private readonly double _corruption;
    private readonly int _negatives;
    private readonly bool _normalise;
    private readonly NegativeSampler _sampler;
    private readonly SparseBatch<float> _input;
    private readonly SparseBatch<float> _target;

    /// <param name="network">The network.</param>
    /// <param name="train">The interactions; each counts as 1.</param>
    /// <param name="corruption">q.</param>
    /// <param name="negatives">Items not met for each item met; 0: all.</param>
    /// <param name="l2">λ.</param>
    /// <param name="normalise">Whether a history is divided by its length.</param>
    public CdaeTraining(
        CdaeNetwork<float> network, InteractionMatrix train, double corruption, int negatives, double l2, bool normalise)
    {
        (_network, _train, _corruption, _negatives, _normalise) = (network, train, corruption, negatives, normalise);
        (_input, _target) = (new SparseBatch<float>(train.Items.Count), new SparseBatch<float>(train.Items.Count));
        _sampler = new NegativeSampler(train.Items.Count);
        foreach (var parameter in network.Parameters)
        {
            parameter.Penalty = (float)l2;
        }
    }

    /// <summary>The article's input, see <see cref="Article.BatchDegrees"/>.</summary>
    public bool NormaliseWithinBatch { get; init; }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count;

    public override (double Loss, double Terms) Gradient(in Batch batch)
    {
        _input.Clear();
        _target.Clear();
        var degrees = NormaliseWithinBatch ? Article.BatchDegrees.Of(_train.Csr, batch.Rows) : null;
        foreach (int user in batch.Rows)
        {
            var items = _train.Csr.RowIndices(user);
            Add(_input, items, _normalise);
            degrees?.Normalise(items, _input.RowValues(_input.Rows - 1));
            Corruption.Mask(_input.RowValues(_input.Rows - 1), _corruption, batch.Rng(Purpose.Corruption, user));
            foreach (int item in items)
            {
                _target.Add(item, 1);
            }

            if (_negatives > 0)
            {
                _sampler.AddTo(_target, items, (int)Math.Min((long)_negatives * items.Length, int.MaxValue), batch.Rng(Purpose.Negatives, user));
            }

            _target.EndRow();
        }

        double loss = _negatives > 0
            ? _network.SampledGradient(_input, batch.Rows, _target)
            : _network.Gradient(_input, batch.Rows, _target);
        return (loss, batch.Rows.Length);
    }

    /// <summary>A history: 1 for each item, or 1/√n of n items.</summary>
    public static void Add(SparseBatch<float> batch, ReadOnlySpan<int> items, bool normalise)
    {
        float value = normalise && items.Length > 0 ? 1 / MathF.Sqrt(items.Length) : 1;
        foreach (int item in items)
        {
            batch.Add(item, value);
        }

        batch.EndRow();
    }
}

/// <summary>Draws items that a user has not met, each at most once and all with the same chance.</summary>
internal sealed class NegativeSampler(int items)
{
    private readonly int[] _mark = new int[items];
    private int[] _unmet = [];
    private int _row;

    /// <summary>Adds some unmet items, or all where there are no more, to the open row with value 0.</summary>
    public void AddTo(SparseBatch<float> batch, ReadOnlySpan<int> met, int count, Rng rng)
    {
        _row++;
        foreach (int item in met)
        {
            _mark[item] = _row;
        }

        int left = items - met.Length;
        if (count <= left / 2)
        {
            // Half of the unmet items stay free, so a draw is refused at most as often as the user's share says.
            for (int drawn = 0; drawn < count;)
            {
                int item = rng.NextInt32(items);
                if (_mark[item] != _row)
                {
                    _mark[item] = _row;
                    batch.Add(item, 0);
                    drawn++;
                }
            }

            return;
        }

        Buffers.Grow(ref _unmet, left);
        int n = 0;
        for (int item = 0; item < items; item++)
        {
            if (_mark[item] != _row)
            {
                _unmet[n++] = item;
            }
        }

        // The first steps of a Fisher–Yates shuffle.
        for (int k = 0; k < Math.Min(count, left); k++)
        {
            int other = k + rng.NextInt32(left - k);
            (_unmet[k], _unmet[other]) = (_unmet[other], _unmet[k]);
            batch.Add(_unmet[k], 0);
        }
    }
}
