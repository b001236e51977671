using System.Numerics;
using System.Numerics.Tensors;
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
    public static void Forward<T>(Activation f, T[] y, int count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (f != Activation.Identity)
        {
            Workers.For((count + Block - 1) / Block, b => Forward(f, y.AsSpan(b * Block, Math.Min(Block, count - (b * Block)))));
        }
    }

    /// <summary>dY = dY ⊙ f′, from y = f(x).</summary>
    public static void Backward<T>(Activation f, T[] y, T[] dY, int count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (f != Activation.Identity)
        {
            Workers.For((count + Block - 1) / Block, b =>
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
        if (y.IsEmpty)
        {
            return; // TensorPrimitives.Sigmoid refuses it
        }

        switch (f)
        {
            case Activation.Sigmoid:
                TensorPrimitives.Sigmoid(y, y);
                break;
            case Activation.Tanh:
                TensorPrimitives.Tanh(y, y);
                break;
            case Activation.Relu:
                TensorPrimitives.Max(y, T.Zero, y);
                break;
            case Activation.Elu:
                Exponential(y, T.One, T.One);
                break;
            case Activation.Selu:
                Exponential(y, T.CreateTruncating(SeluScale), T.CreateTruncating(SeluScale * SeluAlpha));
                break;
            case Activation.LeakyRelu:
                T slope = T.CreateTruncating(LeakySlope);
                foreach (ref T x in y)
                {
                    x = x > T.Zero ? x : slope * x;
                }

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
        int i = 0, lanes = Vector<T>.Count;
        switch (f)
        {
            case Activation.Sigmoid: // f′ = y(1 − y)
                for (; i <= y.Length - lanes; i += lanes)
                {
                    var v = new Vector<T>(y[i..]);
                    (new Vector<T>(dY[i..]) * (v * (Vector<T>.One - v))).CopyTo(dY[i..]);
                }

                for (; i < y.Length; i++)
                {
                    dY[i] *= y[i] * (T.One - y[i]);
                }

                break;
            case Activation.Tanh: // f′ = 1 − y²
                for (; i <= y.Length - lanes; i += lanes)
                {
                    var v = new Vector<T>(y[i..]);
                    (new Vector<T>(dY[i..]) * (Vector<T>.One - (v * v))).CopyTo(dY[i..]);
                }

                for (; i < y.Length; i++)
                {
                    dY[i] *= T.One - (y[i] * y[i]);
                }

                break;
            case Activation.Relu:
                Slopes(y, dY, T.One, T.Zero, T.Zero);
                break;
            case Activation.Elu: // below 0: f′ = eˣ = y + 1
                Slopes(y, dY, T.One, T.One, T.One);
                break;
            case Activation.Selu: // below 0: f′ = λαeˣ = y + λα
                Slopes(y, dY, T.CreateTruncating(SeluScale), T.One, T.CreateTruncating(SeluScale * SeluAlpha));
                break;
            case Activation.LeakyRelu:
                Slopes(y, dY, T.One, T.Zero, T.CreateTruncating(LeakySlope));
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
            TensorPrimitives.Min(part, T.Zero, e); // e^x cannot overflow
            TensorPrimitives.ExpM1(e, e);
            int i = 0;
            for (; i <= part.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                var x = new Vector<T>(part[i..]);
                Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), x * above, new Vector<T>(e[i..]) * below).CopyTo(part[i..]);
            }

            for (; i < part.Length; i++)
            {
                part[i] = part[i] > T.Zero ? above * part[i] : below * e[i];
            }
        }
    }

    // dY ⊙ (above where y > 0, slope·y + constant elsewhere).
    private static void Slopes<T>(ReadOnlySpan<T> y, Span<T> dY, T above, T slope, T constant)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0, lanes = Vector<T>.Count;
        for (; i <= y.Length - lanes; i += lanes)
        {
            var v = new Vector<T>(y[i..]);
            var factor = Vector.ConditionalSelect(
                Vector.GreaterThan(v, Vector<T>.Zero), new Vector<T>(above), (v * slope) + new Vector<T>(constant));
            (new Vector<T>(dY[i..]) * factor).CopyTo(dY[i..]);
        }

        for (; i < y.Length; i++)
        {
            dY[i] *= y[i] > T.Zero ? above : (slope * y[i]) + constant;
        }
    }
}
