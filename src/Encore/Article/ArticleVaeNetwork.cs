using System.Numerics;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Article;

/// <summary>
/// The article's MultVAE: linear from the items to the code's distribution and back, and noise a hundred times smaller
/// than a variational autoencoder's.
/// <code>
/// x/‖x‖₂ → dropout → (μ, log σ²) = x·W + b;  z = μ + σ⊙0.01·ε;  s = z·Wᵀ′ + b′
/// loss = mean over users of −Σ_i x_i·log softmax(s)_i + β·KL
/// </code>
/// </summary>
internal sealed class ArticleVaeNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Standard deviation of the article's noise.</summary>
    public const double NoiseDeviation = 0.01;

    private readonly ItemInput<T> _input;  // [items, 2K]: μ beside log σ²
    private readonly ItemOutput<T> _output;   // [items, K]
    private T[] _h = [];
    private T[] _m = [];
    private T[] _v = [];
    private T[] _z = [];
    private T[] _dZ = [];
    private T[] _dM = [];
    private T[] _dV = [];

    public ArticleVaeNetwork(int items, int code)
    {
        (Items, Code) = (items, code);
        _input = new ItemInput<T>("input", items, 2 * code, Activation.Identity);
        _output = new ItemOutput<T>("output", code, items);
        Parameters = [_input.Weight, _input.Bias, _output.Weight, _output.Bias];
    }

    public int Items { get; }

    /// <summary>Width of the code, K.</summary>
    public int Code { get; }

    public IReadOnlyList<Parameter<T>> Parameters { get; }

    public void Initialise(ulong seed)
    {
        Initial.Xavier(_input.Weight, seed, 0);
        Initial.TruncatedNormal(_input.Bias, 0.001, seed, 1);
        Initial.Xavier(_output.Weight, seed, 2);
        Initial.TruncatedNormal(_output.Bias, 0.001, seed, 3);
    }

    /// <summary>The loss of a batch, summed over rows, and the gradients of its mean.</summary>
    /// <param name="input">x/‖x‖₂ after dropout, [rows, items].</param>
    /// <param name="target">x, [rows, items].</param>
    /// <param name="epsilon">ε with the article's deviation, [rows, K].</param>
    /// <param name="beta">β.</param>
    public double Gradient(SparseBatch<T> input, SparseBatch<T> target, T[] epsilon, double beta)
    {
        int rows = input.Rows, count = rows * Code;
        T scale = T.One / T.CreateTruncating(rows);
        Parameters.BeginStep();
        Grow(rows);
        _input.Forward(input, _h);                                       // [rows, 2K]
        Halves(rows, _h, _m, _v, join: false);
        Reparametrisation.Forward(_m, _v, epsilon, _z, count);
        double nll = _output.Loss(_z, rows, (s, r) => Losses.Multinomial(s, target, r, scale), _dZ);
        double kl = Reparametrisation.Backward(_m, _v, _z, _dZ, _dM, _dV, count, T.CreateTruncating(beta) * scale);
        Halves(rows, _h, _dM, _dV, join: true);
        _input.Backward(input, _h, _h);
        return nll + (beta * kl);
    }

    /// <summary>The scores at z = μ, [rows, items].</summary>
    public void Scores(SparseBatch<T> input, Span<T> scores)
    {
        var h = new T[input.Rows * 2 * Code];
        var m = new T[input.Rows * Code];
        _input.Forward(input, h);
        for (int r = 0; r < input.Rows; r++)
        {
            h.AsSpan(r * 2 * Code, Code).CopyTo(m.AsSpan(r * Code));
        }

        _output.Scores(m, input.Rows, scores);
    }

    // [rows, 2K] apart into two of [rows, K], or the two together.
    private void Halves(int rows, T[] both, T[] left, T[] right, bool join)
    {
        for (int r = 0; r < rows; r++)
        {
            var row = both.AsSpan(r * 2 * Code, 2 * Code);
            var l = left.AsSpan(r * Code, Code);
            var v = right.AsSpan(r * Code, Code);
            if (join)
            {
                l.CopyTo(row);
                v.CopyTo(row[Code..]);
            }
            else
            {
                row[..Code].CopyTo(l);
                row[Code..].CopyTo(v);
            }
        }
    }

    private void Grow(int rows)
    {
        Buffers.Grow(ref _h, rows * 2 * Code);
        Buffers.Grow(ref _m, rows * Code);
        Buffers.Grow(ref _v, rows * Code);
        Buffers.Grow(ref _z, rows * Code);
        Buffers.Grow(ref _dZ, rows * Code);
        Buffers.Grow(ref _dM, rows * Code);
        Buffers.Grow(ref _dV, rows * Code);
    }
}

/// <summary>Feeds users' histories to an <see cref="ArticleVaeNetwork{T}"/>.</summary>
internal sealed class ArticleVaeTraining(ArticleVaeNetwork<float> network, InteractionMatrix train, double dropout, double cap, int annealSteps)
    : TrainingJob
{
    private readonly SparseBatch<float> _input = new(network.Items);
    private readonly SparseBatch<float> _target = new(network.Items);
    private float[] _epsilon = [];

    public override IReadOnlyList<Parameter<float>> Parameters => network.Parameters;

    public override int Rows => train.Users.Count;

    public override double Gradient(in Batch batch)
    {
        _input.Clear();
        _target.Clear();
        foreach (int user in batch.Rows)
        {
            VaeTraining.Add(_input, train.Csr.RowIndices(user), train.Csr.RowValues(user), normalise: true);
            Corruption.Mask(_input.RowValues(_input.Rows - 1), dropout, batch.Rng(Purpose.Corruption, user));
            _target.AddRow(train.Csr.RowIndices(user), train.Csr.RowValues(user));
        }

        int count = batch.Rows.Length * network.Code;
        Buffers.Grow(ref _epsilon, count);
        Corruption.Noise(_epsilon, network.Code, batch.Rows, batch.Seed, batch.Sweep);
        Elementwise.Multiply(_epsilon.AsSpan(0, count), (float)ArticleVaeNetwork<float>.NoiseDeviation, _epsilon.AsSpan(0, count));
        double β = Math.Min(cap, (double)batch.Step / annealSteps);
        return network.Gradient(_input, _target, _epsilon, β);
    }

    /// <summary>The model's scores.</summary>
    public required ScoreUsers Score { get; init; }

    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) =>
        validator.Rank(Score, null, cancellationToken);
}
