using System.Numerics;
using System.Numerics.Tensors;
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

    private readonly ItemInput<T> _input;     // [items, 2K]: μ beside log σ²
    private readonly Columns<T> _mu;
    private readonly Columns<T> _logVariance;
    private readonly ItemOutput<T> _output;   // [items, K]

    public ArticleVaeNetwork(int items, int code)
    {
        (Items, Code) = (items, code);
        _input = new ItemInput<T>("input", items, 2 * code);
        (_mu, _logVariance) = (new(2 * code, 0, code), new(2 * code, code, code));
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
    /// <param name="tape">The tape of the training.</param>
    /// <param name="input">x/‖x‖₂ after dropout, [rows, items].</param>
    /// <param name="target">x, [rows, items].</param>
    /// <param name="epsilon">ε with the article's deviation, [rows, K].</param>
    /// <param name="beta">β.</param>
    public double Gradient(Tape<T> tape, SparseBatch<T> input, SparseBatch<T> target, T[] epsilon, double beta)
    {
        T scale = T.One / T.CreateTruncating(input.Rows);
        foreach (var parameter in Parameters)
        {
            parameter.BeginStep();
        }

        tape.Begin();
        var h = tape.Sums(_input, input);
        Value<T> mu = tape.Apply(_mu, h), logVariance = tape.Apply(_logVariance, h);
        double nll = tape.Loss(_output, tape.Sample(mu, logVariance, epsilon), (s, r) => Losses.Multinomial(s, target, r, scale));
        double kl = tape.GaussianKl(mu, logVariance, T.CreateTruncating(beta) * scale);
        tape.Backward();
        return nll + (beta * kl);
    }

    /// <summary>The scores at z = μ, [rows, items].</summary>
    public void Scores(Compute compute, SparseBatch<T> input, Span<T> scores)
    {
        using var tape = new Tape<T>(records: false, compute);
        _output.Scores(compute, tape.Apply(_mu, tape.Sums(_input, input)).Data, input.Rows, scores);
    }
}

/// <summary>Some neighbouring columns of its input: one half of a layer that computes two things.</summary>
/// <param name="inputs">Numbers of an input row.</param>
/// <param name="first">The first column.</param>
/// <param name="outputs">Columns.</param>
internal sealed class Columns<T>(int inputs, int first, int outputs) : Layer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public override int Inputs => inputs;

    public override int Outputs => outputs;

    public override IReadOnlyList<Parameter<T>> Parameters => [];

    public override void Forward(Compute compute, T[] x, int rows, T[] y)
    {
        for (int r = 0; r < rows; r++)
        {
            x.AsSpan((r * inputs) + first, outputs).CopyTo(y.AsSpan(r * outputs));
        }
    }

    public override void Backward(Compute compute, T[] x, T[] y, T[] dY, int rows, T[]? dX)
    {
        dX?.AsSpan(0, rows * inputs).Clear();
        for (int r = 0; r < rows && dX is not null; r++)
        {
            dY.AsSpan(r * outputs, outputs).CopyTo(dX.AsSpan((r * inputs) + first));
        }
    }
}

/// <summary>Feeds users' histories to an <see cref="ArticleVaeNetwork{T}"/>.</summary>
internal sealed class ArticleVaeTraining(ArticleVaeNetwork<float> network, InteractionMatrix train, double dropout, double cap, int annealSteps)
    : TrainingJob
{
    private readonly SparseBatch<float> _input = new(network.Items);
    private readonly SparseBatch<float> _target = new(network.Items);
    private float[] _epsilon = [];

    /// <summary>The model's scores.</summary>
    public required ScoreUsers Score { get; init; }

    public override IReadOnlyList<Parameter<float>> Parameters => network.Parameters;

    public override int Rows => train.Users.Count;

    public override double Gradient(in Batch batch)
    {
        _input.Clear();
        _target.Clear();
        foreach (int user in batch.Rows)
        {
            Add(_input, train.Csr.RowIndices(user), train.Csr.RowValues(user));
            Corruption.Mask(_input.RowValues(_input.Rows - 1), dropout, batch.Rng(Purpose.Corruption, user));
            _target.AddRow(train.Csr.RowIndices(user), train.Csr.RowValues(user));
        }

        int count = batch.Rows.Length * network.Code;
        if (_epsilon.Length < count)
        {
            _epsilon = new float[count];
        }

        Corruption.Noise(Compute, _epsilon, network.Code, batch.Rows, batch.Seed, batch.Sweep);
        TensorPrimitives.Multiply(_epsilon.AsSpan(0, count), (float)ArticleVaeNetwork<float>.NoiseDeviation, _epsilon.AsSpan(0, count));
        double β = Math.Min(cap, (double)batch.Step / annealSteps);
        return network.Gradient(Tape, _input, _target, _epsilon, β);
    }

    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) =>
        validator.Rank(Score, null, cancellationToken);

    /// <summary>Adds x/‖x‖₂.</summary>
    public static void Add(SparseBatch<float> batch, ReadOnlySpan<int> items, ReadOnlySpan<float> values)
    {
        float norm = TensorPrimitives.Norm(values);
        for (int k = 0; k < items.Length; k++)
        {
            batch.Add(items[k], norm > 0 ? values[k] / norm : 0);
        }

        batch.EndRow();
    }
}
