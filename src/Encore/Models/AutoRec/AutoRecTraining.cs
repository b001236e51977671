using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Models;

/// <summary>Feeds rows of ratings, users' or items', to an <see cref="AutoRecNetwork{T}"/>.</summary>
internal sealed class AutoRecTraining : TrainingJob
{
    private readonly AutoRecNetwork<float> _network;
    private readonly RatingRows _rows;
    private readonly double _λ;
    private readonly Func<Validator, CancellationToken, ValidationResult> _validate;
    private readonly SparseBatch<float> _input;
    private float[] _target = [];

    public AutoRecTraining(AutoRecNetwork<float> network, RatingRows rows, double λ, Func<Validator, CancellationToken, ValidationResult> validate)
    {
        (_network, _rows, _λ, _validate) = (network, rows, λ, validate);
        _input = new SparseBatch<float>(network.Columns);
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _rows.Csr.Rows;

    public override bool PredictsRatings => true;

    /// <summary>Its ratings.</summary>
    public override long Terms(ReadOnlySpan<int> rows, int pass)
    {
        long ratings = 0;
        foreach (int row in rows)
        {
            ratings += _rows.Csr.RowLength(row);
        }

        return ratings;
    }

    public override double Gradient(in Batch batch)
    {
        _input.Clear();
        foreach (int row in batch.Rows)
        {
            _rows.AddInput(_input, _rows.Csr.RowIndices(row), _rows.Csr.RowValues(row));
        }

        Buffers.Grow(ref _target, _input.Count);
        int at = 0;
        foreach (int row in batch.Rows)
        {
            _rows.Targets(_rows.Csr.RowValues(row), _target.AsSpan(at));
            at += _rows.Csr.RowLength(row);
        }

        // The penalty belongs to the whole data set: a batch carries its share.
        float penalty = (float)(_λ / (_rows.Scale * _rows.Scale) * batch.Rows.Length / Rows);
        foreach (var weight in _network.Weights)
        {
            weight.Penalty = penalty;
        }

        return _network.Gradient(Tape, _input, _target) * _rows.Scale * _rows.Scale;
    }

    public override double PenaltyPerTerm(EpochPlan plan, double terms) =>
        _λ / 2 * _network.Weights.Sum(SumOfSquares) / Math.Max(1, terms);

    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) => _validate(validator, cancellationToken);

    /// <summary>Bytes that training takes.</summary>
    public static long Memory(int columns, IReadOnlyList<int> hidden, int batch, long ratings)
    {
        long weights = (long)columns * (hidden[0] + hidden[^1]);
        for (int l = 1; l < hidden.Count; l++)
        {
            weights += (long)hidden[l - 1] * hidden[l];
        }

        // Value, gradient, two moments and the best so far; hidden layers and their gradients; a batch of ratings.
        return (5 * 4 * weights) + (8L * batch * hidden.Sum(w => (long)w)) + (24 * ratings);
    }

    private static double SumOfSquares(Parameter<float> parameter) =>
        System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(parameter.Value);
}

/// <summary>
/// Ratings as a network sees them: inputs raw or less their mean, targets on the scale of the output's activation
/// (a sigmoid reaches 0 … 1, tanh −1 … 1; all others leave ratings as they are).
/// </summary>
internal sealed class RatingRows
{
    private readonly float _centre;

    /// <param name="csr">The ratings by row.</param>
    /// <param name="low">The lowest rating.</param>
    /// <param name="high">The highest rating.</param>
    /// <param name="centre">What is taken off the inputs.</param>
    /// <param name="output">The output's activation.</param>
    public RatingRows(CsrMatrix csr, double low, double high, double centre, Activation output)
    {
        double range = high > low ? high - low : 1;
        (Csr, _centre) = (csr, (float)centre);
        (Offset, Scale) = output switch
        {
            Activation.Sigmoid => (low, range),
            Activation.Tanh => ((low + high) / 2, range / 2),
            _ => (0, 1),
        };
    }

    public CsrMatrix Csr { get; }

    /// <summary>Rating = Offset + Scale·output.</summary>
    public double Offset { get; }

    public double Scale { get; }

    public double ToOutput(double rating) => (rating - Offset) / Scale;

    public void AddInput(SparseBatch<float> batch, ReadOnlySpan<int> columns, ReadOnlySpan<float> ratings)
    {
        batch.AddRow(columns, ratings);
        if (_centre != 0)
        {
            var values = batch.RowValues(batch.Rows - 1);
            Elementwise.Subtract(values, _centre, values);
        }
    }

    public void Targets(ReadOnlySpan<float> ratings, Span<float> target)
    {
        if (Scale == 1 && Offset == 0)
        {
            ratings.CopyTo(target);
            return;
        }

        for (int k = 0; k < ratings.Length; k++)
        {
            target[k] = (float)ToOutput(ratings[k]);
        }
    }

    public void ToRatings(Span<float> outputs)
    {
        for (int k = 0; k < outputs.Length && (Scale != 1 || Offset != 0); k++)
        {
            outputs[k] = (float)(Offset + (Scale * outputs[k]));
        }
    }
}
