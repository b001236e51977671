using System.Numerics;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>What CDAE minimises.</summary>
public enum CdaeLoss
{
    /// <summary>(ŷ − y)².</summary>
    Square,

    /// <summary>−y·log σ(s) − (1 − y)·log(1 − σ(s)), s the sum before the output's activation.</summary>
    Logistic,
}

/// <summary>
/// CDAE's network: sparse input and a node for each user → one hidden layer → all items, or those that a batch names.
/// <code>
/// h = g(x·W₁ + V_u + b₁);  s = h·W₂ᵀ + b₂;  ŷ = f(s)
/// loss = mean over rows of Σ_i ℓ(y_i, ŷ_i)
/// </code>
/// </summary>
internal sealed class CdaeNetwork<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Activation _g;
    private readonly Activation _f;
    private readonly CdaeLoss _loss;
    private readonly bool _tied;
    private readonly ItemInput<T> _input;      // [items, K]
    private readonly Parameter<T> _v;             // [users, K]
    private readonly ItemOutput<T> _output;       // [items, K]

    /// <param name="users">Training users: the rows of V.</param>
    /// <param name="items">Number of items.</param>
    /// <param name="width">K.</param>
    /// <param name="g">Activation of the hidden layer.</param>
    /// <param name="f">Activation of the output; the logistic loss has its own σ.</param>
    /// <param name="loss">ℓ.</param>
    /// <param name="tied">Whether W₂ is W₁.</param>
    public CdaeNetwork(int users, int items, int width, Activation g, Activation f, CdaeLoss loss, bool tied)
    {
        (_g, _f, _loss, _tied) = (g, f, loss, tied);
        _input = new ItemInput<T>("input", items, width);
        _v = new Parameter<T>("user.weight", users, width);
        _output = new ItemOutput<T>("output", width, items, tied ? _input.Weight : null);
        Parameters = [_input.Weight, _input.Bias, _v, .. tied ? [] : new[] { _output.Weight }, _output.Bias];
    }

    public int Items => _input.Items;

    public int Users => _v.Rows;

    public ItemInput<T> Input => _input;

    /// <summary>g.</summary>
    public Activation Hidden => _g;

    /// <summary>V, [users, K].</summary>
    public Parameter<T> UserNodes => _v;

    public ItemOutput<T> Output => _output;

    public IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>Xavier weights. The user nodes start at 0: until they learn, known users are served like new
    /// ones.</summary>
    public void Initialise(ulong seed)
    {
        Initial.Xavier(_input.Weight, seed, 0);
        if (!_tied)
        {
            Initial.Xavier(_output.Weight, seed, 1);
        }
    }

    /// <summary>Takes the weights of a network of other users; new ones start at V_u = 0.</summary>
    /// <param name="before">The network.</param>
    /// <param name="row">For each user here the row there, or −1.</param>
    public void TakeOver(CdaeNetwork<T> before, int[] row)
    {
        int K = _input.Outputs;
        for (int p = 0; p < Parameters.Count; p++)
        {
            if (Parameters[p] != _v)
            {
                before.Parameters[p].Value.CopyTo(Parameters[p].Value.AsSpan());
            }
        }

        for (int user = 0; user < row.Length; user++)
        {
            if (row[user] >= 0)
            {
                before._v.Value.AsSpan(row[user] * K, K).CopyTo(_v.Value.AsSpan(user * K));
            }
        }
    }

    /// <summary>The loss of a batch over all items, and the gradients of all parameters.</summary>
    /// <param name="tape">The tape of the training.</param>
    /// <param name="input">The input, corrupted, [rows, items].</param>
    /// <param name="users">The user of each row, each once.</param>
    /// <param name="y">The targets, [rows, items].</param>
    /// <param name="meanOf">Factor of the gradients; null: 1 / rows.</param>
    /// <param name="weights">How much each target counts; null: all alike.</param>
    /// <returns>Σ over rows of the loss.</returns>
    public double Gradient(
        Tape<T> tape, SparseBatch<T> input, ReadOnlySpan<int> users, SparseBatch<T> y, T? meanOf = null, SparseBatch<T>? weights = null)
    {
        T scale = meanOf ?? T.One / T.CreateTruncating(input.Rows);
        return Gradient(tape, input, users, _loss == CdaeLoss.Square
            ? (s, r) => Losses.SquareAll(s, y, r, scale, _f, 1, Row(weights, r))
            : (s, r) => Losses.LogisticAll(s, y, r, scale, Row(weights, r)));
    }

    /// <summary>The loss of a batch at some places only; no other output is computed.</summary>
    /// <param name="tape">The tape of the training.</param>
    /// <param name="input">The input, corrupted, [rows, items].</param>
    /// <param name="users">The user of each row, each once.</param>
    /// <param name="places">The places, with the targets as values.</param>
    /// <param name="meanOf">Factor of the gradients; null: 1 / rows.</param>
    /// <param name="weights">How much the first places of each row count, those of the items met; null: all alike.</param>
    /// <returns>Σ over places of the loss.</returns>
    public double SampledGradient(
        Tape<T> tape, SparseBatch<T> input, ReadOnlySpan<int> users, SparseBatch<T> places, T? meanOf = null, SparseBatch<T>? weights = null)
    {
        T scale = meanOf ?? T.One / T.CreateTruncating(input.Rows);
        return Gradient(tape, input, users, _loss == CdaeLoss.Square
            ? (s, r) => Losses.SquareObserved(s, places.RowValues(r), scale, _f, 1, Row(weights, r))
            : (s, r) => Losses.LogisticObserved(s, places.RowValues(r), scale, Row(weights, r)), places);
    }

    private static ReadOnlySpan<T> Row(SparseBatch<T>? weights, int row) => weights is null ? [] : weights.RowValues(row);

    private double Gradient(Tape<T> tape, SparseBatch<T> input, ReadOnlySpan<int> users, RowLoss<T> loss, SparseBatch<T>? places = null)
    {
        Parameters.BeginStep();
        tape.Begin();
        double sum = tape.Loss(_output, Encode(tape, input, users), loss, places);
        tape.Backward();
        return sum;
    }

    /// <summary>The sums s of every item. f rises, so they rank as f(s) does, and in single precision they still differ
    /// where σ(s) is rounded to 1.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="input">The histories, [rows, items].</param>
    /// <param name="users">The training user of each row; −1: a new user, V_u = 0.</param>
    /// <param name="scores">Receives [rows, items].</param>
    public void Scores(Compute compute, SparseBatch<T> input, ReadOnlySpan<int> users, Span<T> scores)
    {
        using var tape = new Tape<T>(records: false, compute);
        _output.Scores(compute, Encode(tape, input, users).Data, input.Rows, scores);
    }

    // h = g(x·W₁ + b₁ + V_u)
    private Value<T> Encode(Tape<T> tape, SparseBatch<T> input, ReadOnlySpan<int> users) =>
        tape.Activate(_g, tape.Add(tape.Sums(_input, input), tape.Rows(_v, users)));
}
