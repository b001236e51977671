using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics.Tests;

/// <summary>Each path beside the plain one, over all small lengths and special numbers.</summary>
[Collection(WorkersCollection.Name)]
public sealed class ElementwiseTests
{
    private delegate void Function<T>(ReadOnlySpan<T> x, Span<T> z);

    public static TheoryData<string> Paths => [.. Kernel.Available.Select(set => set.ToString())];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Arithmetic_AnyLength_HasTheBitsOfThePlainLoop(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        for (int n = 0; n < 150; n++)
        {
            Arithmetic<float>(n);
            Arithmetic<double>(n);
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Functions_AnyLength_AreNearThePlainOnes(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        for (int n = 0; n < 70; n++)
        {
            Near<float>(Elementwise.Exp, MathF.Exp, n, 3e-7);
            Near<float>(Elementwise.ExpM1, x => MathF.Exp(x) - 1, n, 3e-7);
            Near<float>(Elementwise.Sigmoid, x => 1 / (1 + MathF.Exp(-x)), n, 3e-7);
            Near<float>(Elementwise.Tanh, MathF.Tanh, n, 3e-7);
            Near<double>(Elementwise.Exp, Math.Exp, n, 1e-15);
            Near<double>(Elementwise.ExpM1, x => Math.Exp(x) - 1, n, 1e-15);
            Near<double>(Elementwise.Sigmoid, x => 1 / (1 + Math.Exp(-x)), n, 1e-15);
            Near<double>(Elementwise.Tanh, Math.Tanh, n, 1e-15);
        }
    });

    // What models were trained with before the functions had paths of their own; their bits must stay. In double precision,
    // which only gradient checks use, the runtime's exponential looks at a whole register: beyond ±708 it differs by width.
    [Theory]
    [MemberData(nameof(Paths))]
    public void Functions_OnEveryPathWithRegisters_HaveTheBitsOfTensorPrimitives(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        for (int n = path == nameof(InstructionSet.Scalar) ? int.MaxValue : 0; n < 70; n++)
        {
            SameBits<float>(Elementwise.Exp, TensorPrimitives.Exp, n);
            SameBits<float>(Elementwise.ExpM1, TensorPrimitives.ExpM1, n);
            SameBits<float>(Elementwise.Tanh, TensorPrimitives.Tanh, n);
            if (n > 0)
            {
                SameBits<float>(Elementwise.Sigmoid, TensorPrimitives.Sigmoid, n);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Optimisers_AnyLength_HaveTheBitsOfThePlainLoop(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        for (int n = 0; n < 70; n++)
        {
            Optimisers<float>(n);
            Optimisers<double>(n);
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Slopes_AnyLength_HaveTheBitsOfThePlainLoop(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        for (int n = 0; n < 70; n++)
        {
            Slopes<float>(n);
            Slopes<double>(n);
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void GruCell_AnyWidth_HasTheBitsOfThePlainLoop(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        for (int n = 0; n < 40; n++)
        {
            GruCell<float>(n);
            GruCell<double>(n);
        }
    });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Mask_AnyLength_IsThePlainComparison(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        var rng = new Rng(21);
        for (int n = 0; n < 140; n++)
        {
            uint[] words = [.. Enumerable.Range(0, n).Select(i => i % 9 == 0 ? 1000u << 8 : i % 7 == 0 ? uint.MaxValue : rng.NextUInt32())];
            ushort[] halves = [.. words.Select(w => (ushort)w)];
            var mask = new float[n];
            Elementwise.Mask(words, 1 << 23, 2, mask);
            mask.ShouldBe(words.Select(w => w >> 8 < 1 << 23 ? 0f : 2f));
            Elementwise.Mask(words, 1000, 2, mask);
            mask.ShouldBe(words.Select(w => w >> 8 < 1000 ? 0f : 2f));
            Elementwise.Mask(halves, 40_000, 3, mask);
            mask.ShouldBe(halves.Select(h => h < 40_000 ? 0f : 3f));
        }
    });

    // A choice that no kernel follows would pass all tests above: a path that this machine has must give other bits where
    // the widths differ, which sums do and a register of its own exponential against the plain one.
    [Fact]
    public void Kernel_Forced_IsThePathThatRuns()
    {
        float[] x = [.. Enumerable.Range(0, 4096).Select(i => (i - 2048) / 300f)], plain = new float[x.Length], wide = new float[x.Length];
        Kernel.With(InstructionSet.Scalar, () => Elementwise.Exp<float>(x, plain));
        plain.ShouldBe(x.Select(MathF.Exp));
        Kernel.With(Kernel.Available[^1], () => Elementwise.Exp<float>(x, wide));
        wide.SequenceEqual(plain).ShouldBe(Kernel.Available.Count == 1);
    }

    [Fact]
    public void Binary_LengthsThatDiffer_Throw()
    {
        Should.Throw<ArgumentException>(() => Elementwise.Add<float>(new float[3], new float[4], new float[4])).Message.ShouldContain("Found 4 numbers, expected 3");
        Should.Throw<ArgumentException>(() => Elementwise.Add<float>(new float[3], new float[3], new float[2])).Message.ShouldContain("room for 2 numbers, expected 3");
        Should.Throw<ArgumentException>(() => Elementwise.MultiplyAdd<float>(new float[3], 2, new float[2], new float[3])).Message.ShouldContain("Found 2 numbers, expected 3");
    }

    private static void Arithmetic<T>(int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] x = Numbers<T>(n, 1), y = Numbers<T>(n, 2), a = Numbers<T>(n, 3);
        T s = T.CreateChecked(0.37);
        void Same(Action<T[]> kernel, Func<int, T> plain)
        {
            var guarded = new T[n + 1];
            guarded[n] = T.CreateChecked(77);
            kernel(guarded);
            for (int i = 0; i < n; i++)
            {
                Bits(guarded[i]).ShouldBe(Bits(plain(i)), $"{typeof(T).Name} {i} of {n}: {x[i]}, {y[i]}");
            }

            guarded[n].ShouldBe(T.CreateChecked(77));
        }

        Same(z => Elementwise.Add<T>(x, y, z), i => x[i] + y[i]);
        Same(z => Elementwise.Add(x, s, z), i => x[i] + s);
        Same(z => Elementwise.Subtract<T>(x, y, z), i => x[i] - y[i]);
        Same(z => Elementwise.Subtract(x, s, z), i => x[i] - s);
        Same(z => Elementwise.Multiply<T>(x, y, z), i => x[i] * y[i]);
        Same(z => Elementwise.Multiply(x, s, z), i => x[i] * s);
        Same(z => Elementwise.Divide<T>(x, y, z), i => x[i] / y[i]);
        Same(z => Elementwise.Divide(x, s, z), i => x[i] / s);
        Same(z => Elementwise.Max(x, T.Zero, z), i => T.Max(x[i], T.Zero));
        Same(z => Elementwise.Min(x, T.Zero, z), i => T.Min(x[i], T.Zero));
        Same(z => Elementwise.Negate<T>(x, z), i => -x[i]);
        Same(z => Elementwise.MultiplyAdd<T>(x, y, a, z), i => (x[i] * y[i]) + a[i]);
        Same(z => Elementwise.MultiplyAdd(x, s, a, z), i => (x[i] * s) + a[i]);
        Same(z =>
        {
            x.CopyTo(z, 0);
            Elementwise.Add<T>(z.AsSpan(0, n), y, z); // in place
        }, i => x[i] + y[i]);
    }

    private static void Optimisers<T>(int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] w = Finite<T>(n, 6), g = Finite<T>(n, 7), m = Finite<T>(n, 8), v = [.. Finite<T>(n, 9).Select(T.Abs)];
        static T N(double x) => T.CreateTruncating(x);
        var step = new Elementwise.AdamStep<T>(N(0.9), N(0.1), N(0.999), N(0.001), N(1e-8), N(0.01), N(1.3), N(0.7), N(0.02), N(0.99));
        T[] w1 = [.. w], m1 = [.. m], v1 = [.. v];
        Elementwise.Adam(w1, g, m1, v1, step);
        for (int i = 0; i < n; i++)
        {
            T gradient = (g[i] * step.Scale) + (w[i] * step.Penalty);
            T first = (m[i] * step.Beta1) + (gradient * step.RestOf1), second = (v[i] * step.Beta2) + (gradient * gradient * step.RestOf2);
            (m1[i], v1[i]).ShouldBe((first, second));
            w1[i].ShouldBe((w[i] * step.Keep) - (first * step.Rate / ((T.Sqrt(second) * step.Correction) + step.Epsilon)));
        }

        (w1, m1) = ([.. w], [.. m]);
        Elementwise.Momentum(w1, g, m1, N(0.9), N(0.01), N(0.7), N(0.02));
        for (int i = 0; i < n; i++)
        {
            T velocity = (N(0.9) * m[i]) + (g[i] * N(0.7)) + (N(0.02) * w[i]);
            (m1[i], w1[i]).ShouldBe((velocity, w[i] - (N(0.01) * velocity)));
        }

        (w1, v1) = ([.. w], [.. v]);
        Elementwise.AdaGrad(w1, g, v1, N(0.01), N(0.7), N(0.02), N(1e-10));
        for (int i = 0; i < n; i++)
        {
            T gradient = (g[i] * N(0.7)) + (N(0.02) * w[i]), sum = v[i] + (gradient * gradient);
            (v1[i], w1[i]).ShouldBe((sum, w[i] - (N(0.01) * gradient / (T.Sqrt(sum) + N(1e-10)))));
        }
    }

    private static void Slopes<T>(int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] y = Numbers<T>(n, 10), d = Finite<T>(n, 11);
        T above = T.CreateChecked(1.05), slope = T.CreateChecked(0.9), constant = T.CreateChecked(1.7);
        void Same(Action<T[]> kernel, T[] from, Func<int, T> plain)
        {
            T[] z = [.. from];
            kernel(z);
            for (int i = 0; i < n; i++)
            {
                Bits(z[i]).ShouldBe(Bits(plain(i)), $"{y[i]} at {i} of {n}");
            }
        }

        Same(z => Elementwise.SigmoidSlope<T>(y, z), d, i => d[i] * (y[i] * (T.One - y[i])));
        Same(z => Elementwise.TanhSlope<T>(y, z), d, i => d[i] * (T.One - (y[i] * y[i])));
        Same(z => Elementwise.Slopes(y, z, above, slope, constant), d, i => d[i] * (y[i] > T.Zero ? above : (slope * y[i]) + constant));
        Same(z => Elementwise.Branches(z, d, above, slope), y, i => y[i] > T.Zero ? above * y[i] : slope * d[i]);
    }

    private static void GruCell<T>(int width)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] gates = Finite<T>(3 * width, 12), h = Finite<T>(width, 13), n = Finite<T>(width, 14), dH = Finite<T>(width, 15), carry = Finite<T>(width, 16);
        T[] g = [.. gates], dG = new T[3 * width], d = [.. dH];
        Elementwise.GruCell(g, dG, h, n, d, carry);
        for (int j = 0; j < width; j++)
        {
            var (r, z, q) = (gates[j], gates[width + j], gates[(2 * width) + j]);
            T sum = dH[j] + carry[j], dn = sum * (T.One - z) * (T.One - (n[j] * n[j]));
            T dz = sum * (h[j] - n[j]) * z * (T.One - z), dr = dn * q * r * (T.One - r);
            d[j].ShouldBe(sum * z);
            (g[j], g[width + j], g[(2 * width) + j]).ShouldBe((dr, dz, dn));
            (dG[j], dG[width + j], dG[(2 * width) + j]).ShouldBe((dr, dz, dn * r));
        }
    }

    private static T[] Finite<T>(int n, uint seed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var rng = new Rng(seed, (uint)n, 1);
        var x = new T[n];
        for (int i = 0; i < n; i++)
        {
            x[i] = T.CreateTruncating(4 * (rng.NextDouble() - 0.5));
        }

        return x;
    }

    private static void Near<T>(Function<T> kernel, Func<T, T> plain, int n, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] x = Numbers<T>(n, 4), z = new T[n];
        kernel(x, z);
        for (int i = 0; i < n; i++)
        {
            double expected = double.CreateChecked(plain(x[i])), found = double.CreateChecked(z[i]);
            if (double.IsFinite(expected))
            {
                found.ShouldBe(expected, tolerance * Math.Max(1, Math.Abs(expected)), $"{x[i]} at {i} of {n}");
            }
            else
            {
                found.ShouldBe(expected, $"{x[i]} at {i} of {n}");
            }
        }
    }

    private static void SameBits<T>(Function<T> kernel, Function<T> other, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] x = Numbers<T>(n, 5), z = new T[n], expected = new T[n];
        kernel(x, z);
        other(x, expected);
        for (int i = 0; i < n; i++)
        {
            Bits(z[i]).ShouldBe(Bits(expected[i]), $"{x[i]} at {i} of {n}");
        }
    }

    // All NaNs are one.
    private static ulong Bits<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        T.IsNaN(x) ? ulong.MaxValue : typeof(T) == typeof(float)
            ? Unsafe.BitCast<T, uint>(x) : Unsafe.BitCast<T, ulong>(x);

    // Numbers between −9 and 9, and special ones here and there.
    private static T[] Numbers<T>(int n, uint seed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] special = [0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e-30, -1e-30, 88.6, -87.5, 1e6, -1e6, 1e-8];
        var rng = new Rng(seed, (uint)n, 0);
        var x = new T[n];
        for (int i = 0; i < n; i++)
        {
            int which = rng.NextInt32(40);
            x[i] = T.CreateTruncating(which < special.Length ? special[which] : 18 * (rng.NextDouble() - 0.5));
        }

        return x;
    }
}
