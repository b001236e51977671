using System.Collections.Concurrent;
using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Models;

/// <summary>Feeds users' rows to a <see cref="CdaeNetwork{T}"/>: x, corrupted, in; all items or a sample out.</summary>
internal sealed class CdaeTraining : TrainingJob
{
    private readonly CdaeNetwork<float> _network;
    private readonly InteractionMatrix _train;
    private readonly double _corruption;
    private readonly int _negatives;
    private readonly bool _normalise;
    private readonly ConcurrentBag<NegativeSampler> _samplers = [];
    private readonly SparseBatch<float> _input;
    private readonly SparseBatch<float> _target;
    private readonly SparseBatch<float>? _weights; // of the items met
    private int[] _users = [];
    private int[] _lengths = [];
    private int[] _wanted = [];

    /// <param name="network">The network.</param>
    /// <param name="train">The interactions; each counts as 1, times its weight where it has one.</param>
    /// <param name="corruption">q.</param>
    /// <param name="negatives">Items not met for each item met; 0: all.</param>
    /// <param name="l2">λ.</param>
    /// <param name="normalise">Whether a history is divided by its length.</param>
    public CdaeTraining(
        CdaeNetwork<float> network, InteractionMatrix train, double corruption, int negatives, double l2, bool normalise)
    {
        (_network, _train, _corruption, _negatives, _normalise) = (network, train, corruption, negatives, normalise);
        (_input, _target) = (new SparseBatch<float>(train.Items.Count), new SparseBatch<float>(train.Items.Count));
        _weights = train.Weights is null ? null : new SparseBatch<float>(train.Items.Count);
        foreach (var parameter in network.Parameters)
        {
            parameter.Penalty = (float)l2;
        }
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count;

    public override double Gradient(in Batch batch)
    {
        int rows = batch.Rows.Length;
        Buffers.Grow(ref _users, rows);
        Buffers.Grow(ref _lengths, rows);
        Buffers.Grow(ref _wanted, rows);
        batch.Rows.CopyTo(_users);
        for (int r = 0; r < rows; r++)
        {
            int met = _lengths[r] = _train.Csr.RowLength(_users[r]);
            _wanted[r] = met + (int)Math.Min((long)_negatives * met, _train.Items.Count - met);
        }

        _input.Reshape(_lengths.AsSpan(0, rows));
        _target.Reshape(_wanted.AsSpan(0, rows));
        _weights?.Reshape(_lengths.AsSpan(0, rows));
        var (seed, sweep) = (batch.Seed, batch.Sweep);
        Compute.For(rows, r =>
        {
            int user = _users[r];
            var items = _train.Csr.RowIndices(user);
            var values = _input.RowValues(r);
            items.CopyTo(_input.RowColumns(r));
            values.Fill(Value(items.Length, _normalise));
            Corruption.Mask(values, _corruption, Streams.Of(seed, Purpose.Corruption, sweep, user));

            Span<int> columns = _target.RowColumns(r);
            Span<float> target = _target.RowValues(r);
            items.CopyTo(columns);
            target[..items.Length].Fill(1);
            if (_weights is not null)
            {
                _train.WeightsOf(user).CopyTo(_weights.RowValues(r));
            }

            target[items.Length..].Clear();
            if (columns.Length > items.Length)
            {
                var sampler = _samplers.TryTake(out var free) ? free : new NegativeSampler(_train.Items.Count);
                sampler.Draw(items, columns[items.Length..], Streams.Of(seed, Purpose.Negatives, sweep, user));
                _samplers.Add(sampler);
            }
        });

        return _negatives > 0
            ? _network.SampledGradient(Tape, _input, batch.Rows, _target, batch.Scale, _weights)
            : _network.Gradient(Tape, _input, batch.Rows, _target, batch.Scale, _weights);
    }

    /// <summary>Without a loss: the mean over all items says little of what is held out.</summary>
    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) =>
        validator.Rank(Score, null, cancellationToken);

    /// <summary>The model's scores.</summary>
    public required ScoreUsers Score { get; init; }

    /// <summary>A history: 1 for each item, or 1/√n of n items.</summary>
    public static void Add(SparseBatch<float> batch, ReadOnlySpan<int> items, bool normalise)
    {
        float value = Value(items.Length, normalise);
        foreach (int item in items)
        {
            batch.Add(item, value);
        }

        batch.EndRow();
    }

    private static float Value(int items, bool normalise) => normalise && items > 0 ? 1 / MathF.Sqrt(items) : 1;
}

/// <summary>Draws items that a user has not met, each at most once and all with the same chance.</summary>
internal sealed class NegativeSampler(int items)
{
    private readonly int[] _mark = new int[items];
    private int[] _unmet = [];
    private int _row;

    /// <summary>Draws as many unmet items as there is room for; there must be so many.</summary>
    public void Draw(ReadOnlySpan<int> met, Span<int> drawn, Rng rng)
    {
        _row++;
        foreach (int item in met)
        {
            _mark[item] = _row;
        }

        int left = items - met.Length;
        if (drawn.Length <= left / 2)
        {
            // Half of the unmet items stay free, so a draw is refused at most as often as the user's share says.
            for (int k = 0; k < drawn.Length;)
            {
                int item = rng.NextInt32(items);
                if (_mark[item] != _row)
                {
                    _mark[item] = _row;
                    drawn[k++] = item;
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
        for (int k = 0; k < drawn.Length; k++)
        {
            int other = k + rng.NextInt32(left - k);
            (_unmet[k], _unmet[other]) = (_unmet[other], _unmet[k]);
            drawn[k] = _unmet[k];
        }
    }
}
