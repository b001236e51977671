using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Encore.Numerics.Dispatch;

/// <summary>
/// One operand of a product on its way into panels of <c>width</c> lines (rows of A, columns of B): for each step of k
/// their numbers side by side; lines beyond the matrix are zeros.
/// </summary>
/// <param name="source">The first number.</param>
/// <param name="line">Numbers from one line to the next.</param>
/// <param name="step">Numbers from one step of k to the next.</param>
/// <param name="lines">Lines of the operand.</param>
/// <param name="depth">Steps of k.</param>
/// <param name="width">Lines of a panel.</param>
/// <param name="packed">Receives ⌈lines / width⌉ panels of depth × width numbers.</param>
internal readonly unsafe struct PackedPanels<T>(T* source, long line, long step, int lines, int depth, int width, T* packed)
    where T : unmanaged
{
    // Panels that a task takes.
    private const int PanelsATask = 8;

    public int Tasks => width == 0 ? 0 : (((lines + width - 1) / width) + PanelsATask - 1) / PanelsATask;

    public void Pack(int task)
    {
        int first = task * PanelsATask * width, last = Math.Min(lines, (task + 1) * PanelsATask * width);
        if (line == 1)
        {
            PackRows(source + first, step, last - first, depth, width, packed + ((long)first * depth));
            return;
        }

        for (; first < last; first += width)
        {
            PackPanel(source + (first * line), line, step, Math.Min(width, last - first), depth, width,
                packed + ((long)first * depth));
        }
    }

    // Lines that lie side by side in memory: all the task's panels at each step, so that a page is visited once and
    // read in one go, not once a panel for a line or two of the cache.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(T* source, long step, int lines, int depth, int width, T* packed)
    {
        int whole = lines / width * width;
        if (whole < lines)
        {
            new Span<T>(packed + ((long)whole * depth), width * depth).Clear();
        }

        for (int p = 0; p < depth; p++)
        {
            T* row = source + (p * step), target = packed + ((long)p * width);
            for (int first = 0; first < lines; first += width)
            {
                Copy(row + first, target + ((long)first * depth), Math.Min(width, lines - first));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel(T* source, long line, long step, int lines, int depth, int width, T* packed)
    {
        if (lines < width)
        {
            new Span<T>(packed, width * depth).Clear();
        }

        // Eight or four lines at a time, turned in registers: reads run along the lines, writes along the panel.
        bool turns = step == 1 && sizeof(T) == 4 && Vector128.IsHardwareAccelerated;
        int r = 0, p0 = turns ? depth / 4 * 4 : 0, p8 = turns && Avx.IsSupported ? depth / 8 * 8 : 0;
        for (; r <= lines - 8 && p8 > 0; r += 8)
        {
            float* from = (float*)(source + (r * line)), to = (float*)(packed + r);
            for (int p = 0; p < p8; p += 8)
            {
                Turn8(from + p, line, to + ((long)p * width), width);
            }

            for (int p = p8; p < p0; p += 4)
            {
                Turn(from + p, line, to + ((long)p * width), width);
                Turn(from + (4 * line) + p, line, to + ((long)p * width) + 4, width);
            }
        }

        for (; r <= lines - 4 && p0 > 0; r += 4)
        {
            for (int p = 0; p < p0; p += 4)
            {
                Turn((float*)(source + (r * line) + p), line, (float*)(packed + ((long)p * width) + r), width);
            }
        }

        for (int i = 0; i < lines; i++)
        {
            for (int p = i < r ? p0 : 0; p < depth; p++)
            {
                packed[((long)p * width) + i] = source[(i * line) + (p * step)];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(T* source, T* target, int count)
    {
        int i = 0;
        int lanes = Vector256<T>.Count;
        for (; i <= count - lanes && Vector256.IsHardwareAccelerated; i += lanes)
        {
            Vector256.Load(source + i).Store(target + i);
        }

        lanes = Vector128<T>.Count;
        for (; i <= count - lanes; i += lanes)
        {
            Vector128.Load(source + i).Store(target + i);
        }

        for (; i < count; i++)
        {
            target[i] = source[i];
        }
    }

    // The 4 × 4 transpose: pairs of rows interleaved, then pairs of pairs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(float* source, long line, float* target, int width)
    {
        Vector128<float> r0 = Vector128.Load(source), r1 = Vector128.Load(source + line);
        Vector128<float> r2 = Vector128.Load(source + (2 * line)), r3 = Vector128.Load(source + (3 * line));
        var t0 = UnpackLow(r0, r1).AsDouble();
        var t1 = UnpackHigh(r0, r1).AsDouble();
        var t2 = UnpackLow(r2, r3).AsDouble();
        var t3 = UnpackHigh(r2, r3).AsDouble();
        Vector128.Create(t0.GetLower(), t2.GetLower()).AsSingle().Store(target);
        Vector128.Create(t0.GetUpper(), t2.GetUpper()).AsSingle().Store(target + width);
        Vector128.Create(t1.GetLower(), t3.GetLower()).AsSingle().Store(target + (2 * width));
        Vector128.Create(t1.GetUpper(), t3.GetUpper()).AsSingle().Store(target + (3 * width));
    }

    // The 8 × 8 transpose: pairs of rows interleaved, then pairs of pairs, then the halves exchanged.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn8(float* source, long line, float* target, int width)
    {
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + line);
        Vector256<float> r2 = Vector256.Load(source + (2 * line)), r3 = Vector256.Load(source + (3 * line));
        source += 4 * line;
        Vector256<float> r4 = Vector256.Load(source), r5 = Vector256.Load(source + line);
        Vector256<float> r6 = Vector256.Load(source + (2 * line)), r7 = Vector256.Load(source + (3 * line));
        Vector256<double> a0 = Avx.UnpackLow(r0, r1).AsDouble(), a1 = Avx.UnpackHigh(r0, r1).AsDouble();
        Vector256<double> a2 = Avx.UnpackLow(r2, r3).AsDouble(), a3 = Avx.UnpackHigh(r2, r3).AsDouble();
        Vector256<double> a4 = Avx.UnpackLow(r4, r5).AsDouble(), a5 = Avx.UnpackHigh(r4, r5).AsDouble();
        Vector256<double> a6 = Avx.UnpackLow(r6, r7).AsDouble(), a7 = Avx.UnpackHigh(r6, r7).AsDouble();
        Vector256<double> b0 = Avx.UnpackLow(a0, a2), b1 = Avx.UnpackHigh(a0, a2), b2 = Avx.UnpackLow(a1, a3), b3 = Avx.UnpackHigh(a1, a3);
        Vector256<double> b4 = Avx.UnpackLow(a4, a6), b5 = Avx.UnpackHigh(a4, a6), b6 = Avx.UnpackLow(a5, a7), b7 = Avx.UnpackHigh(a5, a7);
        Avx.Permute2x128(b0, b4, 0x20).AsSingle().Store(target);
        Avx.Permute2x128(b1, b5, 0x20).AsSingle().Store(target + width);
        Avx.Permute2x128(b2, b6, 0x20).AsSingle().Store(target + (2 * width));
        Avx.Permute2x128(b3, b7, 0x20).AsSingle().Store(target + (3 * width));
        target += 4 * width;
        Avx.Permute2x128(b0, b4, 0x31).AsSingle().Store(target);
        Avx.Permute2x128(b1, b5, 0x31).AsSingle().Store(target + width);
        Avx.Permute2x128(b2, b6, 0x31).AsSingle().Store(target + (2 * width));
        Avx.Permute2x128(b3, b7, 0x31).AsSingle().Store(target + (3 * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> UnpackLow(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackLow(x, y)
        : Vector128.Create(x[0], y[0], x[1], y[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> UnpackHigh(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackHigh(x, y)
        : Vector128.Create(x[2], y[2], x[3], y[3]);
}
