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

    public SvaeTraining(
        SvaeNetwork<float> network, InteractionMatrix train, int nextK, int maxLength, double β, int annealSteps, double dropout)
    {
        (_network, _train, _nextK, _maxLength) = (network, train, nextK, maxLength);
        (_β, _annealSteps, _dropout) = (β, annealSteps, dropout);
        _target = new SparseBatch<float>(network.Items);
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count;

    public override (double Loss, double Terms) Gradient(in Batch batch)
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
        var (nll, kl) = _network.Gradient(_inputs, _target, _epsilon, β, _dropout > 0 ? _mask : null, Draws(batch));
        AddPart("reconstruction", nll);
        AddPart("kl", kl);
        return (nll + (β * kl), _inputs.Rows);
    }

    public override IReadOnlyDictionary<string, double> Levels(long step) => new Dictionary<string, double> { ["beta"] = BetaAt(step) };

    // Rises from 0 to its full size over the annealing steps.
    private double BetaAt(long step) => _annealSteps > 0 ? _β * Math.Min(1, (double)step / _annealSteps) : _β;

    // ε and the dropout mask: a user's stream of the epoch, step after step; a task for each user.
    private SideWork Draws(in Batch batch)
    {
        int[] users = [.. batch.Rows];
        var (seed, epoch, code, width) = (batch.Seed, batch.Epoch, _network.Code, _network.Hidden);
        float kept = (float)(1 / (1 - _dropout));

        // Two decisions from each number of 32 bits.
        uint drop = (uint)Math.Round(_dropout * 65_536);
        return new SideWork(users.Length, s =>
        {
            var noise = Streams.Of(seed, Purpose.Noise, epoch, users[s]);
            var dropout = Streams.Of(seed, Purpose.Dropout, epoch, users[s]);
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

    /// <summary>Mean over users of the loss of a step after the history, without noise: −log p of the next items; users
    /// with nothing held out are passed over.</summary>
    public override double? ValidationLoss(EvaluationSet validation)
    {
        int items = _network.Items, block = ItemOutput<float>.ChunkRows(items);
        var target = new SparseBatch<float>(items);
        var scores = new float[Math.Min(block, validation.Users) * items];
        double loss = 0;
        int users = 0;
        for (int start = 0; start < validation.Users; start += block)
        {
            int count = Math.Min(block, validation.Users - start);
            var part = scores.AsSpan(0, count * items);
            Score(_network, new Histories(validation.History, start, count), _maxLength, part);
            target.Clear();
            for (int r = start; r < start + count; r++)
            {
                var next = validation.HeldOut.Sequence(r);
                next = next[..Math.Min(_nextK, next.Length)];
                foreach (int item in next)
                {
                    target.Add(item, 1f / next.Length);
                }

                target.EndRow();
                users += next.Length > 0 ? 1 : 0;
            }

            loss += Losses.Sum(count, r => Losses.Multinomial(scores.AsSpan(r * items, items), target, r, 0f));
        }

        return users == 0 ? null : loss / users;
    }

    public static void Score(SvaeNetwork<float> network, Histories histories, int maxLength, Span<float> scores)
    {
        var packed = new PackedSequences();
        for (int r = 0; r < histories.Count; r++)
        {
            packed.Add(Latest(histories.Sequence(r), maxLength));
        }

        packed.Pack();
        network.Scores(packed, scores);
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
        return (5 * 4 * weights) + (4 * rows * perRow) + (4 * Math.Min(rows, 2 * ItemOutput<float>.ChunkRows((int)items)) * items);
    }

    private static ReadOnlySpan<int> Latest(ReadOnlySpan<int> items, int maxLength) =>
        maxLength > 0 && items.Length > maxLength ? items[^maxLength..] : items;
}
