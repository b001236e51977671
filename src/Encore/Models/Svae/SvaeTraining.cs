using System.Runtime.InteropServices;
using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Models;

/// <summary>Feeds users' histories to an <see cref="SvaeNetwork{T}"/>: the items of each step in, the next ones out. A
/// history of one item has no step.</summary>
internal sealed class SvaeTraining : TrainingJob
{
    private readonly SvaeNetwork<float> _network;
    private readonly InteractionMatrix _train;
    private readonly int _nextK;
    private readonly int _maxLength;
    private readonly double _β;
    private readonly int _annealSteps;
    private readonly double _dropout;
    private readonly PackedSequences _inputs = new();
    private readonly SparseBatch<float> _target;
    private float[] _epsilon = [];
    private float[] _mask = [];
    private SparseBatch<float>? _next; // of the validation users

    public SvaeTraining(
        SvaeNetwork<float> network, InteractionMatrix train, int nextK, int maxLength, double β, int annealSteps, double dropout)
    {
        (_network, _train, _nextK, _maxLength) = (network, train, nextK, maxLength);
        (_β, _annealSteps, _dropout) = (β, annealSteps, dropout);
        _target = new SparseBatch<float>(network.Items);
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count;

    /// <summary>Steps of the histories.</summary>
    public override long Terms(ReadOnlySpan<int> rows, int pass)
    {
        long steps = 0;
        foreach (int user in rows)
        {
            steps += Math.Max(0, Latest(_train.Sequence(user), _maxLength).Length - 1);
        }

        return steps;
    }

    public override double Gradient(in Batch batch)
    {
        _inputs.Clear();
        foreach (int user in batch.Rows)
        {
            _inputs.AddWithTarget(Latest(_train.Sequence(user), _maxLength));
        }

        _inputs.Pack();
        _inputs.Targets(_nextK, _target);
        Buffers.Grow(ref _epsilon, _inputs.Rows * _network.Code);
        Buffers.Grow(ref _mask, _dropout > 0 ? _inputs.Rows * _network.Hidden : 0);
        double β = BetaAt(batch.Step);
        var (nll, kl) = _network.Gradient(Compute, _inputs, _target, _epsilon, β, _dropout > 0 ? _mask : null, Draws(batch), batch.Scale);
        AddPart("reconstruction", nll);
        AddPart("kl", kl);
        return nll + (β * kl);
    }

    public override IReadOnlyDictionary<string, double> Levels(long steps) => new Dictionary<string, double> { ["beta"] = BetaAt(steps) };

    // Rises from 0 to its full size over the annealing steps.
    private double BetaAt(long step) => _annealSteps > 0 ? _β * Math.Min(1, (double)step / _annealSteps) : _β;

    // ε and the dropout mask: a user's stream of the epoch, step after step; a task for each user.
    private SideWork Draws(in Batch batch)
    {
        int[] users = [.. batch.Rows];
        var (seed, sweep, code, width) = (batch.Seed, batch.Sweep, _network.Code, _network.Hidden);
        float kept = (float)(1 / (1 - _dropout));

        // Two decisions from each number of 32 bits.
        uint drop = (uint)Math.Round(_dropout * 65_536);
        return new SideWork(users.Length, s =>
        {
            var noise = Streams.Of(seed, Purpose.Noise, sweep, users[s]);
            var dropout = Streams.Of(seed, Purpose.Dropout, sweep, users[s]);
            Span<uint> bits = stackalloc uint[256];
            for (int t = 0; t < _inputs.Length(s); t++)
            {
                int row = _inputs.Row(s, t);
                noise.FillGaussian(_epsilon.AsSpan(row * code, code));
                for (int j = _dropout > 0 ? 0 : width; j < width; j += 2 * bits.Length)
                {
                    var mask = _mask.AsSpan((row * width) + j, Math.Min(2 * bits.Length, width - j));
                    var words = bits[..((mask.Length + 1) / 2)];
                    dropout.Fill(words);
                    var halves = MemoryMarshal.Cast<uint, ushort>(words);
                    Corruption.Decide(halves, drop, kept, mask);
                }
            }
        });
    }

    /// <summary>The loss is that of a step after the history, without noise: −log p of the next items.</summary>
    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken)
    {
        var target = Next(validator.Users);
        return validator.Rank(
            (histories, scores) => Score(Compute, _network, histories, _maxLength, scores),
            (user, scores) => Losses.Multinomial(scores, target, user, 0f), cancellationToken);
    }

    private SparseBatch<float> Next(EvaluationSet users)
    {
        if (_next is null)
        {
            _next = new SparseBatch<float>(_network.Items);
            for (int user = 0; user < users.Users; user++)
            {
                var next = users.HeldOut.Sequence(user);
                next = next[..Math.Min(_nextK, next.Length)];
                foreach (int item in next)
                {
                    _next.Add(item, 1f / next.Length);
                }

                _next.EndRow();
            }
        }

        return _next;
    }

    public static void Score(Compute compute, SvaeNetwork<float> network, Histories histories, int maxLength, Span<float> scores)
    {
        var packed = new PackedSequences();
        for (int r = 0; r < histories.Count; r++)
        {
            packed.Add(Latest(histories.Sequence(r), maxLength));
        }

        packed.Pack();
        network.Scores(compute, packed, scores);
    }

    /// <summary>Bytes that training takes: value, gradient, two moments and the best so far of each weight; the numbers
    /// of a batch's steps; a chunk of scores.</summary>
    public static long Memory(InteractionMatrix train, SvaeWidths w, int batch, int maxLength)
    {
        long items = train.Items.Count;
        long weights = (items * (w.Embedding + w.Decoder + 1)) + (3L * (w.Hidden + 1) * (w.Embedding + w.Hidden))
            + ((long)w.Hidden * w.Encoder) + (2L * w.Encoder * w.Code) + ((long)w.Code * w.Decoder);
        int[] lengths = [.. Enumerable.Range(0, train.Users.Count).Select(u => Latest(train.Sequence(u), maxLength).Length)];
        Array.Sort(lengths);
        long rows = lengths.AsSpan(Math.Max(0, lengths.Length - batch)).ToArray().Sum(l => (long)l);
        long perRow = (10L * w.Hidden) + (4L * w.Encoder) + (7L * w.Code) + (2L * w.Decoder);
        return (5 * 4 * weights) + (4 * rows * perRow) + ItemOutput<float>.Memory((int)items, w.Decoder, rows);
    }

    private static ReadOnlySpan<int> Latest(ReadOnlySpan<int> items, int maxLength) =>
        maxLength > 0 && items.Length > maxLength ? items[^maxLength..] : items;
}
