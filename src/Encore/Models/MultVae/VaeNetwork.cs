using System.Numerics;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>How a network's scores explain a user's row.</summary>
public enum Likelihood
{
    /// <summary>−Σ x·log softmax(s): items compete for one budget of probability.</summary>
    Multinomial,

    /// <summary>½‖x − s‖².</summary>
    Gaussian,

    /// <summary>−Σ x·log σ(s) + (1 − x)·log(1 − σ(s)).</summary>
    Logistic,
}

/// <summary>What lies between a variational code and the scores.</summary>
public enum DecoderShape
{
    /// <summary>The encoder's hidden layers, backwards.</summary>
    Mirrored,

    /// <summary>Nothing: the code's factors weigh the items directly, as in matrix factorisation.</summary>
    Linear,
}

/// <summary>
/// The network of Mult-VAE and its kin: sparse input → hidden layers → code → the same layers backwards, or none → a score
/// for every item. The code is either N(μ, σ²) (variational) or one tanh layer more.
/// <code>
/// h = f(x·W + b) …;  μ = h·Wμ + bμ,  log σ² = h·Wσ + bσ,  z = μ + σ⊙ε;  d = f(z·W + b) …;  s = d·Wᵀ + b
/// loss = mean over rows of −log p(x | s) + β·KL(N(μ, σ²) ‖ N(0, I))
/// </code>
/// </summary>
internal sealed class VaeNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Likelihood _likelihood;
    private readonly ItemInput<T> _input;      // [items + user features, H]
    private readonly Mlp<T> _encoder;             // [H, …, last hidden]
    private readonly Linear<T>? _mu;              // [last hidden, K]
    private readonly Linear<T>? _logVar;          // [last hidden, K]
    private readonly Mlp<T> _decoder;             // [K, …, H]
    private readonly ItemOutput<T> _output;       // [items, H]

    /// <param name="items">Number of items.</param>
    /// <param name="layers">Widths from the input to the code: [600, 200] is items-600-200-600-items; [200] without
    /// hidden layers.</param>
    /// <param name="variational">Whether the code is a distribution.</param>
    /// <param name="likelihood">The loss.</param>
    /// <param name="activation">Of the hidden layers.</param>
    /// <param name="tied">Whether the decoder has the encoder's weights, transposed; not with a variational code.</param>
    /// <param name="decoder">Whether the code passes hidden layers before the output; with a variational code
    /// only.</param>
    /// <param name="userFeatures">Features of users that are inputs behind the items; not with tied weights.</param>
    public VaeNetwork(
        int items, IReadOnlyList<int> layers, bool variational, Likelihood likelihood, Activation activation, bool tied = false,
        DecoderShape decoder = DecoderShape.Mirrored, int userFeatures = 0)
    {
        if (variational && tied)
        {
            throw new ArgumentException("A variational code has two layers that no decoder layer mirrors.", nameof(tied));
        }

        (_likelihood, Items, UserFeatures) = (likelihood, items, userFeatures);
        int inputs = checked(items + userFeatures);
        int code = layers[^1];
        if (variational)
        {
            // With one width alone the input layer itself is the code: μ and log σ² need a layer before them.
            int[] hidden = layers.Count == 1 ? [layers[0]] : [.. layers.Take(layers.Count - 1)];
            _input = new ItemInput<T>("input", inputs, hidden[0], activation);
            _encoder = new Mlp<T>("encoder", hidden, activation);
            _mu = new Linear<T>("mu", hidden[^1], code, Activation.Identity);
            _logVar = new Linear<T>("logvar", hidden[^1], code, Activation.Identity);
            _decoder = new Mlp<T>("decoder", decoder == DecoderShape.Linear ? [code] : [code, .. hidden.Reverse()], activation);
            _output = new ItemOutput<T>("output", decoder == DecoderShape.Linear ? code : hidden[0], items);
        }
        else
        {
            _input = new ItemInput<T>("input", inputs, layers[0], activation);
            _encoder = new Mlp<T>("encoder", layers, activation);
            _decoder = tied
                ? new Mlp<T>("decoder", _encoder, activation)
                : new Mlp<T>("decoder", [.. layers.Reverse()], activation);
            _output = new ItemOutput<T>("output", layers[0], items, tied ? _input.Weight : null);
        }

        Code = code;
        Parameters =
        [
            _input.Weight, _input.Bias, .. _encoder.Parameters,
            .. _mu is null ? [] : new[] { _mu.Weight, _mu.Bias, _logVar!.Weight, _logVar.Bias },
            .. _decoder.Parameters, .. tied ? [] : new[] { _output.Weight }, _output.Bias,
        ];
    }

    public int Items { get; }

    /// <summary>Features of users, inputs behind the items.</summary>
    public int UserFeatures { get; }

    /// <summary>Columns of the input.</summary>
    public int Inputs => Items + UserFeatures;

    /// <summary>Width of the code, K.</summary>
    public int Code { get; }

    public bool IsVariational => _mu is not null;

    public Likelihood Likelihood => _likelihood;

    public ItemInput<T> Input => _input;

    /// <summary>The layer of μ; null where the code is no distribution.</summary>
    public Linear<T>? Mu => _mu;

    public Mlp<T> Encoder => _encoder;

    public Mlp<T> Decoder => _decoder;

    public ItemOutput<T> Output => _output;

    public IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>The weights, to which penalties apply; biases are left free.</summary>
    public IEnumerable<Parameter<T>> Weights => Parameters.Where(p => p.Name.EndsWith(".weight", StringComparison.Ordinal));

    /// <summary>Xavier weights and small normal biases, as the paper's code has them.</summary>
    public void Initialise(ulong seed)
    {
        for (int p = 0; p < Parameters.Count; p++)
        {
            if (Parameters[p].Name.EndsWith(".weight", StringComparison.Ordinal))
            {
                Initial.Xavier(Parameters[p], seed, p);
            }
            else
            {
                Initial.TruncatedNormal(Parameters[p], 0.001, seed, p);
            }
        }
    }

    /// <summary>The loss of a batch, and the gradients of the parameters that are trained.</summary>
    /// <param name="tape">The tape of the training.</param>
    /// <param name="input">The input, corrupted as wanted, [rows, items + user features].</param>
    /// <param name="target">What is to be explained, [rows, items].</param>
    /// <param name="epsilon">ε, [rows, K]; empty without a variational code.</param>
    /// <param name="beta">β.</param>
    /// <param name="meanOf">Factor of the gradients; null: 1 / rows.</param>
    /// <param name="weights">How much each target counts, in the places of <paramref name="target"/>; null: all alike.</param>
    /// <param name="kinds">Which rows are users; null: all.</param>
    /// <returns>Σ over rows of −log p, and Σ over rows of KL.</returns>
    public (double Nll, double Kl) Gradient(
        Tape<T> tape, SparseBatch<T> input, SparseBatch<T> target, T[] epsilon, double beta, T? meanOf = null, SparseBatch<T>? weights = null,
        RowKinds<T>? kinds = null)
    {
        T scale = meanOf ?? T.One / T.CreateTruncating(input.Rows);
        Parameters.BeginStep();
        tape.Begin();
        var h = Encode(tape, input);
        double kl = 0;
        if (_mu is not null)
        {
            (var mu, var logVar, h) = Sample(tape, h, epsilon);
            kl = kinds is null ? tape.GaussianKl(mu, logVar, T.CreateTruncating(beta) * scale) : Kl(tape, mu, logVar, T.CreateTruncating(beta) * scale, kinds);
        }

        double nll = tape.Loss(_output, _decoder.Apply(tape, h), (s, r) =>
            kinds is null ? Loss(s, target, r, scale, weights) : kinds.Loss(this, s, target, r, scale, weights));
        tape.Backward();
        return (nll, kl);
    }

    /// <summary>The scores of every item, z = μ; any number of threads may ask at once.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="input">The histories, not corrupted, [rows, items + user features].</param>
    /// <param name="scores">Receives [rows, items].</param>
    public void Scores(Compute compute, SparseBatch<T> input, Span<T> scores)
    {
        using var tape = new Tape<T>(records: false, compute);
        var h = Encode(tape, input);
        _output.Scores(compute, _decoder.Apply(tape, _mu is null ? h : tape.Apply(_mu, h)).Data, input.Rows, scores);
    }

    /// <summary>The scores of every item with the given ε, as <see cref="Gradient"/> sees them, [rows, items].</summary>
    public void SampledScores(Tape<T> tape, SparseBatch<T> input, T[] epsilon, Span<T> scores)
    {
        tape.Begin();
        var (_, _, z) = Sample(tape, Encode(tape, input), epsilon);
        _output.Scores(tape.Compute, _decoder.Apply(tape, z).Data, input.Rows, scores);
    }

    // Each row's divergence counts as much as the row.
    private double Kl(Tape<T> tape, Value<T> mu, Value<T> logVar, T scale, RowKinds<T> kinds) => tape.Term([mu, logVar], (first, count) =>
    {
        double sum = 0;
        for (int r = first; r < first + count; r++)
        {
            var row = (r * Code)..((r + 1) * Code);
            T weight = kinds.Weight(r);
            sum += double.CreateTruncating(weight) * Losses.GaussianKl(
                mu.Data[row], logVar.Data[row], mu.Gradient[row], logVar.Gradient[row], scale * weight);
        }

        return sum;
    });

    private (Value<T> Mu, Value<T> LogVariance, Value<T> Z) Sample(Tape<T> tape, Value<T> h, T[] epsilon)
    {
        Value<T> mu = tape.Apply(_mu!, h), logVar = tape.Apply(_logVar!, h);
        return (mu, logVar, tape.Sample(mu, logVar, epsilon));
    }

    // The last hidden layer of the encoder, which is the code where that is no distribution.
    private Value<T> Encode(Tape<T> tape, SparseBatch<T> x) => _encoder.Apply(tape, tape.Sums(_input, x));

    /// <summary>−log p of a row of the targets, each of which counts its weight, under its scores [items], which become the
    /// gradient.</summary>
    public double Loss(Span<T> s, SparseBatch<T> target, int row, T scale, SparseBatch<T>? weights = null)
    {
        ReadOnlySpan<T> w = weights is null ? [] : weights.RowValues(row);
        return _likelihood switch
        {
            Likelihood.Gaussian => Losses.SquareAll(s, target, row, scale, Activation.Identity, 0.5, w),
            Likelihood.Logistic => Losses.LogisticAll(s, target, row, scale, w),
            _ => Losses.Multinomial(s, target, row, scale, w),
        };
    }
}

/// <summary>The rows of a batch of which some are features of items, each as a user who met the items that have it.</summary>
internal sealed class RowKinds<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // So far below any score that e^score is 0.
    private static readonly T Hidden = T.CreateTruncating(-1e30);

    private readonly int[] _unmet;
    private bool[] _isFeature = [];

    /// <param name="unmet">The items that no user has met. They are no part of a user's loss: who could not have met them has
    /// not turned them down, and features alone say what they are.</param>
    public RowKinds(int[] unmet) => _unmet = unmet;

    /// <summary>How much the row of a feature counts, where a user's counts 1.</summary>
    public T FeatureWeight { get; set; } = T.One;

    /// <summary>Says of each row of a batch whether it is a feature's.</summary>
    public void Set(ReadOnlySpan<int> rows, int users)
    {
        Buffers.Grow(ref _isFeature, rows.Length);
        for (int r = 0; r < rows.Length; r++)
        {
            _isFeature[r] = rows[r] >= users;
        }
    }

    /// <summary>How much a row counts.</summary>
    public T Weight(int row) => _isFeature[row] ? FeatureWeight : T.One;

    /// <summary>What a row adds to the loss; its scores become the gradient.</summary>
    public double Loss(VaeNetwork<T> network, Span<T> s, SparseBatch<T> target, int row, T scale, SparseBatch<T>? weights)
    {
        if (_isFeature[row])
        {
            return double.CreateTruncating(FeatureWeight) * network.Loss(s, target, row, scale * FeatureWeight, weights);
        }

        T none = network.Likelihood == Likelihood.Gaussian ? T.Zero : Hidden;
        foreach (int item in _unmet)
        {
            s[item] = none;
        }

        double loss = network.Loss(s, target, row, scale, weights);
        foreach (int item in _unmet)
        {
            s[item] = T.Zero;
        }

        return loss;
    }
}
