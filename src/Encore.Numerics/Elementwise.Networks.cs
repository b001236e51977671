using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

/// <content>Steps of optimisers and derivatives of activations: several results of one pass, with the same bits on every
/// path.</content>
internal static unsafe partial class Elementwise
{
    /// <summary>A step of Adam: with g′ = scale·g + penalty·w, m = β₁m + (1−β₁)g′, v = β₂v + (1−β₂)g′²,
    /// w = keep·w − rate·m / (correction·√v + ε).</summary>
    public static void Adam<T>(Span<T> w, ReadOnlySpan<T> g, Span<T> m, Span<T> v, in AdamStep<T> step)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(w.Length, g.Length, nameof(g));
        Check(w.Length, m.Length, nameof(m));
        Check(w.Length, v.Length, nameof(v));
        fixed (T* pw = w, pg = g, pm = m, pv = v)
        {
            int at = 0;
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    at = AdamOf<T, Vector512<T>, Simd512<T>>(pw, pg, pm, pv, 0, w.Length, step);
                    break;
                case InstructionSet.V256:
                    at = AdamOf<T, Vector256<T>, Simd256<T>>(pw, pg, pm, pv, 0, w.Length, step);
                    break;
                case InstructionSet.V128:
                    at = AdamOf<T, Vector128<T>, Simd128<T>>(pw, pg, pm, pv, 0, w.Length, step);
                    break;
                case InstructionSet.Scalar:
                default:
                    break;
            }

            AdamOf<T, T, SimdScalar<T>>(pw, pg, pm, pv, at, w.Length, step);
        }
    }

    /// <summary>A step with momentum: v = momentum·v + scale·g + penalty·w, w = w − rate·v.</summary>
    public static void Momentum<T>(Span<T> w, ReadOnlySpan<T> g, Span<T> v, T momentum, T rate, T scale, T penalty)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(w.Length, g.Length, nameof(g));
        Check(w.Length, v.Length, nameof(v));
        fixed (T* pw = w, pg = g, pv = v)
        {
            int at = 0;
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    at = MomentumOf<T, Vector512<T>, Simd512<T>>(pw, pg, pv, 0, w.Length, momentum, rate, scale, penalty);
                    break;
                case InstructionSet.V256:
                    at = MomentumOf<T, Vector256<T>, Simd256<T>>(pw, pg, pv, 0, w.Length, momentum, rate, scale, penalty);
                    break;
                case InstructionSet.V128:
                    at = MomentumOf<T, Vector128<T>, Simd128<T>>(pw, pg, pv, 0, w.Length, momentum, rate, scale, penalty);
                    break;
                case InstructionSet.Scalar:
                default:
                    break;
            }

            MomentumOf<T, T, SimdScalar<T>>(pw, pg, pv, at, w.Length, momentum, rate, scale, penalty);
        }
    }

    /// <summary>A step of AdaGrad: with g′ = scale·g + penalty·w, v = v + g′², w = w − rate·g′ / (√v + ε).</summary>
    public static void AdaGrad<T>(Span<T> w, ReadOnlySpan<T> g, Span<T> v, T rate, T scale, T penalty, T epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(w.Length, g.Length, nameof(g));
        Check(w.Length, v.Length, nameof(v));
        fixed (T* pw = w, pg = g, pv = v)
        {
            int at = 0;
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    at = AdaGradOf<T, Vector512<T>, Simd512<T>>(pw, pg, pv, 0, w.Length, rate, scale, penalty, epsilon);
                    break;
                case InstructionSet.V256:
                    at = AdaGradOf<T, Vector256<T>, Simd256<T>>(pw, pg, pv, 0, w.Length, rate, scale, penalty, epsilon);
                    break;
                case InstructionSet.V128:
                    at = AdaGradOf<T, Vector128<T>, Simd128<T>>(pw, pg, pv, 0, w.Length, rate, scale, penalty, epsilon);
                    break;
                case InstructionSet.Scalar:
                default:
                    break;
            }

            AdaGradOf<T, T, SimdScalar<T>>(pw, pg, pv, at, w.Length, rate, scale, penalty, epsilon);
        }
    }

    /// <summary>d = d·y(1 − y): the derivative of the sigmoid, from its value.</summary>
    public static void SigmoidSlope<T>(ReadOnlySpan<T> y, Span<T> d)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, SigmoidDerivative>(d, y, d);

    /// <summary>d = d·(1 − y²): the derivative of the hyperbolic tangent, from its value.</summary>
    public static void TanhSlope<T>(ReadOnlySpan<T> y, Span<T> d)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, TanhDerivative>(d, y, d);

    /// <summary>d = d·(above where y &gt; 0, slope·y + constant elsewhere).</summary>
    public static void Slopes<T>(ReadOnlySpan<T> y, Span<T> d, T above, T slope, T constant)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(y.Length, d.Length, nameof(d));
        fixed (T* py = y, pd = d)
        {
            int at = 0;
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    at = SlopesOf<T, Vector512<T>, Simd512<T>>(py, pd, 0, y.Length, above, slope, constant);
                    break;
                case InstructionSet.V256:
                    at = SlopesOf<T, Vector256<T>, Simd256<T>>(py, pd, 0, y.Length, above, slope, constant);
                    break;
                case InstructionSet.V128:
                    at = SlopesOf<T, Vector128<T>, Simd128<T>>(py, pd, 0, y.Length, above, slope, constant);
                    break;
                case InstructionSet.Scalar:
                default:
                    break;
            }

            SlopesOf<T, T, SimdScalar<T>>(py, pd, at, y.Length, above, slope, constant);
        }
    }

    /// <summary>y = above·y where y &gt; 0, below·e elsewhere.</summary>
    public static void Branches<T>(Span<T> y, ReadOnlySpan<T> e, T above, T below)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(y.Length, e.Length, nameof(e));
        fixed (T* py = y, pe = e)
        {
            int at = 0;
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    at = BranchesOf<T, Vector512<T>, Simd512<T>>(py, pe, 0, y.Length, above, below);
                    break;
                case InstructionSet.V256:
                    at = BranchesOf<T, Vector256<T>, Simd256<T>>(py, pe, 0, y.Length, above, below);
                    break;
                case InstructionSet.V128:
                    at = BranchesOf<T, Vector128<T>, Simd128<T>>(py, pe, 0, y.Length, above, below);
                    break;
                case InstructionSet.Scalar:
                default:
                    break;
            }

            BranchesOf<T, T, SimdScalar<T>>(py, pe, at, y.Length, above, below);
        }
    }

    /// <summary>The backward step of a GRU's cell, of one row: with d = dH + carry, dH becomes d·z; gates (r, z, q), three
    /// widths, the gradient of x·W + b; dGates that of h·U + c.</summary>
    public static void GruCell<T>(Span<T> gates, Span<T> dGates, ReadOnlySpan<T> h, ReadOnlySpan<T> n, Span<T> dH, ReadOnlySpan<T> carry)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = n.Length;
        Check(3 * width, gates.Length, nameof(gates));
        Check(3 * width, dGates.Length, nameof(dGates));
        Check(width, h.Length, nameof(h));
        Check(width, dH.Length, nameof(dH));
        Check(width, carry.Length, nameof(carry));
        fixed (T* pg = gates, pd = dGates, ph = h, pn = n, pdh = dH, pc = carry)
        {
            int at = 0;
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    at = GruCellOf<T, Vector512<T>, Simd512<T>>(pg, pd, ph, pn, pdh, pc, 0, width);
                    break;
                case InstructionSet.V256:
                    at = GruCellOf<T, Vector256<T>, Simd256<T>>(pg, pd, ph, pn, pdh, pc, 0, width);
                    break;
                case InstructionSet.V128:
                    at = GruCellOf<T, Vector128<T>, Simd128<T>>(pg, pd, ph, pn, pdh, pc, 0, width);
                    break;
                case InstructionSet.Scalar:
                default:
                    break;
            }

            GruCellOf<T, T, SimdScalar<T>>(pg, pd, ph, pn, pdh, pc, at, width);
        }
    }

    // Each of the following does whole registers from a place on, and returns the place where it ended.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int AdamOf<T, TVector, TSimd>(T* w, T* g, T* m, T* v, int i, int length, in AdamStep<T> step)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        TVector b1 = TSimd.Broadcast(step.Beta1), b2 = TSimd.Broadcast(step.Beta2), e = TSimd.Broadcast(step.Epsilon);
        TVector c1 = TSimd.Broadcast(step.RestOf1), c2 = TSimd.Broadcast(step.RestOf2), rate = TSimd.Broadcast(step.Rate);
        TVector scale = TSimd.Broadcast(step.Scale), penalty = TSimd.Broadcast(step.Penalty), keep = TSimd.Broadcast(step.Keep);
        TVector correction = TSimd.Broadcast(step.Correction);
        for (; i <= length - TSimd.Lanes; i += TSimd.Lanes)
        {
            var x = TSimd.Load(w + i);
            var gradient = TSimd.Add(TSimd.Multiply(TSimd.Load(g + i), scale), TSimd.Multiply(x, penalty));
            var first = TSimd.Add(TSimd.Multiply(TSimd.Load(m + i), b1), TSimd.Multiply(gradient, c1));
            var second = TSimd.Add(TSimd.Multiply(TSimd.Load(v + i), b2), TSimd.Multiply(TSimd.Multiply(gradient, gradient), c2));
            TSimd.Store(first, m + i);
            TSimd.Store(second, v + i);
            var move = TSimd.Divide(TSimd.Multiply(first, rate), TSimd.Add(TSimd.Multiply(TSimd.SquareRoot(second), correction), e));
            TSimd.Store(TSimd.Subtract(TSimd.Multiply(x, keep), move), w + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int MomentumOf<T, TVector, TSimd>(T* w, T* g, T* v, int i, int length, T momentum, T rate, T scale, T penalty)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        TVector b = TSimd.Broadcast(momentum), r = TSimd.Broadcast(rate), s = TSimd.Broadcast(scale), p = TSimd.Broadcast(penalty);
        for (; i <= length - TSimd.Lanes; i += TSimd.Lanes)
        {
            var x = TSimd.Load(w + i);
            var velocity = TSimd.Add(
                TSimd.Add(TSimd.Multiply(TSimd.Load(v + i), b), TSimd.Multiply(TSimd.Load(g + i), s)), TSimd.Multiply(x, p));
            TSimd.Store(velocity, v + i);
            TSimd.Store(TSimd.Subtract(x, TSimd.Multiply(velocity, r)), w + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int AdaGradOf<T, TVector, TSimd>(T* w, T* g, T* v, int i, int length, T rate, T scale, T penalty, T epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        TVector r = TSimd.Broadcast(rate), s = TSimd.Broadcast(scale), p = TSimd.Broadcast(penalty), e = TSimd.Broadcast(epsilon);
        for (; i <= length - TSimd.Lanes; i += TSimd.Lanes)
        {
            var x = TSimd.Load(w + i);
            var gradient = TSimd.Add(TSimd.Multiply(TSimd.Load(g + i), s), TSimd.Multiply(x, p));
            var sum = TSimd.Add(TSimd.Load(v + i), TSimd.Multiply(gradient, gradient));
            TSimd.Store(sum, v + i);
            TSimd.Store(TSimd.Subtract(x, TSimd.Divide(TSimd.Multiply(gradient, r), TSimd.Add(TSimd.SquareRoot(sum), e))), w + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int SlopesOf<T, TVector, TSimd>(T* y, T* d, int i, int length, T above, T slope, T constant)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        TVector a = TSimd.Broadcast(above), s = TSimd.Broadcast(slope), c = TSimd.Broadcast(constant);
        int lanes = TSimd.Lanes;
        for (; i <= length - (2 * lanes); i += 2 * lanes)
        {
            var (v, w) = (TSimd.Load(y + i), TSimd.Load(y + i + lanes));
            var f = TSimd.WherePositive(v, a, TSimd.Add(TSimd.Multiply(v, s), c));
            var g = TSimd.WherePositive(w, a, TSimd.Add(TSimd.Multiply(w, s), c));
            TSimd.Store(TSimd.Multiply(TSimd.Load(d + i), f), d + i);
            TSimd.Store(TSimd.Multiply(TSimd.Load(d + i + lanes), g), d + i + lanes);
        }

        for (; i <= length - lanes; i += lanes)
        {
            var v = TSimd.Load(y + i);
            TSimd.Store(TSimd.Multiply(TSimd.Load(d + i), TSimd.WherePositive(v, a, TSimd.Add(TSimd.Multiply(v, s), c))), d + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int BranchesOf<T, TVector, TSimd>(T* y, T* e, int i, int length, T above, T below)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        TVector a = TSimd.Broadcast(above), b = TSimd.Broadcast(below);
        for (; i <= length - TSimd.Lanes; i += TSimd.Lanes)
        {
            var x = TSimd.Load(y + i);
            TSimd.Store(TSimd.WherePositive(x, TSimd.Multiply(x, a), TSimd.Multiply(TSimd.Load(e + i), b)), y + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int GruCellOf<T, TVector, TSimd>(T* gates, T* dGates, T* h, T* n, T* dH, T* carry, int j, int width)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        var one = TSimd.Broadcast(T.One);
        T* r = gates, z = gates + width, q = gates + (2 * width), dR = dGates, dZ = dGates + width, dQ = dGates + (2 * width);
        for (; j <= width - TSimd.Lanes; j += TSimd.Lanes)
        {
            var (rj, zj, qj, nj) = (TSimd.Load(r + j), TSimd.Load(z + j), TSimd.Load(q + j), TSimd.Load(n + j));
            var d = TSimd.Add(TSimd.Load(dH + j), TSimd.Load(carry + j));
            var dn = TSimd.Multiply(TSimd.Multiply(d, TSimd.Subtract(one, zj)), TSimd.Subtract(one, TSimd.Multiply(nj, nj)));
            var dz = TSimd.Multiply(
                TSimd.Multiply(TSimd.Multiply(d, TSimd.Subtract(TSimd.Load(h + j), nj)), zj), TSimd.Subtract(one, zj));
            var dr = TSimd.Multiply(TSimd.Multiply(TSimd.Multiply(dn, qj), rj), TSimd.Subtract(one, rj));
            TSimd.Store(TSimd.Multiply(d, zj), dH + j);
            TSimd.Store(dr, r + j);
            TSimd.Store(dr, dR + j);
            TSimd.Store(dz, z + j);
            TSimd.Store(dz, dZ + j);
            TSimd.Store(dn, q + j);
            TSimd.Store(TSimd.Multiply(dn, rj), dQ + j);
        }

        return j;
    }

    private readonly struct SigmoidDerivative : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x, TVector y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Multiply(x, TSimd.Multiply(y, TSimd.Subtract(TSimd.Broadcast(T.One), y)));
    }

    private readonly struct TanhDerivative : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x, TVector y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Multiply(x, TSimd.Subtract(TSimd.Broadcast(T.One), TSimd.Multiply(y, y)));
    }

    /// <summary>The numbers of a step of Adam; the rests are 1 − β₁ and 1 − β₂ as rounded from double precision.</summary>
    public readonly record struct AdamStep<T>(
        T Beta1, T RestOf1, T Beta2, T RestOf2, T Epsilon, T Rate, T Correction, T Scale, T Penalty, T Keep);
}
