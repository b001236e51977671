using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Encore.Numerics.Dispatch;

/// <summary>
/// One GEMM call, cut into blocks: panels of A and B are packed jointly by all threads, then tasks of (rows × columns)
/// of C run the register tile over them (Goto and van de Geijn 2008, "Anatomy of high-performance matrix
/// multiplication").
/// </summary>
internal readonly unsafe struct GemmProblem<T>(
    int m, int n, int k, T alpha, T* a, long aRow, long aStep, T* b, long bColumn, long bStep, T beta, T* c, long ldc,
    Dense.Part part)
    where T : unmanaged, INumber<T>
{
    // Steps of k a pass, in bytes of one number: a tile's panel of A (12 × 384 floats, 18 KB) stays in the first-level
    // cache while panels of B pass by.
    private const int PassBytes = 384 * 4;

    // Columns that one packing covers: the packed block (6 MB) stays in the last-level cache.
    private const int BlockColumns = 4096;

    // Rows that one packing covers at most; fewer threads need fewer to be busy, and less memory.
    private const int BlockRows = 4096;

    // Columns of C a task: their packed B (384 × 384 floats, 590 KB) stays in the second-level cache.
    private const int TaskColumns = 384;

    // Rows of C a task: enough to use the task's B many times, few enough for tasks to balance.
    private const int TaskRows = 384;

    // Panels that a packing task takes.
    private const int PackPanels = 8;

    public void Run(delegate*<int, T*, T*, T*, long, T, T, bool, void> tile, int mr, int nr)
    {
        // Equal passes: the borders depend on k alone, so each element's sum is cut alike in every call.
        int longest = PassBytes / sizeof(T);
        int passes = (k + longest - 1) / longest;
        int kc = (k + passes - 1) / passes;
        int blockRows = Math.Min(BlockRows, TaskRows * Math.Max(2, Workers.Count)) / mr * mr;
        int blockColumns = BlockColumns / nr * nr;
        int rows = RoundUp(Math.Min(m, blockRows), mr), columns = RoundUp(Math.Min(n, blockColumns), nr);
        T* memory = (T*)PackBuffer.OfThread.Get((((long)rows + columns) * kc + (16 * mr)) * sizeof(T));
        var (packedA, packedB) = ((nint)memory, (nint)(memory + RoundUp(rows * kc, 16)));
        for (int jc = 0; jc < n; jc += blockColumns)
        {
            int nc = Math.Min(blockColumns, n - jc);
            for (int pc = 0; pc < k; pc += kc)
            {
                int depth = Math.Min(kc, k - pc);
                var panelsB = new Panels(b + (jc * bColumn) + (pc * bStep), bColumn, bStep, nc, depth, nr, (T*)packedB);
                for (int ic = 0; ic < m; ic += blockRows)
                {
                    int mc = Math.Min(blockRows, m - ic);
                    if (part == Dense.Part.Lower && ic + mc <= jc)
                    {
                        continue;
                    }

                    var panelsA = new Panels(a + (ic * aRow) + (pc * aStep), aRow, aStep, mc, depth, mr, (T*)packedA);
                    Pack(panelsA, panelsB);
                    panelsB = default; // packed once, for all blocks of rows
                    Multiply(tile, mr, nr, ic, jc, mc, nc, depth, (T*)packedA, (T*)packedB, pc == 0 ? beta : T.One);
                }
            }
        }
    }

    private void Multiply(
        delegate*<int, T*, T*, T*, long, T, T, bool, void> tile, int mr, int nr, int ic, int jc, int mc, int nc, int depth,
        T* packedA, T* packedB, T factor)
    {
        // Tasks of one size, or the last thread works alone.
        int rowTasks = (mc + TaskRows - 1) / TaskRows, columnTasks = (nc + TaskColumns - 1) / TaskColumns;
        int taskRows = RoundUp((mc + rowTasks - 1) / rowTasks, mr);
        int taskColumns = RoundUp((nc + columnTasks - 1) / columnTasks, nr);
        var self = this;
        var (pa, pb) = ((nint)packedA, (nint)packedB);
        Workers.For(rowTasks * columnTasks, task =>
        {
            // Tasks of the same columns follow each other: they share the packed B.
            int row = task % rowTasks * taskRows, column = task / rowTasks * taskColumns;
            self.MultiplyTask(
                tile, mr, nr, ic, jc, row, Math.Min(mc, row + taskRows), column, Math.Min(nc, column + taskColumns),
                depth, (T*)pa, (T*)pb, factor);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyTask(
        delegate*<int, T*, T*, T*, long, T, T, bool, void> tile, int mr, int nr, int ic, int jc, int row, int lastRow,
        int column, int lastColumn, int depth, T* packedA, T* packedB, T factor)
    {
        T* border = stackalloc T[mr * nr];
        for (int i = row; i < lastRow; i += mr)
        {
            T* panelA = packedA + ((long)i * depth);
            for (int j = column; j < lastColumn; j += nr)
            {
                int height = Math.Min(mr, lastRow - i), width = Math.Min(nr, lastColumn - j);
                if (part == Dense.Part.Lower && ic + i + height <= jc + j)
                {
                    break;
                }

                T* panelB = packedB + ((long)j * depth);
                T* target = c + ((ic + i) * ldc) + jc + j;
                if (height == mr && width == nr)
                {
                    tile(depth, panelA, panelB, target, ldc, alpha, factor, T.IsZero(factor));
                }
                else
                {
                    // A tile that overhangs C runs in a copy: the same instructions, hence the same bits.
                    Border(tile, nr, height, width, depth, panelA, panelB, target, border, factor);
                }
            }
        }
    }

    private void Border(
        delegate*<int, T*, T*, T*, long, T, T, bool, void> tile, int nr, int height, int width, int depth, T* panelA,
        T* panelB, T* target, T* border, T factor)
    {
        for (int r = 0; r < height && !T.IsZero(factor); r++)
        {
            new ReadOnlySpan<T>(target + (r * ldc), width).CopyTo(new Span<T>(border + (r * nr), nr));
        }

        tile(depth, panelA, panelB, border, nr, alpha, factor, T.IsZero(factor));
        for (int r = 0; r < height; r++)
        {
            new ReadOnlySpan<T>(border + (r * nr), width).CopyTo(new Span<T>(target + (r * ldc), width));
        }
    }

    // Both operands in one hand-out: a short pass has no time to wait for its threads twice.
    private static void Pack(Panels panelsA, Panels panelsB)
    {
        int tasksA = panelsA.Tasks;
        Workers.For(tasksA + panelsB.Tasks, task =>
        {
            var panels = task < tasksA ? panelsA : panelsB;
            panels.Pack(task < tasksA ? task : task - tasksA);
        });
    }

    // Panels of `width` lines: for each step of k their numbers side by side; lines beyond the matrix are zeros.
    private readonly struct Panels(T* source, long line, long step, int lines, int depth, int width, T* packed)
    {
        public int Tasks => width == 0 ? 0 : (((lines + width - 1) / width) + PackPanels - 1) / PackPanels;

        public void Pack(int task)
        {
            int first = task * PackPanels * width, last = Math.Min(lines, (task + 1) * PackPanels * width);
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

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
