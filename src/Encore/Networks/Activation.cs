using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>What a layer does to its sums.</summary>
public enum Activation
{
    /// <summary>x.</summary>
    Identity,

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>x above 0, eˣ − 1 below (Clevert et al. 2016).</summary>
    Elu,

    /// <summary>1.0507·x above 0, 1.0507·1.6733·(eˣ − 1) below (Klambauer et al. 2017).</summary>
    Selu,

    /// <summary>x above 0, 0.01·x below.</summary>
    LeakyRelu,
}

/// <summary>Activations in place, forward beside backward. Every derivative is a function of the output.</summary>
internal static class Activations
{
    private const double SeluScale = 1.0507009873554805, SeluAlpha = 1.6732632423543772, LeakySlope = 0.01;

    private const int Block = 8192;

    /// <summary>y = f(y).</summary>
    public static void Forward<T>(Compute compute, Activation f, T[] y, int count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (f != Activation.Identity)
        {
            compute.For((count + Block - 1) / Block, b => Forward(f, y.AsSpan(b * Block, Math.Min(Block, count - (b * Block)))));
        }
    }

    /// <summary>dY = dY ⊙ f′, from y = f(x).</summary>
    public static void Backward<T>(Compute compute, Activation f, T[] y, T[] dY, int count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (f != Activation.Identity)
        {
            compute.For((count + Block - 1) / Block, b =>
            {
                int start = b * Block, length = Math.Min(Block, count - start);
                Backward<T>(f, y.AsSpan(start, length), dY.AsSpan(start, length));
            });
        }
    }

    /// <summary>y = f(y).</summary>
    public static void Forward<T>(Activation f, Span<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (f)
        {
            case Activation.Sigmoid:
                Elementwise.Sigmoid(y, y);
                break;
            case Activation.Tanh:
                Elementwise.Tanh(y, y);
                break;
            case Activation.Relu:
                Elementwise.Max(y, T.Zero, y);
                break;
            case Activation.Elu:
                Exponential(y, T.One, T.One);
                break;
            case Activation.Selu:
                Exponential(y, T.CreateTruncating(SeluScale), T.CreateTruncating(SeluScale * SeluAlpha));
                break;
            case Activation.LeakyRelu:
                T slope = T.CreateTruncating(LeakySlope);
                Elementwise.Branches(y, y, T.One, slope);
                break;
            case Activation.Identity:
            default:
                break;
        }
    }

    /// <summary>dY = dY ⊙ f′, from y = f(x).</summary>
    public static void Backward<T>(Activation f, ReadOnlySpan<T> y, Span<T> dY)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (f)
        {
            case Activation.Sigmoid: // f′ = y(1 − y)
                Elementwise.SigmoidSlope(y, dY);
                break;
            case Activation.Tanh: // f′ = 1 − y²
                Elementwise.TanhSlope(y, dY);
                break;
            case Activation.Relu:
                Elementwise.Slopes(y, dY, T.One, T.Zero, T.Zero);
                break;
            case Activation.Elu: // below 0: f′ = eˣ = y + 1
                Elementwise.Slopes(y, dY, T.One, T.One, T.One);
                break;
            case Activation.Selu: // below 0: f′ = λαeˣ = y + λα
                Elementwise.Slopes(y, dY, T.CreateTruncating(SeluScale), T.One, T.CreateTruncating(SeluScale * SeluAlpha));
                break;
            case Activation.LeakyRelu:
                Elementwise.Slopes(y, dY, T.One, T.Zero, T.CreateTruncating(LeakySlope));
                break;
            case Activation.Identity:
            default:
                break;
        }
    }

    // y = above·x over 0, below·(eˣ − 1) under it.
    private static void Exponential<T>(Span<T> y, T above, T below)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> low = stackalloc T[256];
        for (int start = 0; start < y.Length; start += low.Length)
        {
            var part = y[start..Math.Min(y.Length, start + low.Length)];
            var e = low[..part.Length];
            Elementwise.Min(part, T.Zero, e); // e^x cannot overflow
            Elementwise.ExpM1(e, e);
            Elementwise.Branches(part, e, above, below);
        }
    }
}
