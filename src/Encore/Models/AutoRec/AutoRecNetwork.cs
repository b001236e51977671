using System.Numerics;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>
/// The network of AutoRec: a row of ratings → hidden layers → the same row, of which only the observed places count.
/// <code>
/// h = g(r·V + μ) …;  s = f(h·Wᵀ + b) at the observed places
/// loss = Σ over observed places of (r − s)²
/// </code>
/// Nothing here is as large as rows × columns: forward and backward cost five multiply-adds for each rating and hidden
/// unit.
/// </summary>
internal sealed class AutoRecNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ItemInput<T> _input;      // [columns, H]
    private readonly Mlp<T> _hidden;              // [H, …, last hidden]
    private readonly ItemOutput<T> _output;       // [columns, last hidden]
    private readonly Activation _f;

    /// <param name="columns">Width of a row: items where users are autoencoded, users where items are.</param>
    /// <param name="hidden">Widths of the hidden layers, at least one.</param>
    /// <param name="encoder">g, of every hidden layer.</param>
    /// <param name="output">f.</param>
    public AutoRecNetwork(int columns, IReadOnlyList<int> hidden, Activation encoder, Activation output)
    {
        (Columns, Code, _f) = (columns, hidden[^1], output);
        _input = new ItemInput<T>("input", columns, hidden[0], encoder);
        _hidden = new Mlp<T>("hidden", hidden, encoder);
        _output = new ItemOutput<T>("output", hidden[^1], columns);
        Parameters = [_input.Weight, _input.Bias, .. _hidden.Parameters, _output.Weight, _output.Bias];
    }

    /// <summary>Width of a row.</summary>
    public int Columns { get; }

    /// <summary>Width of the last hidden layer, K.</summary>
    public int Code { get; }

    public IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>The weights, to which the penalty applies; biases are left free.</summary>
    public IEnumerable<Parameter<T>> Weights => Parameters.Where(p => p.Name.EndsWith(".weight", StringComparison.Ordinal));

    /// <summary>W, [columns, K].</summary>
    public T[] OutputWeight => _output.Weight.Value;

    /// <summary>b, [columns].</summary>
    public T[] OutputBias => _output.Bias.Value;

    /// <summary>Xavier weights; biases 0, those of the output such that an empty network answers
    /// <paramref name="start"/>.</summary>
    public void Initialise(ulong seed, double start)
    {
        int stream = 0;
        foreach (var weight in Weights)
        {
            Initial.Xavier(weight, seed, stream++);
        }

        _output.Bias.Value.AsSpan().Fill(T.CreateTruncating(Inverse(_f, start)));
    }

    /// <summary>Weights from N(0, 0.03²) within two deviations, all biases 0.</summary>
    public void InitialiseNormal(ulong seed)
    {
        int stream = 0;
        foreach (var weight in Weights)
        {
            Initial.TruncatedNormal(weight, 0.03, seed, stream++);
        }
    }

    /// <summary>The loss of a batch and the gradients of all parameters, both summed over the observed places.</summary>
    /// <param name="tape">The tape of the training.</param>
    /// <param name="input">The ratings that go in; their places are the observed ones, [rows, columns].</param>
    /// <param name="target">The ratings that should come out, one for each place of <paramref name="input"/>.</param>
    public double Gradient(Tape<T> tape, SparseBatch<T> input, T[] target)
    {
        Parameters.BeginStep();
        tape.Begin();
        double loss = tape.Loss(
            _output, Encode(tape, input), (s, r) => Losses.SquareObserved(s, target.AsSpan(input.Offsets[r], s.Length), T.One, _f), input);
        tape.Backward();
        return loss;
    }

    /// <summary>The last hidden layer, [rows, K]; any number of threads may ask at once.</summary>
    public void Encode(Compute compute, SparseBatch<T> input, Span<T> code)
    {
        using var tape = new Tape<T>(records: false, compute);
        Encode(tape, input).Data.CopyTo(code);
    }

    private Value<T> Encode(Tape<T> tape, SparseBatch<T> input) => _hidden.Apply(tape, tape.Sums(_input, input));

    /// <summary>s at some places from the codes of their rows.</summary>
    public void Decode(Compute compute, SparseBatch<T> places, ReadOnlySpan<T> code, T[] s)
    {
        _output.Observed(compute, places, code, s);
        Activations.Forward(_f, s.AsSpan(0, places.Count));
    }

    /// <summary>f(x), for outputs that were computed elsewhere.</summary>
    public void Activate(Span<T> x) => Activations.Forward(_f, x);

    /// <summary>s of every column, [rows, columns].</summary>
    public void DecodeAll(Compute compute, ReadOnlySpan<T> code, int rows, Span<T> s)
    {
        _output.Scores(compute, code, rows, s);
        Activations.Forward(_f, s[..(rows * Columns)]);
    }

    // The x of f(x) = y, where there is one.
    private static double Inverse(Activation f, double y) => f switch
    {
        Activation.Sigmoid => Math.Log(Math.Clamp(y, 1e-3, 1 - 1e-3) / (1 - Math.Clamp(y, 1e-3, 1 - 1e-3))),
        Activation.Tanh => Math.Atanh(Math.Clamp(y, -1 + 1e-3, 1 - 1e-3)),
        Activation.Selu => y / 1.0507009873554805,
        Activation.Relu or Activation.Elu or Activation.LeakyRelu or Activation.Identity => y,
        _ => y,
    };
}
