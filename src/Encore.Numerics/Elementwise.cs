using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

/// <summary>
/// Arithmetic on spans, number by number, on the path that <see cref="Kernel"/> chose. Sums, differences, products,
/// quotients, roots and maxima have the same bits on every path; functions with an exponential have, in single precision, the
/// same bits on every path with registers, and those of <see cref="MathF"/> on the scalar one. The target may be one of the sources.
/// </summary>
internal static unsafe partial class Elementwise
{
    /// <summary>An operation on two numbers.</summary>
    private interface IBinary
    {
        static abstract TVector Of<T, TVector, TSimd>(TVector x, TVector y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector>;
    }

    /// <summary>A function of one number.</summary>
    private interface IUnary
    {
        static abstract TVector Of<T, TVector, TSimd>(TVector x)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector>;
    }

    /// <summary>z = x + y.</summary>
    public static void Add<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Sum>(x, y, z);

    /// <summary>z = x + y.</summary>
    public static void Add<T>(ReadOnlySpan<T> x, T y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Sum>(x, y, z);

    /// <summary>z = x − y.</summary>
    public static void Subtract<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Difference>(x, y, z);

    /// <summary>z = x − y.</summary>
    public static void Subtract<T>(ReadOnlySpan<T> x, T y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Difference>(x, y, z);

    /// <summary>z = x·y.</summary>
    public static void Multiply<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Product>(x, y, z);

    /// <summary>z = x·y.</summary>
    public static void Multiply<T>(ReadOnlySpan<T> x, T y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Product>(x, y, z);

    /// <summary>z = x/y.</summary>
    public static void Divide<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Quotient>(x, y, z);

    /// <summary>z = x/y.</summary>
    public static void Divide<T>(ReadOnlySpan<T> x, T y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Quotient>(x, y, z);

    /// <summary>z = max(x, y); NaN where x is.</summary>
    public static void Max<T>(ReadOnlySpan<T> x, T y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Larger>(x, y, z);

    /// <summary>z = min(x, y); NaN where x is.</summary>
    public static void Min<T>(ReadOnlySpan<T> x, T y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Binary<T, Smaller>(x, y, z);

    /// <summary>z = −x.</summary>
    public static void Negate<T>(ReadOnlySpan<T> x, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Opposite>(x, z);

    /// <summary>z = eˣ.</summary>
    public static void Exp<T>(ReadOnlySpan<T> x, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Exponential>(x, z);

    /// <summary>z = eˣ − 1. With registers a difference: near 0 it is exact to one unit of 1.</summary>
    public static void ExpM1<T>(ReadOnlySpan<T> x, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, ExponentialLessOne>(x, z);

    /// <summary>z = 1/(1 + e⁻ˣ).</summary>
    public static void Sigmoid<T>(ReadOnlySpan<T> x, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Logistic>(x, z);

    /// <summary>z = tanh x.</summary>
    public static void Tanh<T>(ReadOnlySpan<T> x, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, HyperbolicTangent>(x, z);

    /// <summary>z = x·y + a, with two roundings.</summary>
    public static void MultiplyAdd<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<T> a, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(x.Length, y.Length, nameof(y));
        Check(x.Length, a.Length, nameof(a));
        CheckTarget(x.Length, z.Length);
        fixed (T* px = x, py = y, pa = a, pz = z)
        {
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    MultiplyAddOf<T, Vector512<T>, Simd512<T>>(px, py, pa, pz, x.Length);
                    break;
                case InstructionSet.V256:
                    MultiplyAddOf<T, Vector256<T>, Simd256<T>>(px, py, pa, pz, x.Length);
                    break;
                case InstructionSet.V128:
                    MultiplyAddOf<T, Vector128<T>, Simd128<T>>(px, py, pa, pz, x.Length);
                    break;
                case InstructionSet.Scalar:
                default:
                    MultiplyAddOf<T, T, SimdScalar<T>>(px, py, pa, pz, x.Length);
                    break;
            }
        }
    }

    /// <summary>z = x·y + a, with two roundings.</summary>
    public static void MultiplyAdd<T>(ReadOnlySpan<T> x, T y, ReadOnlySpan<T> a, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(x.Length, a.Length, nameof(a));
        CheckTarget(x.Length, z.Length);
        fixed (T* px = x, pa = a, pz = z)
        {
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    MultiplyAddOf<T, Vector512<T>, Simd512<T>>(px, y, pa, pz, x.Length);
                    break;
                case InstructionSet.V256:
                    MultiplyAddOf<T, Vector256<T>, Simd256<T>>(px, y, pa, pz, x.Length);
                    break;
                case InstructionSet.V128:
                    MultiplyAddOf<T, Vector128<T>, Simd128<T>>(px, y, pa, pz, x.Length);
                    break;
                case InstructionSet.Scalar:
                default:
                    MultiplyAddOf<T, T, SimdScalar<T>>(px, y, pa, pz, x.Length);
                    break;
            }
        }
    }

    private static void Binary<T, TOperation>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TOperation : IBinary
    {
        Check(x.Length, y.Length, nameof(y));
        CheckTarget(x.Length, z.Length);
        fixed (T* px = x, py = y, pz = z)
        {
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    BinaryOf<T, Vector512<T>, Simd512<T>, TOperation>(px, py, pz, x.Length);
                    break;
                case InstructionSet.V256:
                    BinaryOf<T, Vector256<T>, Simd256<T>, TOperation>(px, py, pz, x.Length);
                    break;
                case InstructionSet.V128:
                    BinaryOf<T, Vector128<T>, Simd128<T>, TOperation>(px, py, pz, x.Length);
                    break;
                case InstructionSet.Scalar:
                default:
                    BinaryOf<T, T, SimdScalar<T>, TOperation>(px, py, pz, x.Length);
                    break;
            }
        }
    }

    private static void Binary<T, TOperation>(ReadOnlySpan<T> x, T y, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TOperation : IBinary
    {
        CheckTarget(x.Length, z.Length);
        fixed (T* px = x, pz = z)
        {
            switch (Kernel.Current)
            {
                case InstructionSet.V512:
                    BinaryOf<T, Vector512<T>, Simd512<T>, TOperation>(px, y, pz, x.Length);
                    break;
                case InstructionSet.V256:
                    BinaryOf<T, Vector256<T>, Simd256<T>, TOperation>(px, y, pz, x.Length);
                    break;
                case InstructionSet.V128:
                    BinaryOf<T, Vector128<T>, Simd128<T>, TOperation>(px, y, pz, x.Length);
                    break;
                case InstructionSet.Scalar:
                default:
                    BinaryOf<T, T, SimdScalar<T>, TOperation>(px, y, pz, x.Length);
                    break;
            }
        }
    }

    private static void Unary<T, TFunction>(ReadOnlySpan<T> x, Span<T> z)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFunction : IUnary
    {
        CheckTarget(x.Length, z.Length);

        // Fewer numbers than the narrowest register holds are computed one by one, as TensorPrimitives does: a model's bits
        // must not change with the code that computes them.
        var path = x.Length < Vector128<T>.Count ? InstructionSet.Scalar : Kernel.Current;
        fixed (T* px = x, pz = z)
        {
            switch (path)
            {
                case InstructionSet.V512:
                    UnaryOf<T, Vector512<T>, Simd512<T>, TFunction>(px, pz, x.Length);
                    break;
                case InstructionSet.V256:
                    UnaryOf<T, Vector256<T>, Simd256<T>, TFunction>(px, pz, x.Length);
                    break;
                case InstructionSet.V128:
                    UnaryOf<T, Vector128<T>, Simd128<T>, TFunction>(px, pz, x.Length);
                    break;
                case InstructionSet.Scalar:
                default:
                    for (int i = 0; i < x.Length; i++)
                    {
                        pz[i] = TFunction.Of<T, T, SimdScalar<T>>(px[i]);
                    }

                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BinaryOf<T, TVector, TSimd, TOperation>(T* x, T* y, T* z, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
        where TOperation : IBinary
    {
        int i = 0, lanes = TSimd.Lanes;
        for (; i <= n - (4 * lanes); i += 4 * lanes)
        {
            var z0 = TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i), TSimd.Load(y + i));
            var z1 = TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i + lanes), TSimd.Load(y + i + lanes));
            var z2 = TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i + (2 * lanes)), TSimd.Load(y + i + (2 * lanes)));
            var z3 = TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i + (3 * lanes)), TSimd.Load(y + i + (3 * lanes)));
            TSimd.Store(z0, z + i);
            TSimd.Store(z1, z + i + lanes);
            TSimd.Store(z2, z + i + (2 * lanes));
            TSimd.Store(z3, z + i + (3 * lanes));
        }

        for (; i <= n - lanes; i += lanes)
        {
            TSimd.Store(TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i), TSimd.Load(y + i)), z + i);
        }

        for (; i < n; i++)
        {
            z[i] = TOperation.Of<T, T, SimdScalar<T>>(x[i], y[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BinaryOf<T, TVector, TSimd, TOperation>(T* x, T y, T* z, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
        where TOperation : IBinary
    {
        int i = 0, lanes = TSimd.Lanes;
        var v = TSimd.Broadcast(y);
        for (; i <= n - (4 * lanes); i += 4 * lanes)
        {
            var z0 = TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i), v);
            var z1 = TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i + lanes), v);
            var z2 = TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i + (2 * lanes)), v);
            var z3 = TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i + (3 * lanes)), v);
            TSimd.Store(z0, z + i);
            TSimd.Store(z1, z + i + lanes);
            TSimd.Store(z2, z + i + (2 * lanes));
            TSimd.Store(z3, z + i + (3 * lanes));
        }

        for (; i <= n - lanes; i += lanes)
        {
            TSimd.Store(TOperation.Of<T, TVector, TSimd>(TSimd.Load(x + i), v), z + i);
        }

        for (; i < n; i++)
        {
            z[i] = TOperation.Of<T, T, SimdScalar<T>>(x[i], y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAddOf<T, TVector, TSimd>(T* x, T* y, T* a, T* z, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int i = 0;
        for (; i <= n - TSimd.Lanes; i += TSimd.Lanes)
        {
            TSimd.Store(TSimd.Add(TSimd.Multiply(TSimd.Load(x + i), TSimd.Load(y + i)), TSimd.Load(a + i)), z + i);
        }

        for (; i < n; i++)
        {
            z[i] = (x[i] * y[i]) + a[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAddOf<T, TVector, TSimd>(T* x, T y, T* a, T* z, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int i = 0;
        var v = TSimd.Broadcast(y);
        for (; i <= n - TSimd.Lanes; i += TSimd.Lanes)
        {
            TSimd.Store(TSimd.Add(TSimd.Multiply(TSimd.Load(x + i), v), TSimd.Load(a + i)), z + i);
        }

        for (; i < n; i++)
        {
            z[i] = (x[i] * y) + a[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnaryOf<T, TVector, TSimd, TFunction>(T* x, T* z, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
        where TFunction : IUnary
    {
        int i = 0, lanes = TSimd.Lanes;
        for (; i <= n - (2 * lanes); i += 2 * lanes)
        {
            // Two at once: an exponential is a chain of operations that each wait for the one before.
            var (z0, z1) = (TFunction.Of<T, TVector, TSimd>(TSimd.Load(x + i)), TFunction.Of<T, TVector, TSimd>(TSimd.Load(x + i + lanes)));
            TSimd.Store(z0, z + i);
            TSimd.Store(z1, z + i + lanes);
        }

        for (; i <= n - lanes; i += lanes)
        {
            TSimd.Store(TFunction.Of<T, TVector, TSimd>(TSimd.Load(x + i)), z + i);
        }

        if (i < n)
        {
            // The last few through a whole register, so that a number's bits do not depend on its place.
            TVector rest = default;
            new Span<T>(x + i, n - i).CopyTo(new Span<T>(&rest, lanes));
            rest = TFunction.Of<T, TVector, TSimd>(rest);
            new Span<T>(&rest, n - i).CopyTo(new Span<T>(z + i, n - i));
        }
    }

    private static void Check(int expected, int found, string name)
    {
        if (found != expected)
        {
            throw new ArgumentException($"Found {found} numbers, expected {expected}.", name);
        }
    }

    private static void CheckTarget(int expected, int found)
    {
        if (found < expected)
        {
            throw new ArgumentException($"Found room for {found} numbers, expected {expected}.", nameof(found));
        }
    }

    private readonly struct Sum : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x, TVector y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Add(x, y);
    }

    private readonly struct Difference : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x, TVector y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Subtract(x, y);
    }

    private readonly struct Product : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x, TVector y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Multiply(x, y);
    }

    private readonly struct Quotient : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x, TVector y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Divide(x, y);
    }

    private readonly struct Larger : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x, TVector y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Max(x, y);
    }

    private readonly struct Smaller : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x, TVector y)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Min(x, y);
    }

    private readonly struct Opposite : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Negate(x);
    }

    private readonly struct Exponential : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> => TSimd.Exp(x);
    }

    private readonly struct ExponentialLessOne : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector> =>
            typeof(TVector) == typeof(T)
                ? Unsafe.BitCast<T, TVector>(T.ExpM1(Unsafe.BitCast<TVector, T>(x)))
                : TSimd.Subtract(TSimd.Exp(x), TSimd.Broadcast(T.One));
    }

    private readonly struct Logistic : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector>
        {
            var one = TSimd.Broadcast(T.One);
            return TSimd.Divide(one, TSimd.Add(one, TSimd.Exp(TSimd.Negate(x))));
        }
    }

    // tanh |x| = −m/(m + 2) for m = e^(−2|x|) − 1, which cannot overflow.
    private readonly struct HyperbolicTangent : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<T, TVector, TSimd>(TVector x)
            where T : unmanaged, IFloatingPointIeee754<T>
            where TVector : unmanaged
            where TSimd : ISimd<T, TVector>
        {
            if (typeof(TVector) == typeof(T))
            {
                return Unsafe.BitCast<T, TVector>(T.Tanh(Unsafe.BitCast<TVector, T>(x)));
            }

            T two = T.One + T.One;
            var m = TSimd.Subtract(TSimd.Exp(TSimd.Multiply(TSimd.Abs(x), TSimd.Broadcast(-two))), TSimd.Broadcast(T.One));
            var positive = TSimd.Divide(TSimd.Negate(m), TSimd.Add(m, TSimd.Broadcast(two)));
            return TSimd.Multiply(positive, TSimd.CopySign(TSimd.Broadcast(T.One), x));
        }
    }
}
