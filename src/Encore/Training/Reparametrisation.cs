using System.Numerics;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>z = μ + e^(½ log σ²) ⊙ ε (Kingma &amp; Welling 2014, section 2.4), forward beside backward.</summary>
internal static class Reparametrisation
{
    /// <summary>z from μ, log σ² and ε, each the same length.</summary>
    public static void Forward<T>(T[] mu, T[] logVar, T[] epsilon, T[] z, int count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T half = T.CreateTruncating(0.5);
        Rows.For(count, (start, length) =>
        {
            for (int j = start; j < start + length; j++)
            {
                z[j] = mu[j] + (epsilon[j] * T.Exp(half * logVar[j]));
            }
        });
    }

    /// <summary>
    /// dμ = dz + scale·∂KL/∂μ, d log σ² = ½ dz ⊙ (z − μ) + scale·∂KL/∂log σ²; returns the KL divergence, a sum over
    /// all numbers in a fixed order.
    /// </summary>
    public static double Backward<T>(T[] mu, T[] logVar, T[] z, T[] dZ, T[] dMu, T[] dLogVar, int count, T scale)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        const int Block = 4096;
        int blocks = (count + Block - 1) / Block;
        var losses = new double[blocks];
        T half = T.CreateTruncating(0.5);
        Workers.For(blocks, b =>
        {
            int start = b * Block, length = Math.Min(Block, count - start);
            for (int j = start; j < start + length; j++)
            {
                dMu[j] = dZ[j];
                dLogVar[j] = half * dZ[j] * (z[j] - mu[j]);
            }

            losses[b] = Losses.GaussianKl<T>(
                mu.AsSpan(start, length), logVar.AsSpan(start, length), dMu.AsSpan(start, length), dLogVar.AsSpan(start, length), scale);
        });
        double sum = 0;
        foreach (double loss in losses)
        {
            sum += loss;
        }

        return sum;
    }
}
