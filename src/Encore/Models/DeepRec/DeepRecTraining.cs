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
    private readonly Func<EvaluationSet, double?> _meanSquare;
    private readonly SparseBatch<float> _input;
    private float[] _mask = [];
    private float[] _dense = [];

    public DeepRecTraining(
        DeepRecNetwork<float> network, InteractionMatrix train, double dropout, int refeed, double l2, Func<EvaluationSet, double?> meanSquare)
    {
        (_network, _train, _dropout, _refeed, _meanSquare) = (network, train, dropout, refeed, meanSquare);
        _input = new SparseBatch<float>(train.Items.Count);
        foreach (var weight in network.Weights)
        {
            weight.Penalty = (float)l2;
        }
    }

    /// <summary>Called when the weights are about to change.</summary>
    public Action? Changing { get; init; }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count;

    public override int Passes => 1 + _refeed;

    public override (double Loss, double Terms) Gradient(in Batch batch)
    {
        Changing?.Invoke();
        int rows = batch.Rows.Length;
        float[] mask = Mask(batch);
        if (batch.Pass > 0)
        {
            return (_network.GradientDense(_dense, rows, mask), (double)rows * _network.Items);
        }

        _input.Clear();
        foreach (int user in batch.Rows)
        {
            _input.AddRow(_train.Csr.RowIndices(user), _train.Csr.RowValues(user));
        }

        int wanted = _refeed > 0 ? rows * _network.Items : 0;
        Buffers.Grow(ref _dense, wanted);
        return (_network.Gradient(_input, mask, _dense.AsSpan(0, wanted)), _input.Count);
    }

    public override double? ValidationLoss(EvaluationSet validation) => _meanSquare(validation);

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
        var (seed, pass, width) = (batch.Seed, (batch.Epoch * Passes) + batch.Pass, _network.Code);
        Workers.For(users.Length, r =>
        {
            var rng = Streams.Of(seed, Purpose.Dropout, pass, users[r]);
            Corruption.Dropout(_mask.AsSpan(r * width, width), _dropout, kept, ref rng);
        });
        return _mask;
    }
}
