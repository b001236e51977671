using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>e^x of many numbers at once, the costliest elementwise function of the losses over all items.</summary>
internal static class Exponentials
{
    // Below it e^x has no normal single-precision value.
    private const float Least = -87;

    private const float Log2E = 1.44269504f;

    // ln 2 in two parts; the first has so few digits that its product with a whole number below 128 is exact.
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>s = e^(s − max); returns the sum.</summary>
    /// <param name="s">Numbers of at most max.</param>
    /// <param name="max">Their maximum, so that no result exceeds 1.</param>
    /// <remarks>In single precision within 2 units in the last place, results below e^−87 as 0: x = n·ln 2 + r, e^r by its
    /// series to the seventh term (coefficients fitted to |r| ≤ ½·ln 2), times 2ⁿ. One pass, where
    /// <see cref="TensorPrimitives"/> takes three and calls a function for every register.</remarks>
    public static T SubtractAndSum<T>(Span<T> s, T max)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
        {
            return T.CreateTruncating(SubtractAndSum(MemoryMarshal.Cast<T, float>(s), float.CreateTruncating(max)));
        }

        Elementwise.Subtract(s, max, s);
        Elementwise.Exp(s, s);
        return TensorPrimitives.Sum<T>(s);
    }

    private static float SubtractAndSum(Span<float> s, float max)
    {
        var from = new Vector<float>(max);
        Vector<float> even = default, odd = default;
        int lanes = Vector<float>.Count, i = 0;
        for (; i <= s.Length - (2 * lanes); i += 2 * lanes)
        {
            Span<float> first = s.Slice(i, lanes), second = s.Slice(i + lanes, lanes);
            var y = Exp(new Vector<float>(first) - from);
            y.CopyTo(first);
            even += y;
            y = Exp(new Vector<float>(second) - from);
            y.CopyTo(second);
            odd += y;
        }

        float sum = Vector.Sum(even + odd);
        Span<float> rest = stackalloc float[lanes];
        for (; i < s.Length; i += lanes)
        {
            // The last few through a whole register, so that a number's bits do not depend on its place.
            var part = s[i..Math.Min(s.Length, i + lanes)];
            part.CopyTo(rest);
            Exp(new Vector<float>(rest) - from).CopyTo(rest);
            rest[..part.Length].CopyTo(part);
            foreach (float y in part)
            {
                sum += y;
            }
        }

        return sum;
    }

    /// <summary>s = σ(s); returns the sum of softplus(s) = max(s, 0) + log(1 + e^−|s|).</summary>
    /// <remarks>σ and softplus share their exponential. Logarithms are taken of products of 64 factors, each between 1 and
    /// 2, so that one in 64 numbers pays for one.</remarks>
    public static double SigmoidAndSoftplus<T>(Span<T> s)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
        {
            return SigmoidAndSoftplus(MemoryMarshal.Cast<T, float>(s));
        }

        double sum = 0;
        foreach (ref T x in s)
        {
            T e = T.Exp(-T.Abs(x));
            sum += double.CreateTruncating(T.Max(x, T.Zero) + T.LogP1(e));
            x = (x >= T.Zero ? T.One : e) / (T.One + e);
        }

        return sum;
    }

    private static double SigmoidAndSoftplus(Span<float> s)
    {
        const int Factors = 64;
        int lanes = Vector<float>.Count;
        Span<float> rest = stackalloc float[lanes];
        double sum = 0;
        for (int start = 0; start < s.Length; start += Factors * lanes)
        {
            var block = s[start..Math.Min(s.Length, start + (Factors * lanes))];
            Vector<float> product = Vector<float>.One, positive = default;
            int i = 0;
            for (; i <= block.Length - lanes; i += lanes)
            {
                var part = block.Slice(i, lanes);
                Sigmoid(new Vector<float>(part), ref product, ref positive).CopyTo(part);
            }

            if (i < block.Length)
            {
                // −∞ fills the register: its softplus is 0.
                rest.Fill(float.NegativeInfinity);
                block[i..].CopyTo(rest);
                Sigmoid(new Vector<float>(rest), ref product, ref positive).CopyTo(rest);
                rest[..(block.Length - i)].CopyTo(block[i..]);
            }

            for (int lane = 0; lane < lanes; lane++)
            {
                sum += Math.Log(product[lane]) + positive[lane];
            }
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Sigmoid(Vector<float> x, ref Vector<float> product, ref Vector<float> positive)
    {
        var e = Exp(-Vector.Abs(x));
        var factor = Vector<float>.One + e;
        product *= factor;
        positive += Vector.Max(x, Vector<float>.Zero);
        return Vector.ConditionalSelect(Vector.GreaterThanOrEqual(x, Vector<float>.Zero), Vector<float>.One, e) / factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Exp(Vector<float> x)
    {
        var n = Vector.Floor((x * Log2E) + new Vector<float>(0.5f));
        var r = x - (n * Ln2High) - (n * Ln2Low);
        var p = new Vector<float>(1.9875691500e-4f);
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1.3981999507e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(8.3334519073e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(4.1665795894e-2f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1.6666665459e-1f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(5.0000001201e-1f));
        p = Vector.FusedMultiplyAdd(p, r * r, r) + Vector<float>.One;
        var power = Vector.AsVectorSingle(Vector.ShiftLeft(Vector.ConvertToInt32(n) + new Vector<int>(127), 23));

        // NaN is not below: it stays.
        return Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(Least)), Vector<float>.Zero, p * power);
    }
}
