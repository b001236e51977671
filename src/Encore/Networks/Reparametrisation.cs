using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>z = μ + e^(½ log σ²) ⊙ ε (Kingma &amp; Welling 2014, section 2.4), forward beside backward.</summary>
internal static class Reparametrisation
{
    /// <summary>z from μ, log σ² and ε, each the same length.</summary>
    public static void Forward<T>(Compute compute, T[] mu, T[] logVar, T[] epsilon, T[] z, int count)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Rows.For(compute, count, (start, length) => Forward<T>(
            mu.AsSpan(start, length), logVar.AsSpan(start, length), epsilon.AsSpan(start, length), z.AsSpan(start, length)));

    /// <summary>z of some numbers.</summary>
    public static void Forward<T>(ReadOnlySpan<T> mu, ReadOnlySpan<T> logVar, ReadOnlySpan<T> epsilon, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Elementwise.Multiply(logVar, T.CreateTruncating(0.5), z);
        Elementwise.Exp(z, z);
        Elementwise.MultiplyAdd(z, epsilon, mu, z);
    }

    /// <summary>dμ = dz + scale·∂KL/∂μ, d log σ² = ½ dz ⊙ (z − μ) + scale·∂KL/∂log σ² of some numbers; returns their share of
    /// the KL divergence.</summary>
    public static double Backward<T>(
        ReadOnlySpan<T> mu, ReadOnlySpan<T> logVar, ReadOnlySpan<T> z, ReadOnlySpan<T> dZ, Span<T> dMu, Span<T> dLogVar, T scale)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T half = T.CreateTruncating(0.5);
        for (int j = 0; j < mu.Length; j++)
        {
            dMu[j] = dZ[j];
            dLogVar[j] = half * dZ[j] * (z[j] - mu[j]);
        }

        return Losses.GaussianKl(mu, logVar, dMu, dLogVar, scale);
    }
}
