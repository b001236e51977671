using System.Numerics;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>
/// RecVAE's prior of each number of the code, a mixture of the standard normal, of what the encoder said earlier, and of one
/// that is nearly flat.
/// <code>
/// log p(z) = log( .15·N(z; 0, 1) + .75·N(z; μ_old, σ²_old) + .10·N(z; 0, e¹⁰) )
/// </code>
/// </summary>
internal static class CompositePrior
{
    private const double LogFlatVariance = 10;

    // log weight − ½ log 2π − ½ log variance, the last of the earlier encoder's part left out.
    private static readonly double Standard = Math.Log(0.15) - (0.5 * Math.Log(2 * Math.PI));

    private static readonly double Earlier = Math.Log(0.75) - (0.5 * Math.Log(2 * Math.PI));

    private static readonly double Flat = Math.Log(0.10) - (0.5 * Math.Log(2 * Math.PI)) - (0.5 * LogFlatVariance);

    private static readonly double FlatPrecision = Math.Exp(-LogFlatVariance);

    /// <summary>
    /// weight·Σ_d (log N(z; μ, σ²) − log p(z)) of a row; adds scale times its gradients. Both logarithms depend on z, the first
    /// on μ and σ too.
    /// </summary>
    /// <param name="z">z, [K].</param>
    /// <param name="mu">μ.</param>
    /// <param name="logVariance">log σ².</param>
    /// <param name="oldMu">μ of the earlier encoder.</param>
    /// <param name="oldLogVariance">log σ² of the earlier encoder.</param>
    /// <param name="dZ">Is added to.</param>
    /// <param name="dMu">Is added to.</param>
    /// <param name="dLogVariance">Is added to.</param>
    /// <param name="weight">The row's weight.</param>
    /// <param name="scale">Factor of the gradients.</param>
    public static double Divergence<T>(
        ReadOnlySpan<T> z, ReadOnlySpan<T> mu, ReadOnlySpan<T> logVariance, ReadOnlySpan<T> oldMu, ReadOnlySpan<T> oldLogVariance,
        Span<T> dZ, Span<T> dMu, Span<T> dLogVariance, T weight, T scale)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = z.Length;
        T half = T.CreateTruncating(0.5), flat = T.CreateTruncating(FlatPrecision), factor = weight * scale;
        T log2Pi = T.CreateTruncating(Math.Log(2 * Math.PI));

        // Precisions 1/σ² and 1/σ²_old, and the three parts of the mixture, one after another.
        T[] rented = System.Buffers.ArrayPool<T>.Shared.Rent(5 * width);
        Span<T> precisions = rented.AsSpan(0, 2 * width), parts = rented.AsSpan(2 * width, 3 * width);
        Elementwise.Negate(logVariance, precisions[..width]);
        Elementwise.Negate(oldLogVariance, precisions[width..]);
        Elementwise.Exp<T>(precisions, precisions);
        var (standards, earliers, flats) = (T.CreateTruncating(Standard), T.CreateTruncating(Earlier), T.CreateTruncating(Flat));
        double sum = 0;
        for (int d = 0; d < width; d++)
        {
            T square = z[d] * z[d], off = z[d] - oldMu[d];
            T first = standards - (half * square);
            T second = earliers - (half * (oldLogVariance[d] + (off * off * precisions[width + d])));
            T third = flats - (half * square * flat);

            // The largest is taken off before e^x, and its logarithm goes to the sum.
            T largest = T.Max(first, T.Max(second, third));
            (parts[d], parts[width + d], parts[(2 * width) + d]) = (first - largest, second - largest, third - largest);
            T away = z[d] - mu[d];
            sum -= double.CreateTruncating(largest + (half * (log2Pi + logVariance[d] + (away * away * precisions[d]))));
        }

        Elementwise.Exp<T>(parts, parts);
        for (int d = 0; d < width; d++)
        {
            T total = parts[d] + parts[width + d] + parts[(2 * width) + d];
            sum -= double.CreateTruncating(T.Log(total));
            T off = z[d] - oldMu[d], away = (z[d] - mu[d]) * precisions[d];
            T slope = ((parts[d] * z[d]) + (parts[width + d] * off * precisions[width + d]) + (parts[(2 * width) + d] * z[d] * flat)) / total;
            dZ[d] += factor * (slope - away);
            dMu[d] += factor * away;
            dLogVariance[d] += factor * half * ((away * (z[d] - mu[d])) - T.One);
        }

        System.Buffers.ArrayPool<T>.Shared.Return(rented);
        return double.CreateTruncating(weight) * sum;
    }
}
