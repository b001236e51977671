using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics;

namespace Encore.Benchmarks;

/// <summary>What the machine can do at best, which is the floor under every other number: multiply-adds that stay in
/// registers, and copies too large for the caches.</summary>
internal static class Machine
{
    private const int Rounds = 600, Chains = 24;
    private const long Steps = 200_000;
    private const int CopyFloats = 32 << 20;

    public static void Print()
    {
        foreach (int threads in (int[])[1, Compute.Default.Threads])
        {
            double lanes = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
            double rate = 2 * lanes * Chains * Steps * threads / Seconds(threads, _ => Fma()) / 1e9;
            float[] source = new float[CopyFloats], target = new float[CopyFloats];
            int part = CopyFloats / threads;
            double copy = 2.0 * sizeof(float) * part * threads / Seconds(threads, t =>
                source.AsSpan(t * part, part).CopyTo(target.AsSpan(t * part, part))) / 1e9;
            Console.WriteLine(FormattableString.Invariant(
                $"{threads} threads: {rate:F0} GFLOP/s of float32 multiply-adds in registers ({lanes * 32:F0}-bit), {copy:F1} GB/s copied (reads + writes)"));
        }
    }

    // The best of many short rounds: a floor is what the machine does when nothing disturbs it.
    private static double Seconds(int threads, Action<int> body)
    {
        var compute = new Compute(threads);
        double best = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            compute.For(threads, body);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static void Fma()
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Keep(Fma512());
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Keep(Fma256());
        }
        else
        {
            Keep(Fma128());
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(float value) => _ = value;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Fma512()
    {
        var x = Vector512.Create(1.0000001f);
        var y = Vector512.Create(1e-9f);
        Vector512<float> c0 = y, c1 = y, c2 = y, c3 = y, c4 = y, c5 = y;
        Vector512<float> c6 = y, c7 = y, c8 = y, c9 = y, c10 = y, c11 = y;
        Vector512<float> c12 = y, c13 = y, c14 = y, c15 = y, c16 = y, c17 = y;
        Vector512<float> c18 = y, c19 = y, c20 = y, c21 = y, c22 = y, c23 = y;
        for (long p = 0; p < Steps; p++)
        {
            c0 = Vector512.FusedMultiplyAdd(x, c0, y);
            c1 = Vector512.FusedMultiplyAdd(x, c1, y);
            c2 = Vector512.FusedMultiplyAdd(x, c2, y);
            c3 = Vector512.FusedMultiplyAdd(x, c3, y);
            c4 = Vector512.FusedMultiplyAdd(x, c4, y);
            c5 = Vector512.FusedMultiplyAdd(x, c5, y);
            c6 = Vector512.FusedMultiplyAdd(x, c6, y);
            c7 = Vector512.FusedMultiplyAdd(x, c7, y);
            c8 = Vector512.FusedMultiplyAdd(x, c8, y);
            c9 = Vector512.FusedMultiplyAdd(x, c9, y);
            c10 = Vector512.FusedMultiplyAdd(x, c10, y);
            c11 = Vector512.FusedMultiplyAdd(x, c11, y);
            c12 = Vector512.FusedMultiplyAdd(x, c12, y);
            c13 = Vector512.FusedMultiplyAdd(x, c13, y);
            c14 = Vector512.FusedMultiplyAdd(x, c14, y);
            c15 = Vector512.FusedMultiplyAdd(x, c15, y);
            c16 = Vector512.FusedMultiplyAdd(x, c16, y);
            c17 = Vector512.FusedMultiplyAdd(x, c17, y);
            c18 = Vector512.FusedMultiplyAdd(x, c18, y);
            c19 = Vector512.FusedMultiplyAdd(x, c19, y);
            c20 = Vector512.FusedMultiplyAdd(x, c20, y);
            c21 = Vector512.FusedMultiplyAdd(x, c21, y);
            c22 = Vector512.FusedMultiplyAdd(x, c22, y);
            c23 = Vector512.FusedMultiplyAdd(x, c23, y);
        }

        return Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11 + c12 + c13 + c14 + c15 + c16 + c17 + c18 + c19 + c20 + c21 + c22 + c23);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Fma256()
    {
        var x = Vector256.Create(1.0000001f);
        var y = Vector256.Create(1e-9f);
        Vector256<float> c0 = y, c1 = y, c2 = y, c3 = y, c4 = y, c5 = y;
        Vector256<float> c6 = y, c7 = y, c8 = y, c9 = y, c10 = y, c11 = y;
        for (long p = 0; p < Steps * 2; p++)
        {
            c0 = Vector256.FusedMultiplyAdd(x, c0, y);
            c1 = Vector256.FusedMultiplyAdd(x, c1, y);
            c2 = Vector256.FusedMultiplyAdd(x, c2, y);
            c3 = Vector256.FusedMultiplyAdd(x, c3, y);
            c4 = Vector256.FusedMultiplyAdd(x, c4, y);
            c5 = Vector256.FusedMultiplyAdd(x, c5, y);
            c6 = Vector256.FusedMultiplyAdd(x, c6, y);
            c7 = Vector256.FusedMultiplyAdd(x, c7, y);
            c8 = Vector256.FusedMultiplyAdd(x, c8, y);
            c9 = Vector256.FusedMultiplyAdd(x, c9, y);
            c10 = Vector256.FusedMultiplyAdd(x, c10, y);
            c11 = Vector256.FusedMultiplyAdd(x, c11, y);
        }

        return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Fma128()
    {
        var x = Vector128.Create(1.0000001f);
        var y = Vector128.Create(1e-9f);
        Vector128<float> c0 = y, c1 = y, c2 = y, c3 = y, c4 = y, c5 = y;
        Vector128<float> c6 = y, c7 = y, c8 = y, c9 = y, c10 = y, c11 = y;
        for (long p = 0; p < Steps * 2; p++)
        {
            c0 = Vector128.FusedMultiplyAdd(x, c0, y);
            c1 = Vector128.FusedMultiplyAdd(x, c1, y);
            c2 = Vector128.FusedMultiplyAdd(x, c2, y);
            c3 = Vector128.FusedMultiplyAdd(x, c3, y);
            c4 = Vector128.FusedMultiplyAdd(x, c4, y);
            c5 = Vector128.FusedMultiplyAdd(x, c5, y);
            c6 = Vector128.FusedMultiplyAdd(x, c6, y);
            c7 = Vector128.FusedMultiplyAdd(x, c7, y);
            c8 = Vector128.FusedMultiplyAdd(x, c8, y);
            c9 = Vector128.FusedMultiplyAdd(x, c9, y);
            c10 = Vector128.FusedMultiplyAdd(x, c10, y);
            c11 = Vector128.FusedMultiplyAdd(x, c11, y);
        }

        return Vector128.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }
}
