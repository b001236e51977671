using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

        // Four lines at a time, turned in registers: reads run along the lines, writes along the panel.
        int r = 0, p0 = step == 1 && sizeof(T) == 4 && Vector128.IsHardwareAccelerated ? depth / 4 * 4 : 0;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> UnpackLow(Vector128<float> x, Vector128<float> y) =>
        System.Runtime.Intrinsics.X86.Sse.IsSupported ? System.Runtime.Intrinsics.X86.Sse.UnpackLow(x, y)
        : Vector128.Create(x[0], y[0], x[1], y[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> UnpackHigh(Vector128<float> x, Vector128<float> y) =>
        System.Runtime.Intrinsics.X86.Sse.IsSupported ? System.Runtime.Intrinsics.X86.Sse.UnpackHigh(x, y)
        : Vector128.Create(x[2], y[2], x[3], y[3]);
}
