using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Models;

/// <summary>Feeds users' ratings to a <see cref="DeepRecNetwork{T}"/>, and its own outputs after them (dense
/// re-feeding): a vector x that is rated fully by the network should be a fixed point, f(f(x)) = f(x).</summary>
internal sealed class DeepRecTraining : TrainingJob
{
    private readonly DeepRecNetwork<float> _network;
    private readonly InteractionMatrix _train;
    private readonly double _dropout;
    private readonly int _refeed;
    private readonly Func<Validator, CancellationToken, ValidationResult> _validate;
    private readonly SparseBatch<float> _input;
    private float[] _mask = [];
    private float[] _dense = [];

    public DeepRecTraining(
        DeepRecNetwork<float> network, InteractionMatrix train, double dropout, int refeed, double l2,
        Func<Validator, CancellationToken, ValidationResult> validate)
    {
        (_network, _train, _dropout, _refeed, _validate) = (network, train, dropout, refeed, validate);
        _input = new SparseBatch<float>(train.Items.Count);
        foreach (var weight in network.Weights)
        {
            weight.Penalty = (float)l2;
        }
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count;

    public override bool PredictsRatings => true;

    /// <summary>A batch is trained on its ratings, and then on all items of its own outputs.</summary>
    public override EpochPlan Plan(int epoch) => new(new Phase("train", AllParameters) { Passes = 1 + _refeed });

    /// <summary>Its ratings; where it is fed again, all items of its rows.</summary>
    public override long Terms(ReadOnlySpan<int> rows, int pass)
    {
        long terms = pass > 0 ? (long)rows.Length * _network.Items : 0;
        for (int r = 0; r < rows.Length && pass == 0; r++)
        {
            terms += _train.Csr.RowLength(rows[r]);
        }

        return terms;
    }

    public override double Gradient(in Batch batch)
    {
        int rows = batch.Rows.Length;
        float[] mask = Mask(batch);
        if (batch.Pass > 0)
        {
            return _network.GradientDense(Compute, _dense, rows, mask);
        }

        _input.Clear();
        foreach (int user in batch.Rows)
        {
            _input.AddRow(_train.Csr.RowIndices(user), _train.Csr.RowValues(user));
        }

        int wanted = _refeed > 0 ? rows * _network.Items : 0;
        Buffers.Grow(ref _dense, wanted);
        return _network.Gradient(Compute, _input, mask, _dense.AsSpan(0, wanted), batch.Scale);
    }

    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) => _validate(validator, cancellationToken);

    /// <summary>Bytes that training takes.</summary>
    public static long Memory(int items, IReadOnlyList<int> layers, int batch, int refeed, long ratings)
    {
        long weights = (long)items * (layers[0] + layers[^1]);
        for (int l = 1; l < layers.Count; l++)
        {
            weights += (long)layers[l - 1] * layers[l];
        }

        // Value, gradient, two moments and the best so far; layers and their gradients; dense batches; ratings.
        return (5 * 4 * weights) + (8L * batch * layers.Sum(w => (long)w)) + (refeed > 0 ? 12L * batch * items : 0) + (16 * ratings);
    }

    // 0 or 1/(1 − p) for each number of the code; each feeding of a batch draws its own.
    private float[] Mask(in Batch batch)
    {
        if (_dropout <= 0)
        {
            return [];
        }

        int count = batch.Rows.Length * _network.Code;
        Buffers.Grow(ref _mask, count);
        float kept = (float)(1 / (1 - _dropout));
        int[] users = [.. batch.Rows];
        var (seed, pass, width) = (batch.Seed, (batch.Sweep * batch.Phase.Passes) + batch.Pass, _network.Code);
        Compute.For(users.Length, r =>
        {
            var rng = Streams.Of(seed, Purpose.Dropout, pass, users[r]);
            Corruption.Dropout(_mask.AsSpan(r * width, width), _dropout, kept, ref rng);
        });
        return _mask;
    }
}
