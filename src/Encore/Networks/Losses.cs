using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Numerics.Tensors;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>
/// Losses and their gradients. Scores are overwritten by ∂loss/∂score, the gradient of the loss that is returned times
/// <c>scale</c>. Weights of the targets w (Hu, Koren &amp; Volinsky 2008) multiply the terms of the items that a row of the
/// targets names; all others keep 1. Weights that are all 1 give the bits of none.
/// </summary>
[Experimental(Preview.Networks)]
public static class Losses
{
    private const int BlockRows = 4;

    /// <summary>
    /// Multinomial: −Σ_i w_i·x_i·log softmax(s)_i (Liang et al. 2018, equation 2). Gradient: (Σ_i w_i·x_i)·softmax(s) − w⊙x.
    /// </summary>
    /// <param name="s">The scores of a row, [items]; become the gradient.</param>
    /// <param name="x">The targets.</param>
    /// <param name="row">The row of <paramref name="x"/> that the scores belong to.</param>
    /// <param name="scale">Factor of the gradient, such as 1/batch.</param>
    /// <param name="weights">w, beside the row's targets; empty: all 1.</param>
    /// <remarks>The maximum is taken off before e^s, so scores of any finite size are safe.</remarks>
    public static double Multinomial<T>(Span<T> s, SparseBatch<T> x, int row, T scale, ReadOnlySpan<T> weights = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<int> indices = x.RowIndices(row);
        ReadOnlySpan<T> values = x.RowValues(row);
        T max = TensorPrimitives.Max<T>(s);
        double picked = 0, total = 0;
        for (int e = 0; e < indices.Length; e++)
        {
            double value = double.CreateTruncating(Weighted(values[e], weights, e));
            picked += value * double.CreateTruncating(s[indices[e]] - max);
            total += value;
        }

        T sum = Exponentials.SubtractAndSum(s, max);
        Elementwise.Multiply(s, T.CreateTruncating(total) * scale / sum, s);
        for (int e = 0; e < indices.Length; e++)
        {
            s[indices[e]] -= Weighted(values[e], weights, e) * scale;
        }

        return (total * Math.Log(double.CreateTruncating(sum))) - picked;
    }

    /// <summary>
    /// Square loss over all items, weight·Σ_i w_i·(x_i − f(s)_i)², for an output activation f; the gradient goes through f.
    /// <paramref name="weight"/> is 1, or ½ where the loss is ½‖·‖²; y [items] holds the scores, the others are those of
    /// <see cref="Multinomial"/>.
    /// </summary>
    public static double SquareAll<T>(
        Span<T> y, SparseBatch<T> x, int row, T scale, Activation f, double weight, ReadOnlySpan<T> weights = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<int> indices = x.RowIndices(row);
        ReadOnlySpan<T> values = x.RowValues(row);
        Activations.Forward(f, y);
        T[] rented = System.Buffers.ArrayPool<T>.Shared.Rent(y.Length);
        var output = rented.AsSpan(0, y.Length);
        y.CopyTo(output);
        for (int e = 0; e < indices.Length; e++)
        {
            y[indices[e]] -= values[e];
        }

        double squares = double.CreateTruncating(TensorPrimitives.SumOfSquares<T>(y));
        for (int e = 0; e < weights.Length; e++)
        {
            squares += More(y[indices[e]], weights[e]);
            y[indices[e]] *= weights[e];
        }

        double loss = weight * squares;
        Elementwise.Multiply(y, T.CreateTruncating(2 * weight) * scale, y);
        Activations.Backward<T>(f, output, y);
        System.Buffers.ArrayPool<T>.Shared.Return(rented);
        return loss;
    }

    /// <summary>
    /// Logistic loss over all items, −Σ_i w·[x·log σ(s) + (1 − x)·log(1 − σ(s))] for x in [0, 1]. Gradient w·(σ(s) − x).
    /// </summary>
    /// <remarks>Written as softplus(s) − x·s with softplus(s) = max(s, 0) + log(1 + e^−|s|): no overflow, no log 0.</remarks>
    /// <inheritdoc cref="Multinomial"/>
    public static double LogisticAll<T>(Span<T> s, SparseBatch<T> x, int row, T scale, ReadOnlySpan<T> weights = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<int> indices = x.RowIndices(row);
        ReadOnlySpan<T> values = x.RowValues(row);
        double loss = 0;
        for (int e = 0; e < indices.Length; e++)
        {
            loss -= double.CreateTruncating(values[e]) * double.CreateTruncating(s[indices[e]]);
        }

        double more = 0;
        for (int e = 0; e < weights.Length; e++)
        {
            more += More(s[indices[e]], values[e], weights[e]);
        }

        loss += Exponentials.SigmoidAndSoftplus(s) + more;
        Elementwise.Multiply(s, scale, s);
        for (int e = 0; e < indices.Length; e++)
        {
            s[indices[e]] = Weighted(s[indices[e]] - (values[e] * scale), weights, e);
        }

        return loss;
    }

    /// <summary>
    /// Square loss at observed places, Σ_e weight·w_e·(x_e − f(s_e))²: the masked square error of rating models and of
    /// sampled losses. <paramref name="s"/> becomes the gradient.
    /// </summary>
    /// <param name="s">The scores of the places.</param>
    /// <param name="x">The targets beside them.</param>
    /// <param name="scale">Factor of the gradient.</param>
    /// <param name="f">The output activation.</param>
    /// <param name="weight">1, or ½.</param>
    /// <param name="weights">w of the first places, as many as there are weights; all others have 1.</param>
    public static double SquareObserved<T>(
        Span<T> s, ReadOnlySpan<T> x, T scale, Activation f, double weight = 1, ReadOnlySpan<T> weights = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Activations.Forward(f, s);
        double loss = 0;
        Span<T> y = stackalloc T[256];
        for (int start = 0; start < s.Length; start += y.Length)
        {
            var part = s[start..Math.Min(s.Length, start + y.Length)];
            var output = y[..part.Length];
            part.CopyTo(output);
            Elementwise.Subtract(part, x.Slice(start, part.Length), part);
            double squares = double.CreateTruncating(TensorPrimitives.SumOfSquares<T>(part));
            for (int e = 0; e < part.Length && start + e < weights.Length; e++)
            {
                squares += More(part[e], weights[start + e]);
                part[e] *= weights[start + e];
            }

            loss += weight * squares;
            Elementwise.Multiply(part, T.CreateTruncating(2 * weight) * scale, part);
            Activations.Backward<T>(f, output, part);
        }

        return loss;
    }

    /// <summary>Logistic loss at observed places; <paramref name="s"/> becomes the gradient w·(σ(s) − x).</summary>
    /// <param name="s">The scores of the places.</param>
    /// <param name="x">The targets beside them.</param>
    /// <param name="scale">Factor of the gradient.</param>
    /// <param name="weights">w of the first places, as many as there are weights; all others have 1.</param>
    public static double LogisticObserved<T>(Span<T> s, ReadOnlySpan<T> x, T scale, ReadOnlySpan<T> weights = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double loss = 0;
        for (int e = 0; e < s.Length; e++)
        {
            loss -= double.CreateTruncating(x[e]) * double.CreateTruncating(s[e]);
        }

        double more = 0;
        for (int e = 0; e < weights.Length; e++)
        {
            more += More(s[e], x[e], weights[e]);
        }

        loss += Exponentials.SigmoidAndSoftplus(s) + more;
        Elementwise.Subtract(s, x, s);
        Elementwise.Multiply(s, scale, s);
        Elementwise.Multiply(s[..weights.Length], weights, s[..weights.Length]);
        return loss;
    }

    private static T Weighted<T>(T value, ReadOnlySpan<T> weights, int e)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        weights.IsEmpty ? value : value * weights[e];

    // What a weight adds to the square of a difference that has been counted once: nothing where it is 1.
    private static double More<T>(T difference, T weight)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double d = double.CreateTruncating(difference);
        return (double.CreateTruncating(weight) - 1) * d * d;
    }

    // The same for the logistic loss of a score, softplus(s) − x·s.
    private static double More<T>(T score, T x, T weight)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double s = double.CreateTruncating(score);
        double loss = Math.Max(s, 0) + Math.Log(1 + Math.Exp(-Math.Abs(s))) - (double.CreateTruncating(x) * s);
        return (double.CreateTruncating(weight) - 1) * loss;
    }

    /// <summary>
    /// Kullback–Leibler divergence to the standard normal, Σ_r −½·Σ_j (1 + log σ² − μ² − σ²) (Kingma &amp; Welling 2014,
    /// appendix B); adds <paramref name="scale"/> times its gradient to dMu and dLogVar.
    /// </summary>
    public static double GaussianKl<T>(ReadOnlySpan<T> mu, ReadOnlySpan<T> logVar, Span<T> dMu, Span<T> dLogVar, T scale)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double loss = 0;
        T half = T.CreateTruncating(0.5);
        Span<T> variances = stackalloc T[256];
        for (int start = 0; start < mu.Length; start += variances.Length)
        {
            var part = variances[..Math.Min(variances.Length, mu.Length - start)];
            Elementwise.Exp(logVar.Slice(start, part.Length), part);
            for (int j = start; j < start + part.Length; j++)
            {
                T variance = part[j - start];
                loss -= 0.5 * double.CreateTruncating(T.One + logVar[j] - (mu[j] * mu[j]) - variance);
                dMu[j] += scale * mu[j];
                dLogVar[j] += scale * half * (variance - T.One);
            }
        }

        return loss;
    }

    /// <summary>Σ of rows' losses, the rows in parallel, added in order.</summary>
    public static double Sum(Compute compute, int rows, Func<int, double> row)
    {
        var losses = new double[rows];
        compute.For((rows + BlockRows - 1) / BlockRows, block =>
        {
            for (int r = block * BlockRows; r < Math.Min(rows, (block + 1) * BlockRows); r++)
            {
                losses[r] = row(r);
            }
        });
        double sum = 0;
        foreach (double loss in losses)
        {
            sum += loss;
        }

        return sum;
    }
}
